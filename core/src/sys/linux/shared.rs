//! Memory that other processes can map for reading: memfd_create(2), sealed so that nobody else can write or shrink it.

use core::ffi::CStr;
use core::ptr::NonNull;

use crate::error::Error;
use crate::sync::{AtomicU32, Ordering};

/// From Linux 6.3 on; older kernels refuse flags that they do not know.
const MFD_NOEXEC_SEAL: libc::c_uint = 8;
/// From Linux 5.1 on: mappings made before can write, nothing else can.
const F_SEAL_FUTURE_WRITE: libc::c_int = 16;

/// A file in memory; known by more than its number, which the program may have closed and got again for something else.
#[derive(Clone, Copy)]
pub(crate) struct SharedFile {
    number: libc::c_int,
    device: libc::dev_t,
    inode: libc::ino_t,
}

/// Zeroed memory of `bytes`, all of it a hole as yet, in a file with this name that others can open for reading; left out of
/// core dumps until [`dump_pages`].
///
/// **Errors:** `Unsupported` without memfd or its seals; `OutOfMemory` for anything that there is not enough of.
pub(crate) fn shared_pages(name: &CStr, bytes: usize) -> Result<(NonNull<u8>, SharedFile), Error> {
    let number = create(name)?;
    let mapped = size_and_map(number, bytes);
    match mapped.and_then(|start| Ok((start, seal(number, start, bytes)?))) {
        Ok(made) => Ok(made),
        Err(error) => {
            // SAFETY: made above.
            unsafe { libc::close(number) };
            Err(error)
        }
    }
}

fn create(name: &CStr) -> Result<libc::c_int, Error> {
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    let mut number = memfd(name, flags | MFD_NOEXEC_SEAL);
    if number < 0 && last_error() == libc::EINVAL {
        number = memfd(name, flags);
    }
    if number < 0 {
        return Err(refused());
    }
    if number > libc::STDERR_FILENO {
        return Ok(number);
    }
    // A program that runs without standard streams would read and write the page instead.
    // SAFETY: a file made above.
    let higher = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, libc::STDERR_FILENO + 1) };
    let error = refused();
    // SAFETY: as above.
    unsafe { libc::close(number) };
    if higher < 0 { Err(error) } else { Ok(higher) }
}

fn memfd(name: &CStr, flags: libc::c_uint) -> libc::c_int {
    // SAFETY: a string and an integer.
    unsafe { libc::syscall(libc::SYS_memfd_create, name.as_ptr(), flags) as libc::c_int }
}

fn size_and_map(number: libc::c_int, bytes: usize) -> Result<NonNull<u8>, Error> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // A file that grows beyond this limit raises a signal instead of an error.
    // SAFETY: writes the struct it is given.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &mut limit) } == 0;
    if known && limit.rlim_cur != libc::RLIM_INFINITY && limit.rlim_cur < bytes as libc::rlim_t {
        return Err(Error::OutOfMemory);
    }
    // SAFETY: a file made by the caller.
    if unsafe { libc::ftruncate(number, bytes as libc::off_t) } != 0 {
        return Err(refused());
    }
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a mapping at an address of the kernel's choice touches nothing that exists.
    let start = unsafe { libc::mmap(core::ptr::null_mut(), bytes, protection, libc::MAP_SHARED, number, 0) };
    if start == libc::MAP_FAILED {
        return Err(refused());
    }
    NonNull::new(start.cast()).ok_or(Error::OutOfMemory)
}

/// Seals the file once it is mapped; gives the mapping back if that is refused.
fn seal(number: libc::c_int, start: NonNull<u8>, bytes: usize) -> Result<SharedFile, Error> {
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | F_SEAL_FUTURE_WRITE | libc::F_SEAL_SEAL;
    // SAFETY: a file of the caller's, and an integer.
    let sealed = unsafe { libc::fcntl(number, libc::F_ADD_SEALS, seals) } == 0;
    let error = refused();
    if let (true, Some(file)) = (sealed, SharedFile::of(number)) {
        // A file of this size, nearly all of it a hole, would make core dumps slow. A refusal changes nothing else.
        // SAFETY: a mapping of the caller's.
        unsafe { libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_DONTDUMP) };
        return Ok(file);
    }
    // SAFETY: made by the caller, seen by nobody else.
    unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
    Err(error)
}

impl SharedFile {
    /// The open file with this number.
    fn of(number: libc::c_int) -> Option<SharedFile> {
        let mut about = core::mem::MaybeUninit::<libc::stat>::uninit();
        // SAFETY: writes the struct it is given.
        if unsafe { libc::fstat(number, about.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: written by the call, which succeeded.
        let about = unsafe { about.assume_init() };
        Some(SharedFile { number, device: about.st_dev, inode: about.st_ino })
    }

    /// Closes the file, if its number still stands for it; mappings stay.
    pub(crate) fn close(self) {
        let now = SharedFile::of(self.number);
        if now.is_some_and(|now| now.device == self.device && now.inode == self.inode) {
            // SAFETY: the file that this value was made for.
            unsafe { libc::close(self.number) };
        }
    }
}

/// The error of a call that has just failed.
fn refused() -> Error {
    match last_error() {
        libc::ENOSYS | libc::EPERM | libc::EACCES | libc::EINVAL => Error::Unsupported,
        _ => Error::OutOfMemory,
    }
}

fn last_error() -> libc::c_int {
    // SAFETY: takes nothing; the address is the calling thread's own variable.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { *errno }
}

/// Puts memory that was left out of core dumps into them.
pub(crate) fn dump_pages(start: NonNull<u8>, bytes: usize) {
    // SAFETY: changes nothing but core dumps, whatever is there.
    unsafe { libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_DODUMP) };
}

/// Leaves memory out of core dumps.
pub(crate) fn leave_out_of_dumps(start: NonNull<u8>, bytes: usize) {
    // SAFETY: as above.
    unsafe { libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_DONTDUMP) };
}

/// Puts the mapping at `from` into the place of that at `to`, in one step; false, and nothing changed, if that is refused.
///
/// # Safety
/// Both are whole mappings of `bytes`, and nobody else refers to `from`.
pub(crate) unsafe fn move_pages(from: NonNull<u8>, to: NonNull<u8>, bytes: usize) -> bool {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    // SAFETY: the caller's duty.
    let moved = unsafe {
        libc::mremap(from.as_ptr().cast(), bytes, bytes, flags, to.as_ptr().cast::<core::ffi::c_void>())
    };
    moved != libc::MAP_FAILED
}

/// The number of this process, as it sees itself.
pub(crate) fn process_id() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getpid() as u64 }
}

/// 0, [`REGISTERED`], or the number of the process that is at it: the child of a fork in that moment has no thread that goes
/// on with it, and must not wait for one.
static FORK_HANDLERS: AtomicU32 = AtomicU32::new(0);

/// No process has this number.
const REGISTERED: u32 = u32::MAX;

/// Has `before` called before every fork, on the thread that forks, and `in_child` in the child; false if the C library has no
/// room for handlers. Only the first call registers any, and `in_child` must call [`note_fork_handlers`].
pub(crate) fn on_fork(before: unsafe extern "C" fn(), in_child: unsafe extern "C" fn()) -> bool {
    let own = process_id() as u32;
    loop {
        // Ordering: Acquire pairs with the Release below: whoever finds REGISTERED may rely on the handlers.
        let state = FORK_HANDLERS.load(Ordering::Acquire);
        if state == REGISTERED {
            return true;
        }
        if state == own {
            super::yield_now();
            continue;
        }
        if FORK_HANDLERS.compare_exchange(state, own, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            // SAFETY: plain functions that stay loaded as long as they are registered.
            let done = unsafe { libc::pthread_atfork(Some(before), None, Some(in_child)) } == 0;
            FORK_HANDLERS.store(if done { REGISTERED } else { 0 }, Ordering::Release);
            return done;
        }
    }
}

/// In the child of a fork, by the handler: it was registered, even if the thread that did so had not noted it yet.
pub(crate) fn note_fork_handlers() {
    FORK_HANDLERS.store(REGISTERED, Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;

    extern "C" fn nothing() {}

    #[test]
    fn a_child_does_not_wait_for_a_thread_that_it_has_not() {
        // As a fork leaves it between the two steps of another thread; process 1 is not this one.
        FORK_HANDLERS.store(1, Ordering::Relaxed);
        assert!(on_fork(nothing, nothing));
        assert_eq!(FORK_HANDLERS.load(Ordering::Relaxed), REGISTERED);
        assert!(on_fork(nothing, nothing));
        // Others register handlers that do something.
        FORK_HANDLERS.store(0, Ordering::Relaxed);
    }
}
