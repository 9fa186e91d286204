use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{OUT_OF_SCOPE, at, key_of, quoted};
use crate::checks::helpers::pod_labels;
use crate::inventory::given_labels::is_given;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::Cause;
use crate::inventory::network_policy::{NetworkPeer, NetworkPolicy, NetworkPolicySpec};
use crate::inventory::selector::Selector;
use crate::inventory::snapshot::{Holds, NamespaceView};
use crate::inventory::{Kind, Object};

check! {
    /// ## What it checks
    /// The `podSelector` of every NetworkPolicy matches the pods of some workload of its namespace, and so does that of
    /// each peer of its rules. The `namespaceSelector` of a peer matches some namespace, and the `podSelector` beside it
    /// the pods of some workload in one of those. An empty one is for whatever pods there will be and is in order. Peers
    /// of a direction that the policy does not isolate are not judged, nor those by address, nor pods by a label that
    /// they get from elsewhere than their template.
    ///
    /// Only a ClusterReadinessPolicy sees other namespaces: for others, peers that may be elsewhere are out of scope
    /// unless their pods are in the own namespace. Of a namespace without a Namespace among the files nothing but its
    /// name is known (`kubernetes.io/metadata.name`): whether a selector of other labels matches it is Unknown, as is
    /// which pods a cluster runs in `kube-system`.
    ///
    /// What is wrong with the peers of a policy that selects pods is told with their workloads.
    ///
    /// Beside a file with a custom resource whose controller may make pods (any with a `spec`, but for groups that are
    /// known to make none, such as `cert-manager.io`) it is Unknown whether there are such pods; name the kind in
    /// `customKinds` of the policy if it holds a template. In a cluster the pods themselves are seen.
    ///
    /// ## Why it matters
    /// A policy that selects nothing isolates nothing, while whoever wrote it believes that it does; a peer that
    /// matches nothing lets nobody in, and who was meant stands outside. As a rule the labels of a workload were
    /// changed and the policy was forgotten.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - from:
    ///         - podSelector: {matchLabels: {app: client}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - from:
    ///         - podSelector: {matchLabels: {app: client}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: client, namespace: shop, labels: {app: client}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Correct the selector so that it matches the labels in the workload's pod template, or delete the policy.
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies
    name: "dangling-network-policy",
    family: Network,
    severity: Low,
    title: "NetworkPolicies select pods and peers that are there",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [Namespace, NetworkPolicy],
    parameters: NoParameters,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [NetworkPolicy] of_orphan,
}

/// The policies that select a workload's pods select something; their peers are another matter.
fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let policies = subject.namespace.network_policies_selecting(&subject.workload.pod_labels);
    // What was not given is not judged, as no file is that was not given.
    let hidden = policies.incomplete.filter(|cause| *cause != Cause::NotGiven);
    if policies.found.is_empty() && hidden.is_none() {
        return Judgement::not_applicable("no NetworkPolicy selects the pods");
    }
    let mut peers = Peers::of(subject.namespace, Some(&subject.workload.pod_labels));
    for policy in &policies.found {
        peers.judge(policy);
    }
    let Peers { mut statements, is_out_of_scope, .. } = peers;
    if let Some(cause) = hidden {
        let message = "which NetworkPolicies select the pods is not known in full";
        statements.push(Statement::unknown(cause, pod_labels(subject), message));
    }
    if statements.is_empty() && is_out_of_scope == Some(true) {
        return Judgement::not_applicable(OUT_OF_SCOPE);
    }
    statements.into_iter().collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::NetworkPolicy(policy) = subject.object else { return Judgement::default() };
    let own = &policy.spec.pod_selector;
    let selected =
        (!own.is_empty()).then(|| of_selector(own, "the policy", "spec.podSelector", subject.namespace));
    let mut peers = Peers::of(subject.namespace, None);
    peers.judge(policy);
    if selected.is_none() && peers.statements.is_empty() && peers.is_out_of_scope == Some(true) {
        return Judgement::not_applicable(OUT_OF_SCOPE);
    }
    // The object is the subject itself.
    let peers = peers.statements.into_iter().map(|one| Statement { object: None, ..one });
    selected.flatten().into_iter().chain(peers).collect()
}

/// What is said of peers of NetworkPolicies.
struct Peers<'a> {
    namespace: NamespaceView<'a>,
    /// Labels of the workload that is judged: it may be about to come.
    own_labels: Option<&'a Labels>,
    statements: Vec<Statement>,
    /// Whether each that is judged at all is out of scope; absent before there is one.
    is_out_of_scope: Option<bool>,
}

impl<'a> Peers<'a> {
    const fn of(namespace: NamespaceView<'a>, own_labels: Option<&'a Labels>) -> Self {
        Self { namespace, own_labels, statements: Vec::new(), is_out_of_scope: None }
    }

    fn judge(&mut self, policy: &NetworkPolicy) {
        let NetworkPolicySpec { isolates_ingress, isolates_egress, ingress, egress, .. } = &policy.spec;
        let directions =
            [(*isolates_ingress, "ingress", "from", ingress), (*isolates_egress, "egress", "to", egress)];
        for (_, direction, list, rules) in directions.into_iter().filter(|(isolates, ..)| *isolates) {
            for (rule, peers) in rules.iter().map(|rule| &rule.peers).enumerate() {
                for (place, peer) in peers.iter().enumerate() {
                    let field = || format!("spec.{direction}[{rule}].{list}[{place}]");
                    let said = match &peer.namespace_selector {
                        Some(namespaces) => self.elsewhere(namespaces, peer, field),
                        None => self.here(peer, field),
                    };
                    let said = said.map(|one| one.about(key_of(Kind::NetworkPolicy, &policy.metadata)));
                    self.statements.extend(said);
                }
            }
        }
    }

    /// The pods that a peer means, where a template tells them.
    fn pods(peer: &NetworkPeer) -> Option<&Selector> {
        peer.pod_selector.as_ref().filter(|pods| !pods.is_empty() && !pods.asks(is_given))
    }

    fn is_own(&self, pods: &Selector) -> bool {
        self.own_labels.is_some_and(|labels| pods.matches(labels))
    }

    /// A peer of the policy's own namespace.
    fn here(&mut self, peer: &NetworkPeer, field: impl Fn() -> String) -> Option<Statement> {
        let pods = Self::pods(peer)?;
        self.is_out_of_scope = Some(false);
        if self.is_own(pods) {
            return None;
        }
        of_selector(pods, "the peer", &format!("{}.podSelector", field()), self.namespace)
    }

    /// A peer of namespaces by their labels.
    fn elsewhere(
        &mut self,
        selector: &Selector,
        peer: &NetworkPeer,
        field: impl Fn() -> String,
    ) -> Option<Statement> {
        let matching = self.namespace.namespaces_matching(selector);
        let pods = Self::pods(peer);
        let held = self.held(&matching.found, pods);
        // What is in sight may do; else what is not is another's business.
        let is_hidden = held != Some(Holds::Yes) && matching.is_hidden;
        self.is_out_of_scope = Some(is_hidden && self.is_out_of_scope != Some(false));
        if is_hidden {
            return None;
        }
        let unknown = |cause, field: &str, message: String| {
            Some(Statement::unknown(cause, at(field.to_owned()), message))
        };
        let (namespaces, pods) =
            (format!("{}.namespaceSelector", field()), format!("{}.podSelector", field()));
        match (held, matching.incomplete) {
            (Some(Holds::Yes), _) => None,
            (Some(Holds::Unknown(cause)), _) | (Some(_), Some(cause)) => {
                unknown(cause, &pods, "whether the peer selects any pod is not known".to_owned())
            }
            (Some(Holds::Maybe(maker)), None) => {
                let maker = quoted(maker, 80);
                unknown(
                    Cause::NotGiven,
                    &pods,
                    format!("whether the peer selects pods that {maker} makes is not known"),
                )
            }
            (Some(Holds::No), None) => {
                let message =
                    "no workload in the namespaces that the peer selects has the labels that it selects";
                Some(Statement::fail(at(pods), message))
            }
            (None, Some(cause)) => {
                unknown(cause, &namespaces, "whether the peer selects any namespace is not known".to_owned())
            }
            (None, None) => {
                Some(Statement::fail(at(namespaces), "no namespace has the labels that the peer selects"))
            }
        }
    }

    /// Whether one of these namespaces has such pods; of several answers the one that says most. None where there is none.
    fn held(&self, namespaces: &[&'a str], pods: Option<&Selector>) -> Option<Holds<'a>> {
        let mut held = None;
        for name in namespaces {
            let Some(pods) = pods else { return Some(Holds::Yes) };
            let answer = match self.namespace.elsewhere(name) {
                _ if *name == self.namespace.name() && self.is_own(pods) => Holds::Yes,
                Some(there) => there.holds_pods(pods),
                None => continue,
            };
            held = match (answer, held) {
                (Holds::Yes, _) => return Some(Holds::Yes),
                (Holds::No, Some(other)) | (Holds::Maybe(_), Some(other @ Holds::Unknown(_))) => Some(other),
                (answer, _) => Some(answer),
            };
        }
        held
    }
}

/// What is wrong with a selector for pods of this namespace.
fn of_selector(
    selector: &Selector,
    who: &str,
    field: &str,
    namespace: NamespaceView<'_>,
) -> Option<Statement> {
    let field = || at(field.to_owned());
    match namespace.holds_pods(selector) {
        Holds::Yes => None,
        Holds::Unknown(cause) => {
            Some(Statement::unknown(cause, field(), format!("whether {who} selects any pod is not known")))
        }
        Holds::Maybe(maker) => {
            let message = format!("whether {who} selects pods that {} makes is not known", quoted(maker, 80));
            Some(Statement::unknown(Cause::NotGiven, field(), message))
        }
        Holds::No => Some(Statement::fail(field(), format!("no workload has the labels that {who} selects"))),
    }
}

#[cfg(test)]
mod tests;
