//! Work for several processors at once.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// How many processors there are for us. To find out takes as long as a metric.
static PROCESSORS: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));

/// What becomes of each item, in their order. Every hand begins at a place of its own and takes what nobody has taken:
/// neighbours often need the same thing first, for which one of them would wait while the other finds it out.
pub(super) fn map<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let hands = PROCESSORS.min(items.len());
    if hands < 2 {
        return items.iter().map(of).collect();
    }
    let taken: Vec<AtomicBool> = items.iter().map(|_| AtomicBool::new(false)).collect();
    let work = |hand: usize| {
        let first = hand * items.len() / hands;
        let round = (first..items.len()).chain(0..first);
        let free = round.filter(|n| !taken[*n].swap(true, Ordering::Relaxed));
        free.map(|n| (n, of(&items[n]))).collect::<Vec<_>>()
    };
    let work = &work;
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..hands).map(|hand| scope.spawn(move || work(hand))).collect();
        let mut done = work(0);
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Two things side by side.
pub(super) fn both<A: Send, B>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let a = scope.spawn(a);
        let b = b();
        (a.join().unwrap_or_else(|panic| resume_unwind(panic)), b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        let slow = |n: &u64| (0..(n * 7919) % 1000).fold(*n, |sum, k| sum ^ k.wrapping_mul(31));
        assert_eq!(map(&items, slow), items.iter().map(slow).collect::<Vec<_>>());
        assert!(map(&[], slow).is_empty());
    }

    #[test]
    fn both_are_done() {
        let items = [1, 2, 3];
        assert_eq!(both(|| items.iter().sum::<i32>(), || items.len()), (6, 3));
    }

    #[test]
    #[should_panic(expected = "seven")]
    fn whoever_panics_panics_here() {
        map(&[1, 7, 3], |n| assert_ne!(*n, 7, "seven"));
    }
}
