//! membarrier(2), private and expedited: every running thread of the process passes a full fence.

const QUERY: libc::c_int = 0;
const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

fn membarrier(command: libc::c_int) -> libc::c_long {
    // SAFETY: takes three integers and touches no memory of the program.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0 as libc::c_int, 0 as libc::c_int) }
}

/// Registers the process; false if the kernel (before 4.14) or a filter refuses.
pub(crate) fn register_barrier() -> bool {
    let commands = membarrier(QUERY);
    commands >= 0
        && commands & libc::c_long::from(PRIVATE_EXPEDITED) != 0
        && membarrier(REGISTER_PRIVATE_EXPEDITED) == 0
}

/// The barrier; false only if the kernel refuses what it granted before.
pub(crate) fn barrier() -> bool {
    // A forked child of a process that never ran the command may lack the registration: register and try again.
    membarrier(PRIVATE_EXPEDITED) == 0 || (register_barrier() && membarrier(PRIVATE_EXPEDITED) == 0)
}
