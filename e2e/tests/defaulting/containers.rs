//! The containers of generated pods.
//!
//! It must not know what the API server makes of them. Next: [`super::pods`].

use serde_json::{Map, Value, json};

use super::pods::Maker;

/// With and without a tag and a digest; what follows for the pull policy differs.
const IMAGES: &[&str] = &[
    "registry.example/app:1.2.3",
    "registry.example:5000/app",
    "app:latest",
    "app:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "Not/A/Reference",
];

impl Maker<'_> {
    fn container_security(&mut self) -> Map<String, Value> {
        let mut security = Map::new();
        self.user_fields(&mut security);
        if self.windows {
            return security;
        }
        let privileged = self.odd() && self.choices.percent(40);
        if privileged || self.choices.percent(20) {
            security.insert("privileged".to_owned(), json!(privileged));
        }
        if !privileged {
            let escalation = [json!(true), Value::Null];
            self.hardened(&mut security, "allowPrivilegeEscalation", &json!(false), &escalation);
        }
        self.maybe(&mut security, "readOnlyRootFilesystem", &[json!(true), json!(false)]);
        let others = [
            json!({"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
            json!({"drop": ["NET_RAW"]}),
            json!({"drop": ["ALL"], "add": ["SYS_TIME"]}),
            json!({"add": ["CHOWN"]}),
            json!({}),
            json!({"drop": null, "add": []}),
        ];
        let adds_admin = privileged || security.get("allowPrivilegeEscalation") != Some(&json!(false));
        self.hardened(&mut security, "capabilities", &json!({"drop": ["ALL"]}), &others);
        if adds_admin && self.odd() && self.choices.percent(20) {
            security.insert("capabilities".to_owned(), json!({"add": ["SYS_ADMIN"]}));
        }
        self.seldom(&mut security, "procMount", &json!("Default"), &[json!("Unmasked")]);
        security
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    pub(crate) fn container(&mut self, init: bool) -> Value {
        let mut container = Map::new();
        let name = self.name("c");
        self.containers.push(name.clone());
        container.insert("name".to_owned(), json!(name));
        let image = *self.choices.one_of(IMAGES);
        container.insert("image".to_owned(), json!(image));
        self.maybe(
            &mut container,
            "imagePullPolicy",
            &[json!("Always"), json!("IfNotPresent"), json!("Never"), json!("")],
        );
        let env = [
            json!([{"name": "A", "value": "1"}, {"name": "A"}]),
            json!([{"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}, {"name": "C", "value": "$(B)"}]),
            json!([{"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
            json!([]),
        ];
        self.maybe(&mut container, "env", &env);
        self.maybe(&mut container, "args", &[json!(["--debug"]), json!([])]);
        let sidecar = init && self.choices.percent(50);
        if sidecar {
            container.insert("restartPolicy".to_owned(), json!("Always"));
        }
        let security = self.container_security();
        self.maybe_empty(&mut container, "securityContext", security);
        let resources = self.resources();
        self.maybe_empty(&mut container, "resources", resources);
        let ports = self.ports();
        if !ports.is_empty() || self.choices.percent(10) {
            container.insert("ports".to_owned(), json!(ports));
        }
        self.maybe(&mut container, "command", &[json!([]), json!(["sh", "-c", "id; sudo id"])]);
        self.maybe(&mut container, "args", &[json!(["--", "su", "a"]), json!(["--quiet"])]);
        self.maybe(&mut container, "tty", &[json!(true), json!(false)]);
        self.maybe(&mut container, "stdin", &[json!(true), json!(false)]);
        self.mounts(&mut container);
        if sidecar || !init {
            let lifecycle = self.lifecycle();
            self.maybe_empty(&mut container, "lifecycle", lifecycle);
            for field in ["readinessProbe", "livenessProbe", "startupProbe"] {
                if self.choices.percent(45) {
                    let probe = self.probe(field);
                    container.insert(field.to_owned(), probe);
                }
            }
        }
        Value::Object(container)
    }

    fn resources(&mut self) -> Map<String, Value> {
        // In rising order: a request is never above its limit.
        let amounts: [(&str, &[Value]); 5] = [
            (
                "cpu",
                &[
                    json!("100n"),
                    json!("1u"),
                    json!("0.0001"),
                    json!("0100m"),
                    json!("250.5m"),
                    json!("5e-1"),
                    json!(1),
                    json!("1.5"),
                    json!("2E0"),
                ],
            ),
            (
                "memory",
                &[
                    json!("0"),
                    json!("100m"),
                    json!("1.0001"),
                    json!("128Mi"),
                    json!("134217729"),
                    json!("1e9"),
                    json!("+1Gi"),
                    json!("1.1Gi"),
                ],
            ),
            ("ephemeral-storage", &[json!("1Mi"), json!("1G"), json!("1.5Gi")]),
            ("hugepages-2Mi", &[json!("4Mi")]),
            ("example.com/device", &[json!("2"), json!(2)]),
        ];
        let (mut requests, mut limits) = (Map::new(), Map::new());
        for (index, (name, values)) in amounts.into_iter().enumerate() {
            if !self.choices.percent(if index < 2 { 60 } else { 12 }) || (self.windows && index == 3) {
                continue;
            }
            let fixed = index >= 3;
            let low = self.choices.below(values.len());
            let high = low + self.choices.below(values.len() - low);
            let shape = if fixed { 1 } else { self.choices.below(4) };
            if shape != 1 {
                requests.insert(name.to_owned(), values[low].clone());
            }
            if shape != 0 {
                limits.insert(name.to_owned(), values[high].clone());
            }
        }
        if limits.contains_key("hugepages-2Mi")
            && !limits.contains_key("memory")
            && !limits.contains_key("cpu")
        {
            limits.insert("cpu".to_owned(), json!("2"));
        }
        let mut resources = Map::new();
        for (field, amounts) in [("requests", requests), ("limits", limits)] {
            self.maybe_empty(&mut resources, field, amounts);
        }
        resources
    }

    fn ports(&mut self) -> Vec<Value> {
        let count = self.choices.below(3);
        (0..count).map(|_| self.port()).collect()
    }

    fn port(&mut self) -> Value {
        let name = self.name("p");
        let number = 8000 + self.names;
        let mut port = json!({"containerPort": number});
        if self.choices.percent(50) {
            port["name"] = json!(name);
        }
        if self.choices.percent(30) {
            port["protocol"] = self.choices.one_of(&[json!("TCP"), json!("UDP"), json!("SCTP")]).clone();
        }
        if self.odd() && self.choices.percent(50) {
            port["hostPort"] = json!(number);
        }
        port
    }

    fn probe(&mut self, field: &str) -> Value {
        let handlers = [
            json!({"httpGet": {"port": 8080}}),
            json!({"httpGet": {"port": "web", "path": "/ready", "scheme": "HTTPS", "httpHeaders": [{"name": "X-A", "value": "b"}]}}),
            json!({"httpGet": {"port": "80x", "path": "", "scheme": ""}}),
            json!({"tcpSocket": {"port": 5432}}),
            json!({"exec": {"command": ["/bin/true"]}}),
            json!({"grpc": {"port": 9000}}),
            json!({"grpc": {"port": 9000, "service": "s"}}),
        ];
        let mut probe = self.choices.one_of(&handlers).clone();
        for (name, values) in [
            ("initialDelaySeconds", [0, 5]),
            ("timeoutSeconds", [0, 7]),
            ("periodSeconds", [0, 3]),
            ("failureThreshold", [0, 9]),
            ("successThreshold", [0, 1]),
        ] {
            if self.choices.percent(35) {
                probe[name] = json!(self.choices.one_of(&values));
            }
        }
        if field == "readinessProbe" && self.choices.percent(15) {
            probe["successThreshold"] = json!(2);
        }
        if field != "readinessProbe" && self.choices.percent(20) {
            probe["terminationGracePeriodSeconds"] = json!(11);
        }
        self.maybe_host(&mut probe);
        probe
    }

    /// Seldom a host of its own, or an empty one.
    fn maybe_host(&mut self, handler: &mut Value) {
        for field in ["httpGet", "tcpSocket"] {
            if handler.get(field).is_some() && self.odd() {
                handler[field]["host"] = self.choices.one_of(&[json!("127.0.0.1"), json!("")]).clone();
            }
        }
    }

    fn lifecycle(&mut self) -> Map<String, Value> {
        let handlers = [
            json!({"httpGet": {"port": 8080}}),
            json!({"httpGet": {"port": "web", "path": "/bye", "scheme": "HTTPS"}}),
            json!({"tcpSocket": {"port": 8080}}),
            json!({"exec": {"command": ["/bin/true"]}}),
            json!({"sleep": {"seconds": 1}}),
            json!({"sleep": {"seconds": 0}}),
        ];
        let mut lifecycle = Map::new();
        for field in ["postStart", "preStop"] {
            if self.choices.percent(20) {
                let mut handler = self.choices.one_of(&handlers).clone();
                self.maybe_host(&mut handler);
                lifecycle.insert(field.to_owned(), handler);
            }
        }
        lifecycle
    }

    pub(crate) fn annotations(&mut self) -> Map<String, Value> {
        let mut annotations = Map::new();
        for name in self.containers.clone() {
            if !self.windows && self.choices.percent(12) {
                let values = [json!("runtime/default"), json!("unconfined"), json!("localhost/p")];
                let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
                annotations.insert(key, self.choices.one_of(&values).clone());
            }
        }
        if self.choices.percent(5) {
            // What the standards before 1.19 read.
            let place = self
                .containers
                .first()
                .map(|name| format!("container.seccomp.security.alpha.kubernetes.io/{name}"));
            let keys = [place.unwrap_or_default(), "seccomp.security.alpha.kubernetes.io/pod".to_owned()];
            let values = [json!("unconfined"), json!("docker/default"), json!("localhost/p")];
            let value = self.choices.one_of(&values).clone();
            annotations.insert(self.choices.one_of(&keys).clone(), value);
        }
        if self.choices.percent(20) {
            annotations.insert("example.com/note".to_owned(), json!("x"));
        }
        annotations
    }
}
