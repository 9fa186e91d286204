//! Where the generated pods may run, and how names are resolved in them.
//!
//! Next: [`super::pods`].

use serde_json::{Map, Value, json};

use super::pods::Maker;

impl Maker<'_> {
    /// Fields of the pod spec that say where it runs.
    pub(crate) fn scheduling(&mut self, spec: &mut Map<String, Value>) {
        let selector =
            json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]});
        let spread = json!([
            {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 2, "labelSelector": selector},
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"},
        ]);
        self.maybe(spec, "topologySpreadConstraints", &[json!([]), spread]);
        let term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": selector, "namespaces": ["plain"]});
        let anti = json!({
            "requiredDuringSchedulingIgnoredDuringExecution": [term],
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 3, "podAffinityTerm": term}],
        });
        let node = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "cores", "operator": "Gt", "values": ["3"]}]},
        ]}});
        let affinity = [json!({}), json!({"podAntiAffinity": anti}), json!({"nodeAffinity": node})];
        self.maybe(spec, "affinity", &affinity);
        let tolerations = [
            json!([{"key": "gpu", "operator": "Exists"}, {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]),
            json!([{"key": "gpu", "value": "a"}]),
        ];
        self.maybe(spec, "tolerations", &tolerations);
        self.maybe(spec, "nodeSelector", &[json!({"pool": "web"}), json!({})]);
        self.maybe(spec, "priorityClassName", &[json!("system-cluster-critical"), json!("")]);
        self.maybe(spec, "enableServiceLinks", &[json!(true), json!(false)]);
        self.maybe(spec, "activeDeadlineSeconds", &[json!(60)]);
        self.maybe(spec, "dnsPolicy", &[json!("ClusterFirst"), json!("Default"), json!("")]);
        self.maybe(
            spec,
            "dnsConfig",
            &[json!({}), json!({"options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}]})],
        );
    }
}
