//! What a change of a Service or an Ingress means: for itself, and for the workloads behind it.
//!
//! For what it breaks of another object it is never refused; what it adds is warned of. What a check says of the object
//! in itself may refuse it, as a workload is refused. It must not say what was wrong before. Next: [`super::admission`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::admission::{Change, Objections, Review, Side};
use super::evaluate::Policies;
use super::itself::review_itself;
use super::policy::EffectivePolicy;
use super::select::{Selected, select};
use super::standing::Standing;
use super::subject::{Subject, Target};
use crate::inventory::object::ObjectKey;
use crate::inventory::{Inventory, Kind, Object, SubjectKey};

/// Kinds whose changes are judged by what they mean for workloads.
pub const NEIGHBOURS: [Kind; 2] = [Kind::Service, Kind::Ingress];

/// Most subjects that are judged for one change: an answer is due within a second.
const SUBJECTS: usize = 64;

type Standings = BTreeMap<(ObjectKey, usize), Standing>;

/// Judges a change of a neighbour. The inventory is as it was afterwards.
pub fn review_neighbour(
    change: &Change,
    policies: Policies<'_>,
    inventory: &mut Inventory,
    now: Timestamp,
) -> Review {
    let after = &change.after;
    let metadata = after.metadata();
    let kind = after.kind();
    let watches = |policy: &&EffectivePolicy| {
        policy.is_enforced()
            && policy.checks.iter().any(|check| check.compiled.watches().any(|one| one == kind))
    };
    let asking: Vec<&EffectivePolicy> = policies.about(&metadata.namespace).filter(watches).collect();
    let mut review = Review { in_scope: !asking.is_empty(), ..Review::default() };
    if asking.is_empty() || metadata.is_deleting() || matches!(after, Object::Broken(..)) {
        review.unknown = matches!(after, Object::Broken(..)) && review.in_scope;
        return review;
    }
    let mut subjects = inventory.supposing(after.clone(), |inventory| inventory.subjects_behind(after));
    let standings = match &change.before {
        Some(before) => inventory.supposing(before.clone(), |inventory| {
            subjects.extend(inventory.subjects_behind(before));
            standings(&subjects, (kind, &asking), inventory, now)
        }),
        None => standings(&subjects, (kind, &asking), inventory, now),
    };
    inventory.supposing(after.clone(), |inventory| {
        let mut objections = Objections::default();
        review_itself(
            change,
            &about(after, &subjects, &asking, inventory),
            (inventory, now),
            &mut objections,
        );
        each(&subjects, &asking, inventory, |index, policy, target| {
            let Target::Workload(workload) = target else { return };
            let side = Side::judge(workload, &[policy], (inventory, Some(kind)), now);
            let key = (workload.key(), index);
            let standing = standings.get(&key).cloned().unwrap_or_default();
            objections.add_new(policy, side.weigh(policy, now), standing, Some(&key.0));
        });
        objections.finish(review)
    })
}

/// The policies that are about the object: about a workload that reaches it, or about itself where none does.
fn about<'a>(
    object: &Object,
    subjects: &BTreeSet<SubjectKey>,
    asking: &[&'a EffectivePolicy],
    inventory: &Inventory,
) -> Vec<&'a EffectivePolicy> {
    let (key, metadata) = (object.key(), object.metadata());
    if !inventory.is_reached(object) {
        let is_selected =
            |policy: &EffectivePolicy| select(policy, key.kind, metadata, inventory) == Selected::Yes;
        return asking.iter().copied().filter(|policy| is_selected(policy)).collect();
    }
    let mut about = BTreeSet::new();
    each(subjects, asking, inventory, |index, _, target| {
        let Target::Workload(workload) = target else { return };
        let namespace = inventory.namespace(&workload.metadata.namespace);
        if namespace.reached_by(workload, key.kind).found.iter().any(|one| one.key() == key) {
            about.insert(index);
        }
    });
    about.into_iter().filter_map(|index| asking.get(index).copied()).collect()
}

fn standings(
    subjects: &BTreeSet<SubjectKey>,
    (kind, asking): (Kind, &[&EffectivePolicy]),
    inventory: &Inventory,
    now: Timestamp,
) -> Standings {
    let mut standings = Standings::new();
    each(subjects, asking, inventory, |index, policy, target| {
        let Target::Workload(workload) = target else { return };
        let side = Side::judge(workload, &[policy], (inventory, Some(kind)), now);
        standings.insert((workload.key(), index), Standing::of(&side.weigh(policy, now)));
    });
    standings
}

/// Each workload of these subjects with each policy that is about it, and its place among the policies.
fn each<'a>(
    subjects: &BTreeSet<SubjectKey>,
    asking: &[&'a EffectivePolicy],
    inventory: &Inventory,
    mut ask: impl FnMut(usize, &'a EffectivePolicy, Target<'_>),
) {
    for subject in subjects.iter().take(SUBJECTS).filter_map(|key| Subject::find(inventory, key)) {
        for member in &subject.members {
            for (index, policy) in asking.iter().enumerate() {
                let metadata = member.target.metadata();
                if select(policy, member.key.kind, metadata, inventory) == Selected::Yes {
                    ask(index, policy, member.target);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::testing::{baseline, merge};
    use crate::engine::admission::Objection;
    use crate::engine::policy::PolicyKey;
    use crate::engine::resolve::{Spec, resolve};
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;

    fn object(kind: Kind, value: &Value) -> Object {
        decode(kind, &value.to_string()).unwrap()
    }

    fn ingress(tls: bool) -> Object {
        let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
        let path = json!({"path": "/", "pathType": "Prefix", "backend": backend});
        let mut spec = json!({"rules": [{"host": "web.example", "http": {"paths": [path]}}]});
        if tls {
            spec["tls"] = json!([{"hosts": ["web.example"], "secretName": "web"}]);
        }
        object(Kind::Ingress, &json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec}))
    }

    fn reviewed(before: Option<Object>, after: Object) -> Review {
        reviewed_by("ingress-tls", &json!({}), before, after)
    }

    fn reviewed_by(check: &str, targets: &Value, before: Option<Object>, after: Object) -> Review {
        let checks = json!([{"name": check, "severity": "High"}]);
        let spec = json!({"profile": "None", "enforcement": "Deny", "targets": targets, "checks": checks});
        let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
        let policy = resolve(key.clone(), Spec::Namespaced(&serde_json::from_value(spec).unwrap())).unwrap();
        let effective = BTreeMap::from([(key, policy)]);
        let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        let mut workload = baseline();
        merge(&mut workload, json!({"metadata": {"namespace": "shop", "name": "web"}}));
        let labels = workload["spec"]["template"]["metadata"]["labels"].clone();
        let service = json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": labels, "ports": [{"port": 80}]}});
        inventory.apply(object(Kind::Deployment, &workload));
        inventory.apply(object(Kind::Service, &service));
        inventory.apply(ingress(true));
        inventory.remove(&after.key(), "");
        if let Some(before) = &before {
            inventory.apply(before.clone());
        }
        let known = inventory.objects().count();
        let change = Change { after, before, adds_debug_containers: false };
        let review = review_neighbour(&change, policies, &mut inventory, Timestamp::UNIX_EPOCH);
        assert_eq!(inventory.objects().count(), known);
        review
    }

    fn told(review: &Review) -> Vec<&str> {
        assert!(review.in_scope && review.denials.is_empty());
        review.warnings.iter().map(|one| one.check.name).collect()
    }

    #[test]
    fn what_an_ingress_adds_is_warned_of_and_never_refused() {
        assert_eq!(told(&reviewed(None, ingress(false))), ["ingress-tls"]);
        assert_eq!(told(&reviewed(Some(ingress(true)), ingress(false))), ["ingress-tls"]);
        // What stood before is not said again.
        assert_eq!(told(&reviewed(Some(ingress(false)), ingress(false))), [""; 0]);
    }

    /// A Service that the workload of these tests is behind, or none is.
    fn ssh(name: &str, port: u16, app: &str, annotations: &Value) -> Object {
        let metadata = json!({"name": name, "namespace": "shop", "annotations": annotations});
        let mut labels = baseline()["spec"]["template"]["metadata"]["labels"].clone();
        merge(&mut labels, json!({"app": app}));
        let spec = json!({"selector": labels, "ports": [{"port": port}]});
        object(Kind::Service, &json!({"metadata": metadata, "spec": spec}))
    }

    fn refused(review: &Review) -> Vec<(&str, &str)> {
        assert!(review.in_scope);
        let told = |one: &Objection| (one.check.name, one.found.object.is_none());
        assert!(review.denials.iter().all(|one| told(one).1), "it is the object itself");
        review.denials.iter().map(|one| (one.check.name, one.found.field.as_str())).collect()
    }

    #[test]
    fn what_a_check_says_of_the_object_in_itself_refuses_it_unless_it_stood_before() {
        let all = json!({});
        for app in ["web", "gone"] {
            let shell = || ssh("shell", 22, app, &json!({}));
            let created = reviewed_by("ssh-port", &all, None, shell());
            assert_eq!(refused(&created), [("ssh-port", "spec.ports[0].port")], "{app}");
            assert!(created.warnings.is_empty(), "the workload behind it is not told as well");
            let changed = reviewed_by("ssh-port", &all, Some(ssh("shell", 80, app, &json!({}))), shell());
            assert_eq!(refused(&changed).len(), 1);
            let stood = reviewed_by("ssh-port", &all, Some(shell()), shell());
            assert_eq!((refused(&stood), stood.warnings.len()), (vec![], 0));
            let fine = reviewed_by("ssh-port", &all, None, ssh("shell", 80, app, &json!({})));
            assert_eq!((refused(&fine), fine.warnings.len()), (vec![], 0));
        }
    }

    #[test]
    fn an_object_of_a_workload_is_judged_by_the_policies_of_that_workload_and_one_of_none_by_its_own_labels()
    {
        let of = |app: &str, labels: Value| {
            let targets = json!({"selector": {"matchLabels": labels}});
            refused(&reviewed_by("ssh-port", &targets, None, ssh("shell", 22, app, &json!({})))).len()
        };
        let own = baseline()["metadata"]["labels"].clone();
        assert_eq!(of("web", own.clone()), 1, "the workload has the labels");
        assert_eq!(of("gone", own), 0, "the Service has none");
        assert_eq!(of("web", json!({"other": "x"})), 0);
    }
}
