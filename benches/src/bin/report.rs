//! The tables and plots of docs/PERFORMANCE.md: `cargo run --release -p benches --bin report -- [counts|doors|slow|trace]`.
//!
//! Times are taken in several processes, one after the other, because where code and data come to lie differs between
//! processes and moves tight loops by a fifth. Within each, every loop is run in turns, and the shortest time counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use benches::counts::{self, DOORS, EMPTY, Shape};
use benches::doors::{
    COM_DESCRIPTOR, COM_SHARED, COM_STATIC, EMPTY_DESCRIPTOR, EMPTY_SHARED, EMPTY_STATIC, MUTEX_MAP, Subject,
    URCU_MEMB, descriptor_subjects, subjects,
};
use benches::rust_doors;
use benches::slow::{self, Crowd, Parts, TASKS};
use benches::svg::{self, Bar, short};
use benches::timing::{TIMES, median, times};
use benches::traced;

/// Processes that a time is the middle of.
const PROCESSES: usize = 7;
/// Rounds within a process.
const ROUNDS: u32 = 200;
/// Where the plots go.
const PLOTS: &str = "docs";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let wanted: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match wanted.as_slice() {
        [] => {
            print_counts();
            print_doors();
            print_slow();
            print_trace();
        }
        ["counts"] => print_counts(),
        ["doors"] => print_doors(),
        ["slow"] => print_slow(),
        ["trace"] => print_trace(),
        ["measure-trace"] => measure_trace(),
        ["measure-doors"] => measure_doors(&subjects()),
        ["measure-descriptor"] => measure_doors(&descriptor_subjects()),
        ["measure-slow"] => measure_slow(),
        _ => {
            eprintln!("usage: report [counts|doors|slow|trace]; everything without an argument");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Runs this program again with `argument`, and hands each line it prints to `take` as a name and a number.
fn in_another_process(argument: &str, mut take: impl FnMut(&str, f64)) {
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new(program).arg(argument).output().expect("this program can be run again");
    assert!(output.status.success(), "{argument}: {}", String::from_utf8_lossy(&output.stderr));
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (name, number) = line.split_once('\t').expect("a name and a number");
        take(name, number.parse().expect("a number"));
    }
}

fn print_counts() {
    println!(
        "\n| instructions | leave + enter | as budgeted | budget | nested four | as budgeted | budget |\n\
         |---|---|---|---|---|---|---|"
    );
    for door in EMPTY.iter().chain(DOORS) {
        print!("| {} |", door.title);
        for shape in [Shape::Pairs, Shape::Nested] {
            let count = counts::instructions(door, shape).expect("processes can be single-stepped here");
            let budgeted = door.as_budgeted(count, shape).expect("counted a moment ago");
            print!(" {count} | {budgeted} | {} |", door.budget(shape));
        }
        println!();
    }
}

/// What is measured of a subject: its name in the output of a measuring process.
fn key(title: &str, shape: &str, threads: u32) -> String {
    format!("{title}/{shape}/{threads}")
}

fn measure_doors(subjects: &[Subject]) {
    for threads in [1, 2] {
        let loops: Vec<_> = subjects.iter().map(|subject| &subject.pairs).collect();
        let titles = subjects.iter().map(|subject| subject.title);
        print_times("pair", threads, titles, times(&loops, TIMES, ROUNDS, threads));
        let nested: Vec<_> = subjects.iter().filter(|subject| subject.nested.is_some()).collect();
        let loops: Vec<_> = nested.iter().filter_map(|subject| subject.nested.as_ref()).collect();
        let titles = nested.iter().map(|subject| subject.title);
        print_times("nested", threads, titles, times(&loops, TIMES / 4, ROUNDS, threads));
    }
}

fn print_times<'a>(
    shape: &str,
    threads: u32,
    titles: impl Iterator<Item = &'a str>,
    times: Vec<Option<f64>>,
) {
    for (title, ns) in titles.zip(times) {
        // An infinite time makes itself known in every table that it comes into.
        println!("{}\t{}", key(title, shape, threads), ns.unwrap_or(f64::INFINITY));
    }
}

/// The times of all processes, by name.
struct Times(BTreeMap<String, Vec<f64>>);

impl Times {
    fn middle(&self, name: &str) -> Option<f64> {
        self.0.get(name).map(|values| median(values.clone()))
    }

    /// The middle of the quotients of two times of the same process.
    fn ratio(&self, name: &str, to: &str) -> Option<f64> {
        let (these, those) = (self.0.get(name)?, self.0.get(to)?);
        Some(median(these.iter().zip(those).map(|(a, b)| a / b).collect()))
    }
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), short)
}

fn print_doors() {
    let mut found = Times(BTreeMap::new());
    for _ in 0..PROCESSES {
        for doors in ["measure-doors", "measure-descriptor"] {
            in_another_process(doors, |name, ns| found.0.entry(name.to_owned()).or_default().push(ns));
        }
    }
    // Their names and kinds; nothing of them is run here.
    let subjects: Vec<Subject> = subjects().into_iter().chain(descriptor_subjects()).collect();
    println!(
        "\n| ns, middle of {PROCESSES} processes | pair | pair, 2 threads | nested four | four, 2 threads | \
         2 threads : 1 |\n|---|---|---|---|---|---|"
    );
    for subject in &subjects {
        let at = |shape, threads| cell(found.middle(&key(subject.title, shape, threads)));
        let slower = found.ratio(&key(subject.title, "pair", 2), &key(subject.title, "pair", 1));
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            subject.title,
            at("pair", 1),
            at("pair", 2),
            at("nested", 1),
            at("nested", 2),
            cell(slower)
        );
    }
    println!("\n| ratio, middle of {PROCESSES} processes | value | budget | kept |\n|---|---|---|---|");
    let ratio =
        |of: (&str, u32), to: (&str, u32)| found.ratio(&key(of.0, "pair", of.1), &key(to.0, "pair", to.1));
    for (door, empty, budget) in [
        (COM_STATIC, EMPTY_STATIC, 1.05),
        (COM_SHARED, EMPTY_SHARED, 1.05),
        (COM_DESCRIPTOR, EMPTY_DESCRIPTOR, 2.0),
    ] {
        print_ratio(&format!("{door} : empty vtable"), ratio((door, 1), (empty, 1)), Budget::AtMost(budget));
    }
    for door in ["Rust, thread-local", "Rust, task handle", "C, inlined", "C++, inlined"] {
        let value = ratio((door, 1), (URCU_MEMB, 1));
        print_ratio(&format!("{door} : liburcu memb"), value, Budget::AtMost(1.6));
    }
    for (threads, budget) in [(1, 13.0), (2, 50.0)] {
        for door in [COM_STATIC, COM_SHARED] {
            let what = format!("mutex and map : {door}, {threads} at once");
            print_ratio(&what, ratio((MUTEX_MAP, threads), (door, threads)), Budget::AtLeast(budget));
        }
    }
    for (door, empty) in [(COM_STATIC, EMPTY_STATIC), (COM_SHARED, EMPTY_SHARED)] {
        let at = |threads| ratio((door, threads), (empty, threads));
        let growth = at(2).zip(at(1)).map(|(two, one)| two / one);
        let what = format!("{door} : empty vtable, at 2 threads against at 1");
        print_ratio(&what, growth, Budget::AtMost(1.05));
    }
    let bars: Vec<Bar> = subjects
        .iter()
        .filter_map(|subject| {
            let value = found.middle(&key(subject.title, "pair", 1))?;
            let ours =
                ["COM", "C,", "C++", "C f", "Rust"].iter().any(|start| subject.title.starts_with(start));
            Some(Bar { title: subject.title.to_owned(), value, ours })
        })
        .collect();
    write("doors.svg", &svg::bars("A leave and an enter, one thread", "nanoseconds", &bars));
}

/// What a ratio is to be.
enum Budget {
    AtMost(f64),
    AtLeast(f64),
}

fn print_ratio(what: &str, value: Option<f64>, budget: Budget) {
    let (sign, bound) = match budget {
        Budget::AtMost(bound) => ("<=", bound),
        Budget::AtLeast(bound) => (">=", bound),
    };
    let kept = value.map(|value| match budget {
        Budget::AtMost(bound) => value <= bound,
        Budget::AtLeast(bound) => value >= bound,
    });
    let kept = kept.map_or("not measured", |kept| if kept { "yes" } else { "no" });
    println!("| {what} | {} | {sign} {bound} | {kept} |", cell(value));
}

fn write(name: &str, text: &str) {
    let path = Path::new(PLOTS).join(name);
    fs::write(&path, text)
        .unwrap_or_else(|e| panic!("cannot write {} (run from the root): {e}", path.display()));
    println!("\n{} written", path.display());
}

fn measure_slow() {
    let most = TASKS[TASKS.len() - 1];
    // These two first: they are about a process with one manager, and the rest makes more.
    let (first, second) = slow::first_and_second_call(rust_doors::manager());
    println!("first/1/middle\t{first}\nsecond/1/middle\t{second}");
    let (alone, crowded) = slow::pair_alone_and_in_a_crowd(most);
    println!("pair/1/least\t{alone}\npair/{most}/least\t{crowded}");
    for count in TASKS {
        let (crowd, parts) = (Crowd::new(count), Parts::new(count));
        let rounds = (3_000_000 / count).clamp(60, 2_000);
        let actions: [&dyn Fn(); 5] = [
            &|| crowd.pause_and_resume(),
            &|| parts.barrier(),
            &|| parts.arm_and_scan(),
            &|| crowd.look_at_all(),
            &|| crowd.sum(),
        ];
        let names = ["pause", "barrier", "scan", "snapshot", "totals"];
        for (name, (middle, least)) in names.iter().zip(slow::durations(&actions, rounds)) {
            println!("{name}/{count}/middle\t{middle}\n{name}/{count}/least\t{least}");
        }
        println!("attach/{count}/least\t{}", slow::attach_and_detach(crowd.manager()));
        let (first, _) = slow::first_and_second_call(crowd.manager());
        println!("first/{count}/middle\t{first}");
        let (cell, grown) = slow::bytes_per_task(count);
        println!("cell/{count}/bytes\t{cell}\ngrown/{count}/bytes\t{grown}");
    }
}

fn print_slow() {
    let mut found = BTreeMap::new();
    in_another_process("measure-slow", |name, number| {
        found.insert(name.to_owned(), number);
    });
    let get = |name: &str, count: usize, which: &str| found[&format!("{name}/{count}/{which}")];
    println!(
        "\n| tasks, all outside | pause + resume, us | barrier, us | arm + scan by hand, us | pause : barrier + arm + scan \
         | pause, ns per task | snapshot, ns per task | totals, ns per task | attach + detach, ns | first call, us | \
         bytes per task |\n|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut curves =
        [("pause and resume", vec![]), ("barrier + arm + scan by hand", vec![]), ("snapshot", vec![])];
    for count in TASKS {
        let tasks = count as f64;
        let [pause, barrier, scan, snapshot, totals] =
            ["pause", "barrier", "scan", "snapshot", "totals"].map(|name| get(name, count, "middle"));
        println!(
            "| {count} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            short(pause / 1e3),
            short(barrier / 1e3),
            short(scan / 1e3),
            short(pause / (barrier + scan)),
            short(pause / tasks),
            short(snapshot / tasks),
            short(totals / tasks),
            short(get("attach", count, "least")),
            short(get("first", count, "middle") / 1e3),
            short(get("grown", count, "bytes")),
        );
        for ((_, points), ns) in curves.iter_mut().zip([pause, barrier + scan, snapshot]) {
            points.push((tasks, ns / 1e3));
        }
    }
    let most = TASKS[TASKS.len() - 1];
    let [alone, crowded] = [1, most].map(|count| short(get("pair", count, "least")));
    println!(
        "\nA leave and an enter (Rust, thread-local): {alone} ns alone, {crowded} ns with {most} tasks registered."
    );
    let [first, second] = ["first", "second"].map(|call| short(get(call, 1, "middle")));
    println!(
        "First transition of a thread {first} ns, second {second} ns, both with the clock (middle of 500 threads)."
    );
    let lines: Vec<svg::Line> =
        curves.into_iter().map(|(title, points)| svg::Line { title: title.to_owned(), points }).collect();
    let plot =
        svg::lines("Slow paths against the number of tasks, all outside", "tasks", "microseconds", &lines);
    write("slow_paths.svg", &plot);
}

fn measure_trace() {
    let cost = traced::cost();
    println!("untraced\t{}\ntraced\t{}\nstopped\t{}", cost.untraced, cost.traced, cost.stopped);
    println!("clock\t{}\ndrained\t{}", cost.clock, cost.drained);
}

fn print_trace() {
    let mut found = Times(BTreeMap::new());
    for _ in 0..PROCESSES {
        in_another_process("measure-trace", |name, ns| found.0.entry(name.to_owned()).or_default().push(ns));
    }
    let middle = |name| cell(found.middle(name));
    println!("\n| ns, middle of {PROCESSES} processes | Rust, thread-local |\n|---|---|");
    println!("| leave + enter, no trace | {} |", middle("untraced"));
    println!("| leave + enter, traced | {} |", middle("traced"));
    println!("| two looks at the clock (clock_gettime) | {} |", middle("clock"));
    println!("| traced pair : two looks at the clock | {} |", cell(found.ratio("traced", "clock")));
    println!("| leave + enter, the trace stopped again | {} |", middle("stopped"));
    println!("| a record drained | {} |", middle("drained"));
}
