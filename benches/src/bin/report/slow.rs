//! Pauses, looks and attaches against the number of tasks.

use std::collections::BTreeMap;

use benches::rust_doors;
use benches::slow::{self, Crowd, Parts, TASKS};
use benches::svg::{self, short};

use crate::{in_another_process, write};

pub(crate) fn measure() {
    let most = TASKS[TASKS.len() - 1];
    // These two first: they are about a process with one manager, and the rest makes more.
    let (first, second) = slow::first_and_second_call(rust_doors::manager());
    println!("first/1/middle\t{first}\nsecond/1/middle\t{second}");
    let (alone, crowded) = slow::pair_alone_and_in_a_crowd(most);
    println!("pair/1/least\t{alone}\npair/{most}/least\t{crowded}");
    for count in TASKS {
        let (crowd, parts) = (Crowd::new(count), Parts::new(count));
        let rounds = (3_000_000 / count).clamp(60, 2_000);
        // A pause and the same by hand by themselves: each finds the caches as the other leaves them.
        let pauses: [(&str, &dyn Fn()); 3] = [
            ("pause", &|| crowd.pause_and_resume()),
            ("barrier", &|| parts.barrier()),
            ("scan", &|| parts.arm_and_scan()),
        ];
        let looks: [(&str, &dyn Fn()); 2] =
            [("snapshot", &|| crowd.look_at_all()), ("totals", &|| crowd.sum())];
        for actions in [&pauses[..], &looks] {
            let (names, actions): (Vec<_>, Vec<_>) = actions.iter().copied().unzip();
            for (name, (middle, least)) in names.iter().zip(slow::durations(&actions, rounds)) {
                println!("{name}/{count}/middle\t{middle}\n{name}/{count}/least\t{least}");
            }
        }
        println!("attach/{count}/least\t{}", slow::attach_and_detach(crowd.manager()));
        let (first, _) = slow::first_and_second_call(crowd.manager());
        println!("first/{count}/middle\t{first}");
        let (cell, grown) = slow::bytes_per_task(count);
        println!("cell/{count}/bytes\t{cell}\ngrown/{count}/bytes\t{grown}");
    }
}

pub(crate) fn print() {
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
