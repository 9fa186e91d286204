//! The volumes of generated pods, and where their containers see them.
//!
//! It must not know what the API server makes of them. Next: [`super::pods`].

use serde_json::{Map, Value, json};

use super::pods::Maker;

impl Maker<'_> {
    pub(crate) fn volumes(&mut self) -> Vec<Value> {
        let claim = json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        let good = [
            json!({}),
            json!({"emptyDir": {}}),
            json!({"emptyDir": {"medium": "Memory", "sizeLimit": "1.5Gi"}}),
            json!({"configMap": {"name": "c"}, "hostPath": null}),
            json!({"configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}}),
            json!({"secret": {"secretName": "s"}}),
            json!({"secret": {"secretName": "s", "defaultMode": 0o440, "items": [{"key": "k", "path": "p", "mode": 0o400}]}}),
            json!({"downwardAPI": {"items": []}}),
            json!({"projected": {"sources": []}}),
            json!({"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}, {"secret": {"name": "s"}}]}}),
            json!({"projected": {"defaultMode": 0o400, "sources": [{"serviceAccountToken": {"path": "t", "audience": "a", "expirationSeconds": 600}}]}}),
            json!({"csi": {"driver": "csi.example"}}),
            json!({"persistentVolumeClaim": {"claimName": "c"}}),
            json!({"ephemeral": {"volumeClaimTemplate": claim}}),
            json!({"image": {"reference": "registry.example/files:1"}}),
        ];
        let others = [
            json!({"hostPath": {"path": "/var/log"}}),
            json!({"hostPath": {"path": "/var/run/docker.sock", "type": "Socket"}}),
            json!({"nfs": {"server": "files.example", "path": "/"}}),
            json!({"iscsi": {"targetPortal": "10.0.0.1", "iqn": "iqn.2001-04.com.example:storage", "lun": 0}}),
            json!({"gitRepo": {"repository": "https://git.example/a"}}),
            json!({"flexVolume": {"driver": "example/flex"}}),
            json!({"azureFile": {"secretName": "s", "shareName": "s"}}),
            json!({"fc": {"targetWWNs": ["50060e801049cfd1"], "lun": 0}}),
            json!({"rbd": {"monitors": ["10.0.0.1"], "image": "i"}}),
            json!({"cephfs": {"monitors": ["10.0.0.1"]}}),
        ];
        if self.choices.percent(50) {
            self.volumes = 1 + self.choices.below(2);
        }
        let volume = |maker: &mut Self, index| {
            let mut volume =
                if maker.odd() { maker.choices.one_of(&others) } else { maker.choices.one_of(&good) }.clone();
            volume["name"] = json!(format!("v{index}"));
            volume
        };
        (0..self.volumes).map(|index| volume(self, index)).collect()
    }

    pub(crate) fn mounts(&mut self, container: &mut Map<String, Value>) {
        if self.volumes == 0 || self.choices.percent(50) {
            return;
        }
        let mut mount = json!({"name": format!("v{}", self.choices.below(self.volumes)), "mountPath": "/m"});
        let settings = [
            json!({}),
            json!({"readOnly": true}),
            json!({"readOnly": false}),
            json!({"readOnly": true, "recursiveReadOnly": "IfPossible"}),
            json!({"subPath": "a/b"}),
        ];
        for (field, value) in self.choices.one_of(&settings).as_object().unwrap() {
            mount[field.as_str()] = value.clone();
        }
        container.insert("volumeMounts".to_owned(), json!([mount]));
    }
}
