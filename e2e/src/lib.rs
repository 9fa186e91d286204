//! A real Kubernetes control plane for tests, benches and the demo, and what they need around it: the
//! operator as a process, `kubectl`, the audit log as the judge of what was asked and written, and Go's
//! own libraries as an oracle.
//!
//! It must not use the `seaworthy` library: what runs here is the binary, as a user runs it. (The package
//! links it for the bench, for tests that compare the library with the API server, and to read YAML.) It is not a mock
//! either: where it starts something, it is the real component.
//!
//! Start with [`ControlPlane::start`]; [`Cluster`] adds the operator, installed
//! as on a real cluster; [`eventually`] and [`hold`] alone wait for the state of the world; `e2e/README.md`
//! shows a whole test.

mod answers;
mod apply;
mod audit;
pub mod bench;
mod binaries;
mod certificates;
mod cluster;
mod components;
mod control_plane;
pub mod document;
mod error;
mod gitops;
mod helm;
pub mod kinds;
mod kubeconfig;
mod kubectl;
mod kubelet;
mod operator;
pub mod oracle;
pub mod planting;
mod ports;
mod processes;
mod prometheus;
pub mod proxy;
mod quota;
mod ran;
pub mod reviews;
pub mod rollouts;
mod shell;
mod skip;
mod wait;
pub mod workloads;

pub use audit::{AuditLog, Marker, Request, Requests};
pub use binaries::{certificate_definition, helper, seaworthy as seaworthy_binary};
pub use cluster::{
    Cluster, OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, Replica, ReplicaOptions, condition, condition_message,
    is_judged,
};
pub use control_plane::{ControlPlane, Options};
pub use error::Error;
pub use gitops::{GitOps, Health};
pub use helm::{HELM_MAJORS, Helm, chart_path};
pub use kubectl::{Kubectl, Output, kubectl_in};
pub use kubelet::Kubelet;
pub use operator::{Operator, OperatorOptions};
pub use oracle::{Image, Kstatus, Oracle, Quantity, ReadText};
pub use ports::Port;
pub use prometheus::{Prometheus, promtool};
pub use proxy::FaultProxy;
pub use ran::{Ran, findings_of};
pub use shell::Shell;
pub use skip::skip;
pub use wait::{Awaited, eventually, hold, try_eventually};

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
