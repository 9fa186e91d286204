//! Every query of the dashboard returns data, and no alert fires, on a Prometheus that reads a working operator.

use std::time::Duration;

use seaworthy_e2e::workloads::{flawed_pod, good_pod, policy, workload};
use seaworthy_e2e::{Cluster, Port, Prometheus, ReplicaOptions, eventually};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn every_query_of_the_dashboard_returns_data() {
    let cluster = Cluster::start().await.unwrap();
    let port = Port::reserve().unwrap();
    let [address, url] = ["--webhook-address=", "--webhook-url=https://"]
        .map(|flag| format!("{flag}127.0.0.1:{}", port.number()));
    let arguments = [address.as_str(), url.as_str(), "--webhook-interval=1"];
    let options = ReplicaOptions { arguments: &arguments, ..ReplicaOptions::default() };
    let replica = cluster.operator_with("operator", options).await.unwrap();
    let prometheus = Prometheus::start(&replica.operator, &super::groups().await).unwrap();
    cluster.namespace("shop").await.unwrap();
    // One check reads a kind that is not served here: asking for it fails, as the dashboard shows.
    let checks = json!([{"name": "memory-limits"}, {"name": "dangling-route"}]);
    let spec = json!({"profile": "None", "enforcement": "Warn", "checks": checks});
    cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();

    let queries = queries().await;
    assert!(queries.len() >= 14, "{queries:?}");
    let pods = [good_pod().unwrap(), flawed_pod().unwrap()];
    let mut turn = 0;
    for query in &queries {
        eventually(SOON, query, async || {
            // Something happens all the while: a rate needs more than one value.
            turn += 1;
            cluster.apply(&[workload("Deployment", ("shop", "web"), &pods[turn % 2])]).await.unwrap();
            let found = prometheus.query(query).await.map_err(|error| error.to_string())?;
            if found.is_empty() { Err("no data".to_owned()) } else { Ok(()) }
        })
        .await;
    }

    let rules = prometheus.rules().await.unwrap();
    assert_eq!(rules.len(), super::groups().await[0]["rules"].as_array().unwrap().len());
    for rule in &rules {
        assert_eq!((&rule["health"], &rule["state"] != "firing"), (&json!("ok"), true), "{rule:#}");
    }
    cluster.finish().await.unwrap();
}

/// The queries of the dashboard, as Grafana finds them in the ConfigMap.
async fn queries() -> Vec<String> {
    let objects = super::rendered().await;
    let map = objects.iter().find(|object| object["kind"] == "ConfigMap").unwrap();
    let dashboard: Value = serde_json::from_str(map["data"]["seaworthy.json"].as_str().unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}
