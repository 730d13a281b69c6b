//! errno, on Windows the last error, is the caller's, also when a call waits, gives up, or finds that the system refuses what it needs.

mod common;

#[cfg(unix)]
use common::World;
use common::os::{error, set_error};
use common::{Actor, Call, FOREVER, Host, hold, in_every_world};
use tollgate_capi::exports::tollgate_config;
use tollgate_capi::{E_FAIL, E_OUTOFMEMORY, HOST_E_ABANDONED, HOST_E_TIMEOUT, HRESULT, S_OK};

const MARK: i32 = 0x5a5a;

/// What `call` answers; it must leave errno alone.
#[track_caller]
fn keeps_errno<R>(call: impl FnOnce() -> R) -> R {
    set_error(MARK);
    let result = call();
    assert_eq!(error(), MARK);
    result
}

#[test]
fn calls_that_wait_keep_errno() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { gate_timeout_ms: 3, ..Default::default() });
        let [task, inside] = [Actor::new(), Actor::new()];
        let call = |call: Call| task.run(move || keeps_errno(|| call(host)));
        assert_eq!(call(|host| host.leave(1)), S_OK, "attaches");
        assert_eq!(keeps_errno(|| host.pause(FOREVER).0), S_OK, "nobody is inside");
        assert_eq!(call(Host::enter), HOST_E_TIMEOUT, "held");
        assert_eq!(keeps_errno(|| host.resume()), S_OK);
        assert_eq!(call(Host::enter), S_OK);
        assert_eq!(call(|host| host.leave(1)), S_OK);
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        assert_eq!(keeps_errno(|| host.pause(2).0), HOST_E_TIMEOUT, "a laggard");
        assert_eq!(keeps_errno(|| host.shutdown(2).0), HOST_E_TIMEOUT);
        assert_eq!(inside.run(move || keeps_errno(|| host.reverse_leave())), S_OK);
    });
}

#[test]
fn calls_that_are_held_keep_errno_however_that_ends() {
    in_every_world(|world| {
        let ends: [(Call, HRESULT); 3] =
            [(Host::resume, S_OK), (|host| host.shutdown(FOREVER).0, HOST_E_ABANDONED), (Host::fail, E_FAIL)];
        for (end, expected) in ends {
            let host = world.host();
            let [task, inside, witness, pauser] = [(); 4].map(|_| Actor::new());
            assert_eq!(task.run(move || host.leave(1)), S_OK);
            assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
            // The pauser sleeps until the one inside leaves and wakes it.
            let pause = pauser.start(move || keeps_errno(|| host.pause(FOREVER).0));
            let held = hold(host, &witness);
            assert_eq!(inside.run(move || keeps_errno(|| host.reverse_leave())), S_OK);
            assert_eq!(pause.get(), S_OK);
            let call = task.start(move || keeps_errno(|| host.enter()));
            host.wait_for_held(2);
            assert_eq!(keeps_errno(|| end(host)), S_OK);
            assert_eq!([call.get(), held.get()], [expected; 2]);
        }
    });
}

#[test]
fn calls_that_spill_keep_errno() {
    in_every_world(|world| {
        let host = world.host();
        for _ in 0..2048 {
            assert_eq!(keeps_errno(|| [host.leave(1), host.reverse_enter()]), [S_OK; 2]);
        }
        assert_eq!(keeps_errno(|| host.leave(1)), E_OUTOFMEMORY);
        for _ in 0..2048 {
            assert_eq!(keeps_errno(|| [host.reverse_leave(), host.enter()]), [S_OK; 2]);
        }
    });
}

/// The process gets no more memory from the system: whatever a call maps is refused, and errno says so to those who look.
#[cfg(unix)]
#[test]
fn calls_without_memory_keep_errno_and_lose_nothing() {
    in_every_world(|world| {
        // With a page there is memory for all tasks from the beginning; only levels beyond the word need more.
        let has_page = matches!(world, World::Page | World::Traced);
        // What harness and host need is made before.
        let (host, task) = (world.host(), Actor::new());
        assert_eq!(task.run(|| S_OK), S_OK);
        let full = world.host();
        for _ in 0..62 {
            assert_eq!(full.leave(1), S_OK);
        }
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: writes the struct.
        assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) }, 0);
        let none = libc::rlimit { rlim_cur: 0, ..limit };
        // SAFETY: reads the struct.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &none) }, 0);
        let results = keeps_errno(|| {
            [
                // No page for the first cells of this manager.
                host.leave(1),
                host.enter(),
                host.reverse_enter(),
                host.reverse_leave(),
                host.current_task(),
                host.begin_affinity(),
                host.create_task(Some(never), std::ptr::null_mut()).0,
                // None for levels beyond the word either.
                full.leave(1),
                full.reverse_enter(),
            ]
        });
        // SAFETY: as above.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
        if has_page {
            assert_eq!(results[7..], [E_OUTOFMEMORY; 2]);
        } else {
            assert_eq!(results, [E_OUTOFMEMORY; 9]);
        }
        let entry = full.own_entry();
        assert_eq!((entry.depth, entry.leaves, entry.reverse_enters), (62, 62, 0));
        assert_eq!([full.leave(1), host.leave(1)], [S_OK; 2], "there is memory again");
        full.assert_quiet();
        host.assert_quiet();
    });
}

#[cfg(unix)]
unsafe extern "system" fn never(_: *mut std::ffi::c_void) -> u32 {
    std::process::abort()
}
