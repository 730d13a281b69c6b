//! The documented nested sequence, shown call by call.

use std::sync::{Arc, Mutex, PoisonError};

use tollgate_capi::HostManager;
use tollgate_capi::S_OK;
use tollgate_wasmtime::Transition::{Enter, Leave, ReverseEnter, ReverseLeave};
use tollgate_wasmtime::{Host, Named, Options, Step, Transition, call, target_name};
use wasmtime::Result;

use crate::guest::Guest;
use crate::screen::Screen;

/// What happens, the call it must cause, and the depth after it.
const EXPECTED: [(&str, Transition, u32); 8] = [
    ("the host calls the guest's program", ReverseEnter, 1),
    ("  program calls function_a", Leave, 2),
    ("    function_a calls back method_b", ReverseEnter, 3),
    ("      method_b calls function_c", Leave, 4),
    ("      function_c returns", Enter, 3),
    ("    method_b returns", ReverseLeave, 2),
    ("  function_a returns", Enter, 1),
    ("program returns to the host", ReverseLeave, 0),
];

/// Runs the sequence on the calling thread, which must be the manager's only one; false if it was not as documented.
pub(crate) fn show(screen: &mut Screen, guest: &Guest, manager: &'static HostManager) -> Result<bool> {
    let seen: Arc<Mutex<Vec<(Step, u32)>>> = Arc::default();
    let record = Arc::clone(&seen);
    let observer = Box::new(move |step: &Step| {
        let mut depth = 0;
        manager.core().for_each_task(|task| depth = task.depth);
        record.lock().unwrap_or_else(PoisonError::into_inner).push((*step, depth));
    });
    let host = Host::with(manager, Options { observer: Some(observer), ..Options::default() });
    let mut running = guest.start(host)?;
    call(&mut running.store, &running.program, ())?;

    screen.line("The documented sequence, as the manager heard it from the runtime:");
    screen.line("");
    screen.line("  what happens                         call                  HRESULT      depth");
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    for (number, (step, depth)) in seen.iter().enumerate() {
        let what = EXPECTED.get(number).map_or("one call too many", |(what, ..)| what);
        let hresult = if step.hresult == S_OK { "S_OK".to_owned() } else { Named(step.hresult).to_string() };
        screen.line(format!("  {what:<35}  {:<20}  {hresult:<11}  {depth:>5}", step.transition.method()));
        if step.transition == Leave {
            let name = target_name(step.target).unwrap_or("a function without a name");
            screen.line(format!("  {:<35}  target {:#x} = {name}", "", step.target));
        }
    }
    screen.line("");
    let got = seen.iter().map(|(step, depth)| (step.transition, step.hresult, *depth));
    let as_documented = got.eq(EXPECTED.iter().map(|(_, transition, depth)| (*transition, S_OK, *depth)));
    if !as_documented {
        screen.line("This is not the documented sequence.");
    }
    Ok(as_documented)
}
