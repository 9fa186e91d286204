//! A node on which Pods become Ready: kwok stands in for the kubelet and runs nothing.
//!
//! It must not decide which Pods those are: kube-scheduler binds them ([`crate::Options::scheduler`]). The
//! operator itself runs as a process beside it.

use k8s_openapi::api::core::v1::Node;
use kube::{Api, api::PostParams};
use serde_json::json;

use crate::{
    ControlPlane, Error, binaries,
    processes::{CommandLine, Supervised},
};

/// A running kubelet, ended when this value is dropped.
#[derive(Debug)]
pub struct Kubelet {
    _process: Supervised,
}

impl Kubelet {
    /// Registers a node of this name and starts its kubelet.
    pub async fn start(plane: &ControlPlane, node: &str) -> Result<Self, Error> {
        let resources = json!({ "cpu": "32", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "110" });
        let labels = json!({ "kubernetes.io/hostname": node, "topology.kubernetes.io/zone": "a" });
        let object = json!({
            "metadata": { "name": node, "labels": labels },
            "status": { "allocatable": resources, "capacity": resources },
        });
        let object = serde_json::from_value(object).map_err(Error::json("make a node"))?;
        // Not applied: that would drop the status.
        Api::<Node>::all(plane.client()?).create(&PostParams::default(), &object).await?;
        let arguments = vec![
            format!("--kubeconfig={}", plane.admin_kubeconfig().display()),
            format!("--manage-single-node={node}"),
            // Without a lease the node would be taken for lost after a while.
            "--node-lease-duration-seconds=40".to_owned(),
        ];
        // It looks for a configuration in the home directory.
        let environment = [("HOME".to_owned(), plane.directory().display().to_string())].into();
        let command = CommandLine { program: binaries::helper("kwok")?, arguments, environment };
        let name = format!("kubelet-{node}");
        let log = plane.directory().join(format!("{name}.log"));
        Ok(Self { _process: Supervised::start(&name, &command, &log)? })
    }
}
