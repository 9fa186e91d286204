//! Which namespaces are looked at: all, or those that the options list.
//!
//! It must not watch anything. Next: [`super::watches`] asks.

use std::collections::BTreeSet;

use super::watched::Watched;
use crate::inventory::Kind;

/// The namespaces that are looked at; empty for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    namespaces: BTreeSet<String>,
    secrets: BTreeSet<String>,
}

impl Places {
    /// Namespaces that are looked at, and those of them whose Secrets are. No namespaces: all; no namespaces for
    /// Secrets: the same as for everything else.
    pub fn new<'a>(
        namespaces: impl IntoIterator<Item = &'a String>,
        secrets: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        let namespaces: BTreeSet<String> = namespaces.into_iter().cloned().collect();
        let secrets: BTreeSet<String> = secrets.into_iter().cloned().collect();
        let secrets = if secrets.is_empty() { namespaces.clone() } else { secrets };
        Self { namespaces, secrets }
    }

    /// What is watched whatever policies read. With listed namespaces nobody here looks at policies of the cluster:
    /// their verdict would be about a part of it, and two operators would each write their own.
    pub fn always(&self) -> Vec<Watched> {
        let mut always = Watched::always();
        always.retain(|watched| *watched != Watched::ClusterPolicies || self.namespaces.is_empty());
        always
    }

    /// The namespaces in which a kind is watched, each for itself; none for all at once.
    pub fn of(&self, watched: Watched) -> Option<&BTreeSet<String>> {
        let listed = match watched {
            Watched::Kind(Kind::Secret) => &self.secrets,
            Watched::Kind(kind) if !kind.info().namespaced => return None,
            Watched::ClusterPolicies => return None,
            _ => &self.namespaces,
        };
        (!listed.is_empty()).then_some(listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_in_no_namespace_is_watched_as_ever_and_policies_of_the_cluster_are_not() {
        let places = Places::new(&names(&["shop", "blog"]), &[]);
        for watched in [Watched::Kind(Kind::Pod), Watched::Kind(Kind::Secret), Watched::Policies] {
            assert_eq!(places.of(watched).unwrap().len(), 2, "{watched:?}");
        }
        assert_eq!(places.of(Watched::Kind(Kind::Namespace)), None);
        assert!(!places.always().contains(&Watched::ClusterPolicies));
        assert!(places.always().contains(&Watched::Policies));
    }

    #[test]
    fn secrets_may_be_looked_at_in_fewer_namespaces() {
        let places = Places::new(&[], &names(&["shop"]));
        assert_eq!(places.of(Watched::Kind(Kind::Secret)).unwrap().len(), 1);
        assert_eq!(places.of(Watched::Kind(Kind::Pod)), None);
        assert_eq!(places.always(), Watched::always());
        assert_eq!(Places::new(&[], &[]).of(Watched::Kind(Kind::Secret)), None);
    }
}
