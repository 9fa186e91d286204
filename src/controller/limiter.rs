//! How many Events may be sent: per object 25 at once and then one in five minutes, over all 50 at once
//! and then ten a second.
//!
//! It must not know what an Event says. Next: [`super::happenings`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::render::events::EventObject;

const PER_OBJECT: Rate = Rate { burst: 25.0, per_second: 1.0 / 300.0 };
const OVER_ALL: Rate = Rate { burst: 50.0, per_second: 10.0 };

#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: f64,
    per_second: f64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

/// Token buckets, one for each object that had an Event lately and one over all.
#[derive(Debug, Default)]
pub struct Limiter {
    objects: BTreeMap<EventObject, Bucket>,
    all: Option<Bucket>,
}

impl Limiter {
    /// Whether an Event on this object may be sent now; counts it if so.
    pub fn admits(&mut self, object: &EventObject, now: Timestamp) -> bool {
        let mut all = refilled(self.all, OVER_ALL, now);
        let mut own = refilled(self.objects.get(object).copied(), PER_OBJECT, now);
        let admits = all.tokens >= 1.0 && own.tokens >= 1.0;
        if admits {
            all.tokens -= 1.0;
            own.tokens -= 1.0;
        }
        self.all = Some(all);
        // A bucket that is full again says nothing: forget it.
        self.objects.retain(|_, bucket| refilled(Some(*bucket), PER_OBJECT, now).tokens < PER_OBJECT.burst);
        if own.tokens < PER_OBJECT.burst {
            self.objects.insert(object.clone(), own);
        }
        admits
    }
}

fn refilled(bucket: Option<Bucket>, rate: Rate, now: Timestamp) -> Bucket {
    let Some(Bucket { tokens, at }) = bucket else { return Bucket { tokens: rate.burst, at: now } };
    let passed = now.duration_since(at).as_secs_f64().max(0.0);
    Bucket { tokens: passed.mul_add(rate.per_second, tokens).min(rate.burst), at: now }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn object(name: &str) -> EventObject {
        EventObject {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            uid: String::new(),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn one_object_gets_25_and_then_one_in_five_minutes() {
        let mut limiter = Limiter::default();
        let sent = (0..40).filter(|_| limiter.admits(&object("web"), at(0))).count();
        assert_eq!(sent, 25);
        assert!(!limiter.admits(&object("web"), at(299)));
        assert!(limiter.admits(&object("web"), at(301)));
        assert!(!limiter.admits(&object("web"), at(302)));
    }

    #[test]
    fn all_objects_get_50_and_then_ten_a_second() {
        let mut limiter = Limiter::default();
        let mut sent = |second| {
            (0..100).filter(|n| limiter.admits(&object(&format!("{second}-{n}")), at(second))).count()
        };
        assert_eq!(sent(0), 50);
        assert_eq!(sent(1), 10);
        assert_eq!(sent(3), 20);
    }
}
