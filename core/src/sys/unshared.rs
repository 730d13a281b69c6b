//! Where no memory can be shared with readers: managers have no page.

use core::ffi::CStr;
use core::ptr::NonNull;

use crate::error::Error;

#[derive(Clone, Copy)]
pub(crate) struct SharedFile;

impl SharedFile {
    pub(crate) fn close(self) {}
}

pub(crate) fn shared_pages(_name: &CStr, _bytes: usize) -> Result<(NonNull<u8>, SharedFile), Error> {
    Err(Error::Unsupported)
}

pub(crate) fn dump_pages(_start: NonNull<u8>, _bytes: usize) {}

pub(crate) fn leave_out_of_dumps(_start: NonNull<u8>, _bytes: usize) {}

/// # Safety
/// Never called: there is no page.
pub(crate) unsafe fn move_pages(_from: NonNull<u8>, _to: NonNull<u8>, _bytes: usize) -> bool {
    false
}

pub(crate) fn process_id() -> u64 {
    0
}

/// True: where there is no page, nobody need be told of a fork.
pub(crate) fn on_fork(_before: unsafe extern "C" fn(), _in_child: unsafe extern "C" fn()) -> bool {
    true
}

pub(crate) fn note_fork_handlers() {}
