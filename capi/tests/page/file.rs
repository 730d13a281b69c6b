//! The file of a page: what others can do with it, and where it is not.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::{self, Command};

use crate::common::own_process::in_own_process;
use crate::mapped::{Mapped, with_page};

/// How the link of a descriptor of a page begins.
const PAGE: &str = "/memfd:tollgate-";

/// Who can open the page for reading can do nothing else with it.
#[test]
fn nobody_else_can_write() {
    in_own_process(&["one manager"], |_| {
        let _host = with_page(Default::default());
        let page = Mapped::open(process::id(), 1).expect("a page");
        let number = page.file.as_raw_fd();
        let wanted = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_FUTURE_WRITE | libc::F_SEAL_SEAL;
        // SAFETY: a number and a command.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_GET_SEALS) } & wanted, wanted);
        let link = format!("/proc/self/fd/{number}");
        let Ok(writable) = OpenOptions::new().read(true).write(true).open(link) else { return };
        let number = writable.as_raw_fd();
        assert!((&writable).write_all(b"TOLLGATE").is_err(), "written to");
        assert!(writable.set_len(4096).is_err() && writable.set_len(1 << 40).is_err(), "another size");
        let punch = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: takes integers.
        assert_ne!(unsafe { libc::fallocate(number, punch, 0, 4096) }, 0, "made a hole");
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let null = std::ptr::null_mut();
        // SAFETY: a mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(null, 4096, protection, libc::MAP_SHARED, number, 0) };
        assert_eq!(start, libc::MAP_FAILED, "mapped for writing");
        // SAFETY: a mapping of this process.
        let result = unsafe { libc::mprotect(page.start.as_ptr().cast(), 4096, protection) };
        assert_ne!(result, 0, "made writable");
    });
}

#[test]
fn the_file_is_closed_on_exec_and_never_a_standard_stream() {
    in_own_process(&["one manager"], |_| {
        // SAFETY: the number of an open file.
        let saved = unsafe { libc::dup(0) };
        // SAFETY: as above.
        assert!(saved > 0 && unsafe { libc::close(0) } == 0);
        let _host = with_page(Default::default());
        // SAFETY: as above.
        assert_eq!(unsafe { libc::dup2(saved, 0) }, 0);
        let found = Command::new("ls").args(["-l", "/proc/self/fd"]).output().expect("there is ls");
        assert!(!String::from_utf8_lossy(&found.stdout).contains(PAGE));
        assert!(Mapped::open(process::id(), 1).is_some());
        let numbers = fs::read_dir("/proc/self/fd").expect("Linux has it").filter_map(Result::ok);
        let mut pages = numbers.filter(|entry| {
            fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().starts_with(PAGE))
        });
        let name = pages.next().expect("a page").file_name();
        assert!(name.to_string_lossy().parse::<u32>().expect("a number") > 2);
        assert!(pages.next().is_none(), "one file");
    });
}
