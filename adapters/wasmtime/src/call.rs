//! Calling guests so that the books balance even when a panic unwinds through them.

use wasmtime::{AsContextMut, Instance, Linker, Module, Result, TypedFunc, WasmParams, WasmResults};

use crate::levels;

/// Runs `body` and closes, on the way out, every level that it opened and Wasmtime did not report as closed.
///
/// Everything that can run a guest belongs in here: calls, instantiation (start functions), whatever calls back. Nests.
/// A trap needs no repair, only a panic that unwinds through a host function does, and a crossing that the manager
/// refused: closing what was left open then is tried once more here.
///
/// **Thread:** the one that runs the guest. **Progress:** the repair may wait at a closed gate, outside.
/// **Errors:** none; what the manager still refuses to close is closed before this thread's next call into a guest, which is
/// refused until then.
pub fn balanced<R>(body: impl FnOnce() -> R) -> R {
    let _repair = Repair(levels::mark());
    body()
}

/// Repairs when dropped, which happens on return and while unwinding alike.
struct Repair(usize);

impl Drop for Repair {
    fn drop(&mut self) {
        levels::repair(self.0);
    }
}

/// Calls a guest function: [`TypedFunc::call`] inside [`balanced`].
///
/// **Errors:** the trap that ended the guest; a [`crate::Refused`] in its chain says that the manager did.
pub fn call<P: WasmParams, R: WasmResults>(
    store: impl AsContextMut,
    function: &TypedFunc<P, R>,
    parameters: P,
) -> Result<R> {
    balanced(|| function.call(store, parameters))
}

/// Instantiates a module, which runs its start function: [`Linker::instantiate`] inside [`balanced`].
///
/// **Errors:** as for [`call`], and those of the linker.
pub fn instantiate<T: 'static>(
    linker: &Linker<T>,
    store: impl AsContextMut<Data = T>,
    module: &Module,
) -> Result<Instance> {
    balanced(|| linker.instantiate(store, module))
}
