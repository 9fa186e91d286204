use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, listed, quoted};
use crate::inventory::given_labels::is_given;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::object::ServiceType;
use crate::inventory::{Metadata, Object};

/// Parameters of `dangling-service`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Labels that pods get from elsewhere than their template.
    ignore_labels: BTreeSet<String>,
}

check! {
    /// ## What it checks
    /// The selector of every Service matches the pods of some workload of its namespace. Labels that the server
    /// and its controllers give to pods, such as `statefulset.kubernetes.io/pod-name`, and those in
    /// `ignoreLabels` are left out of account. A Service of type ExternalName is not judged.
    ///
    /// For a Service without a selector somebody else writes where it leads: there is an EndpointSlice with its name in the
    /// label `kubernetes.io/service-name` and at least one address, ready or not. A slice that the controller of
    /// selectors left behind when the selector was taken away does not count: nobody keeps its addresses. In files
    /// Endpoints of its name count as well, of which a controller makes such slices. The Service `kubernetes` of the API server is not judged.
    ///
    /// Beside a file with a custom resource whose controller may make pods (any with a `spec`, but for groups that are
    /// known to make none, such as `cert-manager.io`) it is Unknown whether there are such pods; name the kind in
    /// `customKinds` of the policy if it holds a template. In a cluster the pods themselves are seen.
    ///
    /// ## Why it matters
    /// Such a Service has an address and nothing behind it: every request to it fails. As a rule the labels of a
    /// workload were changed and the selector was forgotten, or the workload is gone and the Service was left.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Correct the selector so that it matches the labels in the workload's pod template, write EndpointSlices for a Service
    /// that is to lead elsewhere, or delete the Service.
    ///
    /// ## Parameters
    /// - `ignoreLabels`: further labels that pods get from elsewhere than their template, such as the `role` that
    ///   a database gives to its primary (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Service, Defining a Service
    name: "dangling-service",
    family: Network,
    severity: High,
    title: "Every Service leads somewhere",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, EndpointSlice],
    parameters: Parameters,
    rule: Orphan([Service], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Service(service) = subject.object else { return Judgement::default() };
    if service.spec.kind == ServiceType::ExternalName {
        return Judgement::not_applicable("the Service stands for a name elsewhere");
    }
    let selector = &service.spec.selector;
    if selector.is_empty() {
        return without_selector(subject, &service.metadata);
    }
    let is_ignored = |key: &str| is_given(key) || parameters.ignore_labels.contains(key);
    let wanted: Vec<(&str, &str)> = selector.iter().filter(|(key, _)| !is_ignored(key)).collect();
    let Some(first) = wanted.first() else {
        return Judgement::not_applicable("the Service selects by labels that no template says");
    };
    let workloads = subject.namespace.workloads_carrying(*first, |workload| {
        wanted.iter().all(|(key, value)| workload.pod_labels.get(key).is_some_and(|own| own == *value))
    });
    if !workloads.found.is_empty() {
        return Judgement::pass();
    }
    let shown = listed(wanted.iter().map(|(key, _)| *key));
    if let Some(cause) = workloads.incomplete {
        let message = format!("whether any workload has the labels that it selects ({shown}) is not known");
        return Statement::unknown(cause, at("spec.selector"), message).into();
    }
    if let Some(maker) = subject.namespace.maker() {
        let message = format!(
            "whether pods that {} makes have the labels that it selects ({shown}) is not known",
            quoted(maker, 80)
        );
        return Statement::unknown(Cause::NotGiven, at("spec.selector"), message).into();
    }
    let message = format!("no workload has the labels that it selects ({shown}): it leads nowhere");
    Judgement::fail(at("spec.selector"), message)
}

fn without_selector(subject: &ObjectSubject<'_>, service: &Metadata) -> Judgement {
    if (&*service.namespace, &*service.name) == OF_THE_SERVER {
        return Judgement::not_applicable("the API server says itself where it is");
    }
    let field = at("spec.selector");
    match subject.namespace.endpoints_of(&service.name) {
        Lookup::Found(()) => Judgement::pass(),
        Lookup::Missing => {
            Judgement::fail(field, "the Service has no selector, and no EndpointSlice says where it leads")
        }
        Lookup::Unknown(cause) => {
            let message = "whether an EndpointSlice says where the Service leads is not known";
            Statement::unknown(cause, field, message).into()
        }
    }
}

/// The Service of the API server: namespace and name.
const OF_THE_SERVER: (&str, &str) = ("default", "kubernetes");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::baseline;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn of(spec: Value) -> ObjectCase {
        let service = json!({"kind": "Service", "metadata": {"name": "web"}, "spec": spec});
        ObjectCase::of(&CHECK, service).with(baseline())
    }

    #[test]
    fn the_selector_must_match_the_labels_of_some_template() {
        assert_eq!(of(json!({"selector": {"app": "web"}})).outcome(), Outcome::Pass);
        let other = of(json!({"selector": {"app": "gone"}}));
        assert_eq!(other.message(), "no workload has the labels that it selects (app): it leads nowhere");
        assert_eq!(other.fields(), ["spec.selector"]);
        let narrower = json!({"selector": {"app": "web", "tier": "back"}});
        assert_eq!(of(narrower.clone()).outcome(), Outcome::Fail);
        assert_eq!(of(narrower).parameters(json!({"ignoreLabels": ["tier"]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn labels_that_controllers_give_are_left_out_of_account() {
        let one = json!({"app": "web", "statefulset.kubernetes.io/pod-name": "web-0"});
        assert_eq!(of(json!({ "selector": one })).outcome(), Outcome::Pass);
        let only = json!({"statefulset.kubernetes.io/pod-name": "web-0"});
        assert_eq!(of(json!({ "selector": only })).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn what_selects_nothing_by_itself_is_not_judged() {
        let name = json!({"type": "ExternalName", "externalName": "db.example", "selector": {"app": "gone"}});
        assert_eq!(of(name).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn without_a_selector_a_slice_or_endpoints_of_files_must_lead_somewhere() {
        let slice = |service: &str, addresses: Value| {
            let labels = json!({"kubernetes.io/service-name": service});
            let endpoints = json!([{ "addresses": addresses }]);
            json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": {"name": "some", "labels": labels}, "endpoints": endpoints})
        };
        let bare = || of(json!({}));
        assert_eq!(bare().fields(), ["spec.selector"]);
        assert_eq!(bare().with(slice("web", json!(["192.0.2.1"]))).outcome(), Outcome::Pass);
        assert_eq!(bare().with(slice("web", json!([]))).outcome(), Outcome::Fail);
        assert_eq!(bare().with(slice("api", json!(["192.0.2.1"]))).outcome(), Outcome::Fail);
        let endpoints = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"},
            "subsets": [{"addresses": [{"ip": "192.0.2.1"}]}]});
        assert_eq!(bare().with(endpoints.clone()).outcome(), Outcome::Pass);
        // In a cluster a controller has put them into slices, if it has.
        assert_eq!(bare().live().with(endpoints).outcome(), Outcome::Fail);
        for coverage in [Coverage::Partial, Coverage::Forbidden] {
            assert_eq!(bare().coverage(coverage).outcome(), Outcome::Unknown);
        }
        let own = json!({"kind": "Service", "metadata": {"name": "kubernetes", "namespace": "default"}, "spec": {}});
        assert_eq!(ObjectCase::of(&CHECK, own).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn pods_of_a_custom_resource_that_nobody_sees_leave_it_open() {
        let gone = || of(json!({"selector": {"app": "gone"}})).beside_maker("Cluster (postgresql.cnpg.io)");
        let message = "whether pods that Cluster (postgresql.cnpg.io) makes have the labels that it selects (app) \
            is not known";
        assert_eq!(gone().message(), message);
        assert_eq!(gone().judged().findings[0].cause, Some(Cause::NotGiven));
        let web = of(json!({"selector": {"app": "web"}})).beside_maker("Cluster (postgresql.cnpg.io)");
        assert_eq!(web.outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_44_workloads_that_are_not_known_leave_it_open() {
        let gone = || of(json!({"selector": {"app": "gone"}}));
        for (coverage, cause) in
            [(Coverage::Partial, Cause::NotGiven), (Coverage::Forbidden, Cause::Forbidden)]
        {
            let findings = gone().coverage(coverage).judged().findings;
            assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(cause)));
        }
        assert_eq!(
            of(json!({"selector": {"app": "web"}})).coverage(Coverage::Partial).outcome(),
            Outcome::Pass
        );
        let broken = json!({"kind": "Deployment", "metadata": {"name": "other"}, "spec": 7});
        let findings = gone().with(broken).judged().findings;
        assert_eq!(findings[0].cause, Some(Cause::Undecodable));
    }
}
