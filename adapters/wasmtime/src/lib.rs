//! Makes Wasmtime call an `IHostTaskManager` on every crossing between guest and host.
//!
//! The guest is the managed code, the host program the native code. Once a [`Host`] is attached to a store, the
//! runtime itself makes the four calls through the manager's vtable, in the order of the contract:
//!
//! ```text
//! program calls guest        ReverseEnterRuntime
//!   guest calls host A         LeaveRuntime(A)
//!     A calls guest B            ReverseEnterRuntime
//!       B calls host C             LeaveRuntime(C)
//!       C returns                  EnterRuntime
//!     B returns                  ReverseLeaveRuntime
//!   A returns                  EnterRuntime
//! guest returns              ReverseLeaveRuntime
//! ```
//!
//! ```
//! use tollgate_capi::HostManager;
//! use tollgate_core::Config;
//! use tollgate_wasmtime::{Host, call, define, instantiate};
//! use wasmtime::{Caller, Engine, Linker, Module, Store};
//!
//! # fn main() -> wasmtime::Result<()> {
//! let manager = HostManager::create(&Config::DEFAULT).expect("a manager");
//! let host = Host::new(manager);
//!
//! let engine = Engine::default();
//! let module = Module::new(
//!     &engine,
//!     r#"(module (import "env" "log" (func $log (param i32)))
//!         (func (export "run") (call $log (i32.const 7))))"#,
//! )?;
//! let mut linker = Linker::new(&engine);
//! define(&mut linker, "env", "log", |_: Caller<'_, ()>, number: i32| Ok(println!("{number}")))?;
//!
//! let mut store = Store::new(&engine, ());
//! host.attach(&mut store);
//! let instance = instantiate(&linker, &mut store, &module)?;
//! let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
//! call(&mut store, &run, ())?;
//!
//! let totals = manager.core().totals();
//! assert_eq!((totals.reverse_enters, totals.leaves), (1, 1));
//! assert!(totals.is_balanced());
//! # Ok(())
//! # }
//! ```
//!
//! | module | idea |
//! |---|---|
//! | `host`, `hook` | attach a manager to a store; what happens on each of Wasmtime's events |
//! | `define` | host functions with a name |
//! | `targets` | the addresses behind those names |
//! | `call` | calls that repair on the way out |
//! | `crossing`, `levels` | each crossing; what a thread has open, and how it gets closed whatever happens |
//! | `reporter`, `manager` | the calls themselves |
//! | `runtime`, `clr_task`, `clr_task_vtbl` | the runtime's half: `ICLRTaskManager` and `ICLRTask2` for the host to call |
//! | `interrupt` | how a guest comes to look at an abort or a request to yield |
//! | `thread` | guest threads made by the host |
//! | `hresult`, `transition` | names, errors, what an observer sees |

mod call;
mod clr_task;
mod clr_task_vtbl;
mod com;
mod crossing;
mod define;
mod hook;
mod host;
mod hresult;
mod interrupt;
mod levels;
mod manager;
mod reporter;
mod runtime;
mod targets;
mod thread;
mod transition;

pub use call::{balanced, call, instantiate};
pub use define::{HostFunction, define};
pub use hook::Attached;
pub use host::{Announce, Host, Options};
pub use hresult::{Named, Refused, hresult_name};
pub use interrupt::Aborted;
pub use levels::ThreadEnding;
pub use manager::Manager;
pub use targets::{target_name, target_of};
pub use thread::{GuestThread, ThreadError};
pub use transition::{Observer, Step, Transition};
