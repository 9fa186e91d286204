//! How much is known of a kind, and what becomes of verdicts when that changes.
//!
//! It must not take objects in: [`super::state`] does. Next: [`super::settled`], [`super::waiting`].

use std::collections::BTreeMap;
use std::time::Duration;

use super::commands::Trigger;
use super::state::State;
use super::watched::Watched;
use crate::inventory::lookup::Coverage;
use crate::inventory::{Kind, Object};

impl State {
    pub(super) fn cover(&mut self, watched: Watched, coverage: Coverage) {
        if !self.settled.set(watched, coverage) {
            return;
        }
        self.covered([watched]);
    }

    /// A kind that is watched in listed namespaces is as well known as this in one of them.
    pub(super) fn cover_in(&mut self, watched: Watched, namespace: &str, coverage: Coverage) {
        if let Watched::Kind(kind) = watched {
            self.inventory.set_coverage_in(kind, namespace, coverage);
        }
        // Before the whole kind is settled nothing depends on it.
        if self.settled.set_in(watched, namespace, coverage) && self.settled.is_settled(watched) {
            self.covered([watched]);
        }
    }

    fn covered(&mut self, changed: impl IntoIterator<Item = Watched>) {
        for watched in changed {
            let Watched::Kind(kind) = watched else {
                self.mark_all(Trigger::Policy);
                continue;
            };
            self.inventory.set_coverage(kind, self.settled.coverage(watched));
            self.look_at_secrets(kind);
            if watched.is_always() {
                self.mark_all(Trigger::Policy);
            } else {
                self.mark_readers(kind);
            }
        }
        // What cannot be seen any more is Unknown also where only its report tells of it. While kinds are still
        // being listed, every report looks so.
        if self.settled.missing().next().is_none() {
            self.mark_orphaned_reports();
        }
    }

    /// Once Secrets are known, so is which of those that Ingresses and Gateways name are not there.
    fn look_at_secrets(&mut self, known: Kind) {
        if known != Kind::Secret {
            return;
        }
        for object in self.inventory.objects() {
            match object {
                Object::Ingress(ingress) => self.secrets.look_at(&ingress.metadata.namespace),
                Object::Gateway(gateway) => {
                    let own = &gateway.metadata.namespace;
                    gateway.spec.secrets().for_each(|one| self.secrets.look_at(one.namespace_from(own)));
                }
                _ => {}
            }
        }
    }

    /// Takes in how long ago each kind last showed life; see [`Settled::look`].
    pub fn look(&mut self, uptime: Duration, ages: &BTreeMap<Watched, Duration>, limit: Duration) {
        let changed = self.settled.look(uptime, ages, limit);
        if !changed.is_empty() {
            self.covered(changed);
        }
    }
}
