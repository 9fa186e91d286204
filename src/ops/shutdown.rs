//! The wish to stop: from a signal, told to every task.
//!
//! It must not stop anything itself: each task ends its own work. Next: [`super::tasks`].

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Knows whether the process is to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// Asks everybody to stop.
#[derive(Clone, Debug)]
pub struct Trigger(watch::Sender<bool>);

/// A trigger and what listens to it. When every clone of the trigger is gone, that is a request too.
pub fn channel() -> (Trigger, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Trigger(sender), Shutdown(receiver))
}

/// Listens to SIGTERM and SIGINT from now on. The trigger serves a task that finds it cannot go on.
pub fn on_signals() -> io::Result<(Trigger, Shutdown)> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (trigger, shutdown) = channel();
    let on_signal = trigger.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        on_signal.request();
    });
    Ok((trigger, shutdown))
}

impl Trigger {
    /// Asks everybody to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Done once the process is to stop; at once if it already is.
    pub async fn requested(&self) {
        // An error means that no trigger is left, which is a request too.
        let _ = self.0.clone().wait_for(|requested| *requested).await;
    }

    /// Whether the process is to stop.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_is_told_also_who_asks_late() {
        let (trigger, shutdown) = channel();
        let early = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.requested().await }
        });
        assert!(!shutdown.is_requested());
        trigger.request();
        early.await.unwrap();
        shutdown.requested().await;
        assert!(shutdown.is_requested());
    }

    #[tokio::test]
    async fn a_lost_trigger_is_a_request() {
        let (trigger, shutdown) = channel();
        drop(trigger);
        shutdown.requested().await;
        assert!(shutdown.is_requested());
    }
}
