//! Pages that are not what they should be: a reader refuses them or reads nonsense, and never anything beyond the mapping.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

#[path = "common/over.rs"]
mod over;

use std::fs;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use over::Over;
use tollgate_core::page::{HEADER_BYTES, MAGIC, PageError, PageView, VERSION};
use tollgate_core::{Config, LAYOUT_ID, Manager, Side};

/// A copy of a real page, to be damaged; a page that cannot be read lies behind it.
struct Copy {
    start: NonNull<u64>,
    bytes: usize,
}

/// Where the page of a manager with tasks, names and traces is.
fn page() -> &'static Path {
    static PAGE: OnceLock<PathBuf> = OnceLock::new();
    PAGE.get_or_init(|| {
        let config =
            Config { page: true, max_tasks: 64, trace_records: 16, trace_tasks: 4, ..Config::DEFAULT };
        let manager = Manager::create(&config).expect("a page");
        manager.trace_start().expect("memory");
        for number in 0..8 {
            let mut task = manager.attach_task(Some(Side::Inside)).expect("room");
            (0..=number * 20).for_each(|target| task.leave(target).expect("a level"));
            // It ends with the process.
            std::mem::forget(task);
        }
        manager.name_target(3, "three").expect("room");
        let mut files = fs::read_dir("/proc/self/fd").expect("Linux has it").filter_map(Result::ok);
        let is_page = |path: &Path| {
            fs::read_link(path).is_ok_and(|to| to.to_string_lossy().starts_with("/memfd:tollgate-1"))
        };
        files.find_map(|entry| Some(entry.path()).filter(|path| is_page(path))).expect("a page")
    })
}

impl Copy {
    fn new() -> Copy {
        let file = fs::File::open(page()).expect("readable");
        let bytes = file.metadata().expect("a size").len() as usize;
        let null = std::ptr::null_mut();
        let guard = 4096;
        // SAFETY: a mapping at an address of the kernel's choice, here and below.
        let reserved = unsafe {
            libc::mmap(null, bytes + guard, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
        };
        assert_ne!(reserved, libc::MAP_FAILED);
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_FIXED);
        // SAFETY: over the reservation, but for its last page.
        let start = unsafe { libc::mmap(reserved, bytes, access, kind, file.as_raw_fd(), 0) };
        assert_eq!(start, reserved);
        Copy { start: NonNull::new(start.cast()).expect("not null"), bytes }
    }

    fn words(&self) -> &[AtomicU64] {
        // SAFETY: the whole mapping, accessed as atomics only.
        unsafe { std::slice::from_raw_parts(self.start.cast().as_ptr(), self.bytes / 8) }
    }

    fn view(&self, bytes: usize) -> Result<PageView<'_>, PageError> {
        // SAFETY: mapped for as long as this lives.
        unsafe { PageView::new(self.start.cast(), bytes) }
    }

    /// What a watcher does with a page.
    fn read_all(&self) -> u64 {
        let Ok(view) = self.view(self.bytes) else { return 0 };
        let mut read = 0;
        view.for_each_task(|task, name| read += task.depth as u64 + name.as_str().len() as u64);
        view.for_each_name(|target, name| read += target.min(1) + name.as_str().len() as u64);
        for ring in 0..view.rings().saturating_add(1).min(10_000) {
            for mut next in [0, 7, u64::MAX - 3] {
                view.read_ring(ring, &mut next, |record| read += u64::from(record.kind));
            }
        }
        let totals = view.totals();
        read.wrapping_add(totals.tasks_live)
            .wrapping_add(view.pause_durations()[3])
            .wrapping_add(view.gate().held.into())
    }

    /// With word `index` of the page as `value`, and then as it was.
    fn with<R>(&self, index: usize, value: u64, look: impl FnOnce() -> R) -> R {
        let was = self.words()[index].swap(value, Ordering::Relaxed);
        let result = look();
        self.words()[index].store(was, Ordering::Relaxed);
        result
    }
}

#[test]
fn a_page_that_is_none_is_refused_with_its_reason() {
    let page = Copy::new();
    let view = || page.view(page.bytes).map(drop);
    assert_eq!(view(), Ok(()));
    assert!(page.read_all() > 0);
    assert_eq!(page.with(0, MAGIC + 1, view), Err(PageError::NotAPage));
    assert_eq!(page.with(0, 0, view), Err(PageError::NotAPage), "one that is being made");
    let version = |version: u32| u64::from(HEADER_BYTES) << 32 | u64::from(version);
    assert_eq!(page.with(1, version(VERSION + 1), view), Err(PageError::Version(VERSION + 1)));
    assert_eq!(page.with(1, u64::from(VERSION), view), Err(PageError::Malformed("header_bytes")));
    assert_eq!(page.with(2, LAYOUT_ID ^ 8, view), Err(PageError::Layout(LAYOUT_ID ^ 8)));
    let bytes = page.bytes as u64;
    for found in [page.bytes - 4096, 4096] {
        let error = page.view(found).map(drop);
        assert_eq!(error, Err(PageError::Truncated { expected: bytes, found: found as u64 }));
    }
    assert!(matches!(page.view(100).map(drop), Err(PageError::Truncated { found: 100, .. })));
    assert_eq!(page.with(5, 2 << 32 | 1, view), Err(PageError::Malformed("policy")));
    assert_eq!(page.with(20, 513, view), Err(PageError::Malformed("figures_offset")));
    assert_eq!(page.with(19, 151 << 32 | 16, view), Err(PageError::Malformed("histogram_buckets")));
    assert_eq!(page.with(19, 152 << 32 | 15, view), Err(PageError::Malformed("ring_records")));
    // More records than a ring has room for.
    assert_eq!(page.with(19, 152 << 32 | 1 << 20, view), Err(PageError::Malformed("rings")));
    for (first, name) in [(7, "cells"), (10, "task_names"), (13, "names"), (16, "rings")] {
        for (word, value) in [
            (0, u64::MAX - 127),
            (0, 8),
            (0, bytes),
            (1, 0),
            (1, u64::MAX),
            (1, 129),
            (2, u64::MAX),
            (2, bytes),
        ] {
            let error = page.with(first + word, value, view);
            assert_eq!(error, Err(PageError::Malformed(name)), "word {word} as {value:#x}");
        }
    }
}

/// Every reason says what was found and what was expected.
#[test]
fn refusals_are_told_in_words() {
    for (error, parts) in [
        (PageError::NotAPage, vec!["not a Tollgate page"]),
        (PageError::Version(7), vec!["version 7", "version 1"]),
        (PageError::Layout(0xabc), vec!["0xabc", "same release"]),
        (PageError::Truncated { expected: 10, found: 3 }, vec!["10", "3"]),
        (PageError::Malformed("cells"), vec!["cells"]),
    ] {
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}

/// Words of the first 64 KiB as anything, one at a time and all at once.
#[test]
fn damaged_pages_are_read_without_harm() {
    let page = Copy::new();
    let words = 64 * 1024 / 8;
    let header_and_figures = 512;
    let values = [0, 1, u64::MAX, 1 << 63, 1 << 62, u64::MAX >> 1, 0xffff_ffff, 0xffff_ffff << 32];
    let mut read = 0_u64;
    for index in (0..header_and_figures).chain((header_and_figures..words).step_by(37)) {
        let value = values[index % values.len()];
        read = read.wrapping_add(page.with(index, value, || page.read_all()));
    }
    let seed =
        std::env::var("TOLLGATE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed_u64);
    println!("TOLLGATE_TEST_SEED={seed}");
    let mut state = seed;
    for _ in 0..50 {
        // The header stays, or nothing would be read.
        for index in 64..words {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = if state >> 60 == 0 { values[state as usize % values.len()] } else { state };
            page.words()[index].store(value, Ordering::Relaxed);
        }
        read = read.wrapping_add(page.read_all());
    }
    assert!(read > 0);
}

/// The page changes under the reader, by somebody who means harm.
#[test]
fn a_page_that_changes_meanwhile_is_read_without_harm() {
    let page = Copy::new();
    let is_over = AtomicBool::new(false);
    let words = page.words();
    thread::scope(|scope| {
        let _over = Over(&is_over);
        scope.spawn(|| {
            let mut state = 0x1234_5678_u64;
            while !is_over.load(Ordering::Relaxed) {
                for word in &words[64..8192] {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    word.store(state, Ordering::Relaxed);
                }
            }
        });
        for _ in 0..50 {
            std::hint::black_box(page.read_all());
        }
    });
}
