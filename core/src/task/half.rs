//! The runtime's half of a task: an object of the runtime that others may call until the task ends.

use crate::fault::{Fault, fault};
use crate::fence;
use crate::sync::{AtomicPtr, AtomicU32, Ordering, const_unless_loom};
use crate::sys;

/// A pointer that any thread can use while it is there, and whose removal waits for those uses.
pub struct RuntimeHalf {
    object: AtomicPtr<()>,
    users: AtomicU32,
}

impl Default for RuntimeHalf {
    fn default() -> RuntimeHalf {
        RuntimeHalf::new()
    }
}

impl RuntimeHalf {
    const_unless_loom! {
        /// A half that is not there yet.
        pub fn new() -> RuntimeHalf {
            RuntimeHalf { object: AtomicPtr::new(core::ptr::null_mut()), users: AtomicU32::new(0) }
        }
    }

    /// Puts `object` in place unless there is one; true if it was put.
    ///
    /// **Thread:** any. **Progress:** wait-free.
    pub fn set_first(&self, object: *mut ()) -> bool {
        let none = core::ptr::null_mut();
        self.object.compare_exchange(none, object, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Calls `use_it` with the object, if there is one; it stays until `use_it` returns.
    ///
    /// **Thread:** any. **Progress:** wait-free but for `use_it`, which may change errno: it is put back.
    pub fn with<R>(&self, use_it: impl FnOnce(*mut ()) -> R) -> Option<R> {
        let _errno = sys::PreserveErrno::new();
        self.users.fetch_add(1, Ordering::AcqRel);
        // Ordering: full fence, pairs with the one in `wait_for_users` (Dekker on users and object).
        fence::full(Fault::NoHalfFences);
        let object = self.object.load(Ordering::Acquire);
        let result = if object.is_null() { None } else { Some(use_it(object)) };
        self.users.fetch_sub(1, Ordering::AcqRel);
        result
    }

    /// Puts `object` (null for none) in place; answers the former one once nobody uses it any more.
    ///
    /// **Thread:** any that does not use the object itself: it would wait for itself. **Progress:** waits for uses by
    /// other threads, yielding.
    pub fn replace(&self, object: *mut ()) -> *mut () {
        let former = self.object.swap(object, Ordering::AcqRel);
        if !former.is_null() {
            self.wait_for_users();
        }
        former
    }

    /// Takes `object` away if it is still there; true then, once nobody uses it any more.
    ///
    /// **Thread, Progress:** as for [`replace`](RuntimeHalf::replace).
    pub fn take_back(&self, object: *mut ()) -> bool {
        let none = core::ptr::null_mut();
        let was_there =
            self.object.compare_exchange(object, none, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if was_there {
            self.wait_for_users();
        }
        was_there
    }

    fn wait_for_users(&self) {
        // Ordering: full fence, pairs with the one in `with` (Dekker on users and object).
        fence::full(Fault::NoHalfFences);
        // Ordering: Acquire pairs with the Release at the end of `with`: the uses happen before.
        while !fault(Fault::HalfNotAwaited) && self.users.load(Ordering::Acquire) != 0 {
            sys::yield_now();
        }
    }

    /// Empties the half in the child of a fork, in which its task has no thread.
    pub(crate) fn forget(&self) {
        self.object.store(core::ptr::null_mut(), Ordering::Relaxed);
        self.forget_users();
    }

    /// Forgets uses by threads that the child of a fork does not have.
    pub(crate) fn forget_users(&self) {
        self.users.store(0, Ordering::Relaxed);
    }

    /// True if there is an object.
    pub fn is_set(&self) -> bool {
        !self.object.load(Ordering::Relaxed).is_null()
    }
}
