//! Names of objects, containers and ports, keys and values of labels.

use seaworthy::{
    catalogue::{Check, Outcome, WorkloadSubject},
    checks::find,
    engine::judge::judge,
    inventory::{
        Inventory, Kind, Object,
        decode::decode,
        lookup::Coverage,
        selector::{is_dns_label, is_label_key, is_label_value, is_subdomain},
    },
};
use seaworthy_e2e::Oracle;
use serde_json::{Map, Value, json};

use super::{
    BATCH, finish,
    texts::{long, made},
};

const MADE: usize = 30_000;
/// The most that one part of a name holds where the server bounds it.
const LABEL: usize = 63;
/// Of these, each goes through a check.
const JUDGED: usize = 6_000;

const SEEDS: &[&str] = &[
    "a",
    "web",
    "web-1",
    "web.v1",
    "A",
    "Web",
    "app.kubernetes.io/name",
    "a/b",
    "a/",
    "/a",
    "a/b/c",
    "-a",
    "a-",
    "a--b",
    "a.b.c",
    "a..b",
    ".a",
    "a.",
    "_a",
    "a_b",
    "1",
    "123",
    "http",
    "http2",
    "8080",
    "x1",
    "*.example.com",
    "*",
    "*.",
    "**.a",
    "*.*.a",
    "a.*.b",
    "",
    "kube-dns",
    "a_b.C-d",
    "UPPER",
    "v1.2_3-4",
    "abcdefghijklmno",
    "abcdefghijklmnop",
    "metrics-port",
    "1-2-3",
    "0a",
    "a0",
    "xn--a",
    "example.com/A.b_c",
    "Example.com/a",
];

fn texts() -> Vec<String> {
    let mut texts = made(MADE, 21, SEEDS, "aabz019--..__//*AZ");
    for length in [14, 15, 16, 62, 63, 64, 252, 253, 254, 316, 317, 318] {
        for part in ["a", "a.", "a-", "ab.c", "1", "a/", "aA"] {
            texts.push(long(part, length));
            texts.push(format!("{}/{}", long(part, length), long("b", 63)));
            texts.push(format!("a.b/{}", long(part, length)));
            texts.push(format!("*.{}", long(part, length)));
        }
    }
    texts
}

/// What each of our functions says, in the order of the Go side's.
fn ours(text: &str) -> [bool; 4] {
    let label = text.len() <= LABEL && is_dns_label(text);
    [label, is_subdomain(text), is_label_key(text), is_label_value(text)]
}

#[test]
fn names_keys_and_values_are_what_the_server_takes() {
    let mut oracle = Oracle::start().unwrap();
    let texts = texts();
    let (mut valid, mut differences) = ([0; 4], Vec::new());
    for batch in texts.chunks(BATCH) {
        for (text, theirs) in batch.iter().zip(oracle.names(batch).unwrap()) {
            let theirs = [theirs.label, theirs.subdomain, theirs.key, theirs.value];
            for (count, is_valid) in valid.iter_mut().zip(theirs) {
                *count += usize::from(is_valid);
            }
            if ours(text) != theirs {
                differences.push(format!("{text:?}: ours {:?}, theirs {theirs:?}", ours(text)));
            }
        }
    }
    for (what, valid) in ["labels", "subdomains", "keys of labels", "values of labels"].iter().zip(valid) {
        finish(what, texts.len(), valid, &differences);
    }
}

#[test]
fn checks_take_the_names_of_ports_and_containers_that_the_server_takes() {
    let mut oracle = Oracle::start().unwrap();
    let texts = texts();
    let step = texts.len() / JUDGED;
    let texts: Vec<String> = texts.into_iter().step_by(step).filter(|text| !text.is_empty()).collect();
    let (mut valid, mut differences) = (0, Vec::new());
    for batch in texts.chunks(BATCH) {
        for (text, theirs) in batch.iter().zip(oracle.names(batch).unwrap()) {
            let container = |patch: Value| {
                let mut container = json!({"name": "app", "image": "registry.example/app:1"});
                container.as_object_mut().unwrap().append(&mut patch.as_object().unwrap().clone());
                container
            };
            let port = container(json!({"ports": [{"containerPort": 80, "name": text}]}));
            let ours = [
                passes("container-ports-valid", &port),
                passes("label-values-valid", &container(json!({ "name": text }))),
            ];
            valid += usize::from(theirs.port || theirs.label);
            if ours != [theirs.port, theirs.label] {
                differences.push(format!("{text:?}: ours {ours:?}, theirs {theirs:?}"));
            }
        }
    }
    finish("names of ports and containers", texts.len(), valid, &differences);
}

fn passes(name: &str, container: &Value) -> bool {
    let check: &'static Check = find(name).unwrap();
    let pod = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"containers": [container]}});
    let Object::Workload(workload) = decode(Kind::Pod, &pod.to_string()).unwrap() else { panic!("{pod}") };
    let compiled = (check.compile)(&Map::new()).unwrap();
    let inventory = Inventory::with_coverage(Coverage::Complete);
    let (namespace, now) = (inventory.namespace("shop"), jiff::Timestamp::UNIX_EPOCH);
    let judged = judge(check, &compiled, &WorkloadSubject { workload: &workload, namespace, now });
    judged.outcome != Outcome::Fail
}
