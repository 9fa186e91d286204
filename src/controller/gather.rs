//! Watches of one kind in several namespaces, as if they were one.
//!
//! Each namespace is listed for itself, so what a list does not show any more is told here, object by object, and the
//! kind counts as known once every namespace has answered. A namespace that may not be read costs its own verdicts
//! only. It must not decide what to watch. Next: [`super::feed`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::feed::{gone, present};
use super::settled::unavailable;
use super::watched::{Message, Watched};
use crate::inventory::lookup::Coverage;
use crate::ops::guarded::Guarded;
use crate::ops::life::ProofOfLife;
use crate::ops::watch::{Unavailable, WatchEvent};

/// Uids by name.
type Names = BTreeMap<String, String>;

/// What is known of the namespaces of one kind.
pub(super) struct Gathering {
    watched: Watched,
    places: Vec<Place>,
    /// What was last told of the kind as a whole.
    told: Option<Coverage>,
}

struct Place {
    namespace: String,
    life: Arc<ProofOfLife>,
    coverage: Option<Coverage>,
    known: Names,
    /// What the list that is on its way has shown.
    listed: Option<Names>,
}

impl Gathering {
    /// Nothing is known yet.
    pub(super) fn new(
        watched: Watched,
        places: impl IntoIterator<Item = (String, Arc<ProofOfLife>)>,
    ) -> Self {
        let place =
            |(namespace, life)| Place { namespace, life, coverage: None, known: Names::new(), listed: None };
        Self { watched, places: places.into_iter().map(place).collect(), told: None }
    }

    /// What an event in one of the namespaces means for the kind.
    pub(super) fn take(&mut self, place: usize, event: WatchEvent) -> Vec<Message> {
        let watched = self.watched;
        let Some(place) = self.places.get_mut(place) else { return Vec::new() };
        let mut messages = match event {
            WatchEvent::Restarted => {
                place.listed = Some(Names::new());
                Vec::new()
            }
            WatchEvent::Listed(object) | WatchEvent::Applied(object) => {
                place.note(&object);
                present(watched, &object).into_iter().collect()
            }
            WatchEvent::Deleted { name, uid, .. } => {
                place.known.remove(&name);
                vec![gone(watched, place.namespace.clone(), name, uid)]
            }
            WatchEvent::Synced => place.synced(watched),
            WatchEvent::Unavailable(why) => place.unavailable(watched, why),
            WatchEvent::Failed(category) => {
                let (resource, namespace) = (watched.resource().plural, &place.namespace);
                tracing::warn!(%resource, namespace, category, "watch failed, going on");
                return Vec::new();
            }
        };
        messages.extend(self.whole());
        messages
    }

    /// What is to be told of the kind as a whole, if that is news.
    fn whole(&mut self) -> Option<Message> {
        let known: Option<Vec<Coverage>> = self.places.iter().map(|place| place.coverage).collect();
        let known = known?;
        let whole = [Coverage::Complete, Coverage::Forbidden].into_iter().find(|one| known.contains(one));
        let whole = whole.unwrap_or(Coverage::NotServed);
        if self.told.replace(whole) == Some(whole) {
            return None;
        }
        Some(match whole {
            Coverage::Complete => Message::Synced(self.watched),
            Coverage::Forbidden => Message::Unavailable(self.watched, Unavailable::Forbidden),
            _ => Message::Unavailable(self.watched, Unavailable::NotServed),
        })
    }
}

impl Place {
    fn note(&mut self, object: &Guarded) {
        let names = self.listed.as_mut().unwrap_or(&mut self.known);
        names.insert(object.name().to_owned(), object.uid().to_owned());
    }

    fn synced(&mut self, watched: Watched) -> Vec<Message> {
        let listed = self.listed.take().unwrap_or_default();
        let before = std::mem::replace(&mut self.known, listed);
        let went = before.into_iter().filter(|(name, _)| !self.known.contains_key(name));
        let mut messages: Vec<Message> =
            went.map(|(name, uid)| gone(watched, self.namespace.clone(), name, uid)).collect();
        messages.extend(self.covered(watched, Coverage::Complete));
        messages
    }

    fn unavailable(&mut self, watched: Watched, why: Unavailable) -> Vec<Message> {
        self.life.refused();
        self.listed = None;
        // As for a kind that is watched everywhere: what may not be seen any more has not gone.
        let stays = match watched {
            Watched::Kind(kind) => kind.is_workload() && why == Unavailable::Forbidden,
            _ => true,
        };
        let known = if stays { Names::new() } else { std::mem::take(&mut self.known) };
        let mut messages: Vec<Message> =
            known.into_iter().map(|(name, uid)| gone(watched, self.namespace.clone(), name, uid)).collect();
        messages.extend(self.covered(watched, unavailable(why)));
        messages
    }

    fn covered(&mut self, watched: Watched, coverage: Coverage) -> Option<Message> {
        let is_news = self.coverage.replace(coverage) != Some(coverage);
        is_news.then(|| Message::Covered(watched, self.namespace.clone(), coverage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Kind;

    const SERVICES: Watched = Watched::Kind(Kind::Service);

    fn gathering(watched: Watched) -> Gathering {
        let places = ["a", "b"].map(|namespace| (namespace.to_owned(), Arc::default()));
        Gathering::new(watched, places)
    }

    fn object(name: &str) -> Guarded {
        let json = format!(r#"{{"metadata":{{"name":"{name}","namespace":"a","uid":"{name}"}}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    /// What messages are about, in short.
    fn told(messages: &[Message]) -> Vec<String> {
        let short = |message: &Message| match message {
            Message::Object(object) => format!("+{}", object.key().name),
            Message::ObjectGone(key, _) => format!("-{}/{}", key.namespace, key.name),
            Message::Covered(_, namespace, coverage) => format!("{namespace}: {coverage:?}"),
            Message::Synced(_) => "synced".to_owned(),
            Message::Unavailable(_, why) => format!("{why:?}"),
            other => format!("{other:?}"),
        };
        messages.iter().map(short).collect()
    }

    #[test]
    fn a_kind_is_known_once_every_namespace_has_answered() {
        let mut gathering = gathering(SERVICES);
        assert!(gathering.take(0, WatchEvent::Restarted).is_empty());
        assert_eq!(told(&gathering.take(0, WatchEvent::Listed(object("x")))), ["+x"]);
        assert_eq!(told(&gathering.take(0, WatchEvent::Synced)), ["a: Complete"]);
        let refused = gathering.take(1, WatchEvent::Unavailable(Unavailable::Forbidden));
        assert_eq!(told(&refused), ["b: Forbidden", "synced"]);
        assert!(gathering.take(1, WatchEvent::Unavailable(Unavailable::Forbidden)).is_empty());
    }

    #[test]
    fn what_a_new_list_of_one_namespace_does_not_show_is_gone_there() {
        let mut gathering = gathering(SERVICES);
        for place in [0, 1] {
            gathering.take(place, WatchEvent::Restarted);
            gathering.take(place, WatchEvent::Listed(object("x")));
            gathering.take(place, WatchEvent::Synced);
        }
        gathering.take(0, WatchEvent::Applied(object("y")));
        gathering.take(0, WatchEvent::Restarted);
        gathering.take(0, WatchEvent::Listed(object("y")));
        assert_eq!(told(&gathering.take(0, WatchEvent::Synced)), ["-a/x"]);
        let gone = WatchEvent::Deleted { namespace: None, name: "y".to_owned(), uid: "y".to_owned() };
        assert_eq!(told(&gathering.take(0, gone)), ["-a/y"]);
    }

    #[test]
    fn what_may_not_be_seen_any_more_is_gone_unless_it_is_a_workload() {
        for (watched, left) in [(SERVICES, Some("-a/x")), (Watched::Kind(Kind::Deployment), None)] {
            let mut gathering = gathering(watched);
            for place in [0, 1] {
                gathering.take(place, WatchEvent::Restarted);
                gathering.take(place, WatchEvent::Listed(object("x")));
                gathering.take(place, WatchEvent::Synced);
            }
            let refused = gathering.take(0, WatchEvent::Unavailable(Unavailable::Forbidden));
            let expected: Vec<&str> = left.into_iter().chain(["a: Forbidden"]).collect();
            assert_eq!(told(&refused), expected);
            let refused = gathering.take(1, WatchEvent::Unavailable(Unavailable::Forbidden));
            assert_eq!(told(&refused).last().unwrap(), "Forbidden", "nothing of the kind is known any more");
        }
    }
}
