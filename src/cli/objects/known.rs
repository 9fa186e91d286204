//! What a document's `apiVersion` and `kind` name: a kind that is read, one of which only the manifest is judged, or one that its
//! group has not.
//!
//! It must not look at the rest of the document. Next: [`super::read`].

use crate::inventory::Kind;
use crate::inventory::manifest_kind::ManifestKind;

/// The version that has this kind of Kubernetes' own, where its group is one of Kubernetes' own that has not.
pub(super) fn elsewhere(api_version: &str, kind: &str) -> Option<String> {
    let is_own = |group: &str| !group.contains('.') || OWN_GROUPS.contains(&group);
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let read = Kind::ALL.iter().filter(|kind| !kind.is_second_reading());
    let mut own = read.map(|kind| kind.info()).filter(|info| is_own(info.group));
    let is_known = || Kind::ALL.iter().any(|kind| kind.info().group == group);
    let right = own.find(|info| info.kind == kind && info.group != group)?;
    (is_own(group) && is_known()).then(|| right.api_version())
}

/// Groups of Kubernetes' own with a dot, of which every kind is known that another group could have.
const OWN_GROUPS: &[&str] =
    &["admissionregistration.k8s.io", "networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io"];

/// The kind of this name in any version of its group, or in the group where it began.
pub(super) fn known_kind(api_version: &str, kind: &str) -> Option<Kind> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match (group, kind) {
        ("extensions", "Ingress") => Some(Kind::Ingress),
        ("extensions", "NetworkPolicy") => Some(Kind::NetworkPolicy),
        ("extensions", _) => Kind::find("apps", kind).or_else(|| manifest_kind(group, kind)),
        _ => Kind::find(group, kind).or_else(|| manifest_kind(group, kind)),
    }
}

fn manifest_kind(group: &str, kind: &str) -> Option<Kind> {
    ManifestKind::find(group, kind).map(Kind::Manifest)
}
