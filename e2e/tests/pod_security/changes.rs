//! Changes to a pod: each touches a field that Pod Security Admission reads.
//!
//! It must not know whether a standard minds. Next: [`super::values`] for what is written into the fields.

use serde_json::{Value, json};

use super::pods::{Wanted, all_containers, merge};
use super::random::Choices;
use super::values::{
    APP_ARMOR_VALUES, HANDLERS, IDENTITIES, LINUX_CONTAINERS, LINUX_PODS, ODD_CONTAINERS, ODD_PODS,
    ODD_VOLUMES, SECCOMP_VALUES, SYSCTLS, VOLUMES, WINDOWS_CONTAINERS, WINDOWS_PODS,
};

/// Where a change is made.
#[derive(Clone, Copy)]
enum Place {
    Pod,
    Container,
    Volume,
    Sysctl,
    Handler,
    Port,
    Annotation,
    ProcMount,
}

/// Container and pod, where most of the fields are, come more often.
const PLACES: &[Place] = &[
    Place::Pod,
    Place::Pod,
    Place::Pod,
    Place::Container,
    Place::Container,
    Place::Container,
    Place::Container,
    Place::Volume,
    Place::Sysctl,
    Place::Handler,
    Place::Port,
    Place::Annotation,
    Place::ProcMount,
];

/// Makes one change.
pub(crate) fn change(pod: &mut Value, choices: &mut Choices, windows: bool, wanted: Wanted) {
    let anything = wanted == Wanted::Anything;
    match choices.one_of(PLACES) {
        Place::Pod => {
            let linux = !windows || anything;
            let patch = pick(choices, (WINDOWS_PODS, true), (LINUX_PODS, linux), (ODD_PODS, anything));
            merge(&mut pod["spec"], &patch);
        }
        Place::Container => {
            let linux = !windows || anything;
            let patch = pick(
                choices,
                (WINDOWS_CONTAINERS, true),
                (LINUX_CONTAINERS, linux),
                (ODD_CONTAINERS, anything),
            );
            merge(container(pod, choices), &patch);
        }
        Place::Volume => {
            let mut volume = pick(choices, (VOLUMES, true), (&[], false), (ODD_VOLUMES, anything));
            let volumes = pod["spec"].as_object_mut().unwrap().entry("volumes").or_insert_with(|| json!([]));
            let volumes = volumes.as_array_mut().unwrap();
            volume["name"] = json!(format!("v{}", volumes.len()));
            volumes.push(volume);
        }
        Place::Sysctl | Place::ProcMount if windows && !anything => {}
        Place::Sysctl => sysctl(pod, choices),
        Place::Handler => handler(pod, choices, anything),
        Place::Port => port(pod, choices, anything),
        Place::Annotation => annotation(pod, choices, windows, anything),
        Place::ProcMount => proc_mount(pod, choices, anything),
    }
}

/// One value out of the tables that count.
fn pick(
    choices: &mut Choices,
    first: (&[&str], bool),
    second: (&[&str], bool),
    third: (&[&str], bool),
) -> Value {
    let tables = [first, second, third];
    let all: Vec<&str> =
        tables.iter().filter(|(_, counts)| *counts).flat_map(|(table, _)| *table).copied().collect();
    let text = *choices.one_of(&all);
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn container<'a>(pod: &'a mut Value, choices: &mut Choices) -> &'a mut Value {
    let mut containers = all_containers(pod);
    let index = choices.below(containers.len());
    containers.swap_remove(index)
}

fn sysctl(pod: &mut Value, choices: &mut Choices) {
    let security = &mut pod["spec"]["securityContext"];
    let mut sysctls = security["sysctls"].as_array().cloned().unwrap_or_default();
    let name = choices.one_of(SYSCTLS);
    if sysctls.iter().all(|sysctl| sysctl["name"] != *name) {
        sysctls.push(json!({"name": name, "value": "1"}));
    }
    merge(security, &json!({ "sysctls": sysctls }));
}

/// A probe, or what is done at the start or the end; a plain init container has none.
fn handler(pod: &mut Value, choices: &mut Choices, anything: bool) {
    let handler: Value = serde_json::from_str(HANDLERS[choices.below(HANDLERS.len())]).unwrap();
    let field = *choices.one_of(&["livenessProbe", "readinessProbe", "startupProbe", "postStart", "preStop"]);
    let patch = match field {
        "postStart" | "preStop" => json!({"lifecycle": {field: handler}}),
        _ => json!({field: handler}),
    };
    let is_plain_init = {
        let init = pod["spec"]["initContainers"].as_array();
        let names: Vec<&Value> = init
            .into_iter()
            .flatten()
            .filter(|container| container["restartPolicy"] != "Always")
            .map(|container| &container["name"])
            .collect();
        names.into_iter().cloned().collect::<Vec<_>>()
    };
    let container = container(pod, choices);
    if anything || !is_plain_init.contains(&container["name"]) {
        merge(container, &patch);
    }
}

fn port(pod: &mut Value, choices: &mut Choices, anything: bool) {
    let number = 8000 + choices.below(1000);
    let mut port = json!({"containerPort": number});
    match choices.below(4) {
        0 => {}
        1 => port["hostPort"] = json!(0),
        _ => port["hostPort"] = json!(number + usize::from(anything)),
    }
    let container = container(pod, choices);
    let ports = container.as_object_mut().unwrap().entry("ports").or_insert_with(|| json!([]));
    ports.as_array_mut().unwrap().push(port);
}

/// All of `/proc`, which the API server lets a pod see only in a user namespace of its own.
fn proc_mount(pod: &mut Value, choices: &mut Choices, anything: bool) {
    if !anything || choices.percent(50) {
        let apart = json!({"hostUsers": false, "hostNetwork": null, "hostPID": null, "hostIPC": null});
        merge(&mut pod["spec"], &apart);
    }
    merge(container(pod, choices), &json!({"securityContext": {"procMount": "Unmasked"}}));
}

/// What named profiles before there were fields for them.
fn annotation(pod: &mut Value, choices: &mut Choices, windows: bool, anything: bool) {
    let own = container(pod, choices)["name"].as_str().unwrap().to_owned();
    let name = if anything && choices.percent(20) { "absent".to_owned() } else { own };
    let (key, value) = match choices.below(4) {
        0 => {
            let value = *choices.one_of(SECCOMP_VALUES);
            ("seccomp.security.alpha.kubernetes.io/pod".to_owned(), value)
        }
        1 => {
            let value = *choices.one_of(SECCOMP_VALUES);
            (format!("container.seccomp.security.alpha.kubernetes.io/{name}"), value)
        }
        _ if windows && !anything => return,
        _ => {
            let known = if anything { APP_ARMOR_VALUES.len() } else { 3 };
            let value = APP_ARMOR_VALUES[choices.below(known)];
            (format!("container.apparmor.security.beta.kubernetes.io/{name}"), value)
        }
    };
    merge(&mut pod["metadata"], &json!({"annotations": {key: value}}));
}

/// What a container that is added to a running pod may say.
pub(crate) fn ephemeral(choices: &mut Choices, number: usize) -> Value {
    let confined = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    let mut container = json!({"name": format!("debug{number}"), "image": "registry.example/debug:1",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent", "securityContext": confined});
    for _ in 0..choices.below(3) {
        let table = if choices.percent(50) { LINUX_CONTAINERS } else { IDENTITIES };
        let patch: Value = serde_json::from_str(table[choices.below(table.len())]).unwrap();
        merge(&mut container, &patch);
    }
    container
}
