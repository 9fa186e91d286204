//! The task that owns the state.
//!
//! It takes messages in, judges in slices so that nothing starves, and hands commands to the writer. It
//! must not decide anything itself. Next: [`super::state`].

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::commands::{Command, Done};
use super::run::SYNCED;
use super::state::State;
use super::vitals::Vitals;
use super::watched::{Message, Watched};
use super::watches::Watches;
use crate::catalogue::Family;
use crate::engine::admission::Scope;
use crate::ops::health::Readiness;
use crate::ops::lease::Leadership;
use crate::ops::metrics::Metrics;
use crate::ops::shutdown::Shutdown;
use crate::ops::tasks::Heartbeat;
use crate::webhook::judge::Asked;

/// Workloads judged between two looks at what else has happened.
const SLICE: usize = 64;
/// Commands that may wait for the writer. Judging is faster than writing, and each may hold a whole report.
const MOST_OWED: usize = 128;

/// The task that owns the state.
pub(super) struct Owner {
    pub(super) inbox: mpsc::Receiver<Message>,
    /// Questions of the webhook; closed without one.
    pub(super) questions: mpsc::Receiver<Asked>,
    /// Tells what policies warn or deny in.
    pub(super) scope: watch::Sender<Option<Scope>>,
    /// To the writer; none once the process is to stop, and nothing is written any more.
    pub(super) commands: Option<mpsc::UnboundedSender<Command>>,
    pub(super) done: mpsc::UnboundedReceiver<Done>,
    pub(super) leadership: Leadership,
    pub(super) leads: watch::Receiver<bool>,
    pub(super) readiness: Readiness,
    pub(super) vitals: Vitals,
    pub(super) watches: Watches,
    /// Namespace of the operator itself.
    pub(super) home: String,
    /// How long a kind is watched that no policy reads any more.
    pub(super) linger: SignedDuration,
    /// Families of checks that the installation has switched off.
    pub(super) families_off: BTreeSet<Family>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) stop: Shutdown,
    /// The wish to end, when nobody is answered any more.
    pub(super) end: Shutdown,
    /// Since when some change has waited to be judged.
    pub(super) waiting_since: Option<Timestamp>,
    /// Commands that were handed over and have not ended.
    pub(super) owed: usize,
}

impl Owner {
    /// Runs until the process is asked to stop, and then answers what is asked until it is to end.
    pub(super) async fn run(mut self, heartbeat: Heartbeat) {
        let always = self.watches.always();
        let mut state = State::new(&always);
        state.set_linger(self.linger);
        state.set_home(&self.home);
        state.switch_off(self.families_off.clone());
        state.set_server_minor(heartbeat.wait(self.watches.ask_for_version()).await);
        for watched in always {
            self.watches.begin(watched);
        }
        while !self.end.is_requested() {
            heartbeat.beat();
            self.watch(&mut state, &heartbeat).await;
            let look_again = self.vitals.look(&mut state);
            self.step(&mut state);
            heartbeat.wait(self.next(&mut state, look_again)).await;
        }
    }

    /// Has kinds watched that policies read, and not those that none reads any more.
    async fn watch(&mut self, state: &mut State, heartbeat: &Heartbeat) {
        let orders = state.watches(Timestamp::now());
        for kind in &orders.end {
            tracing::info!(%kind, "no policy reads this kind any more, its watch ends");
            heartbeat.wait(self.watches.end(Watched::Kind(*kind))).await;
        }
        if !orders.end.is_empty() {
            // What those watches have sent must not pass for what their successors send.
            self.take_in(state, Timestamp::now());
        }
        for kind in orders.begin {
            tracing::info!(%kind, "a policy reads this kind, its watch begins");
            self.watches.begin(Watched::Kind(kind));
        }
    }

    /// Judges a slice and hands over what must be written.
    fn step(&mut self, state: &mut State) {
        let now = Timestamp::now();
        if self.stop.is_requested() {
            // The writer ends with what it has, and the Lease goes to another replica.
            self.commands = None;
        }
        let leads = self.commands.is_some() && self.leadership.is_leader();
        state.lead(leads, now);
        self.metrics.leader.with_label_values::<&str>(&[]).set(leads.into());
        let most = if self.is_behind() { 0 } else { SLICE };
        for command in state.judge(now, most) {
            let Some(commands) = &self.commands else { break };
            self.owed += 1;
            // The writer lives for as long as this sender does.
            let _ = commands.send(command);
        }
        let scope = state.scope();
        self.scope.send_if_modified(|before| {
            let differs = *before != scope;
            *before = scope;
            differs
        });
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

    /// Waits for something to do and takes it in, with all that waits beside it.
    async fn next(&mut self, state: &mut State, at_most: Duration) {
        let now = Timestamp::now();
        let wait =
            state.next_wake(now).map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        // While nothing more is judged, the end of a command is what comes next.
        let wait = wait.filter(|_| !self.is_behind()).map_or(at_most, |wait| wait.min(at_most));
        tokio::select! {
            Some(message) = self.inbox.recv() => state.handle(message),
            Some(done) = self.done.recv() => self.ended(state, done, now),
            Some(asked) = self.questions.recv() => answer(state, asked),
            // Without an election nobody will ever tell of a change, and `changed` would fail at once, for ever.
            Ok(()) = self.leads.changed() => {}
            () = self.stop.requested(), if self.commands.is_some() => {}
            () = self.end.requested() => {}
            () = tokio::time::sleep(wait) => {}
        }
        self.take_in(state, now);
    }

    /// Takes in whatever waits.
    fn take_in(&mut self, state: &mut State, now: Timestamp) {
        while let Ok(message) = self.inbox.try_recv() {
            state.handle(message);
        }
        while let Ok(done) = self.done.try_recv() {
            self.ended(state, done, now);
        }
        while let Ok(asked) = self.questions.try_recv() {
            answer(state, asked);
        }
    }
}

/// Answers the webhook. Whoever has gone in the meantime was answered otherwise.
fn answer(state: &mut State, asked: Asked) {
    let _ = asked.answer.send(state.review(&asked.change, Timestamp::now()));
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use prometheus::Registry;
    use tokio::sync::mpsc::error::TryRecvError;

    use super::super::places::Places;
    use super::super::vitals::Lives;
    use super::*;
    use crate::ops::client::{ApiClient, ClientOptions};
    use crate::ops::tasks::Tasks;
    use crate::ops::{shutdown, watch::WatchOptions};
    use crate::webhook::judge;

    const LONG: Duration = Duration::from_mins(1);

    /// The other ends of an owner's channels: if they were gone, that would be an event each.
    struct Ends {
        writes: mpsc::UnboundedReceiver<Command>,
        _done: mpsc::UnboundedSender<Done>,
        _judge: judge::Judge,
        stop: shutdown::Trigger,
        _end: shutdown::Trigger,
    }

    fn owner(leads: watch::Receiver<bool>) -> (Owner, Ends) {
        let metrics = Arc::new(Metrics::new(&Registry::new()).unwrap());
        let (commands, writes) = mpsc::unbounded_channel();
        let (ended, done) = mpsc::unbounded_channel();
        let ((trigger, stop), (finish, end)) = (shutdown::channel(), shutdown::channel());
        let (judge, questions) = judge::channel();
        let lives = Lives::default();
        let client = ApiClient::for_url("http://127.0.0.1:9", ClientOptions::default()).unwrap();
        let tasks = Tasks::default();
        let (watches, inbox) = Watches::new(
            (WatchOptions::default(), Places::default()),
            &client,
            &tasks,
            (lives.clone(), &metrics),
        );
        let owner = Owner {
            inbox,
            questions,
            scope: watch::channel(None).0,
            commands: Some(commands),
            done,
            leads,
            leadership: Leadership::always(),
            readiness: Readiness::new([SYNCED]),
            vitals: Vitals::new(lives, LONG, Arc::clone(&metrics)),
            watches,
            home: "seaworthy".to_owned(),
            linger: SignedDuration::from_mins(5),
            families_off: BTreeSet::new(),
            metrics,
            stop,
            end,
            waiting_since: None,
            owed: 0,
        };
        (owner, Ends { writes, _done: ended, _judge: judge, stop: trigger, _end: finish })
    }

    /// How many of so many turns of the loop end at once, although nothing happens.
    fn turns_for_nothing(owner: &mut Owner) -> usize {
        let mut state = State::new(&Watched::all());
        let mut turns = 0;
        for _ in 0..100 {
            owner.step(&mut state);
            turns += usize::from(owner.next(&mut state, LONG).now_or_never().is_some());
        }
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_election_nothing_spins() {
        let (mut always, _ends) = owner(Leadership::always().subscribe());
        assert_eq!(turns_for_nothing(&mut always), 0);
        let (elected, leads) = watch::channel(false);
        let (mut owner, _ends) = owner(leads);
        elected.send_replace(true);
        assert_eq!(turns_for_nothing(&mut owner), 1, "a change is seen once");
    }

    #[tokio::test(start_paused = true)]
    async fn once_it_is_to_stop_the_writer_may_end_and_nothing_spins() {
        let (mut owner, mut ends) = owner(Leadership::always().subscribe());
        assert_eq!(turns_for_nothing(&mut owner), 0);
        assert!(matches!(ends.writes.try_recv(), Err(TryRecvError::Empty)), "the writer waits");
        ends.stop.request();
        assert_eq!(turns_for_nothing(&mut owner), 0);
        assert!(matches!(ends.writes.try_recv(), Err(TryRecvError::Disconnected)));
    }
}
