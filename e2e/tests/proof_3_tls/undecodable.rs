//! Secrets, and answers about Secrets, that do not decode: their keys are seen nowhere all the same.

use seaworthy_e2e::proxy::{Action, Answer, Fault, On, Rule};
use seaworthy_e2e::{Cluster, FaultProxy, ReplicaOptions, eventually};
use serde_json::{Value, json};

use super::canaries::Canaries;
use super::site::{
    DAY, SOON, certificate, finding_is, good_site, healthy, host, report_is, secret, tls_cluster_policy,
    tls_policy,
};

/// Ways in which a Secret can have another shape than a Secret's, with its key still in it.
const WAYS: [&str; 5] =
    ["data-is-text", "data-is-a-list", "value-is-nested", "type-is-a-map", "labels-are-keys"];

fn misshape(object: &mut Value, way: &str) {
    let key = object["data"]["tls.key"].clone();
    match way {
        "data-is-text" => object["data"] = key,
        "data-is-a-list" => object["data"] = json!([key]),
        "value-is-nested" => object["data"]["tls.key"] = json!({"key": key}),
        "type-is-a-map" => object["type"] = json!({"of": key}),
        _ => object["metadata"]["labels"] = json!([key]),
    }
}

/// Those whose name begins with a word, in lists and in events alike.
fn misshapen(word: &'static str) -> Rule {
    let edit = Action::edit(move |object| {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let Some(way) = name.strip_prefix(word) else { return false };
        misshape(object, way);
        true
    });
    Rule::new(On::read("secrets"), edit)
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_3_no_byte_of_a_key_is_shown_when_secrets_do_not_decode() {
    let cluster = Cluster::start().await.unwrap();
    let proxy = FaultProxy::start(cluster.plane()).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let mut canaries = Canaries::default();
    let mut objects = vec![tls_policy(), tls_cluster_policy(), healthy("good")];
    objects.extend(good_site("good"));
    for way in WAYS {
        objects.extend(odd(&format!("listed-{way}"), &mut canaries));
    }
    cluster.apply(&objects).await.unwrap();
    let listed = proxy.inject(misshapen("listed-"));
    let seen = proxy.inject(misshapen("seen-"));
    let broken = bodies_that_are_no_json(&proxy, &mut canaries);
    let options =
        ReplicaOptions { proxy: Some(&proxy), log_level: Some("debug"), ..ReplicaOptions::default() };
    let replica = cluster.operator_with("operator", options).await.unwrap();
    for way in WAYS {
        cluster.apply(&odd(&format!("seen-{way}"), &mut canaries)).await.unwrap();
    }
    report_is(&cluster, "good", "True AllPassed").await;
    for way in WAYS {
        for when in ["listed", "seen"] {
            // One value that is no text is a fault of the Secret; another shape is not known here.
            let (outcome, ready) =
                if way == "value-is-nested" { ("Fail", "False") } else { ("Unknown", "Unknown") };
            let finding = ("tls-secret-valid", outcome, "Critical", "", ready);
            finding_is(&cluster, &format!("{when}-{way}"), &finding).await;
        }
    }
    canaries.stored(&cluster).await;
    for fault in &broken {
        eventually(SOON, &format!("{fault:?} happens"), async || (fault.count() >= 1).then_some(())).await;
    }
    canaries.assert_nothing_is_shown(&cluster, &replica).await;
    assert!(listed.end() >= 5 && seen.end() >= 5);
    drop(broken);
    // The operator still reads Secrets.
    let (pem, key) = certificate(&host("good"), -90 * DAY, -DAY);
    canaries.key(&key);
    cluster.apply(&[secret("good", &pem, &key.serialize_pem())]).await.unwrap();
    report_is(&cluster, "good", "False ChecksFailed").await;
    canaries.stored(&cluster).await;
    canaries.assert_nothing_is_shown(&cluster, &replica).await;
    cluster.finish().await.unwrap();
}

/// A workload, what stands before it, and a Secret in good order.
fn odd(name: &str, canaries: &mut Canaries) -> Vec<Value> {
    let (pem, key) = certificate(&host(name), -DAY, 89 * DAY);
    canaries.key(&key);
    let mut objects = vec![secret(name, &pem, &key.serialize_pem())];
    objects.extend(good_site(name));
    objects
}

/// Answers to a list, to a watch and to a question for one Secret that end in the middle of a key.
fn bodies_that_are_no_json(proxy: &FaultProxy, canaries: &mut Canaries) -> Vec<Fault> {
    const IN_A_LIST: &str = "canary-in-a-list-that-is-no-json";
    const IN_A_WATCH: &str = "canary-in-a-watch-that-is-no-json";
    const IN_AN_ERROR: &str = "canary-in-an-error-that-is-no-status";
    let object = |canary: &str| {
        format!(r#"{{"metadata":{{"name":"a","namespace":"shop"}},"data":{{"tls.key":"{canary}"#)
    };
    let list = format!(r#"{{"kind":"SecretList","metadata":{{}},"items":[{}"#, object(IN_A_LIST));
    let event = format!("{{\"type\":\"ADDED\",\"object\":{}\n", object(IN_A_WATCH));
    canaries.text(IN_A_LIST);
    canaries.text(IN_A_WATCH);
    canaries.text(IN_AN_ERROR);
    let rule = |on, status, body: String| Rule::new(on, Answer::status(status).body(body)).times(2);
    vec![
        proxy.inject(rule(On::list("secrets"), 200, list)),
        proxy.inject(rule(On::watch("secrets"), 200, event)),
        proxy.inject(rule(On::list("secrets"), 500, object(IN_AN_ERROR))),
    ]
}
