//! Systems that do not give what a page takes.

use tollgate_capi::exports::*;
use tollgate_capi::{E_NOTIMPL, E_OUTOFMEMORY, S_OK};

use crate::common::Host;
use crate::common::own_process::in_own_process;
use crate::mapped::with_page;

#[test]
fn a_page_that_cannot_be_had_is_refused_with_its_reason() {
    in_own_process(&["file size", "address space", "files", "filter"], |case| {
        let try_to = |max_tasks| {
            let config =
                tollgate_config { struct_size: 28, flags: TOLLGATE_PAGE, max_tasks, ..Default::default() };
            let mut out = std::ptr::dangling_mut();
            // SAFETY: pointers are good for the call.
            let result = unsafe { tollgate_manager_create(&config, &mut out) };
            assert_eq!(out.is_null(), result != S_OK);
            result
        };
        match case {
            "file size" => {
                limit(libc::RLIMIT_FSIZE, 64 << 20);
                assert_eq!(try_to(0), E_OUTOFMEMORY);
                let few = tollgate_config { max_tasks: 100, trace_tasks: 100, ..Default::default() };
                with_page(few);
            }
            "address space" => {
                limit(libc::RLIMIT_AS, mapped_bytes() + (1 << 30));
                assert_eq!([try_to(0), try_to(100)], [E_OUTOFMEMORY, S_OK]);
            }
            "files" => {
                limit(libc::RLIMIT_NOFILE, 0);
                assert_eq!(try_to(100), E_OUTOFMEMORY);
            }
            _ => {
                refuse_memfd();
                assert_eq!(try_to(100), E_NOTIMPL);
                // Nothing else depends on it.
                Host::new(tollgate_config { struct_size: 28, ..Default::default() });
            }
        }
    });
}

/// Address space that the process has.
fn mapped_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: u64 = statm.split(' ').next().expect("a field").parse().expect("a number");
    // SAFETY: takes an integer.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}

fn limit(what: libc::__rlimit_resource_t, most: u64) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes the struct.
    assert_eq!(unsafe { libc::getrlimit(what, &mut limit) }, 0);
    limit.rlim_cur = most;
    // SAFETY: reads the struct.
    assert_eq!(unsafe { libc::setrlimit(what, &limit) }, 0);
}

/// From now on the kernel answers memfd_create with EPERM.
pub(super) fn refuse_memfd() {
    let filter = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
    let mut program = [
        // The number of the call; this one is refused, others are not.
        filter((libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, 0, 0, 0),
        filter((libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16, libc::SYS_memfd_create as u32, 0, 1),
        filter(libc::BPF_RET as u16, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32, 0, 0),
        filter(libc::BPF_RET as u16, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: takes integers.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    // SAFETY: a whole program.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) };
    assert_eq!(result, 0);
}
