//! A page of any process, and managers that have one.

use std::ffi::CStr;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use tollgate_capi::exports::*;
use tollgate_core::TaskInfo;
use tollgate_core::page::PageView;

use crate::common::Host;

/// A page, mapped as a watcher maps it.
pub(super) struct Mapped {
    pub(super) start: NonNull<u8>,
    bytes: usize,
    pub(super) file: File,
}

impl Mapped {
    /// Page `number` of a process.
    pub(super) fn open(pid: u32, number: u32) -> Option<Mapped> {
        let name = format!("/memfd:tollgate-{number} (deleted)");
        let link = fs::read_dir(format!("/proc/{pid}/fd"))
            .expect("the process is there and the same user's")
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| fs::read_link(path).is_ok_and(|target| target.as_os_str() == name.as_str()))?;
        let file = File::open(link).expect("a page can be opened for reading");
        let bytes = file.metadata().expect("a file has a size").len() as usize;
        let protection = libc::PROT_READ;
        let null = std::ptr::null_mut();
        // SAFETY: a mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(null, bytes, protection, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        assert_ne!(start, libc::MAP_FAILED);
        Some(Mapped { start: NonNull::new(start.cast()).expect("not null"), bytes, file })
    }

    pub(super) fn view(&self) -> PageView<'_> {
        // SAFETY: mapped for as long as this lives, from a file that is sealed.
        unsafe { PageView::new(self.start, self.bytes) }.expect("a page of this version")
    }

    pub(super) fn tasks(&self) -> Vec<(TaskInfo, String)> {
        let mut tasks = Vec::new();
        self.view().for_each_task(|task, name| tasks.push((*task, name.as_str().to_owned())));
        tasks
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: mapped in `open`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

pub(super) fn with_page(config: tollgate_config) -> Host {
    Host::new(tollgate_config { struct_size: 28, flags: config.flags | TOLLGATE_PAGE, ..config })
}

pub(super) fn name_target(host: Host, target: usize, name: &CStr) -> i32 {
    // SAFETY: a manager of this library, a string.
    unsafe { tollgate_name_target(host.raw(), target, name.as_ptr()) }
}

pub(super) fn name_task(host: Host, name: &CStr) -> i32 {
    // SAFETY: as above.
    unsafe { tollgate_name_task(host.raw(), name.as_ptr()) }
}
