//! The long-lived tasks of the process: which of them ended, panicked or are stuck.
//!
//! It must not restart a task: liveness fails and the kubelet restarts the process. Waiting is never
//! stuck, so an outage of the API server restarts nothing. Next: [`super::health`] answers with it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Every long-lived task. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Tasks(Arc<Mutex<BTreeMap<String, Arc<State>>>>);

#[derive(Debug)]
struct State {
    origin: Instant,
    stuck_after: Duration,
    /// Milliseconds since `origin` at the last sign of work, plus one; zero while the task waits.
    busy: AtomicU64,
    ended: AtomicBool,
}

/// A task's way to say what it does. Dropped by a task that ended, in whatever way.
#[derive(Debug)]
pub struct Heartbeat(Arc<State>);

impl Tasks {
    /// Starts a task that is meant to live as long as the process. It counts as stuck when it works for
    /// `stuck_after` without a [`Heartbeat::beat`] and without [`Heartbeat::wait`].
    pub fn spawn<F, T>(&self, name: impl Into<String>, stuck_after: Duration, task: F) -> JoinHandle<()>
    where
        F: FnOnce(Heartbeat) -> T,
        T: Future<Output = ()> + Send + 'static,
    {
        tokio::spawn(task(self.register(name, stuck_after)))
    }

    /// Starts a task like [`Tasks::spawn`], on a thread of its own: what waits for others on the runtime's does not wait
    /// for this one. What it spawns in turn runs where everything else does.
    pub fn spawn_apart<F, T>(&self, name: impl Into<String>, stuck_after: Duration, task: F) -> JoinHandle<()>
    where
        F: FnOnce(Heartbeat) -> T + Send + 'static,
        T: Future<Output = ()>,
    {
        let heartbeat = self.register(name, stuck_after);
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || runtime.block_on(task(heartbeat)))
    }

    /// Adds a task that somebody else runs. A name that is taken is taken over.
    pub fn register(&self, name: impl Into<String>, stuck_after: Duration) -> Heartbeat {
        let state = Arc::new(State {
            origin: Instant::now(),
            stuck_after,
            busy: AtomicU64::new(1),
            ended: AtomicBool::new(false),
        });
        self.lock().insert(name.into(), Arc::clone(&state));
        Heartbeat(state)
    }

    /// Takes a task off the list that is to end while the process lives on.
    pub fn retire(&self, name: &str) {
        self.lock().remove(name);
    }

    /// What is wrong with which task; empty if all is well.
    pub fn failing(&self) -> Vec<String> {
        self.lock().iter().filter_map(|(name, state)| Some(format!("{name}: {}", state.failure()?))).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<State>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn failure(&self) -> Option<&'static str> {
        if self.ended.load(Ordering::Acquire) {
            return Some("ended");
        }
        let busy = Duration::from_millis(self.busy.load(Ordering::Acquire).checked_sub(1)?);
        (self.origin.elapsed().saturating_sub(busy) > self.stuck_after).then_some("stuck")
    }
}

impl Heartbeat {
    /// The task works, and got on since it last said so.
    pub fn beat(&self) {
        let millis = u64::try_from(self.0.origin.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.0.busy.store(millis + 1, Ordering::Release);
    }

    /// Waits for something outside of the task (an event, an answer, a timer): as long as it takes.
    pub async fn wait<T>(&self, outside: impl Future<Output = T>) -> T {
        self.0.busy.store(0, Ordering::Release);
        let result = outside.await;
        self.beat();
        result
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_task_that_ends_or_panics_is_reported() {
        let tasks = Tasks::default();
        tasks.spawn("ends", LIMIT, |heartbeat| async move { heartbeat.beat() }).await.unwrap();
        let panics = tasks.spawn("panics", LIMIT, |heartbeat| async move {
            heartbeat.beat();
            panic!("on purpose");
        });
        assert!(panics.await.unwrap_err().is_panic());
        let lives = tasks
            .spawn("lives", LIMIT, |heartbeat| async move { heartbeat.wait(std::future::pending()).await });
        assert_eq!(tasks.failing(), ["ends: ended", "panics: ended"]);
        tasks.retire("ends");
        lives.abort();
        assert!(lives.await.unwrap_err().is_cancelled());
        assert_eq!(tasks.failing(), ["lives: ended", "panics: ended"]);
    }

    #[tokio::test]
    async fn who_computes_on_a_thread_of_its_own_holds_up_nobody() {
        let tasks = Tasks::default();
        let (sender, receiver) = std::sync::mpsc::channel();
        let apart = tasks.spawn_apart("apart", LIMIT, |heartbeat| async move {
            let told = tokio::spawn(async move { sender.send(7).unwrap() });
            // This blocks its thread until the runtime, which has one only, has run the other.
            assert_eq!(receiver.recv(), Ok(7));
            heartbeat.wait(told).await.unwrap();
        });
        apart.await.unwrap();
        assert_eq!(tasks.failing(), ["apart: ended"]);
        let panics = tasks.spawn_apart("panics", LIMIT, |_heartbeat| async { panic!("on purpose") });
        assert!(panics.await.unwrap_err().is_panic());
        assert_eq!(tasks.failing(), ["apart: ended", "panics: ended"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_works_without_a_beat_is_stuck_and_one_that_waits_is_not() {
        let tasks = Tasks::default();
        let working = tasks.register("working", LIMIT);
        let waiting = tasks.register("waiting", LIMIT);
        let wait = tokio::spawn(async move { waiting.wait(std::future::pending::<()>()).await });
        tokio::time::advance(LIMIT).await;
        assert!(tasks.failing().is_empty());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(tasks.failing(), ["working: stuck"]);
        working.beat();
        assert!(tasks.failing().is_empty() && !wait.is_finished());
    }
}
