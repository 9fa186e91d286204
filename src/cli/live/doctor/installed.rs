//! What is installed: definitions, Deployments, and the Lease that a living replica renews.
//!
//! It must not look at rights. Next: [`super::rights`].

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::super::{Cluster, LiveError, condition, text};
use super::Sign;
use super::scope::{Installation, overlaps};
use crate::api::schema::crds;
use crate::checks;
use crate::inventory::Kind;
use crate::ops::resource::{CUSTOM_RESOURCE_DEFINITIONS, LEASES, ResourceRef};
use crate::render::manifests::{NAME, VERSION};

const APPLY: &str = "seaworthy crds | kubectl apply --server-side -f -";

/// The definitions: there, established, of this version, and as this binary knows them.
pub(super) async fn definitions(cluster: &Cluster) -> Result<Vec<Sign>, LiveError> {
    let mut signs = Vec::new();
    let wanted = crds(&checks::names()).map_err(std::io::Error::other)?;
    for (_, wanted) in wanted {
        let name = text(&wanted, "/metadata/name").to_owned();
        match cluster.get(CUSTOM_RESOURCE_DEFINITIONS.object(None, &name)).await {
            Ok(Some(there)) => signs.push(definition(&name, &wanted, &there)),
            Ok(None) => signs.push(Sign::wrong(format!("{name} is not installed"), APPLY)),
            Err(error) => signs.push(Sign::hidden(error)?),
        }
    }
    Ok(signs)
}

fn definition(name: &str, wanted: &Value, there: &Value) -> Sign {
    if condition(there, "Established").is_none_or(|found| text(found, "/status") != "True") {
        let names = condition(there, "NamesAccepted").map_or("", |found| text(found, "/message"));
        let fix = format!("kubectl describe crd {name}: another definition may have its names. {names}");
        return Sign::wrong(format!("{name} is not established"), fix);
    }
    let served = |crd: &Value| -> BTreeSet<String> {
        let versions = crd.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
        let served = versions.filter(|version| version.get("served") == Some(&Value::Bool(true)));
        served.map(|version| text(version, "/name").to_owned()).collect()
    };
    let lacking: Vec<String> = served(wanted).difference(&served(there)).cloned().collect();
    if !lacking.is_empty() {
        return Sign::wrong(format!("{name} does not serve {}", lacking.join(", ")), APPLY);
    }
    let stored = there.pointer("/status/storedVersions").and_then(Value::as_array).into_iter().flatten();
    let known = served(wanted);
    let foreign: Vec<&str> =
        stored.filter_map(Value::as_str).filter(|version| !known.contains(*version)).collect();
    if !foreign.is_empty() {
        let fix = "use the command line of the version that is installed, or migrate what is stored";
        return Sign::wrong(format!("{name} has objects stored as {}", foreign.join(", ")), fix);
    }
    let (ours, theirs) = (names(wanted), names(there));
    let lacking: Vec<&str> = ours.difference(&theirs).copied().take(3).collect();
    if !lacking.is_empty() {
        let what = format!("{name} is older than this command line: it does not know {}", lacking.join(", "));
        return Sign::wrong(what, APPLY);
    }
    Sign::Fine(format!("{name} is installed"))
}

/// The names of checks that a definition lets policies use.
fn names(definition: &Value) -> BTreeSet<&str> {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    let path = "/schema/openAPIV3Schema/properties/spec/properties/checks/items/properties/name/enum";
    let lists = versions.filter_map(|version| version.pointer(path)?.as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}

/// The operator's Deployments: of this version, with a replica that is available, and no two that judge the same.
pub(super) async fn deployments(cluster: &Cluster) -> Result<(Vec<Sign>, Vec<Installation>), LiveError> {
    let deployments: ResourceRef = Kind::Deployment.info().into();
    let all = match cluster.list(&deployments, None).await {
        Ok(all) => all,
        Err(error) => return Ok((vec![Sign::hidden(error)?], Vec::new())),
    };
    let is_operator = |object: &&Value| {
        let label =
            |name: &str| object.pointer("/metadata/labels").and_then(|labels| labels.get(name)?.as_str());
        // The first may be another by the chart's nameOverride.
        [label("app.kubernetes.io/name"), label("app.kubernetes.io/part-of")].contains(&Some(NAME))
            && label("app.kubernetes.io/component").is_none_or(|component| component == "controller")
    };
    let ours: Vec<&Value> = all.iter().filter(is_operator).collect();
    let namespaces: Vec<&str> = ours.iter().map(|object| text(object, "/metadata/namespace")).collect();
    let mut signs: Vec<Sign> = ours.iter().map(|object| deployment(object)).collect();
    if !namespaces.contains(&cluster.namespace.as_str()) {
        let what = format!("no Deployment of the operator in {}", cluster.namespace);
        signs.push(Sign::wrong(
            what,
            "install it (kubectl apply -k deploy, or the Helm chart), or name its namespace with -n",
        ));
    }
    let installations: Vec<Installation> = ours.into_iter().map(Installation::of).collect();
    signs.extend(overlaps(&installations));
    Ok((signs, installations))
}

fn deployment(object: &Value) -> Sign {
    let [namespace, name] = ["/metadata/namespace", "/metadata/name"].map(|at| text(object, at));
    let who = format!("Deployment {namespace}/{name}");
    let number = |at: &str| object.pointer(at).and_then(Value::as_i64);
    let labels = object.pointer("/metadata/labels");
    let label = labels.and_then(|labels| labels.get("app.kubernetes.io/version")?.as_str());
    let image = text(object, "/spec/template/spec/containers/0/image");
    let tag = image.split('@').next().and_then(|image| image.rsplit('/').next()?.split_once(':'));
    let version = label.or_else(|| tag.map(|(_, tag)| tag)).unwrap_or_default().trim_start_matches('v');
    if number("/spec/replicas") == Some(0) {
        return Sign::wrong(
            format!("{who} is scaled to zero"),
            format!("kubectl scale -n {namespace} deployment/{name} --replicas=2"),
        );
    }
    if number("/status/availableReplicas").unwrap_or_default() == 0 {
        let fix = format!("kubectl describe -n {namespace} deployment/{name}, and the logs of its pods");
        return Sign::wrong(format!("{who} has no replica that is available"), fix);
    }
    if version != VERSION {
        let what =
            format!("{who} is of version {version:?}, this command line of {VERSION}: verdicts may differ");
        return Sign::wrong(what, "upgrade the older one");
    }
    Sign::Fine(format!("{who} is available, of version {VERSION}"))
}

/// The Lease: held, and renewed a moment ago.
pub(super) async fn lease(cluster: &Cluster) -> Result<Vec<Sign>, LiveError> {
    let lease = match cluster.get(LEASES.object(Some(&cluster.namespace), NAME)).await {
        Ok(Some(lease)) => lease,
        Ok(None) => {
            let what = format!("there is no Lease {NAME} in {}: no replica has ever led", cluster.namespace);
            return Ok(vec![Sign::wrong(what, "look at the logs of the operator's pods")]);
        }
        Err(error) => return Ok(vec![Sign::hidden(error)?]),
    };
    Ok(vec![freshness(&lease, Timestamp::now())])
}

fn freshness(lease: &Value, now: Timestamp) -> Sign {
    let holder = text(lease, "/spec/holderIdentity");
    let fix = "look at the logs of the operator's pods: nothing is written before one of them leads";
    if holder.is_empty() {
        return Sign::wrong("nobody holds the Lease: no replica writes", fix);
    }
    let renewed = text(lease, "/spec/renewTime");
    let duration = lease.pointer("/spec/leaseDurationSeconds").and_then(Value::as_i64).unwrap_or_default();
    let age = renewed.parse::<Timestamp>().map(|renewed| now.duration_since(renewed).as_secs());
    // Clocks differ: twice the duration is beyond doubt only where they do not differ by more.
    match age {
        Ok(age) if age <= 2 * duration + 5 => Sign::Fine(format!("{holder} leads, and renewed its Lease")),
        _ => {
            Sign::wrong(format!("{holder} has not renewed the Lease since {renewed}: no replica writes"), fix)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lease_that_is_not_renewed_is_a_problem() {
        let now: Timestamp = "2026-01-01T00:01:00Z".parse().unwrap();
        let lease = |holder: &str, renewed: &str| {
            let spec = json!({"holderIdentity": holder, "leaseDurationSeconds": 8, "renewTime": renewed});
            freshness(&json!({ "spec": spec }), now)
        };
        assert!(matches!(lease("a", "2026-01-01T00:00:50.000000Z"), Sign::Fine(_)));
        for (holder, renewed) in
            [("a", "2026-01-01T00:00:00.000000Z"), ("", "2026-01-01T00:01:00Z"), ("a", "?")]
        {
            assert!(matches!(lease(holder, renewed), Sign::Wrong(..)), "{holder} {renewed}");
        }
    }

    #[test]
    fn a_deployment_is_of_this_version_and_available() {
        let object = |version: &str, available: i64| {
            deployment(&json!({
                "metadata": {"labels": {"app.kubernetes.io/version": version}},
                "spec": {"replicas": 2}, "status": {"availableReplicas": available},
            }))
        };
        assert!(matches!(object(VERSION, 1), Sign::Fine(_)));
        assert!(matches!(object("0.0.0", 1), Sign::Wrong(..)));
        assert!(matches!(object(VERSION, 0), Sign::Wrong(..)));
    }
}
