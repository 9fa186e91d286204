//! The sample application: some of it in order, some not; all of it once mended; and policies that are valid.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use seaworthy::catalogue::{Check, NEWEST_PROFILE_VERSION, Profile};
use seaworthy::checks;
use seaworthy::engine::policy::PolicyKey;
use seaworthy::engine::resolve::{Spec, resolve};
use seaworthy::inventory::Kind;
use seaworthy::inventory::lookup::Coverage;
use seaworthy::inventory::object::ObjectKey;
use serde_json::Value;

use support::{judging, orphans, yaml};

mod support {
    pub(crate) mod judging;
    pub(crate) mod orphans;
    pub(crate) mod yaml;
}

#[test]
fn once_mended_every_workload_passes_standard() {
    let verdicts = verdicts("deploy/samples/fixes");
    let failing: Vec<_> = verdicts.iter().filter(|(_, findings)| !findings.is_empty()).collect();
    assert!(failing.is_empty(), "{failing:#?}");
    let orphans = orphans("deploy/samples/fixes");
    assert!(orphans.is_empty(), "{orphans:#?}");
}

#[test]
fn the_samples_are_a_mix() {
    let verdicts = verdicts("deploy/samples");
    assert!(verdicts.len() >= 8);
    // What the namespace lacks is a finding of each; it is the workloads that are a mix.
    let is_in_order =
        |findings: &BTreeMap<&str, String>| findings.keys().all(|name| *name == "namespace-psa-labels");
    let in_order = verdicts.values().filter(|findings| is_in_order(findings)).count();
    assert!((2..=verdicts.len() / 2).contains(&in_order), "{in_order} of {}", verdicts.len());
    let found: BTreeSet<&str> = verdicts.values().flat_map(|findings| findings.keys().copied()).collect();
    for check in ["run-as-non-root", "allow-privilege-escalation", "memory-limits", "readiness-probe"] {
        assert!(found.contains(check), "no sample fails {check}");
    }
}

#[test]
fn the_mended_objects_are_the_same_objects() {
    let keys = |folder| known(&manifests(folder)).map(|object| judging::object(object).key()).collect();
    let (before, mut after): (BTreeSet<ObjectKey>, BTreeSet<ObjectKey>) =
        (keys("deploy/samples"), keys("deploy/samples/fixes"));
    after.extend(known(&in_order_as_it_is()).map(|object| judging::object(object).key()));
    assert_eq!(before, after);
}

#[test]
fn what_cannot_be_changed_in_place_is_not_changed() {
    let fixed = |folder| -> Vec<Value> {
        let all = manifests(folder);
        all.into_iter().filter(|object| matches!(object["kind"].as_str(), Some("Job" | "Pod"))).collect()
    };
    let before = fixed("deploy/samples");
    assert!(!before.is_empty());
    assert_eq!(before, fixed("deploy/samples/fixes"));
}

#[test]
fn the_policies_are_valid_and_ask_for_what_is_there() {
    let mut resolved = Vec::new();
    for object in manifests("deploy/samples") {
        let (key, spec) = (key(&object), object["spec"].clone());
        let policy = match object["kind"].as_str() {
            Some("ReadinessPolicy") => resolve(key, Spec::Namespaced(&serde_json::from_value(spec).unwrap())),
            Some("ClusterReadinessPolicy") => {
                resolve(key, Spec::Cluster(&serde_json::from_value(spec).unwrap()))
            }
            _ => continue,
        };
        resolved.push(policy.unwrap_or_else(|problems| panic!("{problems:?}")));
    }
    let names: Vec<String> = resolved.iter().map(|policy| policy.key.to_string()).collect();
    assert_eq!(names, ["ClusterReadinessPolicy/platform-baseline", "ReadinessPolicy/shop-production"]);
    let workloads = verdicts("deploy/samples").len();
    assert_eq!(usize::try_from(resolved[1].min_workloads).unwrap(), workloads);
}

fn key(object: &Value) -> PolicyKey {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    PolicyKey { namespace: text("namespace"), name: text("name") }
}

/// Per workload: the checks of the profile Standard with a finding, and its message. The Secret that the
/// Ingress names is in no file, so checks that read Secrets are left out.
fn verdicts(folder: &str) -> BTreeMap<String, BTreeMap<&'static str, String>> {
    // What is in order as it is lies beside the samples only; what is mended stands in its place.
    let mut objects = in_order_as_it_is();
    objects.extend(manifests(folder));
    let inventory = judging::inventory(known(&objects), Coverage::Complete);
    let workloads = inventory.workloads().map(|workload| {
        let mut findings = BTreeMap::new();
        for (check, parameters) in standard() {
            for found in judging::judged(check, &parameters, workload, &inventory).findings {
                findings.insert(check.name, format!("{}: {}", found.field, found.message));
            }
        }
        (workload.key().to_string(), findings)
    });
    workloads.collect()
}

/// The findings on objects that no workload reaches.
fn orphans(folder: &str) -> Vec<String> {
    let mut objects = in_order_as_it_is();
    objects.extend(manifests(folder));
    let inventory = judging::inventory(known(&objects), Coverage::Complete);
    let mut found = Vec::new();
    for object in inventory.objects().filter(|object| !inventory.is_reached(object)) {
        for (check, parameters) in standard() {
            let judged = orphans::judged_object(check, &parameters, object, &inventory);
            let findings = judged.into_iter().flat_map(|judged| judged.findings);
            found.extend(findings.map(|one| format!("{} {}: {}", object.key(), check.name, one.message)));
        }
    }
    found
}

fn standard() -> impl Iterator<Item = (&'static Check, Value)> {
    let judgeable = checks::ALL.iter().copied().filter(|check| !check.reads.contains(&Kind::Secret));
    judgeable.filter_map(|check| {
        let membership = check.membership(Profile::Standard, NEWEST_PROFILE_VERSION)?;
        Some((check, serde_json::from_str(membership.parameters.unwrap_or("{}")).unwrap()))
    })
}

/// The objects of kinds that Seaworthy reads.
fn known(objects: &[Value]) -> impl Iterator<Item = &Value> {
    objects.iter().filter(|object| {
        let kind = object["kind"].as_str().unwrap_or_default();
        Kind::ALL.iter().any(|known| known.as_str() == kind)
    })
}

/// The namespace, and what isolates it.
fn in_order_as_it_is() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/samples/00-namespace.yaml");
    yaml::documents(&std::fs::read_to_string(file).unwrap())
}

/// Every object in the files of a folder, in order of the files' names.
fn manifests(folder: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    assert!(!files.is_empty(), "no files in {}", folder.display());
    files.iter().flat_map(|file| yaml::documents(&std::fs::read_to_string(file).unwrap())).collect()
}
