//! What the tests share: managers, a recorder of steps, a guest.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tollgate_capi::HostManager;
use tollgate_core::{Config, TaskInfo};
use tollgate_wasmtime::{Announce, Host, Options, Step, Transition, call, define, instantiate, target_name};
use wasmtime::{
    Caller, Engine, Extern, Instance, Linker, Module, Result, Store, TypedFunc, WasmParams, WasmResults,
};

pub(crate) use tollgate_wasmtime::Transition::{Enter, Leave, ReverseEnter, ReverseLeave};

/// A manager of the test's own.
pub(crate) fn manager(config: Config) -> &'static HostManager {
    HostManager::create(&config).expect("a manager")
}

/// Repeats `look` until it finds something. The limit makes a failure of a hang, and decides nothing else.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + Duration::from_secs(600);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < give_up, "not within ten minutes: {what}");
        std::thread::yield_now();
    }
}

/// Waits until a task is held at the gate.
#[track_caller]
pub(crate) fn wait_for_a_held_task(manager: &'static HostManager) {
    wait_for("a task held at the gate", || (manager.core().tasks_held() != 0).then_some(()));
}

/// Every call made on a manager through one host.
#[derive(Clone, Default)]
pub(crate) struct Steps(Arc<Mutex<Vec<Step>>>);

impl Steps {
    pub(crate) fn take(&self) -> Vec<Step> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The transitions that took place, in order; refused ones are left out.
    pub(crate) fn taken(&self) -> Vec<Transition> {
        self.take().iter().filter(|step| step.hresult == 0).map(|step| step.transition).collect()
    }
}

/// A host that records each call.
pub(crate) fn recording(manager: &'static HostManager, announce: Announce) -> (Host, Steps) {
    let steps = Steps::default();
    let record = steps.clone();
    let observer =
        Box::new(move |step: &Step| record.0.lock().unwrap_or_else(PoisonError::into_inner).push(*step));
    (Host::with(manager, Options { announce, observer: Some(observer) }), steps)
}

/// The calling thread's task as a snapshot shows it; panics if the manager has none or several.
pub(crate) fn only_task(manager: &'static HostManager) -> TaskInfo {
    let mut entries = [TaskInfo::EMPTY; 2];
    assert_eq!(manager.core().snapshot(&mut entries), 1, "one task in the manager");
    entries[0]
}

/// Asserts that every level was opened and closed by its own call and that none is left.
pub(crate) fn assert_closed(manager: &'static HostManager) {
    let totals = manager.core().totals();
    assert!(totals.is_balanced(), "{totals:?}");
    assert_eq!((totals.open_outside, totals.open_inside), (0, 0), "{totals:?}");
    assert_eq!((totals.closed_outside, totals.closed_inside), (0, 0), "{totals:?}");
    assert_eq!((totals.irregularities, totals.unattributed), (0, 0), "{totals:?}");
}

/// What `action` of a test's host function is to do.
pub(crate) type Action = Arc<dyn Fn(&mut Caller<'_, Data>) -> Result<()> + Send + Sync>;

/// Store data: what `host.act` does, by number.
#[derive(Default)]
pub(crate) struct Data {
    pub(crate) actions: Vec<Action>,
}

/// The guest: `run(n)` calls `host.act(n)`; `trap` traps; `grow` grows the memory; `raw` calls `other.raw`;
/// `deeper` calls itself for ever, `spin` never ends.
pub(crate) const GUEST: &str = r#"(module
    (import "host" "act" (func $act (param i32)))
    (import "other" "raw" (func $raw))
    (memory (export "memory") 1)
    (func (export "run") (param i32) local.get 0 call $act)
    (func (export "trap") unreachable)
    (func (export "grow") (drop (memory.grow (i32.const 1))))
    (func (export "raw") call $raw)
    (func (export "spin") (loop $on br $on))
    (func $deeper (export "deeper") call $deeper))"#;

/// The guest, compiled once for all tests.
static COMPILED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let module = Module::new(&engine(), GUEST).expect("the guest compiles");
    module.serialize().expect("the compiled guest")
});

/// An engine of the guest's own: an abort in another test must not interrupt it.
fn engine() -> Engine {
    let mut config = wasmtime::Config::new();
    // Deep recursion needs room; the tests that go deep run on threads with more stack than this.
    config.async_stack_size(128 << 20).max_wasm_stack(128 << 20);
    config.epoch_interruption(true);
    Engine::new(&config).expect("an engine")
}

/// A store with the guest in it.
pub(crate) struct Guest {
    pub(crate) store: Store<Data>,
    pub(crate) instance: Instance,
}

impl Guest {
    pub(crate) fn new(host: Option<Host>, actions: Vec<Action>) -> Guest {
        let engine = engine();
        // SAFETY: the bytes come from `serialize` of the same Wasmtime, in this process.
        let module = unsafe { Module::deserialize(&engine, &*COMPILED) }.expect("the guest");
        let mut linker = Linker::new(&engine);
        define(&mut linker, "host", "act", |mut caller: Caller<'_, Data>, number: i32| {
            let action = caller.data().actions[number as usize].clone();
            action(&mut caller)
        })
        .expect("act");
        linker
            .func_wrap("other", "raw", |mut caller: Caller<'_, Data>| {
                let action = caller.data().actions[0].clone();
                action(&mut caller)
            })
            .expect("raw");
        let mut store = Store::new(&engine, Data { actions });
        // A store without a host would otherwise trap at once: it begins at its deadline.
        store.set_epoch_deadline(1);
        if let Some(host) = host {
            host.attach(&mut store);
        }
        let instance = instantiate(&linker, &mut store, &module).expect("the guest instantiates");
        Guest { store, instance }
    }

    pub(crate) fn function<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> TypedFunc<P, R> {
        self.instance.get_typed_func(&mut self.store, name).expect("an export")
    }

    pub(crate) fn run(&mut self, action: i32) -> Result<()> {
        let run = self.function::<i32, ()>("run");
        call(&mut self.store, &run, action)
    }

    pub(crate) fn call(&mut self, name: &str) -> Result<()> {
        let function = self.function::<(), ()>(name);
        call(&mut self.store, &function, ())
    }
}

/// An action.
pub(crate) fn act(action: impl Fn(&mut Caller<'_, Data>) -> Result<()> + Send + Sync + 'static) -> Action {
    Arc::new(action)
}

/// An action that calls the guest's `run` with the next action.
pub(crate) fn then_run(next: i32) -> Action {
    act(move |caller| {
        let run = export::<i32>(caller, "run");
        call(caller, &run, next)
    })
}

/// An export of the guest that called.
pub(crate) fn export<P: WasmParams>(caller: &mut Caller<'_, Data>, name: &str) -> TypedFunc<P, ()> {
    match caller.get_export(name) {
        Some(Extern::Func(function)) => function.typed(caller).expect("its type"),
        _ => panic!("no export {name}"),
    }
}

/// The name that a leave announced.
pub(crate) fn name_of(step: &Step) -> &'static str {
    target_name(step.target).expect("a named target")
}
