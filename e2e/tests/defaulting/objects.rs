//! Whole objects as the decoder reads a file, against what the server would store.
//!
//! Left out: what only a stored object has (uid, versions, times, the template's text), and the labels
//! that the server gives the pods of a Job.

use seaworthy::inventory::{Kind, Object, decode::decode};
use serde_json::{Value, json};

use super::{Server, count, difference, pods::pod, random::Choices};

const OF_EACH_KIND: usize = 40;
const SEED: u64 = 2;

pub(crate) async fn whole_objects_equal_the_servers(server: &Server) -> Vec<String> {
    let mut differences = Vec::new();
    for kind in Kind::WORKLOADS {
        let mut choices = Choices::seeded(SEED);
        let sent: Vec<_> = (0..OF_EACH_KIND).map(|index| object(*kind, &mut choices, index)).collect();
        let info = kind.info();
        let root =
            if info.group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{}/v1", info.group) };
        let answers = server.dry_runs(&format!("{root}/namespaces/plain/{}", info.plural), &sent).await;
        let (mut compared, mut refused) = (0, Vec::new());
        for (sent, answer) in sent.iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    compared += 1;
                    differences.extend(compare(*kind, sent, &answer));
                }
                Err((_, message)) => refused.push(message),
            }
        }
        count(kind.as_str(), compared, &refused);
    }
    differences
}

fn object(kind: Kind, choices: &mut Choices, index: usize) -> Value {
    let name = format!("w{index}");
    let mut pod = pod(choices, &name);
    pod["metadata"]["namespace"] = json!("plain");
    if kind == Kind::Pod {
        return pod;
    }
    match kind {
        Kind::Job | Kind::CronJob => pod["spec"]["restartPolicy"] = json!("Never"),
        _ => {
            let spec = pod["spec"].as_object_mut().unwrap();
            spec.remove("restartPolicy");
            spec.remove("activeDeadlineSeconds");
        }
    }
    let metadata = json!({"name": name, "namespace": "plain"});
    let template = json!({
        "metadata": {"labels": pod["metadata"]["labels"], "annotations": pod["metadata"]["annotations"]},
        "spec": pod["spec"],
    });
    let selector = json!({"matchLabels": {"app": name}});
    let mut spec = match kind {
        Kind::CronJob => json!({"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}}),
        Kind::Job | Kind::ReplicationController => json!({"template": template}),
        _ => json!({"template": template, "selector": selector}),
    };
    let replicated = !matches!(kind, Kind::CronJob | Kind::Job | Kind::DaemonSet);
    if replicated && choices.percent(50) {
        spec["replicas"] = json!(choices.below(3));
    }
    own_fields(kind, &mut spec, choices);
    if matches!(kind, Kind::CronJob | Kind::Job) && choices.percent(30) {
        spec["suspend"] = json!(true);
    }
    json!({"apiVersion": kind.api_version(), "kind": kind.as_str(), "metadata": metadata, "spec": spec})
}

/// What a kind says beside its pods, set or left out.
fn own_fields(kind: Kind, spec: &mut Value, choices: &mut Choices) {
    let rolling = [
        json!({}),
        json!({"rollingUpdate": {"maxUnavailable": "50%"}}),
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}),
    ];
    let fields: &[(&str, &[Value])] = match kind {
        Kind::Deployment => &[
            ("strategy", &[rolling[0].clone(), rolling[1].clone(), json!({"type": "Recreate"})]),
            ("progressDeadlineSeconds", &[json!(700)]),
            ("minReadySeconds", &[json!(0), json!(5)]),
            ("revisionHistoryLimit", &[json!(0), json!(3)]),
        ],
        Kind::DaemonSet => &[
            ("updateStrategy", &[rolling[1].clone(), rolling[2].clone(), json!({"type": "OnDelete"})]),
            ("revisionHistoryLimit", &[json!(0), json!(3)]),
        ],
        Kind::StatefulSet => &[
            (
                "updateStrategy",
                &[
                    rolling[0].clone(),
                    json!({"rollingUpdate": {"partition": 1}}),
                    json!({"type": "OnDelete"}),
                ],
            ),
            ("minReadySeconds", &[json!(5)]),
        ],
        Kind::Job => &[
            ("backoffLimit", &[json!(0), json!(9)]),
            ("activeDeadlineSeconds", &[json!(60)]),
            ("ttlSecondsAfterFinished", &[json!(0)]),
        ],
        Kind::CronJob => &[
            ("concurrencyPolicy", &[json!("Allow"), json!("Forbid"), json!("")]),
            ("timeZone", &[json!("Europe/Zurich")]),
            ("startingDeadlineSeconds", &[json!(60)]),
        ],
        _ => &[],
    };
    for (field, values) in fields {
        if choices.percent(50) {
            spec[*field] = choices.one_of(values).clone();
        }
    }
}

pub(crate) fn compare(kind: Kind, sent: &Value, answer: &Value) -> Option<String> {
    let (ours, theirs) = (lean(kind, sent), lean(kind, answer));
    (ours != theirs).then(|| difference(sent, &ours, &theirs))
}

fn lean(kind: Kind, json: &Value) -> Object {
    let mut object = decode(kind, &json.to_string()).unwrap();
    let metadata = object.metadata_mut();
    metadata.served = None;
    // The server counts for clients that no longer exist.
    metadata.annotations.retain(|key, _| key != "deprecated.daemonset.template.generation");
    if let Object::Workload(workload) = &mut object {
        workload.template_hash.clear();
        // What a file says by leaving it out, no server says.
        workload.replicas_written = true;
        // No controller ever sees what is only tried.
        workload.is_unobserved = false;
        if kind == Kind::Job {
            let given_by_server = ["batch.kubernetes.io/", "controller-uid", "job-name"];
            let own = |label: &str| !given_by_server.iter().any(|prefix| label.starts_with(prefix));
            workload.pod_labels.retain(|label, _| own(label));
            workload.metadata.labels.retain(|label, _| own(label));
        }
    }
    object
}
