//! Which host calls are announced, and under which name.

use tollgate_core::Config;
use tollgate_wasmtime::{Announce, Host, target_of};

use crate::common::*;

#[test]
fn library_calls_of_the_runtime_are_not_announced() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), Vec::new());
    guest.call("grow").expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn everything_announces_library_calls_too() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Everything);
    let mut guest = Guest::new(Some(host), vec![act(|_| Ok(()))]);
    guest.call("grow").expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, Leave, Enter, ReverseLeave]);
    // A defined function is announced once, not twice; without its name, because the hook did not know it.
    guest.run(0).expect("the call");
    let steps = steps.take();
    assert_eq!(steps.iter().filter(|step| step.transition == Leave).count(), 1);
    assert_eq!(name_of(&steps[1]), "(host function without a name)");
    assert_closed(manager);
}

#[test]
fn function_without_a_name_stays_inside() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let look = act(move |_| {
        assert_eq!(only_task(manager).side, 1);
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![look]);
    guest.call("raw").expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn function_without_a_name_leaves_when_it_calls_in() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![then_run(1), act(|_| Ok(()))]);
    guest.call("raw").expect("the call");
    let steps = steps.take();
    let transitions: Vec<_> = steps.iter().map(|step| step.transition).collect();
    assert_eq!(
        transitions,
        [ReverseEnter, Leave, ReverseEnter, Leave, Enter, ReverseLeave, Enter, ReverseLeave]
    );
    assert_eq!(name_of(&steps[1]), "(host function without a name)");
    assert_eq!(name_of(&steps[3]), "host.act");
    assert_closed(manager);
}

#[test]
fn exempt_function_is_not_announced() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![then_run(1), act(|_| Ok(()))]);
    manager.exempt().replace(&[target_of("host", "act")]).expect("memory");
    guest.run(0).expect("the call");
    // The reverse pair is not for the host to exempt.
    assert_eq!(steps.taken(), [ReverseEnter, ReverseEnter, ReverseLeave, ReverseLeave]);

    manager.exempt().replace(&[]).expect("memory");
    guest.run(1).expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, Leave, Enter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn set_of_exempt_functions_may_change_during_a_call() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let (exempt, announced) = (
        act(move |_| {
            manager.exempt().replace(&[]).expect("memory");
            Ok(())
        }),
        act(move |_| {
            manager.exempt().replace(&[target_of("host", "act")]).expect("memory");
            Ok(())
        }),
    );
    let mut guest = Guest::new(Some(host), vec![exempt, announced]);
    manager.exempt().replace(&[target_of("host", "act")]).expect("memory");
    guest.run(0).expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, ReverseLeave]);
    guest.run(1).expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, Leave, Enter, ReverseLeave]);
    assert_closed(manager);
}

/// Whoever watches from another process reads the names of all host functions, defined before the host or after it.
#[cfg(target_os = "linux")]
#[test]
fn names_of_host_functions_are_in_the_page() {
    let before = target_of("page", "before");
    let manager = manager(Config { page: true, max_tasks: 64, ..Config::DEFAULT });
    let _host = Host::new(manager);
    let after = target_of("page", "after");
    let _again = Host::new(manager);
    let names = names_in_page();
    for (target, name) in [(before, "page.before"), (after, "page.after")] {
        assert_eq!(names.iter().filter(|(found, _)| *found == target as u64).count(), 1, "named once");
        assert!(names.contains(&(target as u64, name.to_owned())), "{name} in {names:?}");
    }
}

/// The names in the only page of this process, by the words of docs/PAGE.md.
#[cfg(target_os = "linux")]
fn names_in_page() -> Vec<(u64, String)> {
    let links = std::fs::read_dir("/proc/self/fd").expect("Linux has it").filter_map(Result::ok);
    let is_page = |entry: &std::fs::DirEntry| {
        std::fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy().contains("memfd:tollgate-"))
    };
    let page = links.into_iter().find(is_page).expect("a page").path();
    let file = std::fs::File::open(page).expect("readable");
    let bytes = |offset: u64, count: usize| {
        let mut bytes = vec![0; count];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut bytes, offset).expect("within the file");
        bytes
    };
    let wide = |offset| u64::from_ne_bytes(bytes(offset, 8).try_into().expect("eight bytes"));
    let word = |offset| u32::from_ne_bytes(bytes(offset, 4).try_into().expect("four bytes"));
    assert_eq!(bytes(0, 8), b"TOLLGATE");
    let (first, each, used) = (wide(104), wide(112), word(wide(160) + 156));
    (0..u64::from(used))
        .map(|index| first + index * each)
        .map(|entry| {
            assert_eq!(word(entry), 1, "the kind of an entry that is there");
            let text = bytes(entry + 16, 112);
            let length = text.iter().position(|byte| *byte == 0).unwrap_or(112);
            (wide(entry + 8), String::from_utf8(text[..length].to_vec()).expect("UTF-8"))
        })
        .collect()
}
