//! What the core finds in the shape of an object is what the API server finds in it: unknown fields, duplicate
//! keys and values of another type, told apart from all that is validated later. The server answers dry-run
//! creates with `fieldValidation=Strict`.
//!
//! It must not judge what the server validates. Next: [`objects`] makes the objects; [`custom`] is about custom resources.
#![cfg(test)]

mod custom;
mod objects;
#[path = "../defaulting/random.rs"]
mod random;

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use kube::Client;
use seaworthy::cli::load::{Bounds, yaml};
use seaworthy::inventory::schema::{self, Flaw};
use seaworthy_e2e::{ControlPlane, Options};
use serde_json::Value;

use objects::Types;
use random::Choices;

const OF_EACH_KIND: usize = 24;
const SEED: u64 = 37;
/// Requests in flight.
const IN_FLIGHT: usize = 8;

/// What is said of the shape of an object.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// Whether a value is of another type; then the server says nothing else.
    mistyped: bool,
    unknown: BTreeSet<String>,
    duplicate: BTreeSet<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn shapes_are_judged_as_by_the_server() {
    let plane = ControlPlane::start(Options { own_control_plane: true, ..Options::default() }).await.unwrap();
    let client = plane.client().unwrap();
    let types = Types::read();
    let mut choices = Choices::seeded(SEED);
    let mut sent = Vec::new();
    for (api_version, kind) in types.kinds() {
        let Some(path) = collection(&client, &api_version, &kind).await else { continue };
        for _ in 0..OF_EACH_KIND {
            sent.push((
                api_version.clone(),
                kind.clone(),
                path.clone(),
                types.object((&api_version, &kind), &mut choices),
            ));
        }
    }
    let answers =
        stream::iter(&sent).map(|(_, _, path, text)| theirs(&client, path, text)).buffered(IN_FLIGHT);
    let answers: Vec<Said> = answers.collect().await;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for ((api_version, kind, _, text), theirs) in sent.iter().zip(&answers) {
        *counts.entry(theirs.as_str()).or_default() += 1;
        let ours = ours(api_version, kind, text);
        if ours != *theirs {
            differences.push(format!("ours {ours:?}\ntheirs {theirs:?}\n{text}"));
        }
    }
    eprintln!("{} objects, by what the server says: {counts:?}", sent.len());
    assert!(sent.len() > 1000 && counts.values().all(|count| *count > 100), "too few: {counts:?}");
    let shown: Vec<_> = differences.iter().take(4).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences, the first:\n{}", differences.len(), shown.join("\n\n"));
}

impl Said {
    fn as_str(&self) -> &'static str {
        match (self.mistyped, self.unknown.is_empty(), self.duplicate.is_empty()) {
            (true, _, _) => "another type",
            (_, false, _) => "an unknown field",
            (_, _, false) => "a duplicate key",
            _ => "well formed",
        }
    }
}

fn ours(api_version: &str, kind: &str, text: &str) -> Said {
    let parsed = yaml::parse(text, &Bounds::default()).unwrap().unwrap();
    let problems = schema::problems(api_version, kind, &parsed.value.into()).unwrap();
    if problems.iter().any(|problem| matches!(problem.flaw, Flaw::Type { .. })) {
        return Said { mistyped: true, ..Said::default() };
    }
    Said {
        mistyped: false,
        unknown: problems.into_iter().map(|problem| problem.field).collect(),
        duplicate: parsed.duplicates.into_iter().map(|duplicate| duplicate.path).collect(),
    }
}

async fn theirs(client: &Client, path: &str, text: &str) -> Said {
    let request = http::Request::post(format!("{path}?dryRun=All&fieldValidation=Strict"))
        .header("Content-Type", "application/json")
        .body(text.as_bytes().to_vec())
        .unwrap();
    let message = match client.request::<Value>(request).await {
        Err(kube::Error::Api(status)) if status.code == 400 => status.message.clone(),
        Ok(_) | Err(kube::Error::Api(_)) => return Said::default(),
        Err(error) => panic!("{error}: {text}"),
    };
    if let Some((_, errors)) = message.split_once("strict decoding error: ") {
        let named = |start: &str| {
            let parts = errors.split(", ").filter_map(|part| part.strip_prefix(start));
            parts.map(|part| part.trim_matches('"').to_owned()).collect()
        };
        return Said {
            mistyped: false,
            unknown: named("unknown field "),
            duplicate: named("duplicate field "),
        };
    }
    Said { mistyped: message.contains("cannot be handled as a"), ..Said::default() }
}

/// Where objects of a kind are created; nothing for one that this server does not create.
async fn collection(client: &Client, api_version: &str, kind: &str) -> Option<String> {
    let root = if api_version.contains('/') { "apis" } else { "api" };
    let request = http::Request::get(format!("/{root}/{api_version}")).body(Vec::new()).unwrap();
    let served = client.request::<Value>(request).await.ok()?;
    let resource = served["resources"].as_array()?.iter().find(|resource| {
        let creates = resource["verbs"].as_array().is_some_and(|verbs| verbs.contains(&"create".into()));
        resource["kind"] == kind
            && creates
            && !resource["name"].as_str().is_some_and(|name| name.contains('/'))
    })?;
    let namespace = if resource["namespaced"] == true { "/namespaces/default" } else { "" };
    Some(format!("/{root}/{api_version}{namespace}/{}", resource["name"].as_str()?))
}
