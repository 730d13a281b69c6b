//! The slow paths against the number of tasks: `cargo bench -p benches --bench slow`.

use std::time::Duration;

use benches::slow::{Crowd, Parts, TASKS};
use criterion::{BenchmarkId, Criterion};
use tollgate_core::Side;

fn slow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("slow");
    for count in TASKS {
        let (crowd, parts) = (Crowd::new(count), Parts::new(count));
        let actions: [(&str, &dyn Fn()); 5] = [
            ("pause and resume", &|| crowd.pause_and_resume()),
            ("barrier", &|| parts.barrier()),
            ("arm and scan by hand", &|| parts.arm_and_scan()),
            ("snapshot", &|| crowd.look_at_all()),
            ("totals", &|| crowd.sum()),
        ];
        for (title, action) in actions {
            group.bench_with_input(BenchmarkId::new(title, count), &count, |bencher, _| bencher.iter(action));
        }
        group.bench_with_input(BenchmarkId::new("attach and detach", count), &count, |bencher, _| {
            bencher.iter(|| crowd.manager().attach_task(Some(Side::Outside)).expect("there is room"));
        });
    }
    group.finish();
}

fn brief() -> Criterion {
    let (warm_up, measure) = (Duration::from_millis(100), Duration::from_millis(500));
    Criterion::default().warm_up_time(warm_up).measurement_time(measure).sample_size(10)
}

fn main() {
    let mut criterion = brief().configure_from_args();
    slow(&mut criterion);
    criterion.final_summary();
}
