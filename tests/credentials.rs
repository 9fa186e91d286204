//! A credential in a workload gets into nothing that Seaworthy holds, says or prints.
//!
//! A value that nobody else would write is planted wherever one can be; then everything that comes out is
//! searched for it.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::process::{Command, Stdio};

use seaworthy::checks;
use seaworthy::inventory::Kind;
use seaworthy::inventory::decode::{decode, decode_or_broken};
use seaworthy::inventory::lookup::Coverage;
use serde_json::{Value, json};

use support::baseline::{Baseline, workload};
use support::judging;

mod support {
    pub(crate) mod baseline;
    pub(crate) mod judging;
}

use seaworthy::inventory::container::ContainerClass;

const PLANTED: &str = "plantedplantedplantedplantedplantedplanted";

/// Something that has the shape of a token, put together here so that no scanner finds one in the source.
fn token() -> String {
    format!("ghp_{PLANTED}")
}

fn address() -> String {
    format!("postgres://shop:{PLANTED}@db.example/shop?sslmode=on")
}

fn private_key() -> String {
    format!("-----{} PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----", "BEGIN")
}

/// Containers that hold one in every field that can.
fn container() -> Value {
    json!({
        "image": format!("https://user:{PLANTED}@registry.example/app:1"),
        "command": ["sh", "-c", format!("exec app --password {PLANTED}")],
        "args": [PLANTED, token(), format!("--db={}", address()), private_key(), format!("--debug={PLANTED}")],
        "env": [
            {"name": "PASSWORD", "value": PLANTED},
            {"name": "PASSWORD", "value": token()},
            {"name": "DATABASE", "value": address()},
            {"name": "KEY", "value": private_key()},
            {"name": "JAVA_OPTS", "value": format!("-Dpassword={PLANTED} -agentlib:jdwp=x")},
            {"name": "MIXED", "value": format!("$(OTHER)-{PLANTED}")},
        ],
        "readinessProbe": {"httpGet": {
            "port": 1, "host": format!("me:{PLANTED}@web"), "path": format!("/?token={PLANTED}"),
            "httpHeaders": [{"name": "Authorization", "value": format!("Bearer {PLANTED}")}],
        }},
        "livenessProbe": {"exec": {"command": ["sh", "-c", format!("curl -u me:{PLANTED} {}", address())]}},
        "startupProbe": {"exec": {"command": ["check", PLANTED, token()]}},
    })
}

fn planted(kind: Kind, class: ContainerClass) -> Value {
    let mut baseline = Baseline::new(kind, class);
    let annotations = json!({
        "example.com/token": token(), "example.com/db": address(), "example.com/key": private_key(),
        "seaworthy.dev/contact": address(), "seaworthy.dev/runbook": format!("https://me:{PLANTED}@wiki.example"),
        "kubectl.kubernetes.io/last-applied-configuration": json!({"password": PLANTED}).to_string(),
    });
    let metadata = json!({"metadata": {"annotations": annotations}});
    baseline.patch(&metadata);
    match kind {
        Kind::Pod => {}
        Kind::CronJob => baseline.patch(&json!({"spec": {"jobTemplate": {"spec": {"template": metadata}}}})),
        _ => baseline.patch(&json!({"spec": {"template": metadata}})),
    }
    baseline.patch_container(&container());
    baseline.patch_pod(&json!({"imagePullSecrets": [{"name": "registry"}]}));
    baseline.object().clone()
}

fn objects() -> impl Iterator<Item = Value> {
    Kind::WORKLOADS.iter().flat_map(|kind| ContainerClass::ALL.iter().map(|class| planted(*kind, *class)))
}

#[test]
fn the_lean_object_holds_none() {
    for object in objects() {
        let lean = format!("{:?}", judging::object(&object));
        assert!(!lean.contains("planted"), "{lean}");
    }
}

#[test]
fn no_finding_of_any_check_holds_one() {
    let inventory = judging::inventory([], Coverage::Complete);
    let mut found = std::collections::BTreeSet::new();
    for object in objects() {
        let workload = workload(&object);
        for check in checks::ALL {
            for finding in judging::judged(check, &json!({}), &workload, &inventory).findings {
                let text = format!("{finding:?}");
                assert!(!text.contains("planted"), "{}: {text}", check.name);
                found.insert(check.name);
            }
        }
    }
    for check in ["image-tag", "secret-literal-in-env", "secret-in-args-annotations", "probe-handler-safe"] {
        assert!(found.contains(check), "{check} did not see what was planted: {found:?}");
    }
}

/// The server refuses these; what is said of them must not quote them.
#[test]
fn no_error_holds_one() {
    let wrong = |pod: Value| json!({"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": pod}}});
    let in_container = |container: Value| wrong(json!({"containers": [container]}));
    let number = 4_711_471_147_114_711_i64;
    for object in [
        wrong(json!(PLANTED)),
        wrong(json!({"containers": PLANTED})),
        in_container(json!({"env": PLANTED})),
        in_container(json!({"env": [PLANTED]})),
        in_container(json!({"env": [{"name": "PIN", "value": number}]})),
        in_container(json!({"args": token()})),
        in_container(json!({"command": [number]})),
        in_container(json!({"env": [{"name": "A", "valueFrom": PLANTED}]})),
        in_container(json!({"readinessProbe": {"httpGet": {"port": {(PLANTED): 1}}}})),
        in_container(json!({"resources": PLANTED})),
        json!({"kind": "Deployment", "metadata": {"name": "web", "annotations": PLANTED}}),
        json!({"kind": "Deployment", "metadata": {"name": "web", "annotations": {"a": number}}}),
    ] {
        let (text, kind) = (object.to_string(), Kind::Deployment);
        let error = decode(kind, &text).unwrap_err().to_string();
        let broken = format!("{error} {:?}", decode_or_broken(kind, &text));
        assert!(!broken.contains("planted") && !broken.contains("4711"), "{broken}");
    }
}

#[test]
fn the_command_line_prints_none() {
    let file = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    let items: Vec<Value> = objects()
        .enumerate()
        .map(|(number, mut object)| {
            object["metadata"]["name"] = json!(format!("web-{number}"));
            object
        })
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    std::fs::write(file.path(), list.to_string()).unwrap();
    for output in ["text", "json"] {
        let ran = Command::new(env!("CARGO_BIN_EXE_seaworthy"))
            .args(["check", "--profile", "Strict", "-o", output])
            .arg(file.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(1), "{text}");
        assert!(text.contains("secret-literal-in-env"), "{text}");
        assert!(!text.contains("planted"), "{text}");
    }
}
