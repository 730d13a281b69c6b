//! Processes that a watched program makes.

use crate::watched::run;

#[test]
fn a_forked_child_does_not_report_its_parents_crossings() {
    run(&["exit-forked"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!(run.calls("end_forked"), 1, "{}", run.of);
        let reports = run.of.lines().filter(|line| line.starts_with('{')).count();
        assert_eq!(reports, 1, "the parent's alone: {}", run.of);
    });
}
