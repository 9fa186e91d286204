//! Pods with every field that a check reads, set, left out, or set to something odd.
//!
//! Next: [`super::containers`] for containers. It must not know what the API server makes of them. What it
//! refuses is not counted, so pods are made such that it takes most of them.

use serde_json::{Map, Value, json};

use super::random::Choices;

/// Kernel parameters: unsafe ones, some of a family with safe ones, and some that became safe later.
const SYSCTLS: [&str; 6] = [
    "kernel.msgmax",
    "net.core.somaxconn",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_notsent_lowat",
];

/// A Pod of this name.
pub(crate) fn pod(choices: &mut Choices, name: &str) -> Value {
    let windows = choices.percent(8);
    let mut maker =
        Maker { choices, windows, host_process: false, names: 0, containers: Vec::new(), volumes: 0 };
    let spec = maker.spec();
    let mut metadata = json!({"name": name, "labels": {"app": name}});
    let annotations = maker.annotations();
    if !annotations.is_empty() {
        metadata["annotations"] = Value::Object(annotations);
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
}

pub(crate) struct Maker<'a> {
    pub(crate) choices: &'a mut Choices,
    pub(crate) windows: bool,
    pub(crate) host_process: bool,
    pub(crate) names: usize,
    pub(crate) containers: Vec<String>,
    pub(crate) volumes: usize,
}

impl Maker<'_> {
    /// The chance of what is not the hardened choice, or of what is seldom.
    pub(crate) fn odd(&mut self) -> bool {
        self.choices.percent(30)
    }

    /// Sets a field to one of these values, or leaves it out.
    pub(crate) fn maybe(&mut self, object: &mut Map<String, Value>, field: &str, values: &[Value]) {
        if self.choices.percent(40) {
            object.insert(field.to_owned(), self.choices.one_of(values).clone());
        }
    }

    /// Sets a field to its hardened value, to another or to nothing.
    pub(crate) fn hardened(
        &mut self,
        object: &mut Map<String, Value>,
        field: &str,
        good: &Value,
        others: &[Value],
    ) {
        let value = if self.choices.percent(25) {
            good.clone()
        } else if self.choices.percent(50) && !others.is_empty() {
            self.choices.one_of(others).clone()
        } else {
            return;
        };
        object.insert(field.to_owned(), value);
    }

    fn spec(&mut self) -> Value {
        let mut spec = Map::new();
        // With a token, the server would add a volume.
        spec.insert("automountServiceAccountToken".to_owned(), json!(false));
        self.node_namespaces(&mut spec);
        if self.windows {
            spec.insert("os".to_owned(), json!({"name": "windows"}));
        } else if self.choices.percent(20) {
            spec.insert("os".to_owned(), json!({"name": "linux"}));
        }
        let restart = [json!("Always"), json!("OnFailure"), json!("Never")];
        self.maybe(&mut spec, "restartPolicy", &restart);
        let grace = [json!(0), json!(1), json!(30), json!(600), json!(-1)];
        self.maybe(&mut spec, "terminationGracePeriodSeconds", &grace);
        self.maybe(&mut spec, "serviceAccountName", &[json!("default"), json!("")]);
        let security = self.pod_security();
        self.maybe_empty(&mut spec, "securityContext", security);
        let volumes = self.volumes();
        if !volumes.is_empty() {
            spec.insert("volumes".to_owned(), json!(volumes));
        }
        if self.choices.percent(10) {
            let aliases = [json!([]), json!([{"ip": "10.0.0.1", "hostnames": ["db"]}])];
            spec.insert("hostAliases".to_owned(), self.choices.one_of(&aliases).clone());
        }
        if !self.windows && spec.get("hostPID") != Some(&json!(true)) {
            let shared = [json!(true), json!(false)];
            self.maybe(&mut spec, "shareProcessNamespace", &shared);
        }
        if !self.windows && self.choices.percent(25) {
            let amounts = [
                json!({"limits": {"cpu": "64", "memory": "64Gi"}}),
                json!({"requests": {"cpu": "64"}}),
                json!({"limits": {"memory": "64Gi"}, "requests": {"memory": "64G", "cpu": "32000.5m"}}),
                json!({"requests": {"cpu": "64", "memory": "64Gi"}}),
                json!({}),
            ];
            spec.insert("resources".to_owned(), self.choices.one_of(&amounts).clone());
        }
        self.scheduling(&mut spec);
        let app = 1 + self.choices.below(3);
        let containers: Vec<_> = (0..app).map(|_| self.container(false)).collect();
        spec.insert("containers".to_owned(), json!(containers));
        if self.choices.percent(45) {
            let init = 1 + self.choices.below(2);
            let containers: Vec<_> = (0..init).map(|_| self.container(true)).collect();
            spec.insert("initContainers".to_owned(), json!(containers));
        }
        Value::Object(spec)
    }

    fn node_namespaces(&mut self, spec: &mut Map<String, Value>) {
        if self.windows {
            // The server wants the node's network for a process of the node.
            self.host_process = self.odd();
            if self.host_process {
                spec.insert("hostNetwork".to_owned(), json!(true));
            }
            return;
        }
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if self.odd() {
                let value = self.choices.percent(60);
                spec.insert(field.to_owned(), json!(value));
            }
        }
        let host = spec.values().any(|value| *value == json!(true));
        if !host && self.choices.percent(25) {
            let value = self.choices.percent(30);
            spec.insert("hostUsers".to_owned(), json!(value));
        }
    }

    /// Sometimes an empty object or nothing where there is nothing in it.
    pub(crate) fn maybe_empty(
        &mut self,
        object: &mut Map<String, Value>,
        field: &str,
        value: Map<String, Value>,
    ) {
        if !value.is_empty() || self.choices.percent(30) {
            object.insert(field.to_owned(), Value::Object(value));
        }
    }

    pub(crate) fn user_fields(&mut self, security: &mut Map<String, Value>) {
        self.hardened(security, "runAsNonRoot", &json!(true), &[json!(false)]);
        if self.host_process {
            let options = json!({"hostProcess": true, "runAsUserName": "NT AUTHORITY\\SYSTEM"});
            security.insert("windowsOptions".to_owned(), options);
            return;
        }
        if self.windows {
            let options =
                [json!({"runAsUserName": "ContainerUser"}), json!({"hostProcess": false}), json!({})];
            return self.maybe(security, "windowsOptions", &options);
        }
        self.hardened(security, "runAsUser", &json!(10_001), &[json!(0), json!(1000)]);
        self.maybe(security, "runAsGroup", &[json!(0), json!(10_001)]);
        let profiles = [
            json!({"type": "Unconfined"}),
            json!({"type": "Localhost", "localhostProfile": "profiles/p.json"}),
        ];
        self.hardened(security, "seccompProfile", &json!({"type": "RuntimeDefault"}), &profiles);
        self.seldom(security, "appArmorProfile", &json!({"type": "RuntimeDefault"}), &profiles);
        let labels = [
            json!({"type": "spc_t"}),
            json!({"user": "system_u", "type": "container_t"}),
            json!({"role": "system_r"}),
        ];
        self.seldom(security, "seLinuxOptions", &json!({"type": "container_t"}), &labels);
    }

    pub(crate) fn seldom(
        &mut self,
        object: &mut Map<String, Value>,
        field: &str,
        good: &Value,
        others: &[Value],
    ) {
        if self.choices.percent(20) {
            let value = if self.odd() { self.choices.one_of(others) } else { good };
            object.insert(field.to_owned(), value.clone());
        }
    }

    fn pod_security(&mut self) -> Map<String, Value> {
        let mut security = Map::new();
        self.user_fields(&mut security);
        if !self.windows {
            self.maybe(&mut security, "fsGroup", &[json!(0), json!(2000)]);
            self.maybe(&mut security, "supplementalGroups", &[json!([]), json!([0, 3000])]);
            self.seldom(
                &mut security,
                "sysctls",
                &json!([{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]),
                &SYSCTLS.map(|name| json!([{"name": name, "value": "1"}])),
            );
        }
        security
    }
}
