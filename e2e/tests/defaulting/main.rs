//! What the core makes of a file is what the API server makes of it: pods of a template, whole objects,
//! and schedules. The real API server answers, by dry-run creates of generated objects.
//!
//! It must not compare what no check reads: both sides are lean types. A refused object counts for nothing.
#![cfg(test)]

mod containers;
mod objects;
mod pods;
mod random;
mod related;
mod schedules;
mod scheduling;
mod specs;
mod volumes;

use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use seaworthy_e2e::{ControlPlane, Error, Options, eventually, workloads::namespace};
use serde_json::Value;

const SOON: std::time::Duration = std::time::Duration::from_mins(1);
/// Requests in flight.
const IN_FLIGHT: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn the_core_defaults_and_admits_as_the_server_does() {
    let plane = ControlPlane::start(Options { own_control_plane: true, ..Options::default() }).await.unwrap();
    let server = Server { client: plane.client().unwrap() };
    server.namespace(&plane).await;
    let differences = [
        specs::effective_pods_equal_the_servers(&server).await,
        objects::whole_objects_equal_the_servers(&server).await,
        related::objects_equal_the_servers(&server).await,
        schedules::schedules_are_read_as_by_the_server(&server).await,
    ]
    .concat();
    let shown: Vec<_> = differences.iter().take(5).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences, the first:\n{}", differences.len(), shown.join("\n\n"));
}

/// The API server, asked by dry runs.
pub(crate) struct Server {
    client: Client,
}

impl Server {
    /// A namespace without a Pod Security level.
    async fn namespace(&self, plane: &ControlPlane) {
        let name = "plain";
        plane.apply(&namespace(name).to_string()).await.unwrap();
        eventually(SOON, "the namespace's service account", async || {
            let path = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
            let request = http::Request::get(path).body(Vec::new()).unwrap();
            self.client.request::<Value>(request).await
        })
        .await;
    }

    /// What a dry-run create answers: the object, or the code and message of the refusal.
    pub(crate) async fn dry_run(&self, path: &str, object: &Value) -> Result<Value, (u16, String)> {
        let request = http::Request::post(format!("{path}?dryRun=All"))
            .header("Content-Type", "application/json")
            .body(object.to_string().into_bytes())
            .unwrap();
        match self.client.request(request).await {
            Ok(answer) => Ok(answer),
            Err(kube::Error::Api(status)) => Err((status.code, status.message.clone())),
            Err(error) => panic!("{}", Error::from(error)),
        }
    }

    /// The answers to many dry-run creates, in the order asked.
    pub(crate) async fn dry_runs(&self, path: &str, objects: &[Value]) -> Vec<Result<Value, (u16, String)>> {
        let answers = stream::iter(objects)
            .map(|object| async move { Ok::<_, std::convert::Infallible>(self.dry_run(path, object).await) });
        answers.buffered(IN_FLIGHT).try_collect().await.unwrap()
    }
}

/// What two values say differently, line by line.
pub(crate) fn difference(what: &Value, ours: &impl std::fmt::Debug, theirs: &impl std::fmt::Debug) -> String {
    let (ours, theirs) = (format!("{ours:#?}"), format!("{theirs:#?}"));
    let lines: Vec<_> = ours
        .lines()
        .zip(theirs.lines())
        .filter(|(ours, theirs)| ours != theirs)
        .take(12)
        .map(|(ours, theirs)| format!("  ours {}, the server's {}", ours.trim(), theirs.trim()))
        .collect();
    format!("{what}\n{}", lines.join("\n"))
}

/// Tells how many were compared, and that enough were.
pub(crate) fn count(what: &str, compared: usize, refused: &[String]) {
    let sent = compared + refused.len();
    eprintln!("{what}: {compared} compared, {} refused of {sent}", refused.len());
    for message in refused.iter().take(3) {
        eprintln!("  refused: {message}");
    }
    assert!(refused.len() * 2 < sent, "{what}: the server refused {} of {sent}", refused.len());
}
