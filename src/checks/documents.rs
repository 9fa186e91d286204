//! How the workload was written, and what stands around it in the same files.
//!
//! Nothing is read for it: of a live object that is not the workload, how it was written is not looked at, so
//! that no verdict depends on what happens to be watched. It must not judge. Next: [`crate::inventory::written`].

use crate::catalogue::{Field, Statement, WorkloadSubject};
use crate::checks::around::key_of;
use crate::inventory::metadata::{LAST_APPLIED, Metadata};
use crate::inventory::object::ObjectKey;
use crate::inventory::written::{Shape, Written};
use crate::inventory::{Kind, lookup::Lookup};

/// One object as it was written.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) kind: Kind,
    pub(super) written: &'a Written,
    /// The object, when that is not the workload.
    other: Option<ObjectKey>,
}

impl Document<'_> {
    /// What is wrong with it, at a path from its root.
    pub(super) fn fail(&self, field: impl Into<String>, message: impl Into<String>) -> Statement {
        let statement = Statement::fail(Field::Object(field.into()), message);
        match &self.other {
            Some(key) => statement.about(key.clone()),
            None => statement,
        }
    }

    /// Where its version stands.
    pub(super) fn version_field(&self) -> String {
        match self.written.shape {
            Shape::Taken => format!("metadata.annotations[{LAST_APPLIED}]"),
            _ => "apiVersion".to_owned(),
        }
    }
}

/// The workload, if it is known how it was written, and the objects of files that are joined with it.
pub(super) fn of<'a>(subject: &WorkloadSubject<'a>) -> Vec<Document<'a>> {
    let own = subject.workload.metadata.written.as_deref();
    let own = own.map(|written| Document { kind: subject.workload.kind, written, other: None });
    let around = around(subject).into_iter().filter_map(|(kind, metadata)| {
        let written = metadata.written.as_deref().filter(|written| written.shape != Shape::Taken)?;
        Some(Document { kind, written, other: Some(key_of(kind, metadata)) })
    });
    own.into_iter().chain(around).collect()
}

fn around<'a>(subject: &WorkloadSubject<'a>) -> Vec<(Kind, &'a Metadata)> {
    let WorkloadSubject { workload, namespace, .. } = subject;
    let labels = &workload.pod_labels;
    let services = namespace.services_selecting(labels).found;
    let ingresses = services.iter().flat_map(|service| namespace.ingresses_to(&service.metadata.name).found);
    let mut ingresses: Vec<&Metadata> = ingresses.map(|ingress| &ingress.metadata).collect();
    ingresses.sort_unstable_by_key(|metadata| &metadata.name);
    ingresses.dedup_by_key(|metadata| &metadata.name);
    let budgets = namespace.pod_disruption_budgets_selecting(labels).found;
    let scalers = namespace.horizontal_pod_autoscalers_of(workload.kind, &workload.metadata.name).found;
    let policies = namespace.network_policies_selecting(labels).found;
    let account = match namespace.service_account(&subject.pod().service_account_name) {
        Lookup::Found(account) => Some(&account.metadata),
        _ => None,
    };
    let services = services.into_iter().map(|one| (Kind::Service, &one.metadata));
    services
        .chain(ingresses.into_iter().map(|metadata| (Kind::Ingress, metadata)))
        .chain(budgets.into_iter().map(|one| (Kind::PodDisruptionBudget, &one.metadata)))
        .chain(scalers.into_iter().map(|one| (Kind::HorizontalPodAutoscaler, &one.metadata)))
        .chain(policies.into_iter().map(|one| (Kind::NetworkPolicy, &one.metadata)))
        .chain(account.map(|metadata| (Kind::ServiceAccount, metadata)))
        .collect()
}
