//! Guest threads, started through the host: the runtime asks for them, the host makes them.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tollgate_capi::interfaces::IHostTask;
use tollgate_capi::{HOST_E_ABANDONED, HRESULT, S_OK};

use crate::call::balanced;
use crate::clr_task::ClrTask;
use crate::crossing;
use crate::host::Host;
use crate::hresult::{Named, Refused};
use crate::manager::HostTask;
use crate::reporter::Reporter;

/// What the creator and the thread share.
struct Shared<R> {
    reporter: &'static Reporter,
    body: Mutex<Option<Box<dyn FnOnce() -> R + Send>>>,
    result: Mutex<Option<Result<R, ThreadError>>>,
}

/// A guest thread of the host's making.
pub struct GuestThread<R> {
    task: HostTask,
    shared: Arc<Shared<R>>,
}

/// Why a guest thread gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadError {
    /// A call on the host failed: the method and what it answered.
    Host(&'static str, HRESULT),
    /// The thread's body panicked, with this message.
    Panicked(String),
}

impl std::fmt::Display for ThreadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ThreadError::Host(method, hresult) => {
                write!(f, "the host's {method} returned {}", Named(*hresult))
            }
            ThreadError::Panicked(message) => write!(f, "the guest thread panicked: {message}"),
        }
    }
}

impl std::error::Error for ThreadError {}

impl Host {
    /// Has the host run `body` on a thread of its own, by `CreateTask` and `Start`. `stack_bytes` of 0 is the host's default.
    ///
    /// The thread is the runtime's: it starts inside, after passing the gate, and leaves for `body`, which is native code
    /// like any host function. **Errors:** what `CreateTask` or `Start` answered; nothing runs then.
    pub fn start_thread<R: Send + 'static>(
        &self,
        stack_bytes: u32,
        body: impl FnOnce() -> R + Send + 'static,
    ) -> Result<GuestThread<R>, ThreadError> {
        let shared = Arc::new(Shared {
            reporter: self.reporter(),
            body: Mutex::new(Some(Box::new(body))),
            result: Mutex::new(None),
        });
        let parameter = Arc::into_raw(Arc::clone(&shared));
        let created = self.manager().create_task(stack_bytes, run::<R>, parameter.cast_mut().cast());
        let started = created.map_err(|hresult| ThreadError::Host("CreateTask", hresult)).and_then(|task| {
            match task.start() {
                S_OK => Ok(task),
                hresult => Err(ThreadError::Host("IHostTask::Start", hresult)),
            }
        });
        match started {
            Ok(task) => Ok(GuestThread { task, shared }),
            Err(error) => {
                // SAFETY: made above, and no thread will take it.
                drop(unsafe { Arc::from_raw(parameter) });
                Err(error)
            }
        }
    }
}

/// The start routine.
///
/// # Safety
/// `parameter` is a counted reference to a `Shared<R>`, given up to this call.
unsafe extern "system" fn run<R>(parameter: *mut c_void) -> u32 {
    // SAFETY: the caller's duty.
    let shared: Arc<Shared<R>> = unsafe { Arc::from_raw(parameter.cast_const().cast()) };
    // Without a runtime half the thread cannot be aborted, but it can work.
    let _ = ClrTask::introduce(shared.reporter.runtime());
    let body = shared.body.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(body) = body {
        let result = run_body(shared.reporter, body);
        *shared.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }
    0
}

/// Outside for as long as `body` takes.
fn run_body<R>(reporter: &'static Reporter, body: impl FnOnce() -> R) -> Result<R, ThreadError> {
    balanced(|| {
        crossing::leave_for_body(reporter).map_err(|error| match error.downcast_ref::<Refused>() {
            Some(refused) => ThreadError::Host(refused.transition.method(), refused.hresult),
            None => ThreadError::Panicked(error.to_string()),
        })?;
        // Nothing may unwind into the host.
        catch_unwind(AssertUnwindSafe(body)).map_err(|panic| ThreadError::Panicked(message(panic.as_ref())))
    })
}

impl<R> GuestThread<R> {
    /// The host's task, borrowed.
    pub fn task(&self) -> *mut IHostTask {
        self.task.as_raw()
    }

    /// Waits for the thread's end, by `IHostTask::Join`, and gives its result.
    ///
    /// **Errors:** what `Join` answered, `HOST_E_ABANDONED` for a thread that the host never let run; a panic.
    pub fn join(self) -> Result<R, ThreadError> {
        let hresult = self.task.join(u32::MAX);
        match self.shared.result.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(result) => result,
            None => {
                let unused = || self.shared.body.lock().unwrap_or_else(PoisonError::into_inner).take();
                if hresult == HOST_E_ABANDONED && unused().is_some() {
                    // SAFETY: the reference meant for the thread, which ended without running its start routine.
                    unsafe { Arc::decrement_strong_count(Arc::as_ptr(&self.shared)) };
                }
                Err(ThreadError::Host("IHostTask::Join", hresult))
            }
        }
    }
}

/// What `panic!` was given, as far as it was text.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "(not a text)".to_owned())
}
