//! Where everything is in the page of a manager with given settings.

use crate::cell::Cell;
use crate::config::Config;
use crate::page::{NAME_BYTES, NAMES, RING_HEAD_BYTES, TASK_NAME_BYTES, TRACE_RECORD_BYTES};
use crate::slab;

/// What memory is mapped in.
const UNIT: usize = 4096;

/// Records of one kind.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) offset: usize,
    pub(crate) bytes: usize,
    pub(crate) count: usize,
}

impl Extent {
    /// Records at the first unit from `offset` on.
    fn at(offset: usize, bytes: usize, count: usize) -> Extent {
        Extent { offset: offset.next_multiple_of(UNIT), bytes, count }
    }

    /// Where they end.
    fn end(&self) -> usize {
        self.offset + self.bytes * self.count
    }
}

/// The regions of a page, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) cells: Extent,
    pub(crate) task_names: Extent,
    pub(crate) names: Extent,
    pub(crate) rings: Extent,
    pub(crate) ring_records: usize,
    /// Of the whole.
    pub(crate) bytes: usize,
}

/// Bytes of a ring with so many records.
pub(crate) const fn ring_bytes(records: usize) -> usize {
    (RING_HEAD_BYTES as usize + records * TRACE_RECORD_BYTES as usize).next_multiple_of(UNIT)
}

impl Layout {
    pub(crate) fn of(config: &Config, max_tasks: u32) -> Layout {
        let tasks = slab::in_whole_chunks(max_tasks);
        let ring_records = config.ring_records();
        // The header and the figures have the first unit.
        let cells = Extent::at(UNIT, size_of::<Cell>(), tasks);
        let task_names = Extent::at(cells.end(), TASK_NAME_BYTES as usize, tasks);
        let names = Extent::at(task_names.end(), NAME_BYTES as usize, NAMES as usize);
        let rings = Extent::at(names.end(), ring_bytes(ring_records), config.rings());
        Layout { cells, task_names, names, rings, ring_records, bytes: rings.end() }
    }
}
