//! Pages that are not what they should be: truncated, unsealed, of another version, hostile.

mod common;

use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::OnceLock;

use common::{Random, seed};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use tollgate_capi::HostManager;
use tollgate_core::Config;
use tollgate_observe::error::Kind;
use tollgate_observe::look::now_ns;
use tollgate_observe::page::{Mapping, Page, Process, pages_of};
use tollgate_observe::sampler::Sampler;

/// Where the figures and the header end; see docs/PAGE.md.
const HEADER: usize = 176;
const FIGURES: usize = 512;
/// Of the figures: how many cells, names and rings are in use.
const USED: [usize; 3] = [FIGURES + 152, FIGURES + 156, FIGURES + 160];

/// A page with tasks, names and events in it, as its bytes; made once.
fn bytes() -> Vec<u8> {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(make).clone()
}

fn make() -> Vec<u8> {
    let config = Config {
        page: true,
        trace: true,
        max_tasks: 64,
        trace_tasks: 8,
        trace_records: 64,
        ..Config::DEFAULT
    };
    let manager = HostManager::create(&config).expect("the system has pages").core();
    let before = pages_of(std::process::id()).expect("it is this process");
    manager.name_target(0x1234, "a native function").expect("there is room");
    let mut tasks: Vec<_> = (0..5).map(|_| manager.attach_task(None).expect("there is room")).collect();
    for task in &mut tasks {
        for _ in 0..40 {
            task.leave(0x1234).expect("a leave is never refused");
            task.reverse_enter().expect("the gate is open");
        }
    }
    drop(manager.pause(0));
    let page = before.last().expect("it has a page");
    std::fs::read(&page.path).expect("it can be read")
}

/// A file in memory with these bytes, and the path that leads to it.
fn memory(bytes: &[u8], seals: SealFlags) -> (OwnedFd, PathBuf) {
    let file =
        memfd_create("a-test", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).expect("there are memfds");
    rustix::fs::ftruncate(&file, bytes.len() as u64).expect("it can have any size");
    let mut written = 0;
    while written < bytes.len() {
        written += rustix::io::pwrite(&file, &bytes[written..], written as u64).expect("it can be written");
    }
    fcntl_add_seals(&file, seals).expect("it can be sealed");
    let path = format!("/proc/self/fd/{}", file.as_raw_fd()).into();
    (file, path)
}

fn sealed(bytes: &[u8]) -> (OwnedFd, PathBuf) {
    memory(bytes, SealFlags::SHRINK | SealFlags::GROW)
}

/// What opening the file says.
fn refusal(path: &std::path::Path) -> String {
    let error = Mapping::open(path).err().expect("it is refused");
    assert_eq!(error.kind, Kind::NoPage);
    error.message
}

/// Reads all there is in a page.
fn read_all(mapping: &Mapping) -> u64 {
    let view = mapping.view();
    let mut read = view.pid() ^ u64::from(view.number()) ^ view.created_ns() ^ u64::from(view.library());
    view.for_each_task(|task, name| read ^= task.id ^ name.as_str().len() as u64);
    view.for_each_name(|target, name| read ^= target ^ name.as_str().len() as u64);
    read ^= view.totals().leaves
        ^ u64::from(view.gate().held)
        ^ view.pause_durations()[3]
        ^ view.laggard_waits()[3];
    for ring in 0..view.rings() {
        let mut next = 0;
        read ^= view.read_ring(ring, &mut next, |record| read ^= record.time_ns);
    }
    read
}

#[test]
fn an_untouched_copy_is_a_page() {
    let (_file, path) = sealed(&bytes());
    let mapping = Mapping::open(&path).expect("it is a page");
    let mut depths = Vec::new();
    mapping.view().for_each_task(|task, _| depths.push(task.depth));
    assert_eq!(depths, [80; 5]);
    let mut names = Vec::new();
    mapping.view().for_each_name(|target, name| names.push((target, name.as_str().to_owned())));
    assert_eq!(names, [(0x1234, "a native function".to_owned())]);
    read_all(&mapping);
}

#[test]
fn a_process_looks_at_its_own_page() {
    let _copy = bytes();
    let own = Process::open(std::process::id()).expect("it is this process");
    let page = Page::open(&own, None).expect("it has a page");
    assert!(own.is_alive() && page.look(|_, _| {}).at_ns <= now_ns());
    assert!(page.number() >= 1);
}

#[test]
fn what_is_no_page_is_refused_with_the_reason() {
    let good = bytes();
    let says = |path: &std::path::Path, expected: &str| {
        let message = refusal(path);
        assert!(message.contains(expected), "{message} does not say `{expected}`");
    };
    let (_unsealed, path) = memory(&good, SealFlags::GROW);
    says(&path, "its seals are 0x4, without the one against shrinking");
    let (_empty, path) = sealed(&[]);
    says(&path, "it has 0 bytes, as no page has");
    says(std::path::Path::new("/nowhere"), "cannot open /nowhere");
    says(std::path::Path::new("/proc/self/status"), "it has no seals");
    for length in [1, 8, HEADER, FIGURES, FIGURES + 2687] {
        let (_short, path) = sealed(&good[..length]);
        says(&path, &format!("has {length}"));
    }
    // Enough for the header and the figures, and yet not all.
    for length in [FIGURES + 2688, good.len() / 2, good.len() - 1] {
        let (_short, path) = sealed(&good[..length]);
        says(&path, &format!("should have {} bytes and has {length}", good.len()));
    }
    let with = |offset: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[offset..offset + bytes.len()].copy_from_slice(bytes);
        sealed(&changed)
    };
    for (offset, bytes, expected) in [
        (0, &b"TOLLBOTH"[..], "not a Tollgate page"),
        (8, &2u32.to_ne_bytes(), "a page of version 2; this reader knows version 1"),
        (16, &0xbadu64.to_ne_bytes(), "laid out as 0xbad there"),
        (24, &7u64.to_ne_bytes(), "should have 7 bytes"),
        (12, &175u32.to_ne_bytes(), "field header_bytes"),
        (56, &u64::MAX.to_ne_bytes(), "field cells"),
        (72, &u64::MAX.to_ne_bytes(), "field cells"),
        (88, &1u64.to_ne_bytes(), "field task_names"),
        (104, &3u64.to_ne_bytes(), "field names"),
        (144, &(1u64 << 60).to_ne_bytes(), "field rings"),
        (152, &3u32.to_ne_bytes(), "field ring_records"),
    ] {
        let (_changed, path) = with(offset, bytes);
        says(&path, expected);
    }
}

/// Every byte of the header, every bit of it: the page is refused, or read without harm.
#[test]
fn every_flipped_bit_of_the_header_is_refused_or_harmless() {
    let good = bytes();
    let mut refused = 0;
    for bit in 0..HEADER * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let (_file, path) = sealed(&changed);
        match Mapping::open(&path) {
            Ok(mapping) => {
                read_all(&mapping);
            }
            Err(error) => {
                assert_eq!(error.kind, Kind::NoPage, "{error}");
                refused += 1;
            }
        }
    }
    println!("{refused} of {} flipped bits are refused", HEADER * 8);
    assert!(refused > HEADER * 4);
}

/// Whatever else is in a page: reading it ends, in bounds, and so does what is made of it.
#[test]
fn a_page_full_of_nonsense_is_read_to_its_end() {
    let good = bytes();
    let mut random = Random::new(seed());
    for round in 0..40 {
        let mut changed = good.clone();
        let changes = [16, 4096, changed.len() / 8][round % 3];
        for _ in 0..changes {
            let at = HEADER + random.below((changed.len() - HEADER) as u64) as usize;
            changed[at] = [0, 0xff, random.below(256) as u8][random.below(3) as usize];
        }
        if round % 2 == 0 {
            // More in use than there is room for.
            for used in USED {
                changed[used..used + 4].copy_from_slice(&u32::MAX.to_ne_bytes());
            }
        }
        let (_file, path) = sealed(&changed);
        let mapping = Mapping::open(&path).expect("its header is whole");
        read_all(&mapping);
        let mut sampler = Sampler::new();
        let mut look = tollgate_observe::look::Look::empty(0);
        for at_ns in [0, 1_000_000] {
            look.at_ns = at_ns;
            look.tasks.clear();
            mapping.view().for_each_task(|task, _| look.tasks.push(*task));
            sampler.observe(&look);
        }
    }
}

/// Reading a hole fills it: a file that is nearly all holes and claims to be full must not cost the reader its memory.
#[test]
fn a_page_that_claims_its_holes_is_refused_and_costs_nothing() {
    const BYTES: u64 = 1 << 28;
    let mut good = bytes();
    good.truncate(4096);
    let cells: [u8; 8] = good[56..64].try_into().expect("eight bytes");
    let room = (BYTES - u64::from_ne_bytes(cells)) / 768 / 2;
    for (offset, value) in [(24, BYTES), (72, room), (80, BYTES / 2), (96, room)] {
        good[offset..offset + 8].copy_from_slice(&value.to_ne_bytes());
    }
    let file = |claims: u32| {
        let (file, _) = memory(&good, SealFlags::empty());
        rustix::fs::ftruncate(&file, BYTES).expect("it can have any size");
        rustix::io::pwrite(&file, &claims.to_ne_bytes(), USED[0] as u64).expect("it can be written");
        fcntl_add_seals(&file, SealFlags::SHRINK).expect("it can be sealed");
        file
    };
    let path = |file: &OwnedFd| PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let held = |file: &OwnedFd| rustix::fs::fstat(file).expect("it is open").st_blocks * 512;

    let claiming = file(u32::MAX);
    assert!(refusal(&path(&claiming)).contains("field cells_used cannot be right"));
    assert!(held(&claiming) < 1 << 24, "{}", held(&claiming));

    // One that begins to lie once it is mapped.
    let later = file(0);
    let mapping = Mapping::open(&path(&later)).expect("it claims nothing yet");
    rustix::io::pwrite(&later, &u32::MAX.to_ne_bytes(), USED[0] as u64).expect("it can be written");
    read_all(&mapping);
    assert!(held(&later) < 1 << 24, "{}", held(&later));
}

/// Nobody but the kernel decides how long a file is: one that is cut while it is mapped is not possible with its seal.
#[test]
fn a_mapped_page_cannot_be_cut() {
    let (file, path) = sealed(&bytes());
    let mapping = Mapping::open(&path).expect("it is a page");
    assert!(rustix::fs::ftruncate(&file, 0).is_err());
    read_all(&mapping);
    drop(File::from(file));
    read_all(&mapping);
}
