//! Certificates that a pod has as files or as variables, out of Secrets of the type for them.
//!
//! Which type a Secret is of that is not known is not known either. It must not judge a certificate. Next:
//! `tls/tls_secret_valid.rs`, `tls/tls_cert_expiry.rs`.

use jiff::Timestamp;

use crate::catalogue::{Judgement, Outcome, Severity, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::pod;
use crate::checks::references::{self, Reference};
use crate::checks::secret_use::{Materials, SecretUse};
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::{Kind, ObjectKey};

/// The file of a Secret that holds certificates.
const CERTIFICATE: &str = "tls.crt";

/// The certificates in the volumes and variables of a workload's pods.
pub(super) struct Mounted<'a> {
    /// Those that are known, by their Secrets.
    pub(super) materials: Materials<'a>,
    /// What is said of the first Secret of which nothing is known.
    doubt: Option<Statement>,
}

impl<'a> Mounted<'a> {
    /// Those of a workload, but for Secrets that are judged anyway.
    pub(super) fn by<'b>(
        subject: &WorkloadSubject<'a>,
        judged: impl Iterator<Item = &'b SecretUse<'a>> + Clone,
    ) -> Self
    where
        'a: 'b,
    {
        let mut mounted = Self { materials: Materials::new(), doubt: None };
        let pod = &subject.workload.pod;
        for named in references::secret_files(pod).chain(references::secret_variables(pod, CERTIFICATE)) {
            let is_left_out =
                !named.keys.is_empty() && !named.keys.iter().any(|(_, key)| *key == CERTIFICATE);
            let key = ObjectKey {
                namespace: subject.namespace.name().into(),
                kind: Kind::Secret,
                name: named.name.into(),
            };
            if named.name.is_empty() || is_left_out || judged.clone().any(|used| used.key == key) {
                continue;
            }
            match subject.namespace.certificate(named.name) {
                Lookup::Found(material) => drop(mounted.materials.insert(key, material)),
                Lookup::Missing => {}
                Lookup::Unknown(cause) => mounted.doubt(&named, cause),
            }
        }
        mounted
    }

    /// Of the Secrets that are variables as a whole hardly any holds a certificate: nobody wonders about those.
    fn doubt(&mut self, named: &Reference<'_>, cause: Cause) {
        if named.path.ends_with(".secretRef") {
            return;
        }
        let name = quoted(named.name, 80);
        let message = format!("whether Secret {name} of the pod holds a certificate is not known");
        let field = pod(format!("{}.{}", named.path, named.name_field));
        self.doubt.get_or_insert_with(|| Statement::unknown(cause, field, message));
    }

    /// The judgement over what is in front of the workload, and what is said of these.
    pub(super) fn conclude(
        self,
        judgement: Judgement,
        statements: Vec<Statement>,
        next_change: Option<Timestamp>,
    ) -> Judgement {
        let is_empty = self.materials.values().all(|material| material.chain.is_empty());
        if is_empty && statements.is_empty() && self.doubt.is_none() {
            return judgement;
        }
        let judgement = judgement.and(Judgement { statements, not_applicable: None, next_change });
        // What fails, or is not known, is so whatever this one holds.
        let settles = |one: &Statement| match one.outcome {
            Outcome::Fail => one.grade != Some(Severity::Low),
            outcome => outcome == Outcome::Unknown,
        };
        let doubt = self.doubt.filter(|_| !judgement.statements.iter().any(settles));
        judgement.and(doubt.into_iter().collect())
    }
}
