//! Makes the calls on the manager and tells the observer.

use std::sync::{Mutex, PoisonError};

use tollgate_capi::S_OK;

use crate::hresult::Refused;
use crate::manager::Manager;
use crate::runtime::Runtime;
use crate::targets::target_of;
use crate::transition::{Observer, Step, Transition};

/// A manager together with whoever watches the calls made on it.
///
/// Lives as long as the process, as the manager does: a thread may still have levels to close after its store is gone.
pub(crate) struct Reporter {
    manager: Manager,
    runtime: &'static Runtime,
    observer: Option<Observer>,
    unnamed: usize,
    yielding: usize,
    body: usize,
}

/// All there are. Those without an observer are shared: one per manager.
static REPORTERS: Mutex<Vec<&'static Reporter>> = Mutex::new(Vec::new());

impl Reporter {
    pub(crate) fn of(manager: Manager, observer: Option<Observer>) -> &'static Reporter {
        let mut reporters = REPORTERS.lock().unwrap_or_else(PoisonError::into_inner);
        let plain = |known: &&&Reporter| known.manager == manager && known.observer.is_none();
        if let (None, Some(known)) = (&observer, reporters.iter().find(plain)) {
            return known;
        }
        let reporter: &'static Reporter = Box::leak(Box::new(Reporter {
            manager,
            runtime: Runtime::of(manager),
            observer,
            unnamed: target_of("", "(host function without a name)"),
            yielding: target_of("", "(yields to the host)"),
            body: target_of("", "(guest thread)"),
        }));
        reporters.push(reporter);
        reporter
    }

    pub(crate) fn manager(&self) -> Manager {
        self.manager
    }

    /// The runtime's half of the manager.
    pub(crate) fn runtime(&self) -> &'static Runtime {
        self.runtime
    }

    /// The target given for a guest that makes way because `ICLRTask::YieldTask` asked it to.
    pub(crate) fn yielding(&self) -> usize {
        self.yielding
    }

    /// The target given for the native code that a guest thread was started for.
    pub(crate) fn body(&self) -> usize {
        self.body
    }

    /// The target given for host functions that were not defined through [`crate::define()`].
    pub(crate) fn unnamed(&self) -> usize {
        self.unnamed
    }

    /// Makes one transition of the calling thread. Anything but `S_OK` means that nothing has changed.
    pub(crate) fn report(&self, transition: Transition, target: usize, repair: bool) -> Result<(), Refused> {
        let hresult = match transition {
            Transition::Leave => self.manager.leave(target),
            Transition::Enter => self.manager.enter(),
            Transition::ReverseEnter => self.manager.reverse_enter(),
            Transition::ReverseLeave => self.manager.reverse_leave(),
        };
        if let Some(observer) = &self.observer {
            observer(&Step { transition, target, hresult, repair });
        }
        if hresult == S_OK { Ok(()) } else { Err(Refused { transition, hresult }) }
    }
}
