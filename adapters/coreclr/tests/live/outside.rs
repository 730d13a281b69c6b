//! A running program is asked from outside: by a signal, and through its page.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tollgate_observe::look::native_function;
use tollgate_observe::page::{Page, Process};

use crate::json::{self, Json};
use crate::runtimes::kit;
use crate::watched::{Waiting, watched};

#[test]
fn a_signal_asks_for_a_report() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let file = kit.folder.join(format!("signal-{}.json", std::process::id()));
        let _ = fs::remove_file(&file);
        let mut command = watched(kit, runtime, &["wait", "3"], &kit.library);
        let program = Waiting::start(command.env("TOLLGATE_CORECLR_REPORT", &file));
        let pid = program.id().to_string();
        assert!(Command::new("kill").args(["-USR2", &pid]).status().expect("kill can be run").success());
        let give_up = Instant::now() + Duration::from_secs(600);
        let text = loop {
            assert!(Instant::now() < give_up, "no report in {}", file.display());
            match fs::read_to_string(&file) {
                Ok(text) if text.ends_with('\n') => break text,
                _ => thread::sleep(Duration::from_millis(10)),
            }
        };
        let report = json::parse(&text);
        assert_eq!(report.text("occasion"), "signal");
        let waiting = report.list("threads").iter().filter(|thread| {
            thread.get("live") == &Json::Bool(true)
                && thread.get("innermost") == &Json::Text("clrtest!wait_here (Native.wait_here)".to_owned())
                && thread.number("depth") == 3
        });
        assert_eq!(waiting.count(), 3, "{}: {text}", runtime.display());
        program.go_on();
        let reports = fs::read_to_string(&file).expect("the report was there a moment ago");
        assert_eq!(reports.lines().count(), 2, "one for the signal, one at the end: {reports}");
        let _ = fs::remove_file(&file);
    }
}

#[test]
fn a_program_is_watched_from_outside_when_asked() {
    // So many make the first calls of one function at once.
    const THREADS: usize = 16;
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let notice = kit.folder.join(format!("notice-{}", std::process::id()));
        fs::write(&notice, "").expect("the folder is writable");
        let mut command = watched(kit, runtime, &["wait", &THREADS.to_string()], &kit.library);
        command.env("TOLLGATE_CORECLR_NOTICE", &notice).env("TOLLGATE_CORECLR_PAGE", "1");
        let program = Waiting::start(command.env("TOLLGATE_CORECLR_QUIET", "1"));
        let said = fs::read_to_string(&notice).expect("the file is there");
        assert!(said.starts_with("tollgate-coreclr ") && said.contains(": watching "), "{said}");

        let process = Process::open(program.id()).expect("it runs");
        let page = Page::open(&process, None).expect("its manager has a page");
        let mut names = HashMap::new();
        page.view().for_each_name(|target, name| {
            names.insert(target, name.as_str().to_owned());
        });
        let look = page.look(|_, _| {});
        let places = look.tasks.iter().filter_map(|task| names.get(&native_function(task)?));
        let waiting = places.filter(|name| *name == "clrtest!wait_here (Native.wait_here)");
        assert_eq!(waiting.count(), THREADS, "{}: {names:?}", runtime.display());

        program.go_on();
        let _ = fs::remove_file(&notice);
    }
}
