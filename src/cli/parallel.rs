//! Work on all cores, handed on in order.
//!
//! What is done early waits for its turn, a bounded number of pieces a core: a run is never held as a whole. It must
//! not know what the work is. Next: [`super::load`] and [`super::judging`], which use it.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Does something with each item, on all cores, and hands the results on in the order of the items. The first
/// error of the sink ends it. An item is gone once something was done with it.
///
/// `ahead` is how many finished pieces of one core may wait for their turn: the fewer, the less memory they take, and the
/// more often a core waits for the one whose turn it is.
pub(super) fn in_order<I: Send, T: Send, E>(
    items: Vec<I>,
    ahead: usize,
    work: &(dyn Fn(I) -> T + Sync),
    sink: &mut dyn FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if cores <= 1 {
        return items.into_iter().try_for_each(|item| sink(work(item)));
    }
    let count = items.len();
    thread::scope(|scope| {
        let (threads, receivers): (Vec<_>, Vec<Receiver<T>>) = dealt(items, cores)
            .into_iter()
            .map(|own| {
                let (sender, receiver) = sync_channel(ahead);
                let thread = scope.spawn(move || {
                    // Nobody receives any more once the sink has failed.
                    own.into_iter().try_for_each(|item| sender.send(work(item)))
                });
                (thread, receiver)
            })
            .unzip();
        let mut results = receivers.iter().cycle().take(count).map_while(|receiver| receiver.recv().ok());
        let result = results.try_for_each(sink);
        drop(receivers);
        // A panic of a check is caught where it runs: one that comes here is a defect to be seen.
        let panic = threads.into_iter().find_map(|thread| thread.join().err());
        panic.map_or(result, |panic| resume_unwind(panic))
    })
}

/// Does two things at once.
pub(super) fn both<A: Send, B>(beside: impl FnOnce() -> A + Send, here: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let beside = scope.spawn(beside);
        let here = here();
        (beside.join().unwrap_or_else(|panic| resume_unwind(panic)), here)
    })
}

/// The items of each core, in turn.
fn dealt<I>(items: Vec<I>, cores: usize) -> Vec<Vec<I>> {
    let each = items.len().div_ceil(cores);
    let mut dealt: Vec<Vec<I>> = (0..cores).map(|_| Vec::with_capacity(each)).collect();
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        dealt.iter_mut().zip(&mut items).for_each(|(own, item)| own.push(item));
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_ends_it() {
        let items: Vec<usize> = (0..1_000).collect();
        let mut seen = Vec::new();
        let all = in_order(items.clone(), 4, &|item| item * 2, &mut |twice| {
            seen.push(twice);
            Ok::<(), ()>(())
        });
        assert_eq!((all, seen), (Ok(()), items.iter().map(|item| item * 2).collect()));
        let mut count = 0;
        let ended = in_order(items, 4, &|item| item, &mut |item| {
            count += 1;
            if item == 10 { Err("closed") } else { Ok(()) }
        });
        assert_eq!((ended, count), (Err("closed"), 11));
    }

    #[test]
    fn both_are_done_and_a_panic_is_seen() {
        assert_eq!(both(|| 1, || 2), (1, 2));
        assert!(std::panic::catch_unwind(|| both(|| panic!("a defect"), || 2)).is_err());
    }

    #[test]
    #[should_panic(expected = "a defect")]
    fn a_panic_is_seen() {
        let work = |item: usize| assert!(item != 7, "a defect");
        let _ = in_order((0..10).collect(), 4, &work, &mut |()| Ok::<(), ()>(()));
    }
}
