//! The command beside a real host under load.

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::format::{Checked, check, so_far};
use common::{Host, Random, errors, file, run, seed, text, tollgate};
use serde_json::Value;

/// What `top --once --json` says of a host.
fn look(host: &Host, more: &[&str]) -> Value {
    let pid = host.pid();
    let output = run(&[&["top", &pid, "--once", "--json", "--interval", "0.05"], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// Far beyond what anything takes; reached only when something is broken.
const LIMIT: Duration = Duration::from_secs(600);

/// Looks until what is seen is as it must become, however little of the processors the host gets.
fn look_until(host: &Host, more: &[&str], is_so: impl Fn(&Value) -> bool) -> Value {
    let give_up = Instant::now() + LIMIT;
    loop {
        let look = look(host, more);
        if is_so(&look) {
            return look;
        }
        assert!(Instant::now() < give_up, "{look}");
    }
}

fn task<'a>(look: &'a Value, name: &str) -> &'a Value {
    let tasks = look["tasks"].as_array().expect("a list of tasks");
    tasks.iter().find(|task| task["name"] == name).unwrap_or_else(|| panic!("no task {name}: {look}"))
}

#[test]
fn top_tells_who_is_where() {
    let host = Host::start("");
    let first = look_until(&host, &[], |look| {
        let tasks = look["tasks"].as_array().expect("a list of tasks").iter();
        let mut workers = tasks.filter(|task| task["name"] == "worker");
        // A task that only one of the two looks has seen has no rate.
        let is_crossing = workers.any(|task| task["crossings_per_second"].as_f64().unwrap_or(0.0) > 0.0);
        is_crossing && look["pauses"]["count"].as_u64() > Some(0)
    });
    assert_eq!(first["pid"].to_string(), host.pid());
    assert_eq!((&first["policy"], &first["manager"]), (&Value::from("govern"), &Value::from(1)));

    // The one that waits: three levels, known to the last detail, with the name that the host gave it.
    let sleeper = task(&first, "the <sleeper>");
    let figures =
        ["side", "depth", "settled", "crossings_per_second", "share_inside"].map(|name| &sleeper[name]);
    assert_eq!(figures.map(Value::to_string), ["\"outside\"", "3", "true", "0.0", "0.0"]);
    assert_eq!(sleeper["function"], "wait \"&</script>");
    let levels = sleeper["levels"].as_array().expect("a list of levels");
    let told: Vec<_> = levels.iter().map(|level| (&level["side"], &level["function"])).collect();
    let expected = [("outside", "native_outer"), ("inside", ""), ("outside", "wait \"&</script>")];
    let expected = expected.map(|(side, name)| (Value::from(side), Value::from(name)));
    assert!(told.iter().copied().eq(expected.iter().map(|(side, name)| (side, name))), "{sleeper}");
    assert!(sleeper["at_least_ns"].as_u64().expect("a number") >= 50_000_000);

    let functions = first["functions"].as_array().expect("a list of functions");
    let waited = functions.iter().find(|function| function["function"] == "wait \"&</script>");
    let waited = waited.unwrap_or_else(|| panic!("no time in it: {first}"));
    assert_eq!((&waited["own_ns"], &waited["open_ns"]), (&sleeper["at_least_ns"], &sleeper["at_least_ns"]));

    let count = |look: &Value, name: &str| look["totals"][name].as_u64().expect("a number");
    let second = look_until(&host, &[], |look| count(look, "leaves") > count(&first, "leaves"));
    assert_eq!(count(&second, "irregularities"), 0);
    assert!(host.finish().ends_with("balanced\n"));
}

#[test]
fn top_filters_sorts_and_marks() {
    let host = Host::start("p");
    let only = look(&host, &["--filter", "SLEEPER", "--stuck", "0.01"]);
    let tasks = only["tasks"].as_array().expect("a list");
    assert_eq!(tasks.len(), 1, "{only}");
    assert_eq!(tasks[0]["stuck"], true);
    assert!(only["tasks_live"].as_u64() > Some(2));

    // Where nobody else has stood still between the two looks.
    let age = |task: &Value| task["at_least_ns"].as_u64().expect("a number");
    let all_moved = |look: &Value| {
        let oldest = age(task(look, "the <sleeper>"));
        let mut tasks = look["tasks"].as_array().expect("a list").iter();
        tasks.all(|task| task["name"] == "the <sleeper>" || age(task) < oldest)
    };
    let sorted = look_until(&host, &["--sort", "age"], all_moved);
    assert_eq!(sorted["tasks"][0]["name"], "the <sleeper>");
    let reversed = look_until(&host, &["--sort", "age", "--reverse"], all_moved);
    assert_ne!(reversed["tasks"][0]["name"], "the <sleeper>");
    // Symbols are of the program's file; the name of a target is the host's.
    let bare = look(&host, &["--no-symbols"]);
    let levels = &task(&bare, "the <sleeper>")["levels"];
    assert!(levels[0]["function"].as_str().expect("a name").starts_with("0x"), "{levels}");
    assert_eq!(levels[2]["function"], "wait \"&</script>");

    let pid = host.pid();
    let plain = run(&["top", &pid, "--interval", "0.05"]);
    assert_eq!(plain.status.code(), Some(0), "{}", errors(&plain));
    let table = String::from_utf8(plain.stdout).expect("it is text");
    for expected in [
        "(process ",
        "manager 1, govern",
        "the <sleeper>",
        "wait \"&</script>",
        "gate open",
        "native function",
    ] {
        assert!(table.contains(expected), "no `{expected}` in\n{table}");
    }
}

/// Records to that file while `meanwhile` takes, which `signal` ends.
fn record_until(host: &Host, trace: &Path, signal: &str, meanwhile: impl FnOnce()) -> Output {
    let mut recorder = tollgate()
        .args(["trace", &host.pid(), "-o"])
        .arg(trace)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be run");
    // Once the first events are on the disk it is recording, and takes signals.
    while std::fs::metadata(trace).map_or(0, |file| file.len()) == 0 {
        assert_eq!(recorder.try_wait().expect("it can be waited for"), None, "it records");
        thread::sleep(Duration::from_millis(5));
    }
    meanwhile();
    let pid = recorder.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().expect("kill can be run").success());
    let output = recorder.wait_with_output().expect("it can be waited for");
    assert_eq!(output.status.code(), Some(0), "{signal}: {}", errors(&output));
    output
}

#[test]
fn a_recording_of_events_nests_and_counts() {
    let host = Host::start("t");
    let (trace, page) = (file("events.json"), file("events.html"));
    let out = trace.display().to_string();
    let has_seen_all = |checked: &Checked| {
        ["native_outer", "native_inner"].iter().all(|function| checked.begun("outside", function) > 10)
            && checked.begun("gate", "closed") > 0
            && checked.instants.contains_key("paused")
            // managed, native_outer, managed, native_inner, and perhaps held at the gate.
            && checked.depth_of("worker") >= 4
    };
    // However little of the processors the two get, and however much of the rings is overwritten unread.
    let output = record_until(&host, &trace, "-INT", || {
        let give_up = Instant::now() + LIMIT;
        let mut pause = Duration::from_millis(20);
        while !has_seen_all(&so_far(&std::fs::read(&trace).expect("it can be read"))) {
            assert!(Instant::now() < give_up, "{}", trace.display());
            thread::sleep(pause);
            // The file grows: reading it again and again must not take longer and longer from who writes it.
            pause *= 2;
        }
    });
    let said = errors(&output);
    assert!(said.contains(" events of "), "{said}");
    let checked = check(&text(&trace));
    assert!(has_seen_all(&checked), "{:?} {:?} {:?}", checked.begins, checked.instants, checked.deepest);
    assert_eq!(checked.depth_of("the <sleeper>"), 4, "managed below its three levels");
    assert_eq!(checked.begun("outside", "wait \"&</script>"), 1, "it was there all the time");

    let output = run(&["report", &out, "-o", &page.display().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let html = text(&page);
    for expected in
        ["wait &quot;&amp;&lt;/script&gt;", "task ", "the &lt;sleeper&gt;", "native_inner", "longest"]
    {
        assert!(html.contains(expected), "no `{expected}` in {}", page.display());
    }
    for forbidden in ["<script", "http://", "https://", "<sleeper>", "url(", "@import", "<link", "<img"] {
        assert!(!html.contains(forbidden), "`{forbidden}` in {}", page.display());
    }
    let _ = (std::fs::remove_file(trace), std::fs::remove_file(page));
}

#[test]
fn a_recording_of_the_past_nests() {
    let host = Host::start("tp");
    let trace = file("history.json");
    let (pid, out) = (host.pid(), trace.display().to_string());
    let output = run(&["trace", &pid, "-o", &out, "--duration", "0.05", "--history"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let checked = check(&text(&trace));
    // Nobody but the sleeper was there at its first call: only the past knows of it.
    assert_eq!(checked.begun("outside", "wait \"&</script>"), 1, "{:?}", checked.begins);
    assert!(checked.instants.contains_key("tracing began"), "{:?}", checked.instants);
    let _ = std::fs::remove_file(trace);
}

#[test]
fn a_recording_of_looks_nests() {
    let host = Host::start("");
    let trace = file("looks.json");
    let (pid, out) = (host.pid(), trace.display().to_string());
    let output = run(&["trace", &pid, "-o", &out, "--duration", "0.3", "--rate", "500"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains(" looks at "), "{}", errors(&output));
    let checked = check(&text(&trace));
    assert_eq!(checked.depth_of("the <sleeper>"), 4);
    assert!(checked.instants.contains_key("pause durations"));
    let _ = std::fs::remove_file(trace);
}

#[test]
fn what_cannot_be_watched_is_said_with_a_code_of_its_own() {
    let refused = |arguments: &[&str], code: i32, says: &str| {
        let output = run(arguments);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?} says {said}");
        assert!(output.stdout.is_empty());
    };
    let host = Host::start("n");
    refused(
        &["top", &host.pid(), "--once"],
        3,
        "has no Tollgate page: its manager must be created with the flag",
    );
    refused(&["top", "4294967295", "--once"], 3, "there is no process 4294967295");
    refused(&["trace", "0", "-o", "/dev/null"], 3, "there is no process 0");
    let two = Host::start("s");
    refused(
        &["top", &two.pid(), "--once", "--manager", "9"],
        3,
        "has no page of manager 9; it has those of 1, 2",
    );
    assert_eq!(look(&two, &["--manager", "2"])["tasks_live"], 0);
    assert_eq!(look(&two, &[])["manager"], 1);
    refused(&["trace", &two.pid(), "-o", "/nowhere/x"], 1, "cannot write /nowhere/x");
    refused(&["trace", &two.pid(), "-o", "x", "--rate", "0"], 2, "0 is not in 1..=10000");
    refused(&["top", &two.pid(), "--interval", "never"], 2, "number of seconds");
    refused(&["report", "/nowhere/x", "-o", "y"], 1, "cannot open /nowhere/x");
    refused(&["report", "/proc/self/status", "-o", "y"], 1, "this is no trace of `tollgate trace`");
    refused(&["report", "/dev/null", "-o", "y"], 1, "/dev/null is not a file that can be read twice");
    refused(&["report", "Cargo.toml", "-o", "./Cargo.toml"], 2, "./Cargo.toml is the trace itself");
    refused(&["run", "--library", "/nowhere/x.so", "--", "true"], 125, "/nowhere/x.so");
}

#[test]
fn ctrl_c_ends_a_recording_with_a_complete_file() {
    let host = Host::start("t");
    let trace = file("interrupted.json");
    for signal in ["-INT", "-TERM", "-HUP"] {
        record_until(&host, &trace, signal, || ());
        check(&text(&trace));
        std::fs::remove_file(&trace).expect("the file is there");
    }
}

#[test]
fn killing_watchers_at_any_moment_does_not_harm_the_host() {
    let mut random = Random::new(seed());
    let host = Host::start("t");
    let (pid, trace) = (host.pid(), file("killed.json"));
    let out = trace.display().to_string();
    for round in 0..30 {
        let arguments: &[&str] = match round % 3 {
            0 => &["trace", &pid, "-o", &out],
            1 => &["trace", &pid, "--looks", "-o", &out],
            _ => &["top", &pid, "--json", "--interval", "0.001"],
        };
        let mut watcher = tollgate().args(arguments).stdout(Stdio::null()).spawn().expect("it can be run");
        thread::sleep(Duration::from_micros(random.below(60_000)));
        watcher.kill().expect("it can be killed");
        watcher.wait().expect("it can be waited for");
        // What it has left is a trace up to there, or not even its beginning.
        if round % 3 == 0 && std::fs::metadata(&trace).is_ok_and(|file| file.len() > 4096) {
            let page = file("killed.html");
            let output = run(&["report", &out, "-o", &page.display().to_string()]);
            assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
            assert!(text(&page).contains("The file ends in the middle"));
            let _ = std::fs::remove_file(page);
        }
    }
    let _ = std::fs::remove_file(&trace);
    let after = look(&host, &[]);
    assert_eq!(after["totals"]["irregularities"], 0);
    assert!(host.finish().ends_with("balanced\n"));
}

#[test]
fn killing_the_host_at_any_moment_does_not_harm_watchers() {
    let mut random = Random::new(seed());
    for round in 0..12 {
        let mut host = Host::start("t");
        let (pid, trace) = (host.pid(), file(&format!("orphan-{round}.json")));
        let out = trace.display().to_string();
        let is_trace = round % 2 == 0;
        let arguments: &[&str] = if is_trace {
            &["trace", &pid, "-o", &out]
        } else {
            &["top", &pid, "--json", "--interval", "0.001"]
        };
        let watcher = tollgate()
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be run");
        thread::sleep(Duration::from_micros(random.below(50_000)));
        host.kill();
        let output = watcher.wait_with_output().expect("it can be waited for");
        let said = errors(&output);
        match output.status.code() {
            Some(0) if is_trace => {
                assert!(said.contains("has ended; what was recorded until then is complete"), "{said}");
                check(&text(&trace));
            }
            Some(4) if !is_trace => assert!(said.contains(&format!("process {pid} has ended")), "{said}"),
            // It came too late.
            Some(3) => assert!(said.contains("there is no process") || said.contains(&pid), "{said}"),
            other => panic!("{arguments:?} ended with {other:?}: {said}"),
        }
        let _ = std::fs::remove_file(trace);
    }
}

#[test]
fn the_reader_of_the_table_may_go_away() {
    let host = Host::start("");
    let mut watcher = tollgate()
        .args(["top", &host.pid(), "--json", "--interval", "0.001"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it can be run");
    drop(watcher.stdout.take());
    assert_eq!(watcher.wait().expect("it can be waited for").code(), Some(0));
}

#[test]
fn run_passes_on_codes_and_signals_and_says_that_nothing_is_watched() {
    // Any file will do: no runtime is there that could load it.
    let library = env!("CARGO_BIN_EXE_tollgate");
    let under_run = |program: &[&str]| run(&[&["run", "--library", library, "--"], program].concat());
    for (program, code) in
        [(&["true"][..], 0), (&["sh", "-c", "exit 7"], 7), (&["sh", "-c", "kill -KILL $$"], 128 + 9)]
    {
        let output = under_run(program);
        assert_eq!(output.status.code(), Some(code), "{program:?}: {}", errors(&output));
        let expected = format!("nothing is watched: no .NET runtime has loaded {library}");
        assert!(errors(&output).contains(&expected), "{program:?}: {}", errors(&output));
    }
    assert_eq!(under_run(&["/nowhere/program"]).status.code(), Some(127));
    assert_eq!(under_run(&["/proc/self/status"]).status.code(), Some(126));
    let forbidden = tollgate()
        .args(["run", "--library", library, "--", "true"])
        .env("DOTNET_EnableDiagnostics", "0")
        .output()
        .expect("it can be run");
    assert!(errors(&forbidden).contains("DOTNET_EnableDiagnostics=0 forbids it"), "{}", errors(&forbidden));

    // What whoever started the command has it ignore, as nohup does, the program ignores too.
    let run =
        "trap '' HUP INT; exec \"$0\" run --library \"$0\" -- sh -c 'kill -HUP $$; kill -INT $$; exit 5'";
    let deaf = Command::new("sh").args(["-c", run, library]).output().expect("there is a shell");
    assert_eq!(deaf.status.code(), Some(5), "{}", errors(&deaf));

    // A signal that is sent to the command reaches the program.
    let mut child = tollgate()
        .args([
            "run",
            "--library",
            library,
            "--",
            "sh",
            "-c",
            "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be run");
    let mut line = String::new();
    let out = child.stdout.take().expect("its output is piped");
    BufReader::new(out).read_line(&mut line).expect("it speaks");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill can be run").success());
    assert_eq!(child.wait().expect("it can be waited for").code(), Some(9));
}
