//! Volumes of a pod and where containers see them, lean.
//!
//! It must not decide which sources are safe. Next: [`super::pod`], [`super::container`].

use std::fmt;

use schemars::JsonSchema;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::files::{Files, Projected, SecretFiles};
use super::lenient::null_is_default;
use super::marked::MarkedMetadata;
use super::quantity::QuantityValue;
use super::source_secret::SourceSecret;
use super::spec::WrittenClaim;

macro_rules! sources {
    ($($source:ident: $field:literal),* $(,)?) => {
        /// Where a volume's content comes from: the field of the API that says so.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum VolumeSource {
            $(#[doc = concat!("`", $field, "`.")] #[serde(rename = $field)] $source,)*
        }

        impl VolumeSource {
            /// Every source that the API knows.
            pub const ALL: &'static [Self] = &[$(Self::$source),*];

            /// The field of the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$source => $field,)*
                }
            }

            fn of_field(field: &str) -> Option<Self> {
                match field {
                    $($field => Some(Self::$source),)*
                    _ => None,
                }
            }
        }
    };
}

sources! {
    AwsElasticBlockStore: "awsElasticBlockStore",
    AzureDisk: "azureDisk",
    AzureFile: "azureFile",
    CephFs: "cephfs",
    Cinder: "cinder",
    ConfigMap: "configMap",
    Csi: "csi",
    DownwardApi: "downwardAPI",
    EmptyDir: "emptyDir",
    Ephemeral: "ephemeral",
    Fc: "fc",
    FlexVolume: "flexVolume",
    Flocker: "flocker",
    GcePersistentDisk: "gcePersistentDisk",
    GitRepo: "gitRepo",
    Glusterfs: "glusterfs",
    HostPath: "hostPath",
    Image: "image",
    Iscsi: "iscsi",
    Nfs: "nfs",
    PersistentVolumeClaim: "persistentVolumeClaim",
    PhotonPersistentDisk: "photonPersistentDisk",
    PortworxVolume: "portworxVolume",
    Projected: "projected",
    Quobyte: "quobyte",
    Rbd: "rbd",
    ScaleIo: "scaleIO",
    Secret: "secret",
    StorageOs: "storageos",
    VsphereVolume: "vsphereVolume",
}

/// One of a pod's volumes, reduced to what checks read of its source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Volume {
    /// Name, unique in the pod.
    pub name: String,
    /// Where its content comes from; a volume that names no source is an `emptyDir`.
    pub source: Option<VolumeSource>,
    /// Scratch space that dies with the pod.
    pub empty_dir: Option<EmptyDir>,
    /// Path on the node, with `hostPath`.
    pub host_path: Option<Box<str>>,
    /// Name of a PersistentVolumeClaim.
    pub claim: Option<Box<str>>,
    /// What is claimed for each pod, with `ephemeral`.
    pub ephemeral: Option<Box<EphemeralClaim>>,
    /// Keys of a Secret as files.
    pub secret: Option<Box<Files>>,
    /// Keys of a ConfigMap as files.
    pub config_map: Option<Box<Files>>,
    /// Several sources in one.
    pub projected: Option<Box<Projected>>,
    /// What the driver of any other source is told of Secrets.
    pub driver: Option<Box<SourceSecret>>,
}

/// `emptyDir`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmptyDir {
    /// Empty for the node's disk, `Memory` for tmpfs.
    #[serde(deserialize_with = "null_is_default")]
    pub medium: String,
    /// The most it may hold.
    pub size_limit: Option<QuantityValue>,
}

/// `ephemeral`: the claim that is made for each pod and goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "Ephemeral")]
pub struct EphemeralClaim {
    /// The class: absent leaves it to the cluster, empty asks for a volume without one.
    pub storage_class_name: Option<Box<str>>,
    /// What of the metadata of the claim holds a credential.
    pub metadata: MarkedMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ephemeral {
    #[serde(deserialize_with = "null_is_default")]
    volume_claim_template: WrittenClaim,
}

impl From<Ephemeral> for EphemeralClaim {
    fn from(written: Ephemeral) -> Self {
        let (storage_class_name, metadata) = written.volume_claim_template.into_parts();
        Self { storage_class_name, metadata }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HostPath {
    #[serde(deserialize_with = "null_is_default")]
    path: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Claim {
    #[serde(deserialize_with = "null_is_default")]
    claim_name: Box<str>,
}

/// Where a container sees a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeMount {
    /// Name of the volume.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
    /// Path in the container.
    #[serde(deserialize_with = "null_is_default")]
    pub mount_path: Box<str>,
    /// Whether the container cannot write to it.
    #[serde(deserialize_with = "null_is_default")]
    pub read_only: bool,
    /// Whether that holds for what is mounted below it as well: `Enabled`, `IfPossible` or `Disabled`.
    pub recursive_read_only: Option<Box<str>>,
    /// The part of the volume that is mounted, if not all of it.
    pub sub_path: Option<Box<str>>,
    /// Whether that part is named with variables.
    #[serde(rename = "subPathExpr", deserialize_with = "not_empty")]
    pub has_sub_path_expr: bool,
}

impl VolumeMount {
    /// Whether a part of the volume is mounted, not all of it.
    pub fn is_of_part(&self) -> bool {
        self.has_sub_path_expr || self.sub_path.as_deref().is_some_and(|path| !path.is_empty())
    }
}

fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::<Box<str>>::deserialize(deserializer).map(|text| text.is_some_and(|text| !text.is_empty()))
}

impl<'de> Deserialize<'de> for Volume {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(VolumeVisitor)
    }
}

struct VolumeVisitor;

impl<'de> Visitor<'de> for VolumeVisitor {
    type Value = Volume;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a volume")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Volume, M::Error> {
        let mut volume = Volume::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let Some(source) = VolumeSource::of_field(&key) else {
                if key == "name" {
                    volume.name = map.next_value::<Option<String>>()?.unwrap_or_default();
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
                continue;
            };
            // `null` is no source, as in Go.
            let given = match source {
                VolumeSource::EmptyDir => read(&mut map, &mut volume.empty_dir)?,
                VolumeSource::HostPath => {
                    volume.host_path = map.next_value::<Option<HostPath>>()?.map(|source| source.path);
                    volume.host_path.is_some()
                }
                VolumeSource::PersistentVolumeClaim => {
                    volume.claim = map.next_value::<Option<Claim>>()?.map(|source| source.claim_name);
                    volume.claim.is_some()
                }
                VolumeSource::Secret => {
                    let files = map.next_value::<Option<SecretFiles>>()?;
                    volume.secret = files.map(|files| Box::new(files.into()));
                    volume.secret.is_some()
                }
                VolumeSource::ConfigMap => read(&mut map, &mut volume.config_map)?,
                VolumeSource::Projected => read(&mut map, &mut volume.projected)?,
                VolumeSource::Ephemeral => read(&mut map, &mut volume.ephemeral)?,
                VolumeSource::AzureFile
                | VolumeSource::CephFs
                | VolumeSource::Cinder
                | VolumeSource::Csi
                | VolumeSource::FlexVolume
                | VolumeSource::Iscsi
                | VolumeSource::Rbd
                | VolumeSource::ScaleIo
                | VolumeSource::StorageOs => {
                    let told = map.next_value::<Option<SourceSecret>>()?;
                    let is_given = told.is_some();
                    volume.driver = told.filter(SourceSecret::is_any).map(Box::new);
                    is_given
                }
                _ => map.next_value::<Option<IgnoredAny>>()?.is_some(),
            };
            // The server takes one source only. Where a file gives several, the node's disk is not hidden by another.
            if given && volume.source != Some(VolumeSource::HostPath) {
                volume.source = Some(source);
            }
        }
        Ok(volume)
    }
}

/// Reads a source into its place. Whether there is one.
fn read<'de, M: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut M,
    place: &mut Option<T>,
) -> Result<bool, M::Error> {
    *place = map.next_value()?;
    Ok(place.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(json: &str) -> Volume {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_source_is_read_by_its_field_and_null_is_none() {
        for source in VolumeSource::ALL {
            let field = source.as_str();
            assert_eq!(volume(&format!(r#"{{"{field}":{{}}}}"#)).source, Some(*source));
            let null = format!(r#"{{"name":"v","{field}":null,"nfs":{{"path":"/x"}}}}"#);
            assert_eq!(volume(&null).source, Some(VolumeSource::Nfs), "{field}");
        }
        assert_eq!(volume(r#"{"name":"v","novel":{}}"#).source, None);
    }

    #[test]
    fn a_host_path_keeps_its_path_a_claim_its_name_and_an_empty_dir_its_limit() {
        let host = volume(r#"{"name":"h","hostPath":{"path":"/var/log","type":"Directory"}}"#);
        assert_eq!(host.host_path.as_deref(), Some("/var/log"));
        let claim = volume(r#"{"name":"d","persistentVolumeClaim":{"claimName":"data"}}"#);
        assert_eq!(claim.claim.as_deref(), Some("data"));
        let scratch = volume(r#"{"name":null,"emptyDir":{"medium":"Memory","sizeLimit":"1Gi"}}"#);
        assert!(scratch.empty_dir.is_some_and(|empty| empty.medium == "Memory"));
    }

    #[test]
    fn a_claim_that_is_made_for_each_pod_keeps_its_class() {
        let class = |spec: &str| {
            let json = format!(r#"{{"ephemeral":{{"volumeClaimTemplate":{{"spec":{spec}}}}}}}"#);
            volume(&json).ephemeral.unwrap().storage_class_name
        };
        assert_eq!(class(r#"{"storageClassName":"fast"}"#).as_deref(), Some("fast"));
        assert_eq!(class("null"), None);
        assert_eq!(volume(r#"{"ephemeral":null}"#).ephemeral, None);
    }

    #[test]
    fn a_host_path_is_not_hidden_by_another_source() {
        for json in
            [r#"{"hostPath":{"path":"/"},"emptyDir":{}}"#, r#"{"emptyDir":{},"hostPath":{"path":"/"}}"#]
        {
            assert_eq!(volume(json).source, Some(VolumeSource::HostPath), "{json}");
        }
    }

    #[test]
    fn a_source_of_the_wrong_shape_is_an_error() {
        assert!(serde_json::from_str::<Volume>(r#"{"hostPath":{"path":3}}"#).is_err());
        assert!(serde_json::from_str::<Volume>(r#"{"name":3}"#).is_err());
    }
}
