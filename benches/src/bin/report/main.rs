//! The tables and plots of docs/PERFORMANCE.md: `cargo run --release -p benches --bin report -- [counts|doors|slow|trace]`.
//!
//! Times are taken in several processes, one after the other, because where code and data come to lie differs between
//! processes and moves tight loops by a fifth. Within each, every loop is run in turns, and the shortest time counts.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use benches::counts::{self, DOORS, EMPTY, Shape};
use benches::doors::{beside_subjects, descriptor_subjects, subjects};

mod doors;
mod slow;
mod times;
mod trace;

/// Processes that a time is the middle or the best of.
const PROCESSES: usize = 15;
/// Where the plots go.
const PLOTS: &str = "docs";

fn main() -> ExitCode {
    // Whoever reads the tables may stop: then there is nobody to print for.
    // SAFETY: the default action, before there are threads.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let arguments: Vec<String> = env::args().skip(1).collect();
    let wanted: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match wanted.as_slice() {
        [] => {
            print_counts();
            doors::print();
            slow::print();
            trace::print();
        }
        ["counts"] => print_counts(),
        ["doors"] => doors::print(),
        ["slow"] => slow::print(),
        ["trace"] => trace::print(),
        ["measure-trace"] => trace::measure(),
        ["measure-doors"] => doors::measure(&subjects()),
        ["measure-descriptor"] => doors::measure(&descriptor_subjects()),
        ["measure-beside"] => doors::measure_beside(&beside_subjects()),
        ["measure-slow"] => slow::measure(),
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

fn write(name: &str, text: &str) {
    let path = Path::new(PLOTS).join(name);
    fs::write(&path, text)
        .unwrap_or_else(|e| panic!("cannot write {} (run from the root): {e}", path.display()));
    println!("\n{} written", path.display());
}
