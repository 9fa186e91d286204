//! What a report is called.
//!
//! It must not know which names are taken: whoever finds one that holds another subject asks for the
//! hashed form. Next: [`super::report`].

use sha2::{Digest, Sha256};

/// How many bytes the name of an object has at most.
const NAME_MAX: usize = 253;

/// How many hexadecimal digits tell names apart that would be equal.
const HASH_DIGITS: usize = 8;

/// The API groups with a dot in them that the API server itself serves. Groups without a dot, and the
/// core group, are all its own.
const BUILT_IN_GROUPS: &[&str] = &[
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// The name of the report on an object: `<kind>-<name>` in lower case, `<kind>.<group>-<name>` for kinds
/// that are not built in. A name that would be too long, or hold what a name cannot, is cut or replaced and
/// gets eight digits of a hash.
///
/// Two objects may still share a name (`b-c` of group `a`, `c` of group `a-b`): then the later one takes
/// [`hashed_report_name`].
pub fn report_name(group: &str, kind: &str, name: &str) -> String {
    let plain = plain_name(group, kind, name);
    if plain.len() <= NAME_MAX && is_name(&plain) { plain } else { hashed(&plain, group, kind, name) }
}

/// The name of the report on an object whose [`report_name`] holds another subject: with eight digits of
/// a hash at the end.
pub fn hashed_report_name(group: &str, kind: &str, name: &str) -> String {
    hashed(&plain_name(group, kind, name), group, kind, name)
}

fn plain_name(group: &str, kind: &str, name: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    if group.contains('.') && !BUILT_IN_GROUPS.contains(&group) {
        format!("{kind}.{group}-{name}")
    } else {
        format!("{kind}-{name}")
    }
}

fn hashed(plain: &str, group: &str, kind: &str, name: &str) -> String {
    let mut stem: String = plain.chars().map(|c| if is_name_character(c) { c } else { '-' }).collect();
    stem.truncate(NAME_MAX - HASH_DIGITS - 1);
    let hash = hash(group, kind, name);
    let candidate = format!("{}-{hash}", stem.trim_matches(['-', '.']));
    if is_name(&candidate) {
        return candidate;
    }
    // A dot beside a dash or another dot is what is left to be wrong.
    let stem = stem.replace('.', "-");
    format!("{}-{hash}", stem.trim_matches('-')).trim_start_matches('-').to_owned()
}

fn hash(group: &str, kind: &str, name: &str) -> String {
    // Neither a group nor a kind holds a slash, so no two objects give the same text.
    let digest = Sha256::digest(format!("{group}/{kind}/{name}"));
    let mut text = format!("{digest:x}");
    text.truncate(HASH_DIGITS);
    text
}

const fn is_name_character(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '-' | '.')
}

/// Whether every part between dots starts and ends with a letter or digit, as the API server asks.
fn is_name(text: &str) -> bool {
    text.chars().all(is_name_character)
        && text.split('.').all(|part| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn built_in_kinds_are_short_and_others_carry_their_group() {
        assert_eq!(report_name("apps", "Deployment", "web"), "deployment-web");
        assert_eq!(report_name("", "Pod", "web.v1"), "pod-web.v1");
        assert_eq!(report_name("networking.k8s.io", "Ingress", "web"), "ingress-web");
        assert_eq!(report_name("argoproj.io", "Rollout", "web"), "rollout.argoproj.io-web");
        assert_eq!(
            report_name("gateway.networking.k8s.io", "Gateway", "edge"),
            "gateway.gateway.networking.k8s.io-edge"
        );
    }

    #[test]
    fn a_long_name_is_cut_and_hashed() {
        let fits = "a".repeat(NAME_MAX - "deployment-".len());
        assert_eq!(report_name("apps", "Deployment", &fits), format!("deployment-{fits}"));
        let long = format!("{fits}a");
        let name = report_name("apps", "Deployment", &long);
        assert_eq!(name.len(), NAME_MAX);
        assert_ne!(name, report_name("apps", "Deployment", &format!("{fits}b")), "the hash tells them apart");
    }

    #[test]
    fn what_a_name_cannot_hold_is_replaced_and_hashed() {
        let name = report_name("rbac.authorization.k8s.io", "Role", "system:Admin");
        assert!(name.starts_with("role-system--dmin-"), "{name}");
        assert_ne!(name, report_name("rbac.authorization.k8s.io", "Role", "system:admin"));
        assert_eq!(report_name("", "Role", ".odd").len(), "role--odd-".len() + HASH_DIGITS);
    }

    #[test]
    fn a_collision_is_told_apart() {
        let one = ("a.b-c", "Kind", "d");
        let two = ("a.b", "Kind", "c-d");
        assert_eq!(report_name(one.0, one.1, one.2), report_name(two.0, two.1, two.2));
        let hashed_one = hashed_report_name(one.0, one.1, one.2);
        assert_ne!(hashed_one, hashed_report_name(two.0, two.1, two.2));
        assert_eq!(hashed_one.len(), "kind.a.b-c-d-".len() + HASH_DIGITS);
    }

    #[test]
    fn names_are_for_ever() {
        assert_eq!(hashed_report_name("apps", "Deployment", "web"), "deployment-web-902c5083");
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_the_api_server_takes(
            group in "([a-z.]{0,20})|(\\PC{0,8})",
            kind in "[A-Za-z-]{0,12}|\\PC{0,8}",
            name in "[-.a-zA-Z:]{0,300}|\\PC{0,300}",
        ) {
            for name in [report_name(&group, &kind, &name), hashed_report_name(&group, &kind, &name)] {
                prop_assert!(name.len() <= NAME_MAX && is_name(&name), "{}", name);
            }
        }
    }
}
