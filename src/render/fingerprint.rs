//! What makes a finding the same finding in the next run.
//!
//! A fingerprint holds the check, the object, the container and the field, and neither a file, a line nor a
//! message: to move, reformat or reword costs no identity. Items of lists are named, never counted. It must
//! not depend on anything that a policy says. Next: [`super::baseline`].

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest as _, Sha256};

use super::run::{RunFinding, RunWorkload};
use crate::inventory::SubjectKey;
use crate::inventory::object::ObjectKey;

/// What identifies a finding, in the words of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Name of the check.
    pub check: String,
    /// The object it is about, as `Kind namespace/name`; kinds outside Kubernetes' own groups with their group.
    pub object: String,
    /// The container it is about, if it is about one.
    pub container: Option<String>,
    /// Path of the field, with names instead of places in lists.
    pub field: Option<String>,
}

/// The hash of an [`Identity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Identity {
    /// Of a finding of a workload.
    pub fn of(workload: &RunWorkload, finding: &RunFinding) -> Self {
        let found = &finding.merged.found;
        let field = named(&found.field, found.container.as_deref());
        Self {
            check: finding.merged.check.to_owned(),
            object: found.object.as_ref().map_or_else(|| subject(&workload.key), object),
            container: found.container.clone(),
            field: Some(field.into_owned()).filter(|field| !field.is_empty()),
        }
    }

    /// Its hash.
    pub fn fingerprint(&self) -> Fingerprint {
        let Self { check, object, container, field } = self;
        fingerprint([Some(check), Some(object), container.as_deref(), field.as_deref()], &mut Vec::new())
    }
}

/// Gives the findings of one workload their fingerprints: those of their [`Identity`], without making it.
pub struct Fingerprints<'a> {
    subject: String,
    /// What is hashed: room that is used again.
    room: Vec<u8>,
    /// The one that was asked for last: findings that differ in their message alone come one behind the other.
    last: Option<(&'a RunFinding, Fingerprint)>,
}

impl<'a> Fingerprints<'a> {
    /// For the findings of this workload.
    pub fn new(workload: &RunWorkload) -> Self {
        Self { subject: subject(&workload.key), room: Vec::new(), last: None }
    }

    /// Of one of them.
    pub fn of(&mut self, finding: &'a RunFinding) -> Fingerprint {
        let known = self.last.filter(|(last, _)| identified(last) == identified(finding));
        let fingerprint = known.map_or_else(|| self.hashed(finding), |(_, fingerprint)| fingerprint);
        self.last = Some((finding, fingerprint));
        fingerprint
    }

    fn hashed(&mut self, finding: &RunFinding) -> Fingerprint {
        let found = &finding.merged.found;
        let other = found.object.as_ref().map(object);
        let field = named(&found.field, found.container.as_deref());
        let parts = [
            Some(finding.merged.check),
            Some(other.as_ref().unwrap_or(&self.subject)),
            found.container.as_deref(),
            Some(&*field).filter(|field| !field.is_empty()),
        ];
        fingerprint(parts, &mut self.room)
    }
}

/// What a finding of a workload has its [`Identity`] from.
fn identified(finding: &RunFinding) -> impl PartialEq {
    let found = &finding.merged.found;
    (finding.merged.check, &found.field, &found.container, &found.object)
}

fn fingerprint(parts: [Option<&str>; 4], room: &mut Vec<u8>) -> Fingerprint {
    room.clear();
    for part in parts {
        // The length first: no two lists of parts are one text.
        room.extend(part.map_or(u64::MAX, |part| part.len() as u64).to_be_bytes());
        room.extend(part.unwrap_or_default().as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(Sha256::digest(room)).for_each(|(to, from)| *to = from);
    Fingerprint(bytes)
}

/// A digit in hexadecimal, by arithmetic: so many are made at once.
const fn digit(nibble: u8) -> u8 {
    nibble + if nibble < 10 { b'0' } else { b'a' - 10 }
}

/// A workload or owner, in the words of a baseline.
pub(crate) fn subject(key: &SubjectKey) -> String {
    words((key.kind.as_str(), key.kind.group()), (key.own_namespace(), &key.name))
}

/// Another object, in the words of a baseline.
pub(crate) fn object(ObjectKey { kind, namespace, name }: &ObjectKey) -> String {
    words((kind.as_str(), kind.info().group), (namespace, name))
}

fn words((kind, group): (&str, &str), (namespace, name): (&str, &str)) -> String {
    let mut words = kind.to_owned();
    // Kinds of one name in two groups are two kinds.
    if !group.is_empty() {
        words.extend([".", group]);
    }
    words.push(' ');
    if !namespace.is_empty() {
        words.extend([namespace, "/"]);
    }
    words.push_str(name);
    words
}

impl Fingerprint {
    /// Writes it behind what there is, as its [`fmt::Display`] does.
    pub fn write(self, out: &mut String) {
        out.push_str(str::from_utf8(&self.digits()).unwrap_or_default());
    }

    fn digits(self) -> [u8; 32] {
        let mut digits = [0; 32];
        for ([high, low], byte) in digits.as_chunks_mut().0.iter_mut().zip(self.0) {
            (*high, *low) = (digit(byte >> 4), digit(byte & 15));
        }
        digits
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

/// Lists of containers in a pod spec.
const CONTAINERS: &[&str] = &["containers", "initContainers", "ephemeralContainers"];

/// A path without numbers of list items: a container by its name, any other item without.
pub(crate) fn named<'a>(field: &'a str, container: Option<&str>) -> Cow<'a, str> {
    if !field.contains('[') {
        return Cow::Borrowed(field);
    }
    let mut out = String::with_capacity(field.len());
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        out.push('[');
        rest = after;
        let Some((index, behind)) = after.split_once(']') else { break };
        if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) {
            let list = before.rsplit('.').next().unwrap_or(before);
            if CONTAINERS.contains(&list) {
                out.push_str(container.unwrap_or_default());
            }
        } else {
            out.push_str(index);
        }
        out.push(']');
        rest = behind;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(parts: (&str, &str, Option<&str>, Option<&str>)) -> Identity {
        let (check, object, container, field) = parts;
        Identity {
            check: check.to_owned(),
            object: object.to_owned(),
            container: container.map(str::to_owned),
            field: field.map(str::to_owned),
        }
    }

    #[test]
    fn items_of_lists_have_names_and_no_numbers() {
        for (field, container, expected) in [
            (
                "spec.template.spec.containers[3].image",
                Some("app"),
                "spec.template.spec.containers[app].image",
            ),
            ("spec.initContainers[0].env[12].value", Some("init"), "spec.initContainers[init].env[].value"),
            ("spec.volumes[1].hostPath", None, "spec.volumes[].hostPath"),
            ("metadata.annotations[a.b/c1]", None, "metadata.annotations[a.b/c1]"),
            ("spec.replicas", None, "spec.replicas"),
            ("odd[1", None, "odd[1"),
            ("", None, ""),
        ] {
            assert_eq!(named(field, container), expected, "{field}");
        }
    }

    #[test]
    fn a_fingerprint_is_the_same_in_every_release() {
        let finding = identity(("memory-limits", "Deployment.apps shop/web", Some("app"), Some("spec.x")));
        assert_eq!(finding.fingerprint().to_string(), "d33a7c4c9339a206c1edac4dc3d4af0c");
    }

    proptest! {
        #[test]
        fn only_what_identifies_a_finding_changes_its_fingerprint(
            parts in prop::collection::vec(prop::option::of("[a-c/ .]{0,3}"), 8),
        ) {
            let make = |at: usize| Identity {
                check: parts[at].clone().unwrap_or_default(),
                object: parts[at + 1].clone().unwrap_or_default(),
                container: parts[at + 2].clone(),
                field: parts[at + 3].clone(),
            };
            let (one, other) = (make(0), make(4));
            prop_assert_eq!(one == other, one.fingerprint() == other.fingerprint());
        }

        #[test]
        fn moved_items_keep_their_names(one in 0_usize..40, other in 0_usize..40) {
            let path = |index: usize| format!("spec.containers[{index}].env[{index}].name");
            let (one, other) = (path(one), path(other));
            prop_assert_eq!(named(&one, Some("app")), named(&other, Some("app")));
        }
    }
}
