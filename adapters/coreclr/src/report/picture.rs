//! What a report tells, gathered.

use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_core::Totals;

use super::Occasion;
use crate::functions::{self, Function};
use crate::watched::{self, Crossings, ODDITIES, Summary};
use crate::{manager, runtime};

/// One function's figures.
pub(super) struct Called {
    pub(super) function: &'static Function,
    pub(super) calls: u64,
}

/// Everything at one moment. Threads go on meanwhile: figures of running ones may be apart by a call.
pub(super) struct Picture {
    pub(super) occasion: Occasion,
    pub(super) runtime: String,
    pub(super) process: u32,
    /// Live threads, ended threads.
    pub(super) threads: Vec<(bool, Summary)>,
    /// All ended threads beyond those listed.
    pub(super) beyond: Summary,
    pub(super) crossings: Crossings,
    /// Most calls first.
    pub(super) functions: Vec<Called>,
    /// Ids forgotten because their functions were unloaded.
    pub(super) forgotten: u64,
    /// Name and count of what did not fit.
    pub(super) oddities: [(&'static str, u64); 6],
    /// The books of the library's own manager.
    pub(super) books: Option<Totals>,
}

impl Picture {
    pub(super) fn take(occasion: Occasion) -> Picture {
        let (live, ended, beyond) = watched::summaries();
        let mut crossings = beyond.crossings;
        for summary in live.iter().chain(&ended) {
            for (sum, count) in crossings.iter_mut().zip(summary.crossings) {
                *sum += count;
            }
        }
        let mut called: Vec<Called> = functions::all()
            .into_iter()
            .filter(|function| !function.bogus)
            .map(|function| Called { function, calls: watched::calls_of(function) })
            .collect();
        called.sort_by(|a, b| b.calls.cmp(&a.calls).then(a.function.index.cmp(&b.function.index)));
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let live = live.into_iter().map(|summary| (true, summary));
        let ended = ended.into_iter().map(|summary| (false, summary));
        Picture {
            occasion,
            runtime: runtime::name(),
            process: std::process::id(),
            threads: live.chain(ended).collect(),
            beyond,
            crossings,
            functions: called,
            forgotten: functions::forgotten(),
            oddities: [
                ("skipped", of(&ODDITIES.skipped)),
                ("unmatched", of(&ODDITIES.unmatched)),
                ("bogus", of(&ODDITIES.bogus)),
                ("refused", of(&ODDITIES.refused)),
                ("late", of(&ODDITIES.late)),
                ("left_open", of(&ODDITIES.left_open)),
            ],
            books: manager::own_totals(),
        }
    }
}
