//! Attaching a manager to stores.

use wasmtime::Store;

use crate::hook::{self, Attached, Memories};
use crate::interrupt;
use crate::manager::Manager;
use crate::reporter::Reporter;
use crate::transition::Observer;

/// Which host calls are announced by `LeaveRuntime` and `EnterRuntime`.
///
/// Wasmtime's hook does not say which function is about to run, nor whether it is a host function at all: growing a
/// memory looks the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Announce {
    /// Those defined through [`crate::define()`], by name. Library calls of the runtime are its own business and
    /// stay inside; so does a host function defined otherwise, until it calls a guest itself. The right choice when the
    /// linker is filled by [`crate::define()`] alone.
    #[default]
    Defined,
    /// Every call that Wasmtime reports, library calls included, all under one target without a function's name. The
    /// right choice when others fill the linker (WASI) and their functions may block.
    Everything,
}

/// How [`Host::with`] is to report.
#[derive(Default)]
pub struct Options {
    /// Which host calls are announced.
    pub announce: Announce,
    /// Called after each call on the manager; without one a crossing pays a single branch for it.
    pub observer: Option<Observer>,
}

/// A host as its Wasm stores see it: the manager that hears of every crossing.
///
/// Cheap to copy. What stands behind it lives as long as the process, as managers do: hosts without an observer share it,
/// each one with an observer has its own.
#[derive(Clone, Copy)]
pub struct Host {
    reporter: &'static Reporter,
    announce: bool,
}

impl Host {
    /// A host that announces defined functions by name, without an observer.
    pub fn new(manager: impl Into<Manager>) -> Host {
        Host::with(manager, Options::default())
    }

    /// A host with options.
    pub fn with(manager: impl Into<Manager>, options: Options) -> Host {
        Host {
            reporter: Reporter::of(manager.into(), options.observer),
            announce: options.announce == Announce::Everything,
        }
    }

    /// The manager that hears of the crossings.
    pub fn manager(&self) -> Manager {
        self.reporter.manager()
    }

    /// Makes Wasmtime report every crossing of `store` from now on.
    ///
    /// | Wasmtime says | the manager hears |
    /// |---|---|
    /// | `CallingWasm` | `ReverseEnterRuntime` |
    /// | `CallingHost` | `LeaveRuntime(target)`, from the function itself if it is to be named ([`Announce`]) |
    /// | `ReturningFromHost` | `EnterRuntime`, if the call was announced |
    /// | `ReturningFromWasm` | `ReverseLeaveRuntime` |
    ///
    /// A crossing that the manager refuses, or holds at its gate for too long, becomes a trap with [`crate::Refused`] as
    /// its cause. Calls should go through [`crate::call()`] or [`crate::balanced`], so that a panic in a host function leaves
    /// nothing open.
    ///
    /// A thread that calls into such a store is introduced to the manager: it gets a runtime half (`ICLRTask`), through
    /// which the host can abort it ([`crate::Aborted`]), make it yield, and ask what memory it uses. A guest that neither
    /// calls nor returns is reached only if its engine was made with `Config::epoch_interruption(true)`.
    ///
    /// Takes the store's only call hook and its epoch callback. Not for stores used asynchronously: their calls change
    /// threads.
    pub fn attach<T: 'static>(&self, store: &mut Store<T>) -> Attached {
        let Host { reporter, announce } = *self;
        reporter.runtime().add_engine(store.engine());
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(interrupt::new_epoch()));
        let attached = Attached { memories: Memories::default() };
        let memories = attached.memories.clone();
        store.call_hook(move |store, event| hook::on_event(reporter, announce, &memories, store, event));
        attached
    }

    pub(crate) fn reporter(&self) -> &'static Reporter {
        self.reporter
    }
}
