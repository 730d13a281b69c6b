//! Every door beside its peers: times, and the ratios that have budgets.

use benches::beside;
use benches::doors::{
    COM_DESCRIPTOR, COM_SHARED, COM_STATIC, EMPTY_DESCRIPTOR, EMPTY_SHARED, EMPTY_STATIC, Loop, MUTEX_MAP,
    ONE_LINE, REGISTERS, REGISTERS_DESCRIPTOR, Subject, URCU_MEMB, descriptor_subjects, subjects,
};
use benches::svg::{self, Bar};
use benches::timing::{TIMES, least, median, times};

use crate::times::{Times, cell};
use crate::{PROCESSES, write};

/// Rounds within a process, in turns on one thread and on two: what the machine does besides then falls upon both.
const TURNS: u32 = 5;
const ROUNDS: u32 = 20;

/// What is measured of a subject: its name in the output of a measuring process.
fn key(title: &str, shape: &str, which: Which) -> String {
    let which = match which {
        Which::Alone => "alone",
        Which::Two => "two",
        Which::TwoAtBest => "two-at-best",
    };
    format!("{title}/{shape}/{which}")
}

/// On how many threads, and which time of all rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// The shortest on one thread: nothing but noise makes it longer.
    Alone,
    /// The middle of the rounds on two threads, because how they get into each other's way is part of the price.
    Two,
    /// The shortest on two threads, to be set against that on one.
    TwoAtBest,
}

pub(crate) fn measure(subjects: &[Subject]) {
    measure_shape("pair", TIMES, subjects, |subject| Some(&subject.pairs));
    measure_shape("nested", TIMES / 4, subjects, |subject| subject.nested.as_ref());
}

fn measure_shape(
    shape: &str,
    repetitions: u64,
    subjects: &[Subject],
    run: impl Fn(&Subject) -> Option<&Loop>,
) {
    let (titles, loops): (Vec<_>, Vec<_>) =
        subjects.iter().filter_map(|subject| Some((subject.title, run(subject)?))).unzip();
    let mut found = [1, 2].map(|threads| (threads, vec![Vec::new(); loops.len()]));
    for _ in 0..TURNS {
        for (threads, found) in &mut found {
            for (all, more) in found.iter_mut().zip(times(&loops, repetitions, ROUNDS, *threads)) {
                all.extend(more);
            }
        }
    }
    let [(_, alone), (_, together)] = found;
    for (title, (alone, together)) in titles.iter().zip(alone.into_iter().zip(together)) {
        println!("{}\t{}", key(title, shape, Which::Alone), least(&alone));
        // On one processor no two threads ever run at once.
        if !together.is_empty() {
            println!("{}\t{}", key(title, shape, Which::TwoAtBest), least(&together));
            println!("{}\t{}", key(title, shape, Which::Two), median(together));
        }
    }
}

pub(crate) fn measure_beside(subjects: &[Subject]) {
    let loops: Vec<&Loop> = subjects.iter().map(|subject| &subject.pairs).collect();
    let quotients = beside::thread_to_process(&loops, TURNS * ROUNDS);
    for (subject, quotient) in subjects.iter().zip(quotients.into_iter().flatten()) {
        println!("{}\t{quotient}", beside_key(subject.title));
    }
}

fn beside_key(title: &str) -> String {
    format!("{title}/thread:process")
}

pub(crate) fn print() {
    let mut found = Times::default();
    for _ in 0..PROCESSES {
        for doors in ["measure-doors", "measure-descriptor", "measure-beside"] {
            found.take(doors);
        }
    }
    // Their names and kinds; nothing of them is run here.
    let subjects: Vec<Subject> = subjects().into_iter().chain(descriptor_subjects()).collect();
    print_times(&found, &subjects);
    print_ratios(&found);
    let is_ours =
        |title: &str| ["COM", "C,", "C++", "C f", "Rust"].iter().any(|start| title.starts_with(start));
    let bars: Vec<Bar> = subjects
        .iter()
        .filter(|subject| ![REGISTERS, REGISTERS_DESCRIPTOR].contains(&subject.title))
        .filter_map(|subject| {
            let value = found.middle(&key(subject.title, "pair", Which::Alone))?;
            Some(Bar { title: subject.title.to_owned(), value, ours: is_ours(subject.title) })
        })
        .collect();
    write("doors.svg", &svg::bars("A leave and an enter, one thread", "nanoseconds", &bars));
}

fn print_times(found: &Times, subjects: &[Subject]) {
    println!(
        "\n| ns, middle of {PROCESSES} processes | pair | pair, 2 threads | nested four | four, 2 threads | \
         pair, best at 2 threads : best at 1 |\n|---|---|---|---|---|---|"
    );
    for subject in subjects {
        let name = |shape, which| key(subject.title, shape, which);
        let at = |shape, which| cell(found.middle(&name(shape, which)));
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            subject.title,
            at("pair", Which::Alone),
            at("pair", Which::Two),
            at("nested", Which::Alone),
            at("nested", Which::Two),
            cell(quotient(
                found.least(&name("pair", Which::TwoAtBest)),
                found.least(&name("pair", Which::Alone))
            ))
        );
    }
}

fn print_ratios(found: &Times) {
    println!(
        "\n| ratio, {PROCESSES} processes | best : best | middle | budget | kept |\n|---|---|---|---|---|"
    );
    // The best time on one thread may have been had while another ran too.
    let best = |door: &str, which| {
        let also = if which == Which::Alone { Which::TwoAtBest } else { which };
        let times = [which, also].into_iter().filter_map(|which| found.least(&key(door, "pair", which)));
        times.reduce(f64::min)
    };
    let ratio = |(of, to): (&str, &str), which| {
        let middle = found.ratio(&key(of, "pair", which), &key(to, "pair", which));
        (quotient(best(of, which), best(to, which)), middle)
    };
    for (door, empty, budget) in [
        (COM_STATIC, EMPTY_STATIC, 1.05),
        (COM_SHARED, EMPTY_SHARED, 1.05),
        (COM_DESCRIPTOR, EMPTY_DESCRIPTOR, 2.0),
    ] {
        let what = format!("{door} : empty vtable");
        print_ratio(&what, ratio((door, empty), Which::Alone), Judge::Best, Budget::AtMost(budget));
    }
    for door in ["Rust, thread-local", "Rust, task handle", "C, inlined", "C++, inlined"] {
        let what = format!("{door} : liburcu memb");
        print_ratio(&what, ratio((door, URCU_MEMB), Which::Alone), Judge::Best, Budget::AtMost(1.6));
    }
    // A lock in dispute costs what it costs in the middle; where it costs least, the threads hardly met.
    for (which, threads, judge, budget) in
        [(Which::Alone, 1, Judge::Best, 13.0), (Which::Two, 2, Judge::Middle, 50.0)]
    {
        for door in [COM_STATIC, COM_SHARED] {
            let what = format!("mutex and map : {door}, {threads} at once");
            print_ratio(&what, ratio((MUTEX_MAP, door), which), judge, Budget::AtLeast(budget));
        }
    }
    for (door, empty) in [(COM_STATIC, EMPTY_STATIC), (COM_SHARED, EMPTY_SHARED)] {
        let [two, one] = [Which::TwoAtBest, Which::Alone].map(|which| ratio((door, empty), which));
        let what = format!("{door} : empty vtable, at 2 threads against at 1");
        let growth = (quotient(two.0, one.0), quotient(two.1, one.1));
        print_ratio(&what, growth, Judge::Best, Budget::AtMost(1.05));
    }
    for (door, budget) in [
        (COM_STATIC, Budget::AtMost(1.05)),
        (COM_SHARED, Budget::AtMost(1.05)),
        (ONE_LINE, Budget::AtLeast(2.0)),
    ] {
        let (least, middle) = (found.least(&beside_key(door)), found.middle(&beside_key(door)));
        print_ratio(
            &format!("{door}, beside a thread : beside a process"),
            (least, middle),
            Judge::Middle,
            budget,
        );
    }
}

fn quotient(this: Option<f64>, that: Option<f64>) -> Option<f64> {
    Some(this? / that?)
}

/// What a ratio is to be.
enum Budget {
    AtMost(f64),
    AtLeast(f64),
}

/// Which of two figures a budget is held against.
#[derive(Clone, Copy)]
enum Judge {
    /// The quotient of the best times of all processes: where nothing but noise makes a time longer.
    Best,
    /// The middle of all processes: where threads get into each other's way, and that is what is measured.
    Middle,
}

/// A line of the table; the figure that is judged is the bold one.
fn print_ratio(what: &str, (best, middle): (Option<f64>, Option<f64>), judge: Judge, budget: Budget) {
    let (sign, bound) = match budget {
        Budget::AtMost(bound) => ("<=", bound),
        Budget::AtLeast(bound) => (">=", bound),
    };
    let judged = match judge {
        Judge::Best => best,
        Judge::Middle => middle,
    };
    let kept = judged.map(|value| match budget {
        Budget::AtMost(bound) => value <= bound,
        Budget::AtLeast(bound) => value >= bound,
    });
    let kept = kept.map_or("not measured", |kept| if kept { "yes" } else { "no" });
    let bold = |value| format!("**{}**", cell(value));
    let (best, middle) = match judge {
        Judge::Best => (bold(best), cell(middle)),
        Judge::Middle => (cell(best), bold(middle)),
    };
    println!("| {what} | {best} | {middle} | {sign} {bound} | {kept} |");
}
