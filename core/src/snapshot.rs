//! Looking at tasks without stopping them.
//!
//! A writer stores target, levels, counter, in this order, all Release. The reader loads generation, counters, levels,
//! spilled, below, copies the targets, and loads the same again backwards. The entry is settled if both looks are equal,
//! the word is settled, and the counters balance against the open levels. Equality alone would take a level without its
//! count, balance alone a target of another level that came and went.

use crate::cell::{Cell, UNDETERMINED, side_of};
use crate::fault::{Fault, fault, unless};
use crate::info::{INFO_TARGETS, TASK_BASE_UNDETERMINED, TASK_UNSETTLED, TaskInfo, Totals};
use crate::levels::{self, SPILL_LEVELS, WORD_LEVELS};
use crate::manager::Manager;
use crate::page::Figures;
use crate::spill::{self, Spill};
use crate::sync::{AtomicU64, Ordering};

/// Looks at one task before its entry is given as unsettled.
const ATTEMPTS: u32 = if cfg!(loom) { 1 } else { 64 };

/// How far a look can go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the records at the side of the cell too.
    Process,
    /// To the cell alone: addresses in it are another process's.
    Page,
}

/// What is read twice.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    counters: [u64; 7],
    levels: u64,
    spilled: u64,
    below: u64,
}

impl Look {
    /// Counters first, levels after them.
    fn forwards(cell: &Cell) -> Look {
        let counters = cell.counters().map(load);
        let levels = load(&cell.levels);
        let spilled = spill::plausible(load(&cell.spilled));
        Look { counters, levels, spilled, below: load(&cell.below) }
    }

    /// Counters last, levels before them.
    fn backwards(cell: &Cell) -> Look {
        let below = load(&cell.below);
        let spilled = spill::plausible(load(&cell.spilled));
        let levels = load(&cell.levels);
        Look { counters: cell.counters().map(load), levels, spilled, below }
    }

    fn open_outside(&self) -> u64 {
        u64::from(levels::outside_levels(self.levels) + spill::unpack(self.spilled).1)
    }

    fn open_inside(&self) -> u64 {
        let (blocks, outside) = spill::unpack(self.spilled);
        u64::from(levels::inside_levels(self.levels) + blocks * SPILL_LEVELS - outside)
    }

    fn is_balanced(&self, offsets: &[u64; 7]) -> bool {
        let mut own = self.counters;
        for (counter, offset) in own.iter_mut().zip(offsets) {
            *counter = counter.wrapping_sub(*offset);
        }
        let [leaves, enters, reverse_enters, reverse_leaves, closed_outside, closed_inside, _] = own;
        leaves == enters.wrapping_add(closed_outside).wrapping_add(self.open_outside())
            && reverse_enters == reverse_leaves.wrapping_add(closed_inside).wrapping_add(self.open_inside())
    }
}

/// Ordering: Acquire pairs with the owner's Release stores: a later value of one field brings the earlier stores of all.
fn load(field: &AtomicU64) -> u64 {
    field.load(unless(Fault::RelaxedReader, Ordering::Acquire))
}

impl Manager {
    /// Copies the live tasks into `entries`, as far as they fit; answers how many there are.
    ///
    /// **Thread:** any. **Progress:** wait-free: a task that keeps moving is looked at a bounded number of times, then
    /// its entry carries [`TASK_UNSETTLED`]. No system call. **Ordering:** each entry is a moment of its task, but for the
    /// thread and the affinity, which are those of a moment before; entries are moments of their own.
    pub fn snapshot(&self, entries: &mut [TaskInfo]) -> usize {
        let mut live = 0;
        for cell in self.cells.iter() {
            let mut spare = TaskInfo::EMPTY;
            if read(cell, entries.get_mut(live).unwrap_or(&mut spare), Reach::Process) {
                live += 1;
            }
        }
        live
    }

    /// Hands each live task to `visit`, as [`snapshot`](Manager::snapshot) would copy it.
    pub fn for_each_task(&self, mut visit: impl FnMut(&TaskInfo)) {
        let mut entry = TaskInfo::EMPTY;
        for cell in self.cells.iter() {
            if read(cell, &mut entry, Reach::Process) {
                visit(&entry);
            }
        }
    }

    /// Sums the counters of all tasks, ended ones included.
    ///
    /// **Thread:** any. **Progress:** wait-free, no system call. **Ordering:** transitions that happen before the call
    /// are counted; the sums balance once no task moves.
    pub fn totals(&self) -> Totals {
        sum(self.cells.iter(), self.figures())
    }
}

/// The sums over `cells`, of a manager with these figures.
pub(crate) fn sum<'a>(cells: impl Iterator<Item = &'a Cell>, figures: &Figures) -> Totals {
    // Wrapping: the page of another process may hold anything.
    let add = |sum: &mut u64, by: u64| *sum = sum.wrapping_add(by);
    let mut totals = Totals {
        tasks_attached: figures.attached.load(Ordering::Relaxed),
        unattributed: figures.unattributed.load(Ordering::Relaxed),
        ..Totals::default()
    };
    for cell in cells {
        let look = Look::forwards(cell);
        let [leaves, enters, reverse_enters, reverse_leaves, closed_outside, closed_inside, irregular] =
            look.counters;
        add(&mut totals.leaves, leaves);
        add(&mut totals.enters, enters);
        add(&mut totals.reverse_enters, reverse_enters);
        add(&mut totals.reverse_leaves, reverse_leaves);
        add(&mut totals.closed_outside, closed_outside);
        add(&mut totals.closed_inside, closed_inside);
        add(&mut totals.irregularities, irregular);
        if look.levels != levels::FREE {
            add(&mut totals.tasks_live, 1);
            add(&mut totals.open_outside, look.open_outside());
            add(&mut totals.open_inside, look.open_inside());
        }
    }
    let last = figures.last_irregular.load(Ordering::Relaxed);
    totals.last_irregular_task = last >> 18;
    totals.last_irregular_call = last as u32 & 3;
    totals.last_irregular_depth = (last >> 2) as u32 & 0xffff;
    totals
}

impl TaskInfo {
    /// An entry for a snapshot to fill.
    pub const EMPTY: TaskInfo = TaskInfo {
        id: 0,
        os_thread: 0,
        leaves: 0,
        enters: 0,
        reverse_enters: 0,
        reverse_leaves: 0,
        closed_outside: 0,
        closed_inside: 0,
        irregularities: 0,
        directions: 0,
        depth: 0,
        side: 0,
        flags: 0,
        affinity: 0,
        targets: [0; INFO_TARGETS],
    };

    /// The target of the innermost outside level, if the task has one.
    pub fn innermost_target(&self) -> Option<u64> {
        let outside = levels::levels_above(self.directions.max(1), levels::Side::Outside)?;
        self.targets.get(outside as usize).copied()
    }
}

/// Copies the task of `cell` into `entry`; false if it has none.
pub(crate) fn read(cell: &Cell, entry: &mut TaskInfo, reach: Reach) -> bool {
    for attempt in 1..=ATTEMPTS {
        match try_read(cell, entry, reach) {
            Some(true) => return true,
            // A free cell, and no task came or went while that was found.
            None => return false,
            Some(false) if attempt == ATTEMPTS => entry.flags |= TASK_UNSETTLED,
            Some(false) => core::hint::spin_loop(),
        }
    }
    true
}

/// One attempt: `None` for a free cell, else whether the entry is settled.
fn try_read(cell: &Cell, entry: &mut TaskInfo, reach: Reach) -> Option<bool> {
    let generation = load(&cell.generation);
    let offsets = core::array::from_fn(|i| cell.offsets.get(i).map_or(0, load));
    let id = load(&cell.id);
    let os_thread = load(&cell.os_thread);
    let affinity = cell.affinity.load(Ordering::Acquire);
    let first = Look::forwards(cell);
    let spilled = if reach == Reach::Process { spill::seen(cell) } else { None };
    copy_targets(cell, &first, spilled, &mut entry.targets);
    let directions_between = directions(&first, spilled);
    let last = if fault(Fault::NoSecondLook) { first } else { Look::backwards(cell) };
    let same_task = generation == load(&cell.generation) || fault(Fault::NoGeneration);
    let is_free = generation & 1 == 0 && !fault(Fault::NoGeneration) || first.levels == levels::FREE;
    if same_task && is_free {
        return None;
    }
    let [leaves, enters, reverse_enters, reverse_leaves, closed_outside, closed_inside, irregularities] =
        core::array::from_fn(|i| {
            let read = last.counters.get(i).copied().unwrap_or(0);
            read.wrapping_sub(offsets.get(i).copied().unwrap_or(0))
        });
    let below = side_of(last.below);
    *entry = TaskInfo {
        id,
        os_thread,
        leaves,
        enters,
        reverse_enters,
        reverse_leaves,
        closed_outside,
        closed_inside,
        irregularities,
        directions: if fault(Fault::DirectionsReadLast) {
            directions(&last, spilled)
        } else {
            directions_between
        },
        depth: levels::depth(last.levels) + spill::unpack(last.spilled).0 * SPILL_LEVELS,
        side: levels::side(last.levels, below) as u32,
        flags: if last.below == UNDETERMINED { TASK_BASE_UNDETERMINED } else { 0 },
        affinity,
        targets: entry.targets,
    };
    let is_equal = first == last || fault(Fault::NoEquality);
    let is_balanced = last.is_balanced(&offsets) || fault(Fault::NoBalance);
    Some(same_task && is_equal && !levels::is_unsettled(last.levels) && is_balanced)
}

/// Innermost first: from the word's slots, then from the spilled levels while there is room.
fn copy_targets(cell: &Cell, look: &Look, record: Option<&Spill>, targets: &mut [u64; INFO_TARGETS]) {
    let in_word = levels::depth(look.levels).min(WORD_LEVELS) as usize;
    let spilled = (spill::unpack(look.spilled).0 * SPILL_LEVELS) as usize;
    for (i, target) in targets.iter_mut().enumerate() {
        *target = if i < in_word {
            let is_outside = look.levels >> i & 1 == 0;
            let slot = cell.targets.get(in_word - 1 - i).filter(|_| is_outside);
            slot.map_or(0, |slot| slot.load(Ordering::Acquire) as u64)
        } else if i - in_word < spilled {
            let level = spilled - 1 - (i - in_word);
            let is_outside = spill::direction(record, level) == 0;
            if is_outside { spill::target(record, level) as u64 } else { 0 }
        } else {
            0
        };
    }
}

/// The word of the innermost levels, filled up from the spilled ones.
fn directions(look: &Look, record: Option<&Spill>) -> u64 {
    let in_word = levels::depth(look.levels);
    let spilled = spill::unpack(look.spilled).0 * SPILL_LEVELS;
    let more = spilled.min(WORD_LEVELS.saturating_sub(in_word));
    let own = look.levels ^ (1 << in_word);
    let above =
        (spilled - more..spilled).fold(1, |word, level| word << 1 | spill::direction(record, level as usize));
    above << in_word | own
}
