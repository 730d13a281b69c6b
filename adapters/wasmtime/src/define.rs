//! Defining host functions that the manager knows by name.

use wasmtime::{Caller, Linker, Result, WasmRet, WasmTy};

use crate::crossing;
use crate::targets::target_of;

/// A closure that can be defined as a host function: `Fn(Caller<'_, T>, A1, ...) -> wasmtime::Result<R>`, at most eight
/// parameters. Implemented here for all of them; not meant to be implemented elsewhere.
pub trait HostFunction<T, Parameters, R>: Send + Sync + 'static {
    #[doc(hidden)]
    fn define_in(self, linker: &mut Linker<T>, module: &str, name: &str, target: usize) -> Result<()>;
}

macro_rules! host_function {
    ($($argument:ident: $type:ident),*) => {
        impl<T: 'static, F, R, $($type),*> HostFunction<T, (Caller<'_, T>, $($type,)*), R> for F
        where
            F: Fn(Caller<'_, T>, $($type),*) -> Result<R> + Send + Sync + 'static,
            Result<R>: WasmRet,
            $($type: WasmTy,)*
        {
            fn define_in(self, linker: &mut Linker<T>, module: &str, name: &str, target: usize) -> Result<()> {
                linker.func_wrap(module, name, move |caller: Caller<'_, T>, $($argument: $type),*| -> Result<R> {
                    crossing::name_host_call(target)?;
                    self(caller, $($argument),*)
                })?;
                Ok(())
            }
        }
    };
}

host_function!();
host_function!(a1: A1);
host_function!(a1: A1, a2: A2);
host_function!(a1: A1, a2: A2, a3: A3);
host_function!(a1: A1, a2: A2, a3: A3, a4: A4);
host_function!(a1: A1, a2: A2, a3: A3, a4: A4, a5: A5);
host_function!(a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6);
host_function!(a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7);
host_function!(a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8);

/// Defines the host function `module`.`name` in `linker` and gives the target by which `LeaveRuntime` will announce it.
///
/// In a store with a host attached, each call of it first asks `CallNeedsHostHook` and then calls `LeaveRuntime`, both
/// with that target; if the manager refuses, the function does not run and the guest traps. In other stores it is an
/// ordinary host function.
///
/// **Errors:** those of [`Linker::func_wrap`].
pub fn define<T, Parameters, R>(
    linker: &mut Linker<T>,
    module: &str,
    name: &str,
    function: impl HostFunction<T, Parameters, R>,
) -> Result<usize> {
    let target = target_of(module, name);
    function.define_in(linker, module, name, target)?;
    Ok(target)
}
