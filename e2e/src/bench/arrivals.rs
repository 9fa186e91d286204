//! Questions at a fixed pace, whatever the answers take: latency counts from when each was due.
//!
//! A generator that waited for an answer before it asked again would ask less of a server that is slow. It must not
//! build questions. Next: [`super::admission`].

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::reviews::{Answer, Asking, Webhook};

/// How often, for how long, and over how many connections that are kept.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Questions a second.
    pub rate: u32,
    /// Seconds.
    pub seconds: u32,
    /// Connections.
    pub connections: usize,
}

/// What became of them.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// Latencies in milliseconds, sorted.
    pub milliseconds: Vec<f64>,
    /// Answers that refused, as they should.
    pub denied: usize,
    /// Questions that were not answered so.
    pub failed: usize,
}

impl Answered {
    /// The latency that this share does not exceed, in per mille.
    pub fn at(&self, per_mille: usize) -> f64 {
        let rank = (self.milliseconds.len() * per_mille).div_ceil(1000).saturating_sub(1);
        self.milliseconds.get(rank).copied().unwrap_or(f64::NAN)
    }

    fn count(&mut self, answer: &std::io::Result<Answer>, took: Duration) {
        self.milliseconds.push(took.as_secs_f64() * 1000.0);
        if answer.as_ref().ok().and_then(Answer::allows) == Some(false) {
            self.denied += 1;
        } else {
            self.failed += 1;
        }
    }

    fn add(mut self, other: Self) -> Self {
        self.milliseconds.extend(other.milliseconds);
        self.denied += other.denied;
        self.failed += other.failed;
        self
    }
}

/// Asks these questions in turns. Each connection is a thread: a timer of an event loop is a millisecond late.
pub fn run(webhook: &Webhook, pace: Pace, questions: &[Vec<u8>]) -> Answered {
    let next = AtomicU32::new(0);
    let start = Instant::now() + Duration::from_millis(100);
    let mut all = thread::scope(|scope| {
        let threads: Vec<_> = (0..pace.connections)
            .map(|_| scope.spawn(|| one(webhook, (pace, start), questions, &next)))
            .collect();
        let answered = threads.into_iter().map(|thread| thread.join().unwrap_or_default());
        answered.fold(Answered::default(), Answered::add)
    });
    all.milliseconds.sort_by(f64::total_cmp);
    all
}

fn one(
    webhook: &Webhook,
    (pace, start): (Pace, Instant),
    questions: &[Vec<u8>],
    next: &AtomicU32,
) -> Answered {
    let total = pace.rate.saturating_mul(pace.seconds);
    let mut answered = Answered::default();
    let mut connection: Option<Asking> = None;
    let mut turn = questions.iter().cycle();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= total {
            return answered;
        }
        let due = start + Duration::from_secs_f64(f64::from(number) / f64::from(pace.rate));
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let question = turn.next().map_or(&[][..], Vec::as_slice);
        let answer = match connection.take().map_or_else(|| webhook.connect(), Ok) {
            Ok(mut open) => {
                let answer = open.ask(question);
                let is_kept = answer.as_ref().is_ok_and(|answer| !answer.closes);
                connection = Some(open).filter(|_| is_kept);
                answer
            }
            Err(error) => Err(error),
        };
        answered.count(&answer, due.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_what_so_many_do_not_exceed() {
        let milliseconds = (1..=1000).map(f64::from).collect();
        let answered = Answered { milliseconds, ..Answered::default() };
        let at = [500, 990, 1000].map(|per_mille| answered.at(per_mille).to_string());
        assert_eq!(at, ["500", "990", "1000"]);
        assert!(Answered::default().at(500).is_nan());
    }
}
