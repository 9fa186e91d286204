//! Proof 1, the other side: what is wrong with a policy is said where it is written. The API server refuses
//! what a schema can refuse; the rest ends as a condition. Both name the field and what would be right.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Error, condition, condition_message, eventually, is_judged,
    workloads::{cluster_policy, policy},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn proof_1_a_bad_policy_is_told_what_is_wrong() {
    let cluster = Cluster::start().await.unwrap();
    let _operator = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    the_api_server_refuses(&cluster).await;
    the_operator_refuses(&cluster).await;
    a_bad_edit_is_refused_and_a_good_one_heals(&cluster).await;
    cluster.finish().await.unwrap();
}

/// A spec, and what the refusal must say.
fn refused() -> Vec<(Value, &'static [&'static str])> {
    let expression = |operator: &str, values: Value| {
        json!({"targets": {"selector": {"matchExpressions": [
            {"key": "app", "operator": operator, "values": values}]}}})
    };
    vec![
        (
            json!({"profile": "Standart"}),
            &["spec.profile", "Standart", "\"Baseline\", \"Standard\", \"Strict\""],
        ),
        (json!({"profile": "None"}), &["spec.checks", "enable at least one", "Baseline, Standard or Strict"]),
        (
            json!({"profile": "None", "checks": [{"name": "memory-limits", "enabled": false}]}),
            &["spec.checks", "enable at least one"],
        ),
        (json!({"profileVersion": 0}), &["spec.profileVersion", "greater than or equal to 1"]),
        (
            json!({"checks": [{"name": "run-as-nonroot"}]}),
            &["spec.checks[0].name", "run-as-nonroot", "\"run-as-non-root\""],
        ),
        (json!({"checks": [{"severity": "High"}]}), &["spec.checks", "name"]),
        (
            json!({"checks": [{"name": "memory-limits", "severity": "Fatal"}]}),
            &["spec.checks[0].severity", "Fatal", "\"Critical\""],
        ),
        (json!({"failOn": "Warning"}), &["spec.failOn", "Warning", "\"Never\""]),
        (json!({"failon": "High"}), &[".spec.failon", "field not declared in schema"]),
        (json!({"enforcement": "Block"}), &["spec.enforcement", "Block", "\"Deny\""]),
        (json!({"readyWhen": "Applied"}), &["spec.readyWhen", "Applied", "\"Evaluated\""]),
        (json!({"suspend": "yes"}), &["spec.suspend", "boolean"]),
        (json!({"revision": "r".repeat(129)}), &["spec.revision", "128"]),
        (
            json!({"targets": {"minWorkloads": -1}}),
            &["spec.targets.minWorkloads", "greater than or equal to 0"],
        ),
        (json!({"targets": {"kinds": ["Deploymet"]}}), &["spec.targets.kinds", "not known", "Deployment"]),
        (
            json!({"targets": {"customKinds": [
                {"group": "argoproj.io", "kind": "Rollout", "templatePath": "spec.template"}]}}),
            &["spec.targets.customKinds[0].templatePath", "starts with a dot"],
        ),
        (expression("Like", json!(["web"])), &["matchExpressions[0].operator", "Like", "\"NotIn\""]),
        (expression("In", json!([])), &["matchExpressions[0].values", "In and NotIn need values"]),
        (
            expression("Exists", json!(["web"])),
            &["matchExpressions[0].values", "Exists and DoesNotExist take none"],
        ),
    ]
}

async fn the_api_server_refuses(cluster: &Cluster) {
    for (spec, says) in refused() {
        for object in [policy("shop", "bad", &spec), cluster_policy("bad", &spec)] {
            let answer = cluster.plane().apply(&object.to_string()).await;
            let Err(Error::Kubectl { stderr, .. }) = answer else { panic!("{spec}: {answer:?}") };
            for part in says {
                assert!(stderr.contains(part), "{spec}: `{part}` is not in: {stderr}");
            }
        }
    }
    // A list-map: the client that merges refuses the second one of a name.
    let twice = json!({"checks": [{"name": "memory-limits"}, {"name": "memory-limits"}]});
    cluster.apply(&[policy("shop", "bad", &twice)]).await.unwrap_err();
    let excluded = json!({"targets": {"excludeNamespaces": [""]}});
    cluster.apply(&[cluster_policy("bad", &excluded)]).await.unwrap_err();
    let foreign = json!({"targets": {"excludeNamespaces": ["kube-system"]}});
    let answer = cluster.plane().apply(&policy("shop", "bad", &foreign).to_string()).await;
    let Err(Error::Kubectl { stderr, .. }) = answer else { panic!("{answer:?}") };
    assert!(stderr.contains(".spec.targets.excludeNamespaces: field not declared in schema"), "{stderr}");
}

/// What no schema can refuse: a spec, the field that the message must name, and a hint in it.
fn not_accepted() -> Vec<(Value, &'static str, &'static str)> {
    let parameters =
        |parameters: Value| json!({"checks": [{"name": "run-as-non-root", "parameters": parameters}]});
    let labels = |labels: Value| json!({"targets": {"selector": {"matchLabels": labels}}});
    vec![
        (parameters(json!({"mod": "strict"})), "spec.checks[0].parameters.mod", "did you mean `mode`?"),
        (parameters(json!({"mode": "stric"})), "spec.checks[0].parameters.mode", "strict"),
        (json!({"profileVersion": 99}), "spec.profileVersion", "known are 1 to"),
        (
            json!({"targets": {"customKinds": [
                {"group": "apps", "kind": "Deployment", "templatePath": ".spec.template"}]}}),
            "spec.targets.customKinds[0]",
            "is not a kind of custom resource",
        ),
        (
            labels(json!({"no spaces": "x"})),
            "spec.targets.selector.matchLabels[no spaces]",
            "letters, digits",
        ),
    ]
}

async fn the_operator_refuses(cluster: &Cluster) {
    for (index, (spec, field, hint)) in not_accepted().into_iter().enumerate() {
        let name = format!("bad-{index}");
        cluster.apply(&[policy("shop", &name, &spec), cluster_policy(&name, &spec)]).await.unwrap();
        let path = format!("/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies/{name}");
        let own = format!("/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinesspolicies/{name}");
        for path in [path, own] {
            is_refused(cluster, &path, (field, hint)).await;
        }
    }
}

async fn is_refused(cluster: &Cluster, path: &str, (field, hint): (&str, &str)) {
    let policy = eventually(SOON, &format!("{path} is not accepted: {field}"), async || {
        let policy = cluster.get(path).await.unwrap().unwrap();
        let holds = is_judged(&policy)
            && condition(&policy, "Accepted") == "False PolicyInvalid"
            && condition(&policy, "Stalled") == "True PolicyInvalid"
            && condition(&policy, "Ready") == "False PolicyInvalid"
            && condition(&policy, "Compliant") == "Unknown PolicyInvalid"
            && condition(&policy, "Reconciling") == "-";
        if holds { Ok(policy) } else { Err(policy["status"].to_string()) }
    })
    .await;
    let message = condition_message(&policy, "Accepted");
    assert!(message.starts_with(field) && message.contains(hint), "{path}: {message}");
    assert_eq!(condition_message(&policy, "Stalled"), message);
}

async fn a_bad_edit_is_refused_and_a_good_one_heals(cluster: &Cluster) {
    let path = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinesspolicies/edited";
    let minimum = json!({"minWorkloads": 0});
    // Standard would ask something of the namespace itself.
    let good = json!({"targets": minimum, "profile": "Baseline"});
    let bad = json!({"targets": minimum, "profile": "Baseline", "profileVersion": 99});
    for spec in [&bad, &good, &bad, &good] {
        cluster.apply(&[policy("shop", "edited", spec)]).await.unwrap();
        if spec == &bad {
            is_refused(cluster, path, ("spec.profileVersion", "99")).await;
            continue;
        }
        eventually(SOON, "the policy is accepted", async || {
            let policy = cluster.get(path).await.unwrap().unwrap();
            let holds = is_judged(&policy)
                && condition(&policy, "Accepted") == "True Accepted"
                && condition(&policy, "Ready") == "True NothingSelected"
                && condition(&policy, "Stalled") == "-";
            holds.then_some(()).ok_or_else(|| policy["status"].to_string())
        })
        .await;
    }
}
