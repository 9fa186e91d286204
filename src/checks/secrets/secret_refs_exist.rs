use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::pod;
use crate::checks::provider_classes::Classes;
use crate::checks::references::{Reference, secrets};
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::snapshot::NamedSecret;

check! {
    /// ## What it checks
    /// The Secrets that the pod names are there, whatever their type: those of variables, volumes and parts of
    /// projected volumes, with the keys that it takes from them; those that a volume's driver is given, and those
    /// with which images are pulled. So are the SecretProviderClasses of its volumes. What is marked `optional` may
    /// be missing, and so may a Secret that the driver of such a class makes for the pod.
    ///
    /// In a cluster the operator reads no Secret but those of type `kubernetes.io/tls`: of every other one it asks
    /// for the metadata alone. That tells whether the Secret is there. Which keys it has is told where the
    /// server has noted who wrote them; a key of which it has no note is not known. Secrets of Ingresses and
    /// Gateways are the business of `ingress-tls` and `gateway-tls`.
    ///
    /// ## Why it matters
    /// A workload is accepted whatever it names. Its pods then hang before their containers start, or cannot
    /// pull their images, often long after the change: when a node goes, or when it scales.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{secretRef: {name: database}}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: database, key: password}}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: database}
    /// stringData: {password: ""}
    /// ```
    ///
    /// ## How to fix
    /// Create the Secret, add the key, or correct the name. Set `optional: true` where the workload does without it.
    ///
    /// ## References
    /// - Kubernetes documentation: Secrets
    /// - Secrets Store CSI Driver documentation: Sync as Kubernetes Secret
    name: "secret-refs-exist",
    family: Secrets,
    severity: High,
    title: "The Secrets that pods name exist",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [Secret, SecretMetadata, SecretProviderClass],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let references = secrets(subject.pod());
    let classes = Classes::of(subject);
    if references.is_empty() && classes.named.is_empty() {
        return Judgement::not_applicable("the pod names no Secret");
    }
    let needed = references.iter().filter(|reference| !reference.optional);
    let of_secrets = needed.flat_map(|reference| of_reference(subject, reference, &classes));
    let mut statements: Vec<Statement> = Vec::new();
    for statement in of_secrets.chain(of_classes(&classes)) {
        // What is missing is one finding, however often it is named.
        if !statements.iter().any(|said| said.message == statement.message) {
            statements.push(statement);
        }
    }
    statements.into_iter().collect()
}

fn of_reference(
    subject: &WorkloadSubject<'_>,
    reference: &Reference<'_>,
    classes: &Classes<'_>,
) -> Vec<Statement> {
    let Reference { path, name_field, name, .. } = reference;
    let field = pod(format!("{path}.{name_field}"));
    let shown = quoted(name, 80);
    let unknown = |cause| Statement::unknown(cause, field.clone(), not_known(&format!("Secret {shown}")));
    match subject.namespace.secret(name) {
        Lookup::Found(secret) => of_keys(secret, reference),
        Lookup::Missing if name.is_empty() => vec![Statement::fail(field, "Secret without a name")],
        Lookup::Missing => match classes.makes(name) {
            Lookup::Found(()) => Vec::new(),
            Lookup::Missing => vec![Statement::fail(field, format!("Secret {shown} does not exist"))],
            Lookup::Unknown(cause) => vec![unknown(cause)],
        },
        Lookup::Unknown(cause) => vec![unknown(cause)],
    }
}

fn of_keys(secret: NamedSecret<'_>, Reference { path, name, keys, .. }: &Reference<'_>) -> Vec<Statement> {
    let name = quoted(name, 80);
    let of_key = |(at, key): &(String, &str)| {
        let (field, key_shown) = (pod(format!("{path}.{at}")), quoted(key, 60));
        match secret.has_key(key) {
            Some(true) => None,
            Some(false) => Some(Statement::fail(field, format!("Secret {name} has no key {key_shown}"))),
            None => {
                let message = format!("whether Secret {name} has a key {key_shown} is not known");
                Some(Statement::unknown(Cause::Undecidable, field, message))
            }
        }
    };
    keys.iter().filter_map(of_key).collect()
}

fn not_known(what: &str) -> String {
    format!("whether {what} exists is not known")
}

/// What is wrong with the SecretProviderClasses of the volumes themselves.
fn of_classes(classes: &Classes<'_>) -> impl Iterator<Item = Statement> {
    classes.named.iter().filter_map(|(path, name, made)| {
        let what = format!("SecretProviderClass {}", quoted(name, 80));
        match made {
            Lookup::Found(_) => None,
            Lookup::Missing => Some(Statement::fail(pod(path.clone()), format!("{what} does not exist"))),
            Lookup::Unknown(cause) => Some(Statement::unknown(*cause, pod(path.clone()), not_known(&what))),
        }
    })
}

#[cfg(test)]
mod tests;
