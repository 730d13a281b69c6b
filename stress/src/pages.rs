//! Pages of other processes, damaged at will: whoever reads one may be told lies, and must survive them.
//!
//! A real page, of a manager with tasks, names and a trace, is changed in as many places as the bytes say, and read with
//! everything that there is for reading. Its memory ends with the page, so that a read beyond it is an error under
//! AddressSanitizer, and mostly one without.

use std::fs::File;
use std::io::Read;
use std::ptr::NonNull;
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use tollgate_core::page::PageView;
use tollgate_core::{Config, Manager};

/// One unit of memory, aligned as a page must be.
#[derive(Clone, Copy)]
#[repr(C, align(4096))]
struct Unit([u8; 4096]);

/// Of a page, its header and figures are looked at first, so that is where most of the damage goes.
const FRONT: usize = 1024;

/// The bytes of a page with everything in it.
fn original() -> &'static [Unit] {
    static ORIGINAL: OnceLock<Vec<Unit>> = OnceLock::new();
    ORIGINAL.get_or_init(|| {
        let config = Config {
            page: true,
            trace: true,
            max_tasks: 4,
            trace_records: 16,
            trace_tasks: 4,
            ..Config::DEFAULT
        };
        let manager = Manager::create(&config).expect("memory to share");
        let _ = manager.name_target(7, "a function");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _ = manager.name_task("a task");
                for target in 0..70 {
                    manager.leave(target).expect("outward");
                }
                manager.enter().expect("the gate is open");
                read_page()
            });
        });
        read_page()
    })
}

/// The page of this process' first manager that has one.
fn read_page() -> Vec<Unit> {
    let is_page = |link: &std::path::Path| {
        std::fs::read_link(link).is_ok_and(|target| target.to_string_lossy().starts_with("/memfd:tollgate-"))
    };
    let link = std::fs::read_dir("/proc/self/fd")
        .expect("a /proc file system")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|link| is_page(link))
        .expect("the manager has a page");
    let mut bytes = Vec::new();
    File::open(link).and_then(|mut file| file.read_to_end(&mut bytes)).expect("a page can be read");
    let unit = |part: &[u8]| {
        let mut unit = Unit([0; 4096]);
        unit.0[..part.len()].copy_from_slice(part);
        unit
    };
    bytes.chunks(4096).map(unit).collect()
}

/// Damages a page as the bytes say and reads it; true if it was still taken for one.
pub fn run(bytes: &[u8]) -> bool {
    let mut units = original().to_vec();
    let length = units.len() * 4096;
    let start = NonNull::new(units.as_mut_ptr().cast::<u8>()).expect("the memory is there");
    let mut bytes = Unstructured::new(bytes);
    let cut = damage(&mut bytes, start, length).unwrap_or(0);
    // SAFETY: memory of this function, of which as much is told as there is, or less.
    match unsafe { PageView::new(start, length - cut) } {
        Ok(page) => {
            read(&page);
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// Overwrites bytes; answers by how much the page is to be cut short.
fn damage(bytes: &mut Unstructured, start: NonNull<u8>, length: usize) -> Result<usize> {
    let cut = if bytes.ratio(1, 16)? { bytes.int_in_range(0..=length)? } else { 0 };
    while !bytes.is_empty() {
        let room = if bytes.ratio(2, 3)? { FRONT } else { length };
        let place = bytes.int_in_range(0..=room - 8)?;
        let value: u64 = match bytes.int_in_range(0..=3_u8)? {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << bytes.int_in_range(0..=63)?,
            _ => bytes.arbitrary()?,
        };
        // SAFETY: within the page.
        let place = unsafe { start.byte_add(place) };
        // SAFETY: eight bytes from the place on are within the page.
        unsafe { place.cast::<u64>().write_unaligned(value) };
    }
    Ok(cut)
}

/// Everything that there is to read.
fn read(page: &PageView<'_>) {
    let (mut tasks, mut names, mut records) = (0_u64, 0_u64, 0_u64);
    page.for_each_task(|task, name| tasks += u64::from(task.depth) + name.as_str().len() as u64);
    page.for_each_name(|target, name| names += (target & 1) + name.as_str().len() as u64);
    for ring in 0..page.rings().min(64) {
        let mut next = 0;
        let lost = page.read_ring(ring, &mut next, |record| records += u64::from(record.kind));
        assert!(lost <= next, "{lost} lost of {next}");
    }
    let totals = page.totals();
    std::hint::black_box((
        tasks,
        names,
        records,
        totals,
        page.gate(),
        page.pause_durations(),
        page.laggard_waits(),
    ));
    std::hint::black_box((page.pid(), page.number(), page.policy(), page.created_ns(), page.library()));
    std::hint::black_box((page.is_tracing(), page.trace_starts(), page.unrecorded()));
}
