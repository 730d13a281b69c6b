//! The beginning of a page, and where everything else in it is; see docs/PAGE.md.

use core::mem::offset_of;

use static_assertions::const_assert_eq;

use crate::sync::{AtomicU32, AtomicU64};

/// The first eight bytes of a page.
pub const MAGIC: u64 = u64::from_ne_bytes(*b"TOLLGATE");
/// The version of the layout; readers refuse any other.
pub const VERSION: u32 = 1;
/// Bytes of the header that this version knows.
pub const HEADER_BYTES: u32 = size_of::<PageHeader>() as u32;
/// Where the figures are.
pub const FIGURES_OFFSET: u64 = 512;
/// Bytes of the entry that names the task of a cell.
pub const TASK_NAME_BYTES: u64 = 64;
/// Bits of the number of the task in the first word of that entry; a count of namings is above them.
pub const TASK_NAME_ID_BITS: u32 = 48;
/// Bytes of the entry that names a target.
pub const NAME_BYTES: u64 = 128;
/// Targets that can be named.
pub const NAMES: u32 = 4096;
/// The kind of an entry that names a target.
pub const NAME_TARGET: u32 = 1;
/// Bytes before the records of a ring.
pub const RING_HEAD_BYTES: u64 = 128;
/// Bytes of a record in a ring.
pub const TRACE_RECORD_BYTES: u64 = 32;

/// Records of one kind: record `i` lies at `offset + i * bytes`.
#[repr(C)]
pub struct Region {
    /// Of the first record, from the beginning of the file.
    pub offset: AtomicU64,
    /// From one record to the next.
    pub bytes: AtomicU64,
    /// Records there is room for.
    pub count: AtomicU64,
}

/// The beginning of a page; constant once `magic` is there.
#[repr(C)]
pub struct PageHeader {
    /// [`MAGIC`], stored last.
    pub magic: AtomicU64,
    /// [`VERSION`].
    pub version: AtomicU32,
    /// [`HEADER_BYTES`].
    pub header_bytes: AtomicU32,
    /// [`LAYOUT_ID`](crate::LAYOUT_ID).
    pub layout_id: AtomicU64,
    /// The size of the file.
    pub file_bytes: AtomicU64,
    /// The process, as it sees itself.
    pub pid: AtomicU64,
    /// The number of the manager in its process, which the file's name ends in.
    pub number: AtomicU32,
    /// 0 govern, 1 observe.
    pub policy: AtomicU32,
    /// When the page was made, on the monotonic clock.
    pub created_ns: AtomicU64,
    /// The cells.
    pub cells: Region,
    /// The names of tasks, one entry for each cell.
    pub task_names: Region,
    /// The names of targets.
    pub names: Region,
    /// The rings of traces.
    pub rings: Region,
    /// Records of each ring, a power of two.
    pub ring_records: AtomicU32,
    /// [`BUCKETS`](crate::BUCKETS).
    pub histogram_buckets: AtomicU32,
    /// [`FIGURES_OFFSET`].
    pub figures_offset: AtomicU64,
    /// The version of the library.
    pub library: AtomicU32,
    /// 0.
    pub reserved: AtomicU32,
}

const_assert_eq!(size_of::<PageHeader>(), 176);
const_assert_eq!(offset_of!(PageHeader, pid), 32);
const_assert_eq!(offset_of!(PageHeader, cells), 56);
const_assert_eq!(offset_of!(PageHeader, rings), 128);
const_assert_eq!(offset_of!(PageHeader, figures_offset), 160);

/// The version of the library: major in the high half, then a byte each for minor and patch.
pub const fn library_version() -> u32 {
    const fn number(digits: &str) -> u32 {
        let mut bytes = digits.as_bytes();
        let mut value = 0;
        while let [digit, rest @ ..] = bytes {
            value = value * 10 + (*digit - b'0') as u32;
            bytes = rest;
        }
        value
    }
    const {
        number(env!("CARGO_PKG_VERSION_MAJOR")) << 16
            | number(env!("CARGO_PKG_VERSION_MINOR")) << 8
            | number(env!("CARGO_PKG_VERSION_PATCH"))
    }
}
