//! The threads that cross: the open levels and the counts of each.
//!
//! A record belongs to its thread, which alone writes to it; reports read the counts while it runs. The thread-local slot
//! is a plain pointer without a destructor, so that notices on a dying thread find it in order.

mod oddities;
mod record;
mod threads;

use core::cell::Cell;
use core::ptr::null_mut;

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

thread_local! {
    static CURRENT: Cell<*mut Watched> = const { Cell::new(null_mut()) };
}

/// In the slot of a thread past its end.
const ENDED: *mut Watched = core::ptr::without_provenance_mut(1);

/// The runtime calls `id`, native code if not `inside`, with the stack at `stack`.
#[inline]
pub(crate) fn call(inside: bool, id: FunctionId, stack: usize) {
    with_current(|watched| {
        let own = watched.own.get();
        // SAFETY: the record is the calling thread's, and nothing below comes back here.
        let own = unsafe { &mut *own };
        let function = own.find(id, inside);
        if function.bogus {
            return count(&ODDITIES.bogus);
        }
        watched.count_call(function);
        own.levels.call(inside, function, stack, &mut Telling(watched));
        watched.show(&own.levels);
    });
}

/// `id` returns, native code if not `inside`.
#[inline]
pub(crate) fn ret(inside: bool, id: FunctionId, stack: usize) {
    with_current(|watched| {
        let own = watched.own.get();
        // SAFETY: as in `call`.
        let own = unsafe { &mut *own };
        let function = own.find(id, inside);
        if function.bogus {
            return count(&ODDITIES.bogus);
        }
        own.levels.ret(inside, function, stack, &mut Telling(watched));
        watched.show(&own.levels);
        // The first call has made the runtime load the library.
        if function.is_sought() {
            function.seek();
        }
    });
}

#[inline]
fn with_current(act: impl FnOnce(&'static Watched)) {
    let current = CURRENT.get();
    // SAFETY: neither NULL nor the mark of an end: the record of this thread, which it alone gives up.
    match unsafe { if current == ENDED { None } else { current.as_ref() } } {
        Some(watched) => act(watched),
        None if current == ENDED => count(&ODDITIES.late),
        None => act(threads::begin()),
    }
}

impl Own {
    fn new() -> Own {
        Own {
            levels: Levels::new(native::own_stack()),
            edition: functions::edition(),
            remembered: [None; REMEMBERED],
        }
    }

    #[inline]
    fn find(&mut self, id: FunctionId, inside: bool) -> &'static Function {
        let edition = functions::edition();
        if edition != self.edition {
            self.edition = edition;
            self.remembered = [None; REMEMBERED];
        }
        let slot = (id >> 3 ^ id >> 9) % REMEMBERED;
        match self.remembered.get(slot) {
            Some(&Some((known, function))) if known == id && function.name.inside == inside => function,
            _ => self.meet(id, inside, slot),
        }
    }

    #[cold]
    fn meet(&mut self, id: FunctionId, inside: bool, slot: usize) -> &'static Function {
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
        self.counted(manager::open(inside, function.target()), if inside { 2 } else { 0 })
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
