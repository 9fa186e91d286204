//! The API server, asked by dry runs in namespaces that enforce one standard each.
//!
//! In one more it enforces none: what it answers there is the pod that Pod Security Admission looks at elsewhere,
//! and that the library is asked about.
//!
//! Next: [`super::standards`] for what we say.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use kube::Client;
use seaworthy_e2e::{Error, Oracle, eventually, oracle::PodSecurity};
use serde_json::{Value, json};

use super::changes::ephemeral;
use super::random::Choices;
use super::standards::{Standard, Standards, failing_controls, workload};
use super::tally::Tally;

const SOON: Duration = Duration::from_mins(1);
/// Requests in flight.
const IN_FLIGHT: usize = 8;

/// The namespace without a standard.
const FREE: &str = "free";

/// With a namespace for each standard.
pub(crate) struct Server {
    client: Client,
    standards: &'static Standards,
}

/// What the server says of a pod.
enum Answer {
    LetIn(Value),
    Refused(String),
    Invalid(String),
}

/// A pod as it was sent and as the server would store it, and the standard that it was sent to.
struct Asked<'a> {
    sent: &'a Value,
    stored: &'a Value,
    standard: &'a Standard,
}

impl Server {
    pub(crate) async fn start(client: Client) -> Self {
        let server = Self { client, standards: Standards::all() };
        let made = stream::iter(&server.standards.all).map(|standard| server.namespace(standard));
        made.buffer_unordered(IN_FLIGHT).collect::<Vec<()>>().await;
        server.make_namespace(FREE, "privileged", "latest").await;
        server
    }

    async fn namespace(&self, standard: &Standard) {
        self.make_namespace(&standard.namespace(), standard.level, &standard.version).await;
    }

    async fn make_namespace(&self, name: &str, level: &str, version: &str) {
        let labels = json!({"pod-security.kubernetes.io/enforce": level,
            "pod-security.kubernetes.io/enforce-version": version});
        let object =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        self.request("POST", "/api/v1/namespaces", &object).await.unwrap();
        eventually(SOON, "the namespace's service account", async || {
            let path = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
            self.client.request::<Value>(http::Request::get(path).body(Vec::new()).unwrap()).await
        })
        .await;
    }

    async fn request(&self, method: &str, path: &str, object: &Value) -> Result<Value, kube::Error> {
        let request =
            http::Request::builder().method(method).uri(path).header("Content-Type", "application/json");
        self.client.request(request.body(object.to_string().into_bytes()).unwrap()).await
    }

    async fn dry_run(&self, method: &str, path: String, object: &Value) -> Answer {
        match self.request(method, &format!("{path}?dryRun=All"), object).await {
            Ok(stored) => Answer::LetIn(stored),
            Err(kube::Error::Api(status)) => {
                match status.message.split_once("violates PodSecurity ") {
                    // Level and version stand between quotes.
                    Some((_, said)) if status.code == 403 => {
                        Answer::Refused(said.split_once("\": ").unwrap().1.to_owned())
                    }
                    _ => Answer::Invalid(format!("{} {}", status.code, status.message)),
                }
            }
            Err(error) => panic!("{}", Error::from(error)),
        }
    }

    /// Each pod is sent to both levels at the newest version, and at another one in turn.
    pub(crate) async fn compare_new_pods(&self, pods: &[Value], tally: &mut Tally) {
        let new = |namespace: &str| format!("/api/v1/namespaces/{namespace}/pods");
        let pods = self.storable(pods, tally, |pod| self.dry_run("POST", new(FREE), pod)).await;
        let versions = self.standards.all.len() / 2;
        let asked = pods.iter().enumerate().flat_map(|(index, (sent, stored))| {
            let turn = 1 + index % (versions - 1);
            [0, turn, versions, versions + turn].map(|standard| Asked {
                sent,
                stored,
                standard: &self.standards.all[standard],
            })
        });
        let asked: Vec<Asked<'_>> = asked.collect();
        let answers = stream::iter(&asked)
            .map(|asked| self.dry_run("POST", new(&asked.standard.namespace()), asked.sent));
        let answers: Vec<Answer> = answers.buffered(IN_FLIGHT).collect().await;
        self.compare(&asked, answers, tally);
    }

    /// Containers that are added to a pod that is there.
    pub(crate) async fn compare_debugged_pods(&self, seed: u64, count: usize, tally: &mut Tally) {
        let mut there = BTreeMap::new();
        let namespaces = self.standards.all.iter().map(Standard::namespace).chain([FREE.to_owned()]);
        for namespace in namespaces {
            let path = format!("/api/v1/namespaces/{namespace}/pods");
            let pod = self.request("POST", &path, &pod_to_debug()).await.unwrap();
            there.insert(namespace, pod);
        }
        let debugged = |namespace: &str, container: &Value| {
            let mut pod = there[namespace].clone();
            pod["spec"]["ephemeralContainers"] = json!([container]);
            pod
        };
        let path = |namespace: &str| format!("/api/v1/namespaces/{namespace}/pods/there/ephemeralcontainers");
        let mut choices = Choices::seeded(seed);
        let containers: Vec<Value> = (0..count).map(|number| ephemeral(&mut choices, number)).collect();
        let free: Vec<Value> = containers.iter().map(|container| debugged(FREE, container)).collect();
        let pods = self.storable(&free, tally, |pod| self.dry_run("PUT", path(FREE), pod)).await;
        let turns = self.standards.all.iter().cycle();
        let asked: Vec<Asked<'_>> = pods
            .iter()
            .zip(turns)
            .map(|((sent, stored), standard)| Asked { sent, stored, standard })
            .collect();
        let answers = stream::iter(&asked).map(|asked| async move {
            let namespace = asked.standard.namespace();
            let pod = debugged(&namespace, &asked.sent["spec"]["ephemeralContainers"][0]);
            self.dry_run("PUT", path(&namespace), &pod).await
        });
        let answers: Vec<Answer> = answers.buffered(IN_FLIGHT).collect().await;
        self.compare(&asked, answers, tally);
    }

    /// The pods that the server would store where there is no standard, as they were sent and as it would.
    async fn storable<'a, F: Future<Output = Answer>>(
        &self,
        pods: &'a [Value],
        tally: &mut Tally,
        ask: impl Fn(&'a Value) -> F,
    ) -> Vec<(&'a Value, Value)> {
        let answers: Vec<Answer> = stream::iter(pods).map(ask).buffered(IN_FLIGHT).collect().await;
        let mut storable = Vec::new();
        for (pod, answer) in pods.iter().zip(answers) {
            match answer {
                Answer::LetIn(stored) => storable.push((pod, stored)),
                Answer::Invalid(reason) => tally.invalid(reason),
                Answer::Refused(reason) => panic!("refused without a standard: {reason}"),
            }
        }
        storable
    }

    fn compare(&self, asked: &[Asked<'_>], answers: Vec<Answer>, tally: &mut Tally) {
        let library = said_by_the_library(asked);
        for ((Asked { sent, stored, standard }, answer), library) in asked.iter().zip(answers).zip(library) {
            let server = match answer {
                Answer::LetIn(_) => String::new(),
                Answer::Refused(said) => said,
                Answer::Invalid(reason) => panic!("invalid with a standard alone: {reason}"),
            };
            if server != library.detail || server.is_empty() != library.controls.is_empty() {
                tally.differ(format!("the server says {server}\nthe library says {library:?}\n{sent}"));
            }
            for pod in [*sent, *stored] {
                let workload = workload(pod);
                let ours = self.standards.said(standard, &workload);
                tally.compare(pod, standard, &ours, &library.controls);
                if standard.is_latest() {
                    let failing = failing_controls(&workload, standard.level);
                    if failing.is_empty() != server.is_empty() {
                        tally.differ(format!("single controls {failing:?}, the server says {server}\n{pod}"));
                    }
                }
            }
        }
    }
}

fn pod_to_debug() -> Value {
    let confined = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    let container = json!({"name": "app", "image": "registry.example/app:1", "securityContext": confined});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "there"},
        "spec": {"automountServiceAccountToken": false, "containers": [container]}})
}

/// One answer for each question.
fn said_by_the_library(asked: &[Asked<'_>]) -> Vec<PodSecurity> {
    let mut oracle = Oracle::start().unwrap();
    let mut by_standard: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, Asked { standard, .. }) in asked.iter().enumerate() {
        by_standard.entry((standard.level, &standard.version)).or_default().push(index);
    }
    let mut said: Vec<Option<PodSecurity>> = vec![None; asked.len()];
    for (standard, indices) in by_standard {
        for indices in indices.chunks(200) {
            let pods: Vec<Value> = indices.iter().map(|index| asked[*index].stored.clone()).collect();
            let answers = oracle.pod_security(&pods, &[standard], true).unwrap();
            for (index, answer) in indices.iter().zip(answers) {
                said[*index] = answer.into_iter().next();
            }
        }
    }
    said.into_iter().map(Option::unwrap).collect()
}
