//! Every door beside its peers: `cargo bench -p benches --bench doors`.
//!
//! Criterion measures one after the other; for ratios, in which noise falls upon all alike, see the program `report`.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use benches::doors::{Loop, subjects};
use criterion::{BenchmarkId, Criterion};

/// The time of `times` repetitions on so many threads at once, from a common start to the last end.
fn on_threads(run: &Loop, times: u64, threads: usize) -> Duration {
    let ready = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    run(1);
                    ready.wait();
                    run(times);
                })
            })
            .collect();
        ready.wait();
        let start = Instant::now();
        for thread in running {
            thread.join().expect("a measuring thread does not panic");
        }
        start.elapsed()
    })
}

fn doors(criterion: &mut Criterion) {
    let subjects = subjects();
    for threads in [1, 2] {
        let mut group = criterion.benchmark_group(format!("pair/{threads} threads"));
        for subject in &subjects {
            group.bench_function(BenchmarkId::from_parameter(subject.title), |bencher| {
                bencher.iter_custom(|times| on_threads(&subject.pairs, times, threads));
            });
        }
        group.finish();
        let mut group = criterion.benchmark_group(format!("nested four/{threads} threads"));
        for subject in &subjects {
            let Some(nested) = &subject.nested else { continue };
            group.bench_function(BenchmarkId::from_parameter(subject.title), |bencher| {
                bencher.iter_custom(|times| on_threads(nested, times, threads));
            });
        }
        group.finish();
    }
}

fn brief() -> Criterion {
    let (warm_up, measure) = (Duration::from_millis(100), Duration::from_millis(600));
    Criterion::default().warm_up_time(warm_up).measurement_time(measure).sample_size(20)
}

fn main() {
    let mut criterion = brief().configure_from_args();
    doors(&mut criterion);
    criterion.final_summary();
}
