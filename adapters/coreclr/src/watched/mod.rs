//! The threads that cross: the open levels and the counts of each.
//!
//! A record belongs to its thread, which alone writes to it; reports read the counts while it runs.

mod oddities;
mod record;
mod slot;
mod threads;

use crate::com::FunctionId;
use crate::functions::{self, Function};
use crate::levels::{Level, Levels, Listener};
use crate::{manager, native};
use oddities::count;
use record::{Watched, bump};

pub(crate) use oddities::ODDITIES;
pub(crate) use record::{Crossings, Summary};
pub(crate) use threads::{calls_of, summaries};

/// Ids a thread finds without a look at the shared table; a power of two.
const REMEMBERED: usize = 64;

/// What only the thread itself looks at.
struct Own {
    levels: Levels,
    edition: u32,
    remembered: [Option<(FunctionId, &'static Function)>; REMEMBERED],
}

/// In the slot of a thread past its end.
const ENDED: *mut Watched = core::ptr::without_provenance_mut(1);

/// The runtime calls `id`, native code if not `inside`, with the stack at `stack`.
#[inline]
pub(crate) fn call(inside: bool, id: FunctionId, stack: usize) {
    let Some(watched) = current() else { return };
    let own = watched.own.get();
    // SAFETY: the record is the calling thread's, and nothing below comes back here.
    let own = unsafe { &mut *own };
    let function = own.find(id, inside);
    if function.bogus {
        return count(&ODDITIES.bogus);
    }
    watched.count_call(function);
    own.levels.call(inside, function, stack, &mut Telling(watched));
    watched.show(own.levels.depth(), Some(function));
}

/// `id` returns, native code if not `inside`.
#[inline]
pub(crate) fn ret(inside: bool, id: FunctionId, stack: usize) {
    let Some(watched) = current() else { return };
    let own = watched.own.get();
    // SAFETY: as in `call`.
    let own = unsafe { &mut *own };
    let function = own.find(id, inside);
    if function.bogus {
        return count(&ODDITIES.bogus);
    }
    own.levels.ret(inside, function, stack, &mut Telling(watched));
    watched.show(own.levels.depth(), own.levels.innermost().map(|level| level.function));
    // The first call has made the runtime load the library.
    if function.is_sought() {
        function.seek();
    }
}

/// The calling thread's record, made now if it has none; None past its end.
#[inline]
fn current() -> Option<&'static Watched> {
    let current = slot::get();
    if current.is_null() || current == ENDED {
        return first_or_late(current);
    }
    // SAFETY: the record of this thread, which it alone gives up.
    unsafe { current.as_ref() }
}

#[cold]
#[inline(never)]
fn first_or_late(current: *mut Watched) -> Option<&'static Watched> {
    if current.is_null() {
        return Some(threads::begin());
    }
    count(&ODDITIES.late);
    None
}

impl Own {
    fn new() -> Own {
        Own {
            levels: Levels::new(native::own_stack()),
            edition: functions::edition(),
            remembered: [None; REMEMBERED],
        }
    }

    #[inline(always)]
    fn find(&mut self, id: FunctionId, inside: bool) -> &'static Function {
        let slot = (id >> 3 ^ id >> 9) % REMEMBERED;
        match self.remembered.get(slot) {
            Some(&Some((known, function)))
                if known == id && function.name.inside == inside && self.edition == functions::edition() =>
            {
                function
            }
            _ => self.meet(id, inside, slot),
        }
    }

    #[cold]
    #[inline(never)]
    fn meet(&mut self, id: FunctionId, inside: bool, slot: usize) -> &'static Function {
        let edition = functions::edition();
        if edition != self.edition {
            self.edition = edition;
            self.remembered = [None; REMEMBERED];
        }
        let function = functions::find(id, inside);
        if let Some(place) = self.remembered.get_mut(slot) {
            *place = Some((id, function));
        }
        function
    }
}

/// Passes a thread's levels on to the manager.
struct Telling<'a>(&'a Watched);

impl Telling<'_> {
    #[inline]
    fn counted(&self, accepted: bool, crossing: usize) -> bool {
        if !accepted {
            count(&ODDITIES.refused);
        } else if let Some(counter) = self.0.crossings.get(crossing) {
            bump(counter);
        }
        accepted
    }
}

impl Listener for Telling<'_> {
    #[inline]
    fn open(&mut self, inside: bool, function: &'static Function) -> bool {
        if !inside && function.is_exempt() {
            return false;
        }
        let target = if inside { 0 } else { function.target() };
        self.counted(manager::open(inside, target), if inside { 2 } else { 0 })
    }

    #[inline]
    fn close(&mut self, inside: bool) -> bool {
        self.counted(manager::close(inside), if inside { 3 } else { 1 })
    }

    #[cold]
    fn skipped(&mut self, level: &Level) {
        count(&level.function.skipped);
        count(&ODDITIES.skipped);
    }

    #[cold]
    fn unmatched(&mut self, function: &'static Function) {
        count(&function.unmatched);
        count(&ODDITIES.unmatched);
    }
}
