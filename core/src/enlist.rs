//! The managers in use by this process.

use crate::armed;
use crate::config::Config;
use crate::error::Error;
use crate::manager::{Manager, Unlisted};
use crate::memory::immortal;
use crate::sync::{AtomicPtr, AtomicU64, Ordering};
use crate::sys;
use crate::task::Door;

static FIRST: AtomicPtr<Manager> = AtomicPtr::new(core::ptr::null_mut());
/// Not 0 once a second manager is in use; never goes back.
static SEVERAL: AtomicU64 = AtomicU64::new(0);
/// Serialises enlisting: 0 free, 1 taken. Held for a few instructions and one barrier, by threads that create managers.
static BUSY: AtomicU64 = AtomicU64::new(0);

/// The manager that is being put on the list, so that the child of a fork can finish that.
static ADDING: AtomicPtr<Manager> = AtomicPtr::new(core::ptr::null_mut());

/// Marks the end of the list, so that a null `next` says "not in use yet".
static END: AtomicU64 = AtomicU64::new(0);

fn end() -> *mut Manager {
    (&raw const END).cast::<Manager>().cast_mut()
}

/// Puts the manager on the list, unless it is there.
///
/// When it is the second one, arms every cell of the first before returning: no call on the new manager can exist
/// before that, so a fast path cannot take the first one's cell for it.
pub(crate) fn enlist(manager: &'static Manager) {
    if !manager.next.load(Ordering::Acquire).is_null() {
        return;
    }
    let _errno = sys::PreserveErrno::new();
    while BUSY.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        sys::yield_now();
    }
    if manager.next.load(Ordering::Acquire).is_null() {
        sys::stay_loaded();
        manager.choose_fences();
        let first = FIRST.load(Ordering::Relaxed);
        if !first.is_null() {
            // Ordering: the fence in `arm_all` pairs with the one in `registry::attach`: a cell that this pass misses
            // reads SEVERAL afterwards.
            SEVERAL.store(1, Ordering::Release);
            for other in iter() {
                other.arm_all(armed::SEVERAL);
            }
        }
        let next = if first.is_null() { end() } else { first };
        let this = core::ptr::from_ref(manager).cast_mut();
        ADDING.store(this, Ordering::Release);
        // Ordering: Release pairs with the Acquire loads here and in `iter`.
        manager.next.store(next, Ordering::Release);
        FIRST.store(this, Ordering::Release);
        ADDING.store(core::ptr::null_mut(), Ordering::Release);
    }
    BUSY.store(0, Ordering::Release);
}

impl Manager {
    /// Makes a manager, which lives as long as the process, and brings it into use.
    ///
    /// Its tasks are never handed out as records; doors that do so make their managers with [`Unlisted`].
    ///
    /// **Thread:** any. **Progress:** system calls. **Errors:** `InvalidArgument` for settings that contradict each other;
    /// `OutOfMemory`; `Unsupported`, for a page, where the system has no such memory (docs/PAGE.md).
    pub fn create(config: &Config) -> Result<&'static Manager, Error> {
        let mut manager = Unlisted::new(*config, Door::NONE);
        manager.furnish()?;
        Ok(immortal(manager)?.enlist())
    }
}

/// True once a second manager is in use.
pub(crate) fn is_several() -> bool {
    SEVERAL.load(Ordering::Acquire) != 0
}

/// Every manager in use.
pub(crate) fn iter() -> impl Iterator<Item = &'static Manager> {
    let mut next = FIRST.load(Ordering::Acquire);
    core::iter::from_fn(move || {
        if next.is_null() || next == end() {
            return None;
        }
        // SAFETY: only immortal managers are put on the list.
        let manager: &'static Manager = unsafe { &*next };
        next = manager.next.load(Ordering::Acquire);
        Some(manager)
    })
}

/// Forgets that another thread was enlisting, which the child of a fork does not have; finishes what it was doing.
pub(crate) fn reset() {
    let adding = ADDING.swap(core::ptr::null_mut(), Ordering::AcqRel);
    // SAFETY: null, or an immortal manager.
    let linked = unsafe { adding.as_ref() }.is_some_and(|m| !m.next.load(Ordering::Acquire).is_null());
    if linked {
        // Linked to the list, and maybe not yet its first: the other store once more does no harm.
        FIRST.store(adding, Ordering::Release);
    }
    BUSY.store(0, Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> &'static Manager {
        immortal(Manager::new(Config::DEFAULT, Door::NONE)).unwrap()
    }

    /// What a fork finds that comes between the two stores of another thread's enlist.
    #[test]
    fn an_enlist_that_a_fork_cuts_in_two_is_finished_in_the_child() {
        let (half, whole) = (fresh(), fresh());
        while BUSY.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            sys::yield_now();
        }
        let first = FIRST.load(Ordering::Relaxed);
        ADDING.store(core::ptr::from_ref(half).cast_mut(), Ordering::Release);
        half.next.store(if first.is_null() { end() } else { first }, Ordering::Release);
        reset();
        assert!(iter().any(|manager| core::ptr::eq(manager, half)), "linked, and now on the list");
        // Another test's manager may be coming to the list by now.
        assert!(!core::ptr::eq(ADDING.load(Ordering::Acquire), half), "no longer on its way");
        enlist(whole);
        let count = iter().filter(|m| core::ptr::eq(*m, half) || core::ptr::eq(*m, whole)).count();
        assert_eq!(count, 2, "the next one finds the list as it should be");
        enlist(half);
        assert_eq!(iter().filter(|manager| core::ptr::eq(*manager, half)).count(), 1, "once is enough");
    }

    #[test]
    fn a_manager_uses_the_barrier_of_the_system_unless_told_otherwise() {
        let manager = fresh();
        enlist(manager);
        assert_eq!(manager.is_asymmetric(), crate::fence::is_asymmetric());
        let fences = Config { full_fences: true, ..Config::DEFAULT };
        assert!(!Manager::create(&fences).unwrap().is_asymmetric());
    }
}
