//! What stands in front of a workload: the Ingresses that send to it, and the Secrets they name.
//!
//! Workload, the Services that select its pods, the Ingresses that send to those, the Secrets of their `tls`
//! entries; all in one namespace. An Ingress without a workload stands for itself. It must not judge a certificate. Next: the checks of the family `tls`.

use jiff::Timestamp;

use crate::catalogue::{Field, Judgement, ObjectSubject, Outcome, Severity, Statement, WorkloadSubject};
use crate::checks::secret_use::SecretUse;
use crate::inventory::certificate::host_is_covered;
use crate::inventory::lookup::Cause;
use crate::inventory::object::{Ingress, IngressTls};
use crate::inventory::{Kind, NamespaceView, Object, ObjectKey};

/// The Ingresses that lead to a workload, or one that leads to none.
pub(super) struct Exposure<'a> {
    /// Those found, by name.
    pub(super) ingresses: Vec<&'a Ingress>,
    /// The objects of their namespace.
    pub(super) namespace: NamespaceView<'a>,
    /// The moment at which they are judged.
    pub(super) now: Timestamp,
    /// Why there may be more.
    pub(super) incomplete: Option<Cause>,
}

/// One `tls` entry that names a Secret.
pub(super) struct TlsUse<'a> {
    /// The Ingress it is of.
    pub(super) ingress: &'a Ingress,
    /// Its place in `spec.tls`.
    pub(super) index: usize,
    /// The entry.
    pub(super) entry: &'a IngressTls,
    /// The Secret it names.
    pub(super) secret: SecretUse<'a>,
}

/// A host that an Ingress serves; empty for every host.
pub(super) struct RuleHost<'a> {
    /// Place of the rule; none of an Ingress without rules.
    rule: Option<usize>,
    /// The host.
    pub(super) host: &'a str,
}

impl<'a> Exposure<'a> {
    /// What stands in front of this workload.
    pub(super) fn of(subject: &WorkloadSubject<'a>) -> Self {
        let WorkloadSubject { workload, namespace, now } = *subject;
        let search = namespace.reached_by(workload, Kind::Ingress);
        let ingresses = search.found.iter().filter_map(|object| match object {
            Object::Ingress(ingress) => Some(&**ingress),
            _ => None,
        });
        Self { ingresses: ingresses.collect(), namespace, now, incomplete: search.incomplete }
    }

    /// An Ingress that no workload reaches.
    pub(super) fn alone(subject: &ObjectSubject<'a>) -> Self {
        let ObjectSubject { object, namespace, now } = *subject;
        let ingresses = match object {
            Object::Ingress(ingress) => vec![&**ingress],
            _ => Vec::new(),
        };
        Self { ingresses, namespace, now, incomplete: None }
    }

    /// The `tls` entries that name a Secret, with what is known of it.
    pub(super) fn tls_uses(&self) -> Vec<TlsUse<'a>> {
        let entries = self.ingresses.iter().flat_map(|ingress| {
            ingress.spec.tls.iter().enumerate().map(move |(index, entry)| (*ingress, index, entry))
        });
        entries
            .filter(|(_, _, entry)| !entry.secret_name.is_empty())
            .map(|(ingress, index, entry)| {
                let (namespace, name) = (&ingress.metadata.namespace, &entry.secret_name);
                let key = ObjectKey { namespace: namespace.clone(), kind: Kind::Secret, name: name.clone() };
                let secret = SecretUse {
                    key,
                    name: name.to_string(),
                    field: Field::Object(format!("spec.tls[{index}].secretName").into()),
                    by: ingress_key(ingress),
                    found: self.namespace.tls_secret(name),
                };
                TlsUse { ingress, index, entry, secret }
            })
            .collect()
    }

    /// The judgement over what was found. What may have been overlooked is said unless a finding of at least
    /// this severity stands anyway; `nothing` says why there was nothing to judge, if so.
    pub(super) fn conclude(
        &self,
        mut statements: Vec<Statement>,
        severity: Severity,
        nothing: Option<&'static str>,
        next_change: Option<Timestamp>,
    ) -> Judgement {
        let fails = |s: &Statement| s.outcome == Outcome::Fail && s.grade.unwrap_or(severity) >= severity;
        match self.incomplete {
            Some(cause) if !statements.iter().any(fails) => {
                let message = "which Ingresses send to this workload is not known in full";
                statements.push(Statement::unknown(cause, Field::Object("".into()), message));
            }
            None if self.ingresses.is_empty() => {
                return Judgement::not_applicable("no Ingress sends to this workload");
            }
            _ => {}
        }
        match nothing {
            Some(why) if statements.is_empty() => Judgement::not_applicable(why),
            _ => Judgement { statements, not_applicable: None, next_change },
        }
    }
}

impl RuleHost<'_> {
    /// Path of the host in the Ingress.
    pub(super) fn field(&self) -> String {
        self.rule
            .map_or_else(|| "spec.defaultBackend".to_owned(), |index| format!("spec.rules[{index}].host"))
    }
}

/// Key of an Ingress.
pub(super) fn ingress_key(ingress: &Ingress) -> ObjectKey {
    ObjectKey {
        namespace: ingress.metadata.namespace.clone(),
        kind: Kind::Ingress,
        name: ingress.metadata.name.clone(),
    }
}

/// The hosts of an Ingress's rules, each once; of one without rules, every host.
pub(super) fn rule_hosts(ingress: &Ingress) -> Vec<RuleHost<'_>> {
    let mut hosts: Vec<RuleHost<'_>> = Vec::new();
    for (index, rule) in ingress.spec.rules.iter().enumerate() {
        if !hosts.iter().any(|known| known.host == rule.host) {
            hosts.push(RuleHost { rule: Some(index), host: &rule.host });
        }
    }
    if hosts.is_empty() {
        hosts.push(RuleHost { rule: None, host: "" });
    }
    hosts
}

/// The `tls` entries for a host, with their places: those whose hosts cover it, where a wildcard stands for
/// one label; else those without hosts, which leave the hosts to the controller.
pub(super) fn entries_for<'a>(ingress: &'a Ingress, host: &str) -> Vec<(usize, &'a IngressTls)> {
    let entries = || ingress.spec.tls.iter().enumerate();
    let covering: Vec<_> = entries().filter(|(_, entry)| host_is_covered(&entry.hosts, &[], host)).collect();
    if covering.is_empty() {
        entries().filter(|(_, entry)| entry.hosts.is_empty()).collect()
    } else {
        covering
    }
}
