//! The task that owns the state.
//!
//! It takes messages in, judges in slices so that nothing starves, and hands commands to the writer. It
//! must not decide anything itself. Next: [`super::state`].

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::commands::{Command, Done};
use super::run::SYNCED;
use super::state::State;
use super::vitals::Vitals;
use super::watched::{Message, Watched};
use crate::ops::health::Readiness;
use crate::ops::lease::Leadership;
use crate::ops::metrics::Metrics;
use crate::ops::shutdown::Shutdown;
use crate::ops::tasks::Heartbeat;

/// Workloads judged between two looks at what else has happened.
const SLICE: usize = 64;
/// Commands that may wait for the writer. Judging is faster than writing, and each may hold a whole report.
const MOST_OWED: usize = 256;

/// The task that owns the state.
pub(super) struct Owner {
    pub(super) inbox: mpsc::Receiver<Message>,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) done: mpsc::UnboundedReceiver<Done>,
    pub(super) leadership: Leadership,
    pub(super) leads: watch::Receiver<bool>,
    pub(super) readiness: Readiness,
    pub(super) vitals: Vitals,
    pub(super) metrics: Arc<Metrics>,
    pub(super) stop: Shutdown,
    /// Since when some change has waited to be judged.
    pub(super) waiting_since: Option<Timestamp>,
    /// Commands that were handed over and have not ended.
    pub(super) owed: usize,
}

impl Owner {
    /// Runs until the process is asked to stop.
    pub(super) async fn run(mut self, heartbeat: Heartbeat) {
        let mut state = State::new(&Watched::all());
        while !self.stop.is_requested() {
            heartbeat.beat();
            let look_again = self.vitals.look(&mut state);
            self.step(&mut state);
            if !heartbeat.wait(self.next(&mut state, look_again)).await {
                return;
            }
        }
    }

    /// Judges a slice and hands over what must be written.
    fn step(&mut self, state: &mut State) {
        let now = Timestamp::now();
        state.lead(self.leadership.is_leader(), now);
        let leader = i64::from(self.leadership.is_leader());
        self.metrics.leader.with_label_values::<&str>(&[]).set(leader);
        let most = if self.is_behind() { 0 } else { SLICE };
        for command in state.judge(now, most) {
            self.owed += 1;
            // The writer lives as long as the process does.
            let _ = self.commands.send(command);
        }
        self.waiting_since = (state.backlog() > 0).then(|| self.waiting_since.unwrap_or(now));
        let waited = self.waiting_since.map_or(0, |since| now.duration_since(since).as_secs());
        self.metrics.unjudged_age_seconds.with_label_values::<&str>(&[]).set(waited);
        let backlog = i64::try_from(state.backlog()).unwrap_or(i64::MAX);
        self.metrics.queue_depth.with_label_values(&["workloads"]).set(backlog);
        let unusable = state.settled().unusable();
        if unusable.is_empty() {
            self.readiness.ready(SYNCED);
        } else {
            self.readiness.not_ready(SYNCED, unusable.join("; "));
        }
    }

    /// Whether the writer has enough to do.
    const fn is_behind(&self) -> bool {
        self.owed >= MOST_OWED
    }

    fn ended(&mut self, state: &mut State, done: Done, now: Timestamp) {
        self.owed = self.owed.saturating_sub(1);
        state.done(done, now);
    }

    /// Waits for something to do and takes it in, with all that waits beside it. False when every watch
    /// has ended.
    async fn next(&mut self, state: &mut State, at_most: Duration) -> bool {
        let now = Timestamp::now();
        let wait =
            state.next_wake(now).map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        // While nothing more is judged, the end of a command is what comes next.
        let wait = wait.filter(|_| !self.is_behind()).map_or(at_most, |wait| wait.min(at_most));
        tokio::select! {
            message = self.inbox.recv() => {
                let Some(message) = message else { return false };
                state.handle(message);
            }
            Some(done) = self.done.recv() => self.ended(state, done, now),
            // Without an election nobody will ever tell of a change, and `changed` would fail at once, for ever.
            Ok(()) = self.leads.changed() => {}
            () = self.stop.requested() => {}
            () = tokio::time::sleep(wait) => {}
        }
        while let Ok(message) = self.inbox.try_recv() {
            state.handle(message);
        }
        while let Ok(done) = self.done.try_recv() {
            self.ended(state, done, now);
        }
        true
    }
}
