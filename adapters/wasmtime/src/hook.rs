//! What happens on each of Wasmtime's four events.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::{CallHook, Instance, Memory, Result, Store, StoreContextMut};

use crate::clr_task::ClrTask;
use crate::crossing;
use crate::interrupt;
use crate::levels;
use crate::reporter::Reporter;

/// Handles one event of a store.
pub(crate) fn on_event<T>(
    reporter: &'static Reporter,
    announce: bool,
    memories: &Memories,
    store: StoreContextMut<'_, T>,
    event: CallHook,
) -> Result<()> {
    let runtime = reporter.runtime();
    match event {
        CallHook::CallingWasm => {
            if ClrTask::with_current(runtime, |_| ()).is_none() {
                // A host that will have no task here says so again, with a reason, when the guest is to go in.
                let _ = ClrTask::introduce(runtime);
            }
            if levels::no_guest() {
                memories.measure(reporter, &store);
            }
            interrupt::check(runtime)?;
            interrupt::about_to_go_in(runtime);
            crossing::enter_guest(reporter)
        }
        CallHook::ReturningFromWasm => {
            let result = crossing::exit_guest(reporter);
            if levels::no_guest() {
                memories.measure(reporter, &store);
                interrupt::outermost_returned(runtime);
            }
            result
        }
        CallHook::CallingHost => crossing::begin_host_call(reporter, announce),
        CallHook::ReturningFromHost => {
            if crossing::in_library_call() {
                memories.measure(reporter, &store);
            }
            interrupt::make_way(runtime)?;
            crossing::end_host_call(reporter)?;
            interrupt::check(runtime)
        }
    }
}

/// The linear memories of a store that `GetMemStats` is to count.
#[derive(Clone, Default)]
pub(crate) struct Memories(Arc<Mutex<Vec<Memory>>>);

impl Memories {
    /// Adds up the memories for whoever asks about the calling thread's task.
    fn measure<T>(&self, reporter: &'static Reporter, store: &StoreContextMut<'_, T>) {
        let memories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = memories.iter().map(|memory| memory.data_size(store) as u64).sum();
        ClrTask::with_current(reporter.runtime(), |task| {
            task.memory_bytes.store(bytes, std::sync::atomic::Ordering::Relaxed);
        });
    }
}

/// A store with a host attached.
#[derive(Clone)]
pub struct Attached {
    pub(crate) memories: Memories,
}

impl Attached {
    /// Counts the exported memories of an instance of this store into what `ICLRTask::GetMemStats` answers for the task
    /// that runs the store. The figure is taken when the task's outermost guest is called and returns, and whenever a guest
    /// grows a memory.
    pub fn count_memories<T>(&self, store: &mut Store<T>, instance: &Instance) {
        let exported: Vec<Memory> =
            instance.exports(store).filter_map(|export| export.into_memory()).collect();
        self.memories.0.lock().unwrap_or_else(PoisonError::into_inner).extend(exported);
    }
}
