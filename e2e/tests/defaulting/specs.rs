//! The effective pod of a template, against the Pod that the server would store.

use seaworthy::inventory::{
    default::effective_pod,
    pod::{PodSpec, PodTemplate},
};
use serde_json::Value;

use super::{Server, count, difference, pods::pod, random::Choices};

const SENT: usize = 500;
const COMPARED: usize = 300;
const SEED: u64 = 1;

pub(crate) async fn effective_pods_equal_the_servers(server: &Server) -> Vec<String> {
    let mut choices = Choices::seeded(SEED);
    let sent: Vec<_> = (0..SENT).map(|index| pod(&mut choices, &format!("p{index}"))).collect();
    let answers = server.dry_runs("/api/v1/namespaces/plain/pods", &sent).await;
    let (mut compared, mut refused, mut differences) = (0, Vec::new(), Vec::new());
    for (sent, answer) in sent.iter().zip(answers) {
        match answer {
            Ok(answer) => {
                compared += 1;
                differences.extend(compare(sent, &answer));
            }
            Err((_, message)) => refused.push(message),
        }
    }
    count("effective pods", compared, &refused);
    assert!(compared >= COMPARED, "only {compared} pods");
    differences
}

/// The server's answer is read as it stands, without defaulting it again: what we add too much shows.
fn compare(sent: &Value, answer: &Value) -> Option<String> {
    let template: PodTemplate = serde_json::from_value(sent.clone()).unwrap();
    let mut stored: PodSpec = serde_json::from_value(answer["spec"].clone()).unwrap();
    // The server writes it twice; we keep the older field only where it says something else.
    assert_eq!(*stored.service_account, *stored.service_account_name);
    stored.service_account = Box::default();
    let ours = effective_pod(template);
    let again = effective_pod(serde_json::from_value(answer.clone()).unwrap());
    if ours != stored {
        return Some(difference(sent, &ours, &stored));
    }
    (again != stored).then(|| difference(answer, &again, &stored))
}
