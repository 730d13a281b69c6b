//! Reading a page that another process writes, by the protocols of `snapshot` and of the rings.
//!
//! Nothing in the page is trusted: places are checked against the mapping once, each number is loaded by itself, and no
//! address in it is followed. A hostile page can tell lies, and no more.

use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::cell::{Cell, LAYOUT_ID};
use crate::config::Policy;
use crate::gate::GateState;
use crate::histogram::BUCKETS;
use crate::info::{TaskInfo, Totals};
use crate::page::text::Text;
use crate::page::{
    FIGURES_OFFSET, Figures, HEADER_BYTES, MAGIC, NAME_BYTES, NAME_TARGET, PageHeader, RING_HEAD_BYTES,
    Region, TASK_NAME_BYTES, TASK_NAME_ID_BITS, TRACE_RECORD_BYTES, VERSION,
};
use crate::snapshot::{self, Reach};
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::trace::{Head, Place, Ring, TraceRecord};

/// What files in memory are filled in.
const UNIT: usize = 4096;

/// Why memory is not taken for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageError {
    /// It does not begin as a page does; or the page is only being made.
    NotAPage,
    /// A page of this version, which this reader does not know.
    Version(u32),
    /// Tasks are laid out as this number says, and not as this reader knows them.
    Layout(u64),
    /// The file should have `expected` bytes and has `found`.
    Truncated {
        /// What the header says, or the least that a page has.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// A number in the header cannot be right: the name of its field.
    Malformed(&'static str),
}

impl core::fmt::Display for PageError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            PageError::NotAPage => f.write_str("not a Tollgate page, or one that is only being made"),
            PageError::Version(version) => {
                write!(f, "a page of version {version}; this reader knows version {VERSION}")
            }
            PageError::Layout(layout) => write!(
                f,
                "tasks are laid out as {layout:#x} there and as {LAYOUT_ID:#x} here: use a reader of the same release"
            ),
            PageError::Truncated { expected, found } => {
                write!(f, "the page should have {expected} bytes and has {found}")
            }
            PageError::Malformed(field) => {
                write!(f, "the page's field {field} cannot be right: it is damaged, or not a page")
            }
        }
    }
}

impl core::error::Error for PageError {}

/// The gate of a page's manager at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateFigures {
    /// Pauses that hold the gate closed.
    pub pauses: u32,
    /// Tasks held at the gate.
    pub held: u32,
    /// Tasks that were admitted and are not in yet.
    pub admitted: u32,
    /// The manager was shut down.
    pub shut_down: bool,
    /// The host declared failure.
    pub failed: bool,
    /// Inward calls are refused until the host makes the manager available.
    pub unavailable: bool,
}

/// A region as it was found right.
#[derive(Clone, Copy)]
struct Records {
    offset: usize,
    bytes: usize,
    count: usize,
}

/// The page of another process, mapped for reading.
///
/// All methods may be called from any thread and are wait-free; none writes.
#[derive(Clone, Copy)]
pub struct PageView<'a> {
    start: NonNull<u8>,
    cells: Records,
    task_names: Records,
    names: Records,
    rings: Records,
    ring_records: usize,
    memory: PhantomData<&'a [AtomicU64]>,
}

// SAFETY: only loads of atomics.
unsafe impl Send for PageView<'_> {}
// SAFETY: as above.
unsafe impl Sync for PageView<'_> {}

impl<'a> PageView<'a> {
    /// Looks whether the mapped file is a page that this reader understands.
    ///
    /// **Errors:** see [`PageError`].
    ///
    /// # Safety
    /// `bytes` bytes from `start` are readable for `'a`, whoever writes them: a shared mapping of a whole file that is
    /// sealed against shrinking.
    pub unsafe fn new(start: NonNull<u8>, bytes: usize) -> Result<PageView<'a>, PageError> {
        let least = FIGURES_OFFSET as usize + size_of::<Figures>();
        if bytes < least {
            return Err(PageError::Truncated { expected: least as u64, found: bytes as u64 });
        }
        if start.addr().get() % align_of::<Cell>() != 0 {
            return Err(PageError::Malformed("start"));
        }
        // SAFETY: aligned, and `bytes` reach beyond the header.
        let header: &PageHeader = unsafe { start.cast().as_ref() };
        // Ordering: Acquire pairs with the Release store that ends the making of a page.
        if header.magic.load(Ordering::Acquire) != MAGIC {
            return Err(PageError::NotAPage);
        }
        let version = word(&header.version);
        if version != VERSION {
            return Err(PageError::Version(version));
        }
        let layout = wide(&header.layout_id);
        if layout != LAYOUT_ID {
            return Err(PageError::Layout(layout));
        }
        let file_bytes = wide(&header.file_bytes);
        if file_bytes != bytes as u64 {
            return Err(PageError::Truncated { expected: file_bytes, found: bytes as u64 });
        }
        let right = [
            ("header_bytes", word(&header.header_bytes) >= HEADER_BYTES),
            ("figures_offset", wide(&header.figures_offset) == FIGURES_OFFSET),
            ("histogram_buckets", word(&header.histogram_buckets) as usize == BUCKETS),
            ("policy", word(&header.policy) <= 1),
        ];
        if let Some((field, _)) = right.iter().find(|(_, is_right)| !is_right) {
            return Err(PageError::Malformed(field));
        }
        let ring_records = word(&header.ring_records) as usize;
        let ring_bytes = (ring_records as u64).saturating_mul(TRACE_RECORD_BYTES) + RING_HEAD_BYTES;
        if !ring_records.is_power_of_two() {
            return Err(PageError::Malformed("ring_records"));
        }
        let cell_bytes = size_of::<Cell>() as u64;
        let cells = records(&header.cells, bytes, cell_bytes).ok_or(PageError::Malformed("cells"))?;
        let names = records(&header.names, bytes, NAME_BYTES).ok_or(PageError::Malformed("names"))?;
        let rings = records(&header.rings, bytes, ring_bytes).ok_or(PageError::Malformed("rings"))?;
        let task_names = records(&header.task_names, bytes, TASK_NAME_BYTES)
            .filter(|task_names| task_names.count >= cells.count)
            .ok_or(PageError::Malformed("task_names"))?;
        Ok(PageView { start, cells, task_names, names, rings, ring_records, memory: PhantomData })
    }

    /// The same page, in which no more is believed to be in use than `bytes` have room for: what the file holds beside its
    /// holes, which reading would fill.
    pub fn within(mut self, bytes: u64) -> PageView<'a> {
        for records in [&mut self.cells, &mut self.names, &mut self.rings] {
            records.count = records.count.min(most_in(*records, bytes));
        }
        self
    }

    /// The field that says that more is in use than `bytes` have room for, if one does; see
    /// [`within`](PageView::within).
    pub fn beyond(&self, bytes: u64) -> Option<&'static str> {
        let figures = self.figures();
        [
            ("cells_used", &figures.cells_used, self.cells),
            ("names_used", &figures.names_used, self.names),
            ("rings_used", &figures.rings_used, self.rings),
        ]
        .into_iter()
        .find(|(_, used, records)| (word(used) as usize).min(records.count) > most_in(*records, bytes))
        .map(|(field, _, _)| field)
    }

    fn header(&self) -> &'a PageHeader {
        // SAFETY: `new` found room for it, and alignment.
        unsafe { self.start.cast().as_ref() }
    }

    fn figures(&self) -> &'a Figures {
        // SAFETY: within the least number of bytes that `new` insists on.
        let figures = unsafe { self.start.byte_add(FIGURES_OFFSET as usize) };
        // SAFETY: as above; the offset is a multiple of the alignment.
        unsafe { figures.cast().as_ref() }
    }

    /// Record `index` of a region.
    fn record(&self, records: Records, index: usize) -> Option<NonNull<u8>> {
        // SAFETY: `new` found the whole region within the mapping.
        (index < records.count)
            .then(|| unsafe { self.start.byte_add(records.offset + index * records.bytes) })
    }

    fn cell(&self, index: usize) -> Option<&'a Cell> {
        // SAFETY: within the mapping, aligned, and all of a cell can be read as atomics.
        self.record(self.cells, index).map(|cell| unsafe { cell.cast().as_ref() })
    }

    /// Words of a record after its first `skipped` bytes.
    fn words(&self, records: Records, index: usize, skipped: usize, bytes: usize) -> Option<&'a [AtomicU64]> {
        let start = self.record(records, index)?;
        // SAFETY: callers name a part of the record.
        let words = unsafe { start.byte_add(skipped) }.cast();
        // SAFETY: as above; regions are aligned to more than a word.
        Some(unsafe { core::slice::from_raw_parts(words.as_ptr(), (bytes - skipped) / 8) })
    }

    /// The process, as it sees itself.
    pub fn pid(&self) -> u64 {
        wide(&self.header().pid)
    }

    /// The number of the manager in its process, from 1 on.
    pub fn number(&self) -> u32 {
        word(&self.header().number)
    }

    /// The manager's policy.
    pub fn policy(&self) -> Policy {
        if word(&self.header().policy) == 0 { Policy::Govern } else { Policy::Observe }
    }

    /// When the page was made, in nanoseconds of the monotonic clock.
    pub fn created_ns(&self) -> u64 {
        wide(&self.header().created_ns)
    }

    /// The version of the library: major in the high half, then a byte each for minor and patch.
    pub fn library(&self) -> u32 {
        word(&self.header().library)
    }

    /// The gate.
    pub fn gate(&self) -> GateFigures {
        GateFigures::of(self.figures().gate.load())
    }

    /// Cells that were ever in use.
    fn cells_in_use(&self) -> impl Iterator<Item = (usize, &'a Cell)> {
        let used = (word(&self.figures().cells_used) as usize).min(self.cells.count);
        let page = *self;
        (0..used).filter_map(move |index| page.cell(index).map(|cell| (index, cell)))
    }

    /// Hands each live task to `visit`, with its name if the host gave it one, as
    /// [`Manager::for_each_task`](crate::Manager::for_each_task) would.
    ///
    /// Levels that do not fit the task's word show as outside, without a target.
    pub fn for_each_task(&self, mut visit: impl FnMut(&TaskInfo, &Text)) {
        let mut entry = TaskInfo::EMPTY;
        for (index, cell) in self.cells_in_use() {
            if snapshot::read(cell, &mut entry, Reach::Page) {
                visit(&entry, &self.task_name(index, entry.id));
            }
        }
    }

    /// The name of task `id` in cell `index`.
    fn task_name(&self, index: usize, id: u64) -> Text {
        let Some([named, text @ ..]) = self.words(self.task_names, index, 0, TASK_NAME_BYTES as usize) else {
            return Text::EMPTY;
        };
        // Ordering: Acquire, twice: the text between two looks that find the same naming is whole.
        let naming = named.load(Ordering::Acquire);
        if naming == 0 || (naming ^ id) << (64 - TASK_NAME_ID_BITS) != 0 {
            return Text::EMPTY;
        }
        let name = Text::load(text);
        if named.load(Ordering::Acquire) == naming { name } else { Text::EMPTY }
    }

    /// The sums over all tasks, ended ones included; see [`Manager::totals`](crate::Manager::totals).
    pub fn totals(&self) -> Totals {
        snapshot::sum(self.cells_in_use().map(|(_, cell)| cell), self.figures())
    }

    /// Pauses and shutdowns by how long they took; see [`bucket_start_ns`](crate::bucket_start_ns).
    pub fn pause_durations(&self) -> [u64; BUCKETS] {
        self.figures().pause_durations.read()
    }

    /// The same by how long tasks that were inside were waited for.
    pub fn laggard_waits(&self) -> [u64; BUCKETS] {
        self.figures().laggard_waits.read()
    }

    /// Hands each target that the host named to `visit`; of several names for one target the last one holds.
    pub fn for_each_name(&self, mut visit: impl FnMut(u64, &Text)) {
        let used = (word(&self.figures().names_used) as usize).min(self.names.count);
        for index in 0..used {
            let Some(kind) = self.record(self.names, index) else { return };
            // SAFETY: the first four bytes of the entry.
            let kind: &AtomicU32 = unsafe { kind.cast().as_ref() };
            // Ordering: Acquire pairs with the Release store that ends the making of an entry.
            if kind.load(Ordering::Acquire) != NAME_TARGET {
                continue;
            }
            if let Some([target, text @ ..]) = self.words(self.names, index, 8, NAME_BYTES as usize) {
                visit(wide(target), &Text::load(text));
            }
        }
    }

    /// True while transitions are traced.
    pub fn is_tracing(&self) -> bool {
        word(&self.figures().tracing) != 0
    }

    /// How often tracing was started.
    pub fn trace_starts(&self) -> u64 {
        wide(&self.figures().trace_starts)
    }

    /// Events that found no place in any ring, since the page was made.
    pub fn unrecorded(&self) -> u64 {
        wide(&self.figures().unrecorded)
    }

    /// Rings in use: numbers below this can be read. Ring 0 is the manager's.
    pub fn rings(&self) -> u32 {
        (word(&self.figures().rings_used) as usize).min(self.rings.count) as u32
    }

    /// Hands the records of ring `ring` from number `next` on to `take`, oldest first, and moves `next` along; answers how
    /// many were overwritten before they could be read.
    ///
    /// Begin with 0, and keep `next` for each ring: records and losses then add up to `next`, exactly.
    pub fn read_ring(&self, ring: u32, next: &mut u64, mut take: impl FnMut(&TraceRecord)) -> u64 {
        if ring >= self.rings() {
            return 0;
        }
        let Some(head) = self.record(self.rings, ring as usize) else { return 0 };
        // SAFETY: `new` found room for the head and the records of each ring.
        let places = unsafe { head.byte_add(RING_HEAD_BYTES as usize) };
        // SAFETY: as above, and aligned.
        let head: &Head = unsafe { head.cast().as_ref() };
        // SAFETY: as above.
        let places: &[Place] =
            unsafe { core::slice::from_raw_parts(places.cast().as_ptr(), self.ring_records) };
        Ring::new(head, places).read_from(next, |record| {
            take(record);
            true
        })
    }
}

impl GateFigures {
    pub(crate) fn of(gate: GateState) -> GateFigures {
        use crate::gate::Refusal;
        GateFigures {
            pauses: gate.pauses(),
            held: gate.held(),
            admitted: gate.admitted(),
            shut_down: gate.has(Refusal::ShutDown),
            failed: gate.has(Refusal::Failed),
            unavailable: gate.has(Refusal::Unavailable),
        }
    }
}

fn word(field: &AtomicU32) -> u32 {
    field.load(Ordering::Acquire)
}

fn wide(field: &AtomicU64) -> u64 {
    field.load(Ordering::Acquire)
}

/// How many records can be in use in a file that holds `bytes`: each has at least its beginning there.
fn most_in(records: Records, bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX) / records.bytes.clamp(1, UNIT)
}

/// The region, if it lies within `bytes`, is aligned, and its records have at least `least` bytes.
fn records(region: &Region, bytes: usize, least: u64) -> Option<Records> {
    let offset = usize::try_from(wide(&region.offset)).ok()?;
    let stride = usize::try_from(wide(&region.bytes)).ok()?;
    let count = usize::try_from(wide(&region.count)).ok()?;
    let align = align_of::<Cell>();
    let is_aligned = offset % align == 0 && (stride % align == 0 || stride as u64 == TASK_NAME_BYTES);
    let end = stride.checked_mul(count)?.checked_add(offset)?;
    (is_aligned && stride as u64 >= least && end <= bytes).then_some(Records { offset, bytes: stride, count })
}
