//! What watching costs, beside a profiler that does nothing. Run by hand, on a quiet machine:
//!
//!   cargo test -p tollgate-coreclr --test live -- --ignored --nocapture cost

use std::path::Path;
use std::process::Command;

use tollgate_tests::artifact::cargo;
use tollgate_tests::command::succeed;
use tollgate_tests::target_dir;

use crate::runtimes::{Kit, kit};

/// Processes of each kind, in turn, so that a busy moment of the machine hits all kinds alike; the least figure counts.
const PROCESSES: usize = 10;

/// Picoseconds for a call, a callback, and a step of managed code.
type Costs = [u64; 3];

fn measure(kit: &Kit, runtime: &Path, profiler: Option<(&Path, &str)>) -> Costs {
    let mut command = Command::new(&kit.plain_host);
    command.arg(runtime).arg(&kit.assembly).arg("measure");
    command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1").env_remove("LD_LIBRARY_PATH");
    if let Some((library, mask)) = profiler {
        command.env("CORECLR_ENABLE_PROFILING", "1").env("CORECLR_PROFILER_PATH", library);
        command.env("CORECLR_PROFILER", "{27502D1E-5275-4E19-AABE-CEC593C58458}");
        command.env("EMPTY_PROFILER_MASK", mask).env("TOLLGATE_CORECLR_REPORT", "/dev/null");
    }
    let output = succeed(&mut command);
    let figures = output.lines().filter_map(|line| line.split_once(' ')?.1.parse::<u64>().ok());
    let mut costs = [u64::MAX; 3];
    costs.iter_mut().zip(figures).for_each(|(cost, figure)| *cost = figure);
    costs
}

#[test]
#[ignore = "measures; wants a quiet machine"]
fn cost_of_watching() {
    let Some(kit) = kit() else { return };
    let target = target_dir().join("coreclr-live");
    succeed(
        cargo().args(["build", "--release", "--package", "tollgate-coreclr", "--target-dir"]).arg(&target),
    );
    let library = target.join("release/libtollgate_coreclr.so");
    for runtime in &kit.runtimes {
        let empty = kit.empty_profiler.as_path();
        let kinds = [
            ("no profiler", None),
            ("empty profiler, crossings", Some((empty, "800"))),
            ("empty profiler, nothing inlined", Some((empty, "200800"))),
            ("this library", Some((library.as_path(), ""))),
        ];
        println!("{}", runtime.display());
        println!("{:<34}{:>10}{:>12}{:>14}", "ns", "call", "callback", "managed step");
        let mut costs = [[u64::MAX; 3]; 4];
        for _ in 0..PROCESSES {
            for (least, (_, profiler)) in costs.iter_mut().zip(kinds) {
                let seen = measure(kit, runtime, profiler);
                least.iter_mut().zip(seen).for_each(|(least, cost)| *least = cost.min(*least));
            }
        }
        for ((name, _), costs) in kinds.iter().zip(costs) {
            let [call, callback, managed] = costs.map(|ps| ps as f64 / 1000.0);
            println!("{name:<34}{call:>10.1}{callback:>12.1}{managed:>14.2}");
        }
        let [_, notices, _, ours] = costs;
        let [call, callback, managed] = [0, 1, 2].map(|kind| ours[kind] as f64 / notices[kind] as f64);
        println!("{:<34}{call:>9.2}x{callback:>11.2}x{managed:>13.2}x", "this library over the empty one");
        assert!(ours[0] < notices[0] * 2, "a call costs more than twice what the runtime's notices do");
        assert!(ours[1] < notices[1] * 2, "a callback costs more than twice what the runtime's notices do");
    }
}
