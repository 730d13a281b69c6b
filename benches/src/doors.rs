//! Every door and every peer as a loop that can be timed, all in one process.

use std::ffi::{CStr, CString, c_void};
use std::mem::transmute;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::peers;
use crate::programs::{self, Build};
use crate::rust_doors;

/// Runs a pair, or a nested four, so many times; panics if a call fails.
pub type Loop = Box<dyn Fn(u64) + Send + Sync>;

/// Something whose pairs are timed.
pub struct Subject {
    /// As tables show it.
    pub title: &'static str,
    /// What it is compared with first, by title: the empty call of the same kind.
    pub empty: Option<&'static str>,
    /// A leave and an enter, or what comes closest.
    pub pairs: Loop,
    /// Four nested levels, for doors.
    pub nested: Option<Loop>,
}

/// The empty vtable of the static kind.
pub const EMPTY_STATIC: &str = "empty vtable, static";
/// The empty vtable in a shared library.
pub const EMPTY_SHARED: &str = "empty vtable, shared";
/// The COM door of the static library.
pub const COM_STATIC: &str = "COM, static library";
/// The COM door of the shared library.
pub const COM_SHARED: &str = "COM, shared library";
/// The COM door of a shared library that finds its thread-local pointers by descriptor.
pub const COM_DESCRIPTOR: &str = "COM, shared, descriptor";
/// The empty vtable in its process.
pub const EMPTY_DESCRIPTOR: &str = "empty vtable, beside it";
/// What shares nothing, in the process of [`subjects`] and in that of [`descriptor_subjects`].
pub const REGISTERS: &str = "registers only";
/// See [`REGISTERS`].
pub const REGISTERS_DESCRIPTOR: &str = "registers only, beside it";
/// Counts that all threads write.
pub const ONE_LINE: &str = "counts in one line";
/// The peer that inlined doors are compared with.
pub const URCU_MEMB: &str = "liburcu memb, inlined";
/// The peer that hosts in the open use.
pub const MUTEX_MAP: &str = "mutex and std::map per call";

/// Every door and peer. Compiles and loads the C and C++ ones.
pub fn subjects() -> Vec<Subject> {
    let fixed = Plugin::load(&programs::plugin(Build::Static));
    let shared = Plugin::load(&programs::plugin(Build::Shared));
    let peers = Plugin::load(&programs::peers());
    let mut all = vec![
        fixed.subject(EMPTY_STATIC, None, "empty"),
        fixed.subject(COM_STATIC, Some(EMPTY_STATIC), "com"),
        shared.subject(EMPTY_SHARED, None, "empty"),
        shared.subject(COM_SHARED, Some(EMPTY_SHARED), "com"),
        fixed.subject("C function, static library", None, "handle"),
        shared.subject("C function, shared library", None, "handle"),
        fixed.subject("C, inlined", None, "inline_c"),
        fixed.subject("C++, inlined", None, "inline_cpp"),
        rust("Rust, thread-local", "tls"),
        rust("Rust, task handle", "task"),
        rust("Rust, guard", "guard"),
    ];
    if programs::HAS_URCU {
        all.push(peers.subject(URCU_MEMB, None, "urcu_memb"));
        all.push(peers.subject("liburcu qsbr, inlined", None, "urcu_qsbr"));
    } else {
        eprintln!("SKIPPED: userspace RCU was not installed when this was built (liburcu-dev)");
    }
    all.push(peer("crossbeam-epoch pin", peers::epoch));
    all.push(peer("parking_lot ReentrantMutex", peers::reentrant_mutex));
    all.push(peers.subject(MUTEX_MAP, None, "mutex_map"));
    all.push(peer(REGISTERS, peers::registers));
    all
}

/// The doors of the library that finds its thread-local pointers by descriptor. For a process of their own: it has the
/// same name as the one in [`subjects`], and the loader would take the one for the other.
pub fn descriptor_subjects() -> Vec<Subject> {
    let library = Plugin::load(&programs::plugin(Build::DescriptorShared));
    vec![
        library.subject(EMPTY_DESCRIPTOR, None, "empty"),
        library.subject(COM_DESCRIPTOR, Some(EMPTY_DESCRIPTOR), "com"),
        peer(REGISTERS_DESCRIPTOR, peers::registers),
    ]
}

/// The doors that are run beside themselves, and the loop that shows what sharing a line looks like.
pub fn beside_subjects() -> Vec<Subject> {
    let all = subjects().into_iter().filter(|subject| [COM_STATIC, COM_SHARED].contains(&subject.title));
    all.chain([peer(ONE_LINE, peers::one_line)]).collect()
}

fn rust(title: &'static str, door: &str) -> Subject {
    let run = |shape: &str| -> Loop {
        let (_, _, run) =
            rust_doors::LOOPS.iter().find(|(d, s, _)| *d == door && *s == shape).expect("a door of Rust");
        Box::new(|times| run(times).expect("no transition fails"))
    };
    Subject { title, empty: None, pairs: run("pairs"), nested: Some(run("nested")) }
}

fn peer(title: &'static str, run: fn(u64)) -> Subject {
    Subject { title, empty: None, pairs: Box::new(run), nested: None }
}

/// A library of loops; stays loaded.
struct Plugin(*mut c_void);

impl Plugin {
    fn load(path: &Path) -> Plugin {
        let name = CString::new(path.as_os_str().as_bytes()).expect("paths have no zero bytes");
        // SAFETY: a string; the library's initialisers are those of the C++ runtime.
        let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!library.is_null(), "cannot load {}: {}", path.display(), last_error());
        Plugin(library)
    }

    fn find(&self, door: &str, shape: &str) -> Option<Loop> {
        let name = CString::new(format!("door_{door}_{shape}")).expect("no zero bytes");
        // SAFETY: a library that stays loaded, a string.
        let symbol = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        if symbol.is_null() {
            return None;
        }
        // SAFETY: `door_loop` of doors.h.
        let run = unsafe { transmute::<*mut c_void, unsafe extern "C" fn(u64) -> i32>(symbol) };
        Some(Box::new(move |times| {
            // SAFETY: takes any number, on any thread.
            let result = unsafe { run(times) };
            assert_eq!(result, 0, "a transition failed");
        }))
    }

    fn subject(&self, title: &'static str, empty: Option<&'static str>, door: &str) -> Subject {
        let pairs = self.find(door, "pairs").unwrap_or_else(|| panic!("no loop for {title}"));
        let nested = self.find(door, "nested").filter(|_| !door.starts_with("urcu"));
        Subject { title, empty, pairs, nested }
    }
}

fn last_error() -> String {
    // SAFETY: the loader's last message, or null.
    let message = unsafe { libc::dlerror() };
    if message.is_null() {
        return "no reason given".to_owned();
    }
    // SAFETY: a string of the loader's, valid until its next call.
    unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned()
}
