//! The alerts and the dashboard of the chart, by the tools that they are for: promtool tests the rules, and a real
//! Prometheus that reads the operator's metrics evaluates them and answers every query of the dashboard.
#![cfg(test)]

mod dashboard;
mod rules;

use seaworthy_e2e::{Helm, chart_path, document};
use serde_json::Value;

/// The objects for monitoring, as Helm renders them.
async fn rendered() -> Vec<Value> {
    let enabled = "serviceMonitor.enabled=true,prometheusRule.enabled=true,grafanaDashboard.enabled=true";
    let helm = Helm::find(4).unwrap();
    let show = "templates/monitoring.yaml";
    let arguments =
        ["template", "seaworthy", &chart_path("seaworthy"), "--set", enabled, "--show-only", show];
    document::values(show, &helm.run(&arguments).await.unwrap()).unwrap()
}

/// The groups of the `PrometheusRule`.
async fn groups() -> Value {
    let objects = rendered().await;
    objects.iter().find(|object| object["kind"] == "PrometheusRule").unwrap()["spec"]["groups"].clone()
}
