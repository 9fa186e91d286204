//! A node on which Pods become Ready: kwok stands in for the kubelet and runs nothing.
//!
//! It must not decide which Pods those are: kube-scheduler binds them ([`crate::Options::scheduler`]). The
//! operator itself runs as a process beside it.

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
        let labels = json!({ "kubernetes.io/hostname": node, "topology.kubernetes.io/zone": "a" });
        let node_object = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": node, "labels": labels },
        });
        plane.apply(&node_object.to_string()).await?;
        let arguments = vec![
            format!("--kubeconfig={}", plane.admin_kubeconfig().display()),
            format!("--manage-single-node={node}"),
        ];
        // It looks for a configuration in the home directory.
        let environment = [("HOME".to_owned(), plane.directory().display().to_string())].into();
        let command = CommandLine { program: binaries::helper("kwok")?, arguments, environment };
        let name = format!("kubelet-{node}");
        let log = plane.directory().join(format!("{name}.log"));
        Ok(Self { _process: Supervised::start(&name, &command, &log)? })
    }
}
