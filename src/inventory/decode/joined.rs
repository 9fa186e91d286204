//! Decoding of the kinds that checks join with workloads.
//!
//! It must not know how they are joined. Next: [`super::super::joins`].

use super::super::kind::Kind;
use super::super::object::Object;
use super::{DecodeError, parse};

/// Reads an object of a kind that is neither a workload nor treated by itself.
pub(super) fn decode(kind: Kind, json: &str) -> Result<Object, DecodeError> {
    macro_rules! objects {
        ($($variant:ident),* $(,)?) => {
            match kind {
                $(Kind::$variant => Ok(Object::$variant(parse(kind, "object", json)?)),)*
                _ => Err(DecodeError::Shape {
                    kind,
                    part: "object",
                    problem: "no reader knows this kind".to_owned(),
                }),
            }
        };
    }
    objects!(
        PodDisruptionBudget,
        HorizontalPodAutoscaler,
        NetworkPolicy,
        ServiceAccount,
        ConfigMap,
        PersistentVolumeClaim,
        ResourceQuota,
        Role,
        RoleBinding,
        ClusterRole,
        ClusterRoleBinding,
        PriorityClass,
        IngressClass,
        StorageClass,
        RuntimeClass,
        ValidatingWebhookConfiguration,
        MutatingWebhookConfiguration,
        Gateway,
        HttpRoute,
        ReferenceGrant,
    )
}
