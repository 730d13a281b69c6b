//! Durations in log-linear buckets: four per doubling, so a bucket is at most a quarter wide.

use crate::sync::{AtomicU64, Ordering, array, const_unless_loom};

/// Buckets: the last begins at 7 x 2^36 ns, about eight minutes.
pub const BUCKETS: usize = if cfg!(loom) { 1 } else { 152 };

/// Counts of durations by bucket; wait-free to write, readable at any time.
#[repr(transparent)]
pub(crate) struct Histogram {
    counts: [AtomicU64; BUCKETS],
}

/// The bucket of a duration.
fn bucket(ns: u64) -> usize {
    if ns < 4 {
        return ns as usize;
    }
    let doubling = 63 - ns.leading_zeros();
    let quarter = (ns >> (doubling - 2)) & 3;
    (doubling as usize - 1) * 4 + quarter as usize
}

/// The shortest duration that counts in bucket `index`, in nanoseconds.
pub const fn bucket_start_ns(index: usize) -> u64 {
    if index < 4 {
        return index as u64;
    }
    let doubling = index as u32 / 4 + 1;
    (4 + (index as u64 & 3)) << (doubling - 2)
}

impl Histogram {
    const_unless_loom! {
        pub(crate) fn new() -> Histogram {
            Histogram { counts: array![AtomicU64::new(0); BUCKETS] }
        }
    }

    /// Counts one duration; those beyond the last bucket go into it.
    pub(crate) fn record(&self, ns: u64) {
        if let Some(count) = self.counts.get(bucket(ns).min(BUCKETS - 1)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts of all buckets.
    pub(crate) fn read(&self) -> [u64; BUCKETS] {
        core::array::from_fn(|i| self.counts.get(i).map_or(0, |c| c.load(Ordering::Relaxed)))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bucket() {
        for shift in 0..38 {
            for ns in [1u64 << shift, (1 << shift) + 1, (1 << (shift + 1)) - 1, 5 << shift >> 2] {
                let at = bucket(ns);
                assert!(
                    at >= BUCKETS - 1 || (bucket_start_ns(at) <= ns && ns < bucket_start_ns(at + 1)),
                    "{ns}"
                );
            }
        }
        let mut starts = (0..BUCKETS).map(bucket_start_ns);
        assert!(starts.clone().zip(starts.by_ref().skip(1)).all(|(a, b)| a < b));
    }
}
