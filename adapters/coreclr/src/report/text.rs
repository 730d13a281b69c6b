//! The report for people.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use super::Occasion;
use super::picture::Picture;
use crate::watched::Crossings;

/// What each oddity means, in the order of the picture.
const MEANINGS: [&str; 6] = [
    "levels left without a return (longjmp, exception); their closing calls were supplied",
    "returns without a call; dropped",
    "notices about no function, sent by the runtime; dropped",
    "calls refused by the manager; the runtime went on",
    "notices on threads past their end; dropped",
    "levels open when their thread ended; closed by the manager",
];

pub(super) fn render(picture: &Picture) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, picture);
    out
}

fn write(out: &mut String, picture: &Picture) -> std::fmt::Result {
    let occasion = match picture.occasion {
        Occasion::Exit => "at exit",
        Occasion::Signal => "on a signal",
        Occasion::Abort => "at an abort",
        Occasion::Call => "asked for by the host",
    };
    writeln!(out, "--- tollgate-coreclr: {}, process {}, {occasion}", picture.runtime, picture.process)?;
    let [leaves, enters, reverse_enters, reverse_leaves] = picture.crossings;
    writeln!(
        out,
        "crossings: {leaves} leave, {enters} enter, {reverse_enters} reverse_enter, {reverse_leaves} reverse_leave"
    )?;
    if let Some(books) = &picture.books {
        let verdict = if books.is_balanced() { "balanced" } else { "NOT BALANCED" };
        writeln!(
            out,
            "books: {verdict}; {} levels open, {} closed by the end of their thread, {} irregular calls",
            books.open_outside + books.open_inside,
            books.closed_outside + books.closed_inside,
            books.irregularities
        )?;
    }
    for ((_, count), meaning) in picture.oddities.iter().zip(MEANINGS) {
        if *count != 0 {
            writeln!(out, "note: {count} {meaning}")?;
        }
    }
    writeln!(out, "\n{:>9} {:<15} {}  now in", "thread", "name", heads())?;
    for (live, thread) in &picture.threads {
        let place = match (live, thread.innermost) {
            (true, Some(function)) => function.full_name(),
            (true, None) => String::new(),
            (false, Some(function)) => format!("(ended in {})", function.full_name()),
            (false, None) => "(ended)".to_owned(),
        };
        writeln!(out, "{:>9} {:<15} {}  {place}", thread.os_thread, thread.name, columns(&thread.crossings))?;
    }
    if picture.beyond.threads != 0 {
        let further = format!("{} more", picture.beyond.threads);
        writeln!(out, "{further:>9} {:<15} {}  (ended)", "", columns(&picture.beyond.crossings))?;
    }
    for (title, inside) in [("native functions", false), ("managed functions, called by native code", true)] {
        writeln!(out, "\n{:>12}  {title}", "calls")?;
        for called in &picture.functions {
            if called.function.name.inside != inside || called.calls == 0 {
                continue;
            }
            let skipped = called.function.skipped.load(Ordering::Relaxed);
            let ended = called.function.ended_in.load(Ordering::Relaxed);
            let unmatched = called.function.unmatched.load(Ordering::Relaxed);
            write!(out, "{:>12}  {}", called.calls, called.function.full_name())?;
            for (count, what) in [
                (skipped, "left without a return"),
                (ended, "ended the thread"),
                (unmatched, "returned uncalled"),
            ] {
                if count != 0 {
                    write!(out, "  [{count} {what}]")?;
                }
            }
            if called.function.is_exempt() {
                write!(out, "  [the manager does without notices of it]")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

fn heads() -> String {
    format!("{:>11} {:>11} {:>11} {:>11}", "leave", "enter", "rev_enter", "rev_leave")
}

fn columns(crossings: &Crossings) -> String {
    let [leaves, enters, reverse_enters, reverse_leaves] = crossings;
    format!("{leaves:>11} {enters:>11} {reverse_enters:>11} {reverse_leaves:>11}")
}
