//! What waits to be judged: the oldest mark first, so that nothing starves under endless churn.
//!
//! Each mark has a number, and a subject that is marked again keeps its first. So "everything that was
//! marked when a wait began has been judged" is a comparison of two numbers. It must not judge. Next:
//! [`super::judging`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::commands::Trigger;
use crate::engine::policy::PolicyKey;
use crate::inventory::SubjectKey;

/// A policy's status waits this long for a moment at which nothing is dirty; then for what was dirty when
/// the wait began, and no longer.
const PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// Subjects that wait, and policies that wait for them.
#[derive(Debug, Default)]
pub struct Dirty {
    marks: BTreeMap<SubjectKey, Mark>,
    queue: BTreeMap<u64, SubjectKey>,
    /// The number of the next mark.
    next: u64,
    waits: BTreeMap<PolicyKey, Wait>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    number: u64,
    trigger: Trigger,
}

/// Since when a policy waits, and the number of the first mark that came later.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Timestamp,
    next: u64,
}

impl Dirty {
    /// Marks a subject. One that waits already keeps its place, and the greater trigger.
    pub fn mark(&mut self, key: SubjectKey, trigger: Trigger) {
        if let Some(mark) = self.marks.get_mut(&key) {
            mark.trigger = mark.trigger.max(trigger);
            return;
        }
        self.queue.insert(self.next, key.clone());
        self.marks.insert(key, Mark { number: self.next, trigger });
        self.next += 1;
    }

    /// The subject that has waited longest, and why it is judged.
    pub fn pop(&mut self) -> Option<(SubjectKey, Trigger)> {
        let (_, key) = self.queue.pop_first()?;
        let mark = self.marks.remove(&key)?;
        Some((key, mark.trigger))
    }

    /// Number of subjects that wait.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The subjects that wait and that this policy could be about.
    pub fn about(&self, policy: &PolicyKey) -> impl Iterator<Item = &SubjectKey> {
        self.marks_about(policy).map(|(key, _)| key)
    }

    fn marks_about(&self, policy: &PolicyKey) -> impl Iterator<Item = (&SubjectKey, &Mark)> {
        let all = policy.is_cluster();
        self.marks
            .range(SubjectKey::first_in(&policy.namespace)..)
            .take_while(move |(key, _)| all || key.namespace == policy.namespace)
    }

    /// Whether this policy's status may be made now: nothing waits that it could be about, or it has waited
    /// long enough and everything that was dirty when its wait began has been judged.
    pub fn is_over(&mut self, policy: &PolicyKey, now: Timestamp) -> bool {
        if self.about(policy).next().is_none() {
            self.waits.remove(policy);
            return true;
        }
        let wait = *self.waits.entry(policy.clone()).or_insert(Wait { since: now, next: self.next });
        let patient = now.duration_since(wait.since) < PATIENCE;
        !patient && !self.marks_about(policy).any(|(_, mark)| mark.number < wait.next)
    }

    /// A policy waits no more: its status was made, or it is gone.
    pub fn forget(&mut self, policy: &PolicyKey) {
        self.waits.remove(policy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(namespace: &str, name: &str) -> SubjectKey {
        SubjectKey::of_reference(namespace, ("apps/v1", "Deployment", name))
    }

    fn policy(namespace: &str) -> PolicyKey {
        PolicyKey { namespace: namespace.to_owned(), name: "gate".to_owned() }
    }

    fn after(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_767_225_600_000 + millis).unwrap()
    }

    #[test]
    fn the_oldest_mark_is_judged_first_whatever_its_name_and_however_often_it_is_marked() {
        let mut dirty = Dirty::default();
        dirty.mark(key("shop", "web"), Trigger::Pass);
        dirty.mark(key("shop", "api"), Trigger::Workload);
        dirty.mark(key("shop", "web"), Trigger::Policy);
        dirty.mark(key("shop", "web"), Trigger::Pass);
        assert_eq!(dirty.len(), 2);
        assert_eq!(dirty.pop(), Some((key("shop", "web"), Trigger::Policy)));
        assert_eq!(dirty.pop(), Some((key("shop", "api"), Trigger::Workload)));
        assert!(dirty.is_empty() && dirty.pop().is_none());
    }

    #[test]
    fn a_policy_waits_for_its_own_namespace_and_a_clusters_for_all() {
        let mut dirty = Dirty::default();
        dirty.mark(key("shop", "web"), Trigger::Pass);
        assert!(dirty.is_over(&policy("aaa"), after(0)) && dirty.is_over(&policy("zoo"), after(0)));
        assert!(!dirty.is_over(&policy("shop"), after(0)) && !dirty.is_over(&policy(""), after(0)));
        dirty.pop();
        assert!(dirty.is_over(&policy("shop"), after(0)) && dirty.is_over(&policy(""), after(0)));
    }

    #[test]
    fn under_endless_churn_a_policy_waits_for_what_was_dirty_when_its_wait_began_and_no_longer() {
        let mut dirty = Dirty::default();
        let all = policy("");
        dirty.mark(key("shop", "old"), Trigger::Workload);
        assert!(!dirty.is_over(&all, after(0)));
        dirty.mark(key("shop", "new-1"), Trigger::Workload);
        assert!(!dirty.is_over(&all, after(1000)), "what was dirty then is not judged yet");
        dirty.pop();
        assert!(!dirty.is_over(&all, after(999)), "a moment of quiet may still come");
        dirty.mark(key("shop", "old"), Trigger::Workload);
        assert!(dirty.is_over(&all, after(1000)));
        dirty.forget(&all);
        assert!(!dirty.is_over(&all, after(1001)), "and the next wait begins");
    }
}
