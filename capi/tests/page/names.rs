//! Names that change while they are read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{process, thread};

use tollgate_capi::S_OK;
use tollgate_core::page::{PageHeader, TASK_NAME_BYTES, TASK_NAME_ID_BITS};

use crate::common::own_process::in_own_process;
use crate::mapped::{Mapped, name_task, with_page};

/// Texts that fill all of their place, so that half of one and half of the other would show.
const NAMES: [&std::ffi::CStr; 2] = [
    c"oooooooooooooooooooooooooooooooooooooooooooooooooooooooo",
    c"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// A reader finds one name or the other, or none while they change.
#[test]
fn a_task_that_changes_its_name_never_has_half_of_two() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(Default::default());
        let page = Mapped::open(process::id(), 1).expect("a page");
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let names = scope.spawn(|| {
                for name in NAMES.iter().cycle() {
                    assert_eq!(name_task(host, name), S_OK);
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            let (mut found, mut torn) = ([0; 2], None);
            while torn.is_none() && found.iter().any(|found| *found < 100_000) && !names.is_finished() {
                page.view().for_each_task(|_, text| {
                    match NAMES.iter().position(|name| name.to_bytes() == text.as_str().as_bytes()) {
                        Some(name) => found[name] += 1,
                        None if text.is_empty() => {}
                        None => torn = Some(*text),
                    }
                });
            }
            is_over.store(true, Ordering::Relaxed);
            assert!(torn.is_none() && names.join().is_ok(), "{torn:?}");
        });
    });
}

/// The word before the name of task `id`.
fn naming(page: &Mapped, id: u64) -> u64 {
    // SAFETY: a mapped page begins with its header.
    let names = unsafe { &page.start.cast::<PageHeader>().as_ref().task_names };
    let [offset, bytes, count] =
        [&names.offset, &names.bytes, &names.count].map(|field| field.load(Ordering::Relaxed));
    assert_eq!(bytes, TASK_NAME_BYTES);
    let words = (0..count).map(|index| {
        // SAFETY: within the page, which says so itself.
        let entry = unsafe { page.start.byte_add((offset + index * bytes) as usize) };
        // SAFETY: as above; an entry begins with a word.
        let word = unsafe { entry.cast::<AtomicU64>().as_ref() };
        word.load(Ordering::Acquire)
    });
    let of_task = |word: &u64| word << (64 - TASK_NAME_ID_BITS) == id << (64 - TASK_NAME_ID_BITS);
    words.into_iter().find(of_task).expect("the task has a name")
}

/// Who looks before and after a name was given can tell, also if it is the one that was there.
#[test]
fn each_naming_of_a_task_has_a_number_of_its_own() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(Default::default());
        let page = Mapped::open(process::id(), 1).expect("a page");
        let namings = [c"first", c"second", c"first"].map(|name| {
            assert_eq!(name_task(host, name), S_OK);
            let [(task, text)] = &page.tasks()[..] else { panic!("one task") };
            assert_eq!(text.as_bytes(), name.to_bytes());
            naming(&page, task.id)
        });
        assert!(namings[0] < namings[1] && namings[1] < namings[2], "{namings:x?}");
    });
}
