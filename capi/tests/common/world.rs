//! Every gate test runs in several worlds, each a process of its own.
//!
//! What a call does inside depends on things that a process decides once: whether it has a process-wide barrier or fences
//! in every transition, and whether a second manager is in use, in which case each call looks its cell up. A test that
//! shares a process with others would always see the last kind.

use tollgate_capi::exports::{TOLLGATE_FULL_FENCES, TOLLGATE_PAGE, TOLLGATE_TRACE, tollgate_config};

use super::Host;
use super::own_process::{function_of, run_cases};

/// The kind of process that a test runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    /// One manager, the process-wide barrier: the fast path is live.
    Barrier,
    /// One manager, full fences in every transition.
    FullFences,
    /// Another manager is in use, and the thread has a task there.
    SeveralManagers,
    /// One manager, whose tasks other processes can watch.
    Page,
    /// The same, and every transition is traced.
    Traced,
}

/// Without the last two where there are no pages.
const WORLDS: &[World] = if cfg!(unix) {
    &[World::Barrier, World::FullFences, World::SeveralManagers, World::Page, World::Traced]
} else {
    &[World::Barrier, World::FullFences, World::SeveralManagers]
};

impl World {
    /// A manager with default settings.
    pub(crate) fn host(self) -> Host {
        self.host_with(tollgate_config::default())
    }

    /// A manager with these settings, `struct_size` left to this function.
    pub(crate) fn host_with(self, mut config: tollgate_config) -> Host {
        config.struct_size = size_of::<tollgate_config>() as u32;
        config.flags |= match self {
            World::FullFences => TOLLGATE_FULL_FENCES,
            World::Page => TOLLGATE_PAGE,
            World::Traced => TOLLGATE_PAGE | TOLLGATE_TRACE,
            World::Barrier | World::SeveralManagers => 0,
        };
        let host = Host::new(config);
        if self == World::SeveralManagers {
            let other = Host::new(tollgate_config { struct_size: 20, ..Default::default() });
            assert_eq!([other.leave(0), other.enter(), other.leave(0)], [0; 3]);
        }
        host
    }
}

/// Runs `test`, a closure written in the calling test function, in each world.
#[track_caller]
pub(crate) fn in_every_world<F: FnOnce(World)>(test: F) {
    let names: Vec<String> = WORLDS.iter().map(|world| format!("{world:?}")).collect();
    let cases: Vec<&str> = names.iter().map(String::as_str).collect();
    run_cases(&function_of::<F>(), &cases, |case| {
        test(*WORLDS.iter().find(|world| format!("{world:?}") == case).expect("a known world"));
    });
}
