//! In which minor of Kubernetes each version of a built-in kind came, was deprecated, and is not served any more.
//!
//! `lifecycle.jsonl` is read off what the types with which the API server decodes declare (`e2e/kinds`, and `e2e/kinds-1.20` for
//! those that newer modules do not hold any more); a kind that came and went between those two, or before, is
//! not in it. It must not say what that means for anybody. Next: [`super::schema`] for what is served.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::schema;

/// The newest minor of Kubernetes that is known.
pub const NEWEST: u8 = 37;

/// By `apiVersion`, then by kind.
static LIVES: LazyLock<BTreeMap<String, BTreeMap<String, Life>>> = LazyLock::new(|| {
    let lives = include_str!("lifecycle.jsonl").lines().filter_map(|line| serde_json::from_str(line).ok());
    let mut by_version: BTreeMap<String, BTreeMap<String, Life>> = BTreeMap::new();
    lives.for_each(|life: Life| {
        by_version.entry(life.api_version()).or_default().insert(life.kind.clone(), life);
    });
    by_version
});

/// The life of one version of a kind that has been deprecated, or will be. Minors are those of Kubernetes 1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Life {
    group: String,
    version: String,
    kind: String,
    /// First minor in which it is deprecated; 0 for none.
    #[serde(default)]
    pub deprecated: u8,
    /// First minor that does not serve it; 0 for none.
    #[serde(default)]
    pub removed: u8,
    #[serde(default)]
    replacement: String,
}

impl Life {
    fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether it is deprecated, or gone, in a minor.
    pub const fn is_deprecated(&self, minor: u8) -> bool {
        (self.deprecated != 0 && self.deprecated <= minor) || self.is_removed(minor)
    }

    /// Whether a minor does not serve it any more.
    pub const fn is_removed(&self, minor: u8) -> bool {
        self.removed != 0 && self.removed <= minor
    }

    /// What to use instead, as `apiVersion` and kind: what is declared, if that is served still, else the newest
    /// version of the kind that is.
    pub fn replacement(&self) -> Option<(String, String)> {
        let declared = self.replacement.split_once(' ').map(|(to, kind)| (to.to_owned(), kind.to_owned()));
        let served = |(to, kind): &(String, String)| {
            let group = to.split_once('/').map_or("", |(group, _)| group);
            schema::versions_of(group, kind).contains(&to.as_str())
        };
        declared.filter(served).or_else(|| {
            let newest = schema::versions_of(&self.group, &self.kind).into_iter().max_by_key(|to| stable(to));
            Some((newest.filter(|to| **to != self.api_version())?.to_owned(), self.kind.clone()))
        })
    }
}

/// The life of a kind in a version, if it ends.
pub fn of(api_version: &str, kind: &str) -> Option<&'static Life> {
    LIVES.get(api_version)?.get(kind)
}

/// Groups and kinds of which some version ends; each comes once for each such version.
/// The minor of a version of Kubernetes 1, such as `1.34` or `v1.34.2+k3s1`; none of another text.
pub fn minor_of(version: &str) -> Option<u8> {
    let rest = version.strip_prefix('v').unwrap_or(version).strip_prefix("1.")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
pub(super) fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    LIVES.values().flat_map(BTreeMap::values).map(|life| (&*life.group, &*life.kind))
}

/// Stable versions after all others, by number.
fn stable(api_version: &str) -> (bool, u8) {
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let number = version.strip_prefix('v').and_then(|number| number.parse().ok());
    (number.is_some(), number.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instead(api_version: &str, kind: &str) -> String {
        let (version, kind) = of(api_version, kind).unwrap().replacement().unwrap();
        format!("{version} {kind}")
    }

    #[test]
    fn every_line_is_read() {
        let lives = || LIVES.values().flat_map(BTreeMap::values);
        assert_eq!(lives().count(), include_str!("lifecycle.jsonl").lines().count());
        assert!(lives().all(|life| life.deprecated != 0 || life.removed != 0));
    }

    #[test]
    fn a_version_is_deprecated_and_then_removed() {
        let life = of("extensions/v1beta1", "Deployment").unwrap();
        assert_eq!((life.is_deprecated(7), life.is_deprecated(8), life.is_removed(15)), (false, true, false));
        assert!(life.is_removed(16) && life.is_deprecated(37));
        assert_eq!(of("apps/v1", "Deployment"), None);
        let endpoints = of("v1", "Endpoints").unwrap();
        assert!(endpoints.is_deprecated(33) && !endpoints.is_removed(NEWEST));
    }

    #[test]
    fn a_replacement_is_one_that_is_served() {
        assert_eq!(instead("extensions/v1beta1", "Deployment"), "apps/v1 Deployment");
        assert_eq!(instead("extensions/v1beta1", "Ingress"), "networking.k8s.io/v1 Ingress");
        // Declared are a version that is gone itself, a list, and nothing.
        assert_eq!(
            instead("autoscaling/v2beta1", "HorizontalPodAutoscaler"),
            "autoscaling/v2 HorizontalPodAutoscaler"
        );
        assert_eq!(instead("networking.k8s.io/v1beta1", "IngressClass"), "networking.k8s.io/v1 IngressClass");
        assert_eq!(instead("batch/v1beta1", "CronJob"), "batch/v1 CronJob");
        assert_eq!(of("extensions/v1beta1", "PodSecurityPolicy").unwrap().replacement(), None);
    }

    #[test]
    fn versions_are_told_as_servers_and_people_write_them() {
        for (text, minor) in [
            ("1.34", Some(34)),
            ("v1.34.2", Some(34)),
            ("v1.33.5-gke.1080000", Some(33)),
            ("v1.37.0+k3s1", Some(37)),
            ("2.1", None),
            ("1.", None),
            ("1.999", None),
            ("", None),
        ] {
            assert_eq!(minor_of(text), minor, "{text}");
        }
    }
}
