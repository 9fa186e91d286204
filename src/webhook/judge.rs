//! The way to the one task that owns the state, and back.
//!
//! It must not judge. Next: [`crate::controller::state`], which does.

use tokio::sync::{mpsc, oneshot};

use crate::engine::admission::{Change, Review};

/// Questions that may wait; more are not asked at all.
const WAITING: usize = 256;

/// A question, and where its answer is awaited.
#[derive(Debug)]
pub struct Asked {
    /// What is to be judged.
    pub change: Change,
    /// Takes the answer; none while policies are not known.
    pub answer: oneshot::Sender<Option<Review>>,
}

/// Asks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Judge(mpsc::Sender<Asked>);

/// A way to ask, and where the questions arrive.
pub fn channel() -> (Judge, mpsc::Receiver<Asked>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Judge(sender), receiver)
}

impl Judge {
    /// What is said of a change; none while policies are not known, or when too many ask.
    pub async fn review(&self, change: Change) -> Option<Review> {
        let (answer, awaited) = oneshot::channel();
        self.0.try_send(Asked { change, answer }).ok()?;
        awaited.await.ok().flatten()
    }
}
