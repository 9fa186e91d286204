//! A quota that allows so many reports and no more.
//!
//! It must not know what the operator makes of that: tests do.

use serde_json::json;

use crate::{Cluster, Error};

impl Cluster {
    /// Allows so many reports in a namespace, of which there are none yet.
    pub async fn allow_reports(&self, namespace: &str, number: u32) -> Result<(), Error> {
        let (name, resource) = ("reports", "count/readinessreports.seaworthy.dev");
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": name, "namespace": namespace },
            "spec": { "hard": { resource: number.to_string() } },
        });
        self.apply(&[quota]).await?;
        // The controller counts what a CRD defines only after minutes; the API server counts from here on.
        let counted =
            json!({ "status": { "hard": { resource: number.to_string() }, "used": { resource: "0" } } });
        let patch =
            ["patch", "resourcequota", name, "-n", namespace, "--subresource=status", "--type=merge", "-p"];
        self.kubectl(&[&patch[..], &[&counted.to_string()]].concat()).await.map(drop)
    }
}
