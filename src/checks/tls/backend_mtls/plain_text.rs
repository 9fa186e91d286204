//! Whether pods in Istio's mesh take plain text beside what the mesh encrypts, as its PeerAuthentications say.
//!
//! What is said of pods goes before what is said of their namespace, and that before what is said of the whole mesh; of
//! several that say it of the same, the oldest counts. It must not look at whether the pods are in the mesh. Next: [`super`].

use super::Parameters;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{OUT_OF_SCOPE, at, key_of, quoted};
use crate::checks::helpers::pod_labels;
use crate::inventory::Kind;
use crate::inventory::peer_authentication::{PeerAuthentication, Taken};
use crate::inventory::snapshot::ROOT_NAMESPACE;

/// What is said so far.
#[derive(Clone, Copy)]
enum Said<'a> {
    /// Nothing: Istio then takes both.
    Nothing,
    Encrypted,
    PlainBy(&'a PeerAuthentication),
}

/// What of the pods takes plain text, beside what is known of them already. Istio's own root namespace is everybody's
/// business; into another one, of a tenant's choice, only the cluster's policies look.
pub(super) fn judge(
    subject: &WorkloadSubject<'_>,
    parameters: &Parameters,
    beside: Vec<Statement>,
) -> Judgement {
    let root = &*parameters.root_namespace;
    let is_in_sight = root == ROOT_NAMESPACE || subject.namespace.elsewhere(root).is_some();
    if !is_in_sight && beside.is_empty() {
        return Judgement::not_applicable(OUT_OF_SCOPE);
    }
    let taken = is_in_sight.then(|| taken(subject, parameters));
    beside.into_iter().chain(taken.into_iter().flatten()).collect()
}

fn taken(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Vec<Statement> {
    let root = &*parameters.root_namespace;
    let search = subject.namespace.peer_authentications_about(subject.workload, root);
    if let Some(cause) = search.incomplete {
        let message = "whether plain text is taken as well is not known: not every PeerAuthentication is";
        return vec![Statement::unknown(cause, pod_labels(subject), message)];
    }
    let is_of_mesh = |one: &&PeerAuthentication| one.metadata.namespace == *root;
    let (of_mesh, own): (Vec<_>, Vec<_>) = search.found.into_iter().partition(is_of_mesh);
    let (of_namespace, of_pods): (Vec<_>, Vec<_>) = own.into_iter().partition(|one| one.spec.is_about_all());
    let levels = [of_mesh, of_namespace, of_pods].map(oldest);
    match levels.iter().fold(Said::Nothing, |said, level| said_by(level, said)) {
        Said::Encrypted => {}
        Said::Nothing => {
            let message = "plain text is taken as well: no PeerAuthentication asks for encryption";
            return vec![Statement::fail(pod_labels(subject), message)];
        }
        Said::PlainBy(one) if is_of_mesh(&one) => {
            let message = "plain text is taken as well: the mesh's PeerAuthentication is not STRICT";
            return vec![Statement::fail(pod_labels(subject), message)];
        }
        Said::PlainBy(one) => {
            let message = "plain text is taken as well: the mode is not STRICT";
            let statement = Statement::fail(at("spec.mtls.mode"), message);
            return vec![statement.about(key_of(Kind::PeerAuthentication, &one.metadata))];
        }
    }
    let [.., of_pods] = levels;
    of_pods.into_iter().flat_map(|one| at_ports(one, parameters)).collect()
}

/// Those that count: the oldest, or all of which that may be the oldest.
fn oldest(mut level: Vec<&PeerAuthentication>) -> Vec<&PeerAuthentication> {
    let moments: Option<Vec<_>> = level.iter().map(|one| one.metadata.created()).collect();
    if let Some(first) = moments.and_then(|moments| moments.into_iter().min()) {
        level.retain(|one| one.metadata.created() == Some(first));
    }
    level
}

/// What is said once these have spoken, of which any may be the one that counts.
fn said_by<'a>(level: &[&'a PeerAuthentication], before: Said<'a>) -> Said<'a> {
    if let Some(plain) = level.iter().find(|one| one.spec.taken() == Taken::Plain) {
        return Said::PlainBy(plain);
    }
    let is_encrypting = !level.is_empty() && level.iter().all(|one| one.spec.taken() == Taken::Encrypted);
    if is_encrypting { Said::Encrypted } else { before }
}

fn at_ports(one: &PeerAuthentication, parameters: &Parameters) -> Vec<Statement> {
    let open = one.spec.plain_ports().filter(|port| !parameters.allowed_ports.contains(*port));
    let told = open.map(|port| {
        let message = format!("plain text is taken as well at port {}", quoted(port, 20));
        Statement::fail(at("spec.portLevelMtls"), message)
            .about(key_of(Kind::PeerAuthentication, &one.metadata))
    });
    told.collect()
}
