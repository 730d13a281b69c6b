//! The guest and the host functions it imports.

use tollgate_wasmtime::{Host, call, define, instantiate};
use wasmtime::{Caller, Config, Engine, Extern, Linker, Module, Result, Store, TypedFunc, bail, format_err};

/// What guests may use of their thread's stack.
const GUEST_STACK_BYTES: usize = 4 << 20;
/// The stack of a guest thread: that, and room for the host below and above it.
pub(crate) const THREAD_STACK_BYTES: u32 = 8 << 20;

/// Compiled once, instantiated by every thread.
pub(crate) struct Guest {
    engine: Engine,
    module: Module,
    linker: Linker<()>,
}

/// A store with an instance in it, reporting to a host.
pub(crate) struct Running {
    pub(crate) store: Store<()>,
    pub(crate) program: TypedFunc<(), ()>,
    pub(crate) work: TypedFunc<i32, i32>,
    pub(crate) linger: TypedFunc<(), ()>,
}

impl Guest {
    pub(crate) fn compile() -> Result<Guest> {
        let mut config = Config::new();
        // So that a guest in an endless loop can be asked to yield, and aborted.
        config.epoch_interruption(true);
        // Guests and the host functions between them, 200 levels deep; Wasmtime wants the first as large as the second.
        config.async_stack_size(GUEST_STACK_BYTES).max_wasm_stack(GUEST_STACK_BYTES);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, include_str!("guest.wat"))?;
        let mut linker = Linker::new(&engine);
        define(&mut linker, "host", "function_a", |mut caller: Caller<'_, ()>| {
            let method_b = export::<(), ()>(&mut caller, "method_b")?;
            call(&mut caller, &method_b, ())
        })?;
        define(&mut linker, "host", "function_c", |_: Caller<'_, ()>| Ok(()))?;
        define(&mut linker, "host", "checksum", checksum)?;
        define(&mut linker, "host", "descend", |mut caller: Caller<'_, ()>, depth: i32| {
            let work = export::<i32, i32>(&mut caller, "work")?;
            call(&mut caller, &work, depth)
        })?;
        define(&mut linker, "host", "never_back", |mut caller: Caller<'_, ()>| {
            let loop_for_ever = export::<(), ()>(&mut caller, "loop_for_ever")?;
            call(&mut caller, &loop_for_ever, ())
        })?;
        Ok(Guest { engine, module, linker })
    }

    pub(crate) fn start(&self, host: Host) -> Result<Running> {
        let mut store = Store::new(&self.engine, ());
        host.attach(&mut store);
        let instance = instantiate(&self.linker, &mut store, &self.module)?;
        let program = instance.get_typed_func(&mut store, "program")?;
        let work = instance.get_typed_func(&mut store, "work")?;
        let linger = instance.get_typed_func(&mut store, "linger")?;
        Ok(Running { store, program, work, linger })
    }
}

/// Leaves and reverse_enters that one call of the guest's `work` makes.
pub(crate) fn crossings_per_round(depth: i32) -> (u64, u64) {
    let depth = u64::from(depth.unsigned_abs());
    (1 + 2 * depth, 1 + depth)
}

fn export<P, R>(caller: &mut Caller<'_, ()>, name: &str) -> Result<TypedFunc<P, R>>
where
    P: wasmtime::WasmParams,
    R: wasmtime::WasmResults,
{
    match caller.get_export(name) {
        Some(Extern::Func(function)) => function.typed(&caller),
        _ => Err(format_err!("the guest exports no function '{name}'")),
    }
}

/// FNV-1a over a stretch of the guest's memory.
fn checksum(mut caller: Caller<'_, ()>, start: i32, length: i32) -> Result<i32> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        bail!("the guest exports no memory")
    };
    let range = start as usize..(start as usize).saturating_add(length as usize);
    let Some(bytes) = memory.data(&caller).get(range) else {
        bail!("the guest asked for {length} bytes at {start}, beyond the end of its memory")
    };
    let hash =
        bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    Ok(hash as i32)
}
