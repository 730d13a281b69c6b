//! The manager: one set of tasks, one gate, one policy.

use crossbeam_utils::CachePadded;

use crate::armed;
use crate::bell::Bell;
use crate::cell::{Call, Cell};
use crate::config::{Config, Policy};
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::fence;
use crate::gate::{Gate, GateState, Refusal};
use crate::page::Figures;
#[cfg(not(loom))]
use crate::page::Page;
use crate::slab::{self, Slab};
use crate::sync::{AtomicPtr, AtomicU64, Ordering, const_unless_loom, own};
use crate::sys;
use crate::task::{Door, Task};
use crate::trace::{Rings, TRACE_FAILED};

/// One set of tasks with its gate; immortal once enlisted.
///
/// A manager is made with [`Unlisted::new`] and comes into use with [`Unlisted::enlist`]. All methods may be called from
/// any thread at any time, dying threads too.
pub struct Manager {
    pub(crate) config: Config,
    pub(crate) door: Door,
    /// 0 where every cell fences for itself; see [`fence::heavy`].
    pub(crate) asymmetric: AtomicU64,
    /// For a manager without a page.
    own_figures: Figures,
    /// Rung by tasks for those who wait for quiescence or for the last admitted task.
    pub(crate) pausers: CachePadded<Bell>,
    /// Rung for tasks held at the gate.
    pub(crate) held: CachePadded<Bell>,
    pub(crate) cells: Slab<Cell>,
    pub(crate) tasks: Slab<Task>,
    pub(crate) rings: Rings,
    #[cfg(not(loom))]
    page: Option<Page>,
    /// The next manager in use by this process.
    pub(crate) next: AtomicPtr<Manager>,
}

impl Manager {
    const_unless_loom! {
        pub(crate) fn new(config: Config, door: Door) -> Manager {
            Manager {
                config,
                door,
                asymmetric: AtomicU64::new(0),
                own_figures: Figures::new(config.start_unavailable),
                pausers: CachePadded::new(Bell::new()),
                held: CachePadded::new(Bell::new()),
                cells: Slab::new(),
                tasks: Slab::new(),
                rings: Rings::new(),
                #[cfg(not(loom))]
                page: None,
                next: AtomicPtr::new(core::ptr::null_mut()),
            }
        }
    }

    /// Decides once, before any task can attach, which fences this manager's cells use.
    pub(crate) fn choose_fences(&self) {
        let asymmetric = !self.config.full_fences && fence::is_asymmetric();
        self.asymmetric.store(u64::from(asymmetric), Ordering::Relaxed);
    }

    /// The manager's page, if it has one.
    #[cfg(not(loom))]
    pub(crate) fn page(&self) -> Option<&Page> {
        self.page.as_ref()
    }

    /// The numbers that change, in the page if there is one.
    pub(crate) fn figures(&self) -> &Figures {
        #[cfg(not(loom))]
        if let Some(page) = &self.page {
            return page.figures();
        }
        &self.own_figures
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.figures().gate
    }

    /// The policy the manager was made with.
    pub fn policy(&self) -> Policy {
        self.config.policy
    }

    /// The door the manager was made with.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// Makes the manager available or unavailable: while it is not, inward calls fail with `Unavailable`.
    ///
    /// Tasks that are inside stay there; nobody is waited for.
    /// **Thread:** any. **Progress:** lock-free, a system call. **Errors:** `InvalidOperation` under observe.
    pub fn set_available(&self, available: bool) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        self.check_governs()?;
        if available {
            self.gate().allow(Refusal::Unavailable);
            // Tasks that were started while the manager was not available wait there.
            self.held.ring();
        } else {
            self.gate().refuse(Refusal::Unavailable);
            self.arm_all(armed::GATE);
        }
        Ok(())
    }

    /// Declares that the host's state is broken: calls held at the gate fail with `Failed`, every later one with
    /// `Unavailable`.
    ///
    /// **Thread:** any. **Progress:** lock-free, a system call. **Errors:** `InvalidOperation` under observe.
    pub fn fail(&self) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        self.check_governs()?;
        self.gate().refuse(Refusal::Failed);
        self.trace_manager(TRACE_FAILED, 0);
        self.arm_all(armed::GATE);
        self.wake_all();
        Ok(())
    }

    /// Wakes everybody for whom an end of the manager is an answer: held tasks, pauses that wait for admitted ones.
    pub(crate) fn wake_all(&self) {
        if !fault(Fault::HeldNotWoken) {
            self.held.ring();
        }
        self.pausers.ring();
    }

    pub(crate) fn check_governs(&self) -> Result<(), Error> {
        match self.config.policy {
            Policy::Govern => Ok(()),
            Policy::Observe => Err(Error::InvalidOperation),
        }
    }

    /// Sets `bits` in every cell in use, after the reason for them was published by a read-modify-write.
    ///
    /// On return every transition either saw the bits or is visible to the caller.
    pub(crate) fn arm_all(&self, bits: u64) {
        // Ordering: full fence, pairs with the one in `registry::attach`: either the pass below meets a cell that is
        // being attached, or that attach reads the reason and arms itself.
        fence::full(Fault::NoFenceBeforeArming);
        self.cells.iter().for_each(|cell| {
            // Ordering: AcqRel, pairs with the owner's swap in `rearm`: a swap that takes these bits away reads the
            // reason afterwards and sees it.
            if !fault(Fault::NoArming) {
                cell.armed.fetch_or(bits, Ordering::AcqRel);
            }
        });
        // Ordering: heavy, pairs with the light fence of every transition (Dekker).
        fence::heavy(self.is_asymmetric());
    }

    pub(crate) fn is_asymmetric(&self) -> bool {
        self.asymmetric.load(Ordering::Relaxed) != 0
    }

    /// The armed bits that the manager wants of every cell while its gate is as `gate` says.
    pub(crate) fn standing(&self, gate: GateState) -> u64 {
        let mut bits = 0;
        if gate.is_closed() {
            bits |= armed::GATE;
        }
        if self.config.strict {
            bits |= armed::STRICT;
        }
        if !self.is_asymmetric() {
            bits |= armed::FENCE;
        }
        if self.is_tracing() {
            bits |= armed::TRACE;
        }
        bits
    }

    /// The most tasks at a time.
    pub(crate) fn max_tasks(&self) -> u32 {
        if self.config.max_tasks == 0 { slab::CAPACITY } else { self.config.max_tasks }
    }

    /// Counts a call that did not fit, and remembers it as the last one.
    pub(crate) fn irregular(&self, cell: &Cell, call: Call, depth: u32) {
        Cell::count(&cell.irregularities, 1);
        let id = own!(cell.id);
        let depth = u64::from(depth.min(0xffff));
        self.figures().last_irregular.store(id << 18 | depth << 2 | call as u64, Ordering::Relaxed);
    }

    /// The answer of the policy to a call that came out as `result`.
    pub(crate) fn answer(&self, result: Result<(), Error>) -> Result<(), Error> {
        match self.config.policy {
            Policy::Govern => result,
            Policy::Observe => Ok(()),
        }
    }

    /// The answer to a transition on a thread that has no task and gets none, because of `error`.
    pub(crate) fn answer_unattributed(&self, call: Call, error: Error) -> Result<(), Error> {
        self.figures().unattributed.fetch_add(1, Ordering::Relaxed);
        let past_its_end = error == Error::Unavailable;
        match self.config.policy {
            Policy::Observe => Ok(()),
            // A thread past its end has been outside since it was detached, and stays there.
            Policy::Govern if past_its_end && call.goes_to() == crate::levels::Side::Outside => Ok(()),
            Policy::Govern => Err(error),
        }
    }
}

/// A manager that no thread can reach yet.
///
/// Coming into use is a step of its own because cells of other managers must be told first: from the second manager on,
/// a thread has to look up which of its cells a call is for.
pub struct Unlisted(Manager);

impl Unlisted {
    const_unless_loom! {
        /// A manager for [`enlist`](Unlisted::enlist), with `door` as the face of its tasks.
        pub fn new(config: Config, door: Door) -> Unlisted {
            Unlisted(Manager::new(config, door))
        }
    }

    /// Gives the manager what its settings ask for and what can fail: the page, and a trace from the beginning.
    ///
    /// To be called at most once; managers in statics have neither.
    /// **Errors:** `InvalidArgument` for settings that contradict each other; `OutOfMemory`; `Unsupported`, where the system
    /// has no memory that it shares with readers alone.
    #[cfg(not(loom))]
    pub fn furnish(&mut self) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        let Unlisted(manager) = self;
        if !manager.config.is_consistent() {
            return Err(Error::InvalidArgument);
        }
        if manager.config.page {
            let page = Page::make(&manager.config, manager.max_tasks())?;
            manager.cells.reserve(page.cells());
            manager.page = Some(page);
        }
        if manager.config.trace {
            manager.trace_start()?;
        }
        Ok(())
    }

    /// Brings the manager into use; repeated calls only answer it again.
    ///
    /// **Thread:** any. **Progress:** lock-free; system calls on the first call.
    #[cfg(not(loom))]
    pub fn enlist(&'static self) -> &'static Manager {
        crate::enlist::enlist(&self.0);
        &self.0
    }

    /// The manager, for a model: no thread-local state, so nobody to tell.
    #[cfg(loom)]
    pub fn model(self) -> Manager {
        self.0.choose_fences();
        self.0
    }
}
