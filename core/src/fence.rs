//! The two sides of an asymmetric fence: the only fences of the crate.
//!
//! | fence | who | cost | orders with |
//! |---|---|---|---|
//! | `light` | a transition, between its store of levels and its load of armed | none (compiler only) | `heavy` |
//! | `heavy` | whoever armed cells, before it looks at their levels | a system call | `light`, `full` |
//! | `full` | slow paths, attach, the step between closing the gate and arming | one instruction | `full`, `heavy` |
//!
//! Two light fences order nothing, and no argument here uses such a pair. Either the fast path's store is before the
//! other side's heavy fence, which then sees the task, or its load of armed is after it and sees the request.
//!
//! Where the system has no process-wide barrier, every cell keeps the armed bit [`FENCE`](crate::armed::FENCE): each
//! transition then takes the slow path, which has a full fence in the same place, and `heavy` is a full fence too.

use crate::fault::{Fault, fault};
use crate::sync::{Ordering, fence};
use crate::sys;

/// Keeps the compiler from moving the load of armed before the store of levels.
#[inline(always)]
pub(crate) fn light() {
    if cfg!(loom) {
        // loom knows no asymmetric fences; two full ones are what the pair amounts to.
        full(Fault::NoLightFence);
    } else {
        core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
    }
}

/// A full fence of the calling thread; in a model, `without` names the fault of leaving it out.
#[inline]
pub(crate) fn full(without: Fault) {
    if !fault(without) {
        fence(Ordering::SeqCst);
    }
}

/// Makes every running thread of the process pass a full fence before this returns.
///
/// `asymmetric` is the manager's: false where [`is_asymmetric`] was false at its creation, whose cells then all fence.
#[inline]
pub(crate) fn heavy(asymmetric: bool) {
    full(Fault::NoHeavyFence);
    if asymmetric && !sys::barrier() {
        // Registered, then refused: only a changed seccomp filter or a broken system does this, and going on would let
        // a task run inside during a pause.
        sys::abort();
    }
}

/// True if the system has a process-wide barrier; registers for it on the first call.
pub(crate) fn is_asymmetric() -> bool {
    sys::register_barrier()
}
