//! What a trace costs.

use benches::traced;

use crate::PROCESSES;
use crate::times::{Times, cell};

pub(crate) fn measure() {
    let cost = traced::cost();
    println!("untraced\t{}\ntraced\t{}\nstopped\t{}", cost.untraced, cost.traced, cost.stopped);
    println!("clock\t{}\ndrained\t{}", cost.clock, cost.drained);
}

pub(crate) fn print() {
    let mut found = Times::default();
    for _ in 0..PROCESSES {
        found.take("measure-trace");
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
