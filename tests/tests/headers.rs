//! The headers: current, and accepted by every dialect they promise.

use std::fs;
use std::path::Path;
use std::process::Command;

use tollgate_tests::artifact::artifact;
use tollgate_tests::command::{capture, succeed};
use tollgate_tests::compiler::{Language, WARNINGS, is_there};
use tollgate_tests::{skipped, target_dir, workspace};

#[test]
fn committed_header_is_current() {
    let generated =
        fs::read_to_string(&artifact().generated_header).expect("the generated header can be read");
    let committed =
        fs::read_to_string(workspace().join("include/tollgate.h")).expect("include/tollgate.h is there");
    let same = generated.lines().zip(committed.lines()).take_while(|(new, old)| new == old).count();
    assert!(
        generated == committed,
        "include/tollgate.h is not what the source says (first difference in line {}): run `cargo xtask header`",
        same + 1
    );
}

/// A program that includes what is named and calls a method, as each language writes it.
struct Sample {
    name: &'static str,
    text: &'static str,
    dialects: &'static [&'static str],
}

const C: [&str; 3] = ["c99", "c11", "c17"];
const CPP: [&str; 3] = ["c++11", "c++17", "c++20"];

const CPP_17: [&str; 2] = ["c++17", "c++20"];

const SAMPLES: [Sample; 9] = [
    Sample {
        name: "alone.c",
        text: "#include \"tollgate.h\"\n#include \"tollgate.h\"\n\
               HRESULT leave(struct IHostTaskManager *m, size_t t);\n\
               HRESULT leave(IHostTaskManager *m, size_t t) { return m->lpVtbl->LeaveRuntime(m, t); }\n\
               const GUID *id(void);\nconst GUID *id(void) { return &IID_IHostTaskManager; }\n",
        dialects: &C,
    },
    Sample {
        name: "alone.cpp",
        text: "#include \"tollgate.h\"\n\
               HRESULT manager(IHostTaskManager **m) { return tollgate_manager_create(nullptr, m); }\n",
        dialects: &CPP,
    },
    Sample {
        name: "c_interfaces.cpp",
        text: "#define CINTERFACE\n#include \"tollgate.h\"\n\
               HRESULT leave(IHostTaskManager *m) { return m->lpVtbl->LeaveRuntime(m, 1); }\n",
        dialects: &CPP,
    },
    Sample {
        name: "classes.cpp",
        text: "#include \"tollgate_com.h\"\n#include \"tollgate_com.h\"\n\
               HRESULT leave(IHostTaskManager *m) { return m->LeaveRuntime(1); }\n",
        dialects: &CPP,
    },
    Sample {
        name: "classes_after.cpp",
        text: "#include \"tollgate.h\"\n#include \"tollgate_com.h\"\n\
               HRESULT leave(IHostTaskManager *m) { return m->LeaveRuntime(1); }\n",
        dialects: &CPP,
    },
    Sample {
        name: "classes_before.cpp",
        text: "#include \"tollgate_com.h\"\n#include \"tollgate.h\"\n\
               HRESULT leave(IHostTaskManager *m) { return m->LeaveRuntime(1); }\n",
        dialects: &CPP,
    },
    Sample {
        name: "inline.cpp",
        text: "#include \"tollgate_inline.h\"\n#include \"tollgate_inline.h\"\n\
               HRESULT leave(tollgate_task *t) { return tollgate_inline_check() == S_OK ?\n\
               tollgate_inline_leave(t, 1) : tollgate_inline_reverse_leave(t); }\n",
        dialects: &CPP,
    },
    Sample {
        name: "objects.cpp",
        text: "#include \"tollgate.hpp\"\nvoid native();\n\
               HRESULT leave(const tollgate::manager &m) { const auto task = m.current_inline_task();\n\
               tollgate::outside call(task, &native); tollgate::paused stop(m); return call.status(); }\n",
        dialects: &CPP_17,
    },
    Sample {
        name: "result_codes.c",
        text: "#include \"tollgate.h\"\nint name(HRESULT hr);\n\
               int name(HRESULT hr) { switch (hr) { case S_OK: return 0; case HOST_E_TIMEOUT: return 1;\n\
               case E_OUTOFMEMORY: return 2; default: return hr < 0 ? 3 : 4; } }\n",
        dialects: &C,
    },
];

#[test]
fn headers_compile_in_every_dialect() {
    let folder = target_dir().join("header-samples");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let mut accepted = 0;
    for sample in &SAMPLES {
        let source = folder.join(sample.name);
        fs::write(&source, sample.text).expect("the target directory is writable");
        for compiler in compilers(Language::of(&source)) {
            for dialect in sample.dialects {
                check(&compiler, dialect, &source);
                accepted += 1;
            }
        }
    }
    println!("{accepted} compilations without a warning");
}

/// Each header by itself and twice, and any two in both orders: what one includes or defines must not matter to another.
#[test]
fn headers_are_self_contained_and_go_together() {
    let folder = target_dir().join("header-samples");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let mut headers: Vec<String> = fs::read_dir(workspace().join("include"))
        .expect("include is there")
        .map(|entry| entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    headers.sort();
    let mut accepted = 0;
    for (language, suffix, dialects) in [(Language::C, "c", &C[..]), (Language::Cpp, "cpp", &CPP_17[..])] {
        let readable = |name: &&String| {
            language == Language::Cpp || !(name.ends_with("_com.h") || name.ends_with(".hpp"))
        };
        for first in headers.iter().filter(readable) {
            for second in headers.iter().filter(readable) {
                let source = folder.join(format!("pair.{suffix}"));
                let text = format!("#include \"{first}\"\n#include \"{second}\"\ntypedef int not_empty;\n");
                fs::write(&source, text).expect("the target directory is writable");
                // A header alone in every dialect; what two do to each other does not depend on it.
                let dialects = if first == second { dialects } else { &dialects[..1] };
                for compiler in compilers(language) {
                    for dialect in dialects {
                        check(&compiler, dialect, &source);
                        accepted += 1;
                    }
                }
            }
        }
    }
    println!("{accepted} pairs of {headers:?}");
}

/// Compiles without a warning or panics with what the compiler says.
fn check(compiler: &str, dialect: &str, source: &Path) {
    let mut command = Command::new(compiler);
    command.arg(format!("-std={dialect}")).args(WARNINGS).arg("-fsyntax-only");
    succeed(command.arg("-I").arg(workspace().join("include")).arg(source));
}

/// The system's compiler, and the clang beside it if there is one.
fn compilers(language: Language) -> Vec<String> {
    let clang = match language {
        Language::C => "clang",
        Language::Cpp => "clang++",
    };
    let mut found = vec![language.compiler()];
    if found[0] != clang && is_there(clang) {
        found.push(clang.to_owned());
    }
    found
}

#[test]
fn c_is_told_to_use_the_c_header() {
    let source = target_dir().join("header-samples-classes.c");
    fs::create_dir_all(target_dir()).expect("the target directory is writable");
    fs::write(&source, "#include \"tollgate_com.h\"\n").expect("the target directory is writable");
    let output = capture(
        Command::new(Language::C.compiler())
            .arg("-fsyntax-only")
            .arg("-I")
            .arg(Path::new(workspace()).join("include"))
            .arg(&source),
    );
    assert!(!output.status.success());
    assert!(output.stderr.contains("In C include tollgate.h"), "{}", output.stderr);
}

/// What a pause without a name hands out would be gone with it: the compiler says so, and takes the same from one with a name.
#[test]
fn what_a_pause_shows_cannot_outlive_it() {
    let folder = target_dir().join("header-samples");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    for (name, shown) in [("late", "late().begin()"), ("report", "report().tasks_held")] {
        for (pause, is_named) in [("stop", true), ("tollgate::paused(m)", false)] {
            let source = folder.join(format!("{name}-{is_named}.cpp"));
            let text = format!(
                "#include \"tollgate.hpp\"\nauto look(const tollgate::manager &m);\n\
                 auto look(const tollgate::manager &m) {{ const tollgate::paused stop(m); return {pause}.{shown}; }}\n"
            );
            fs::write(&source, text).expect("the target directory is writable");
            for compiler in compilers(Language::Cpp) {
                let mut command = Command::new(compiler);
                // What it says is read, and it speaks the user's language otherwise.
                command
                    .env("LC_ALL", "C")
                    .args(["-std=c++17", "-fsyntax-only", "-I"])
                    .arg(workspace().join("include"))
                    .arg(&source);
                let output = capture(&mut command);
                assert_eq!(output.status.success(), is_named, "{pause}.{shown}: {}", output.stderr);
                assert!(is_named || output.stderr.contains("deleted"), "{}", output.stderr);
            }
        }
    }
}

/// Beside Microsoft's own declarations, in every order, and with stdcall methods on 32-bit Windows.
///
/// Needs mingw-w64; without it the test says so and proves nothing.
#[test]
fn headers_live_beside_those_of_windows() {
    const CALL: &str = "HRESULT leave(IHostTaskManager *m, IHostControl *c, void **out);\n\
        HRESULT leave(IHostTaskManager *m, IHostControl *c, void **out) {\n\
        HRESULT hr = c->lpVtbl->GetHostManager(c, &tollgate_IID_IHostTaskManager, out);\n\
        return hr != S_OK ? hr : m->lpVtbl->LeaveRuntime(m, 0); }\n\
        _Static_assert(__builtin_types_compatible_p(__typeof__(((IHostTaskManagerVtbl *)0)->LeaveRuntime),\n\
        HRESULT(__stdcall *)(IHostTaskManager *, size_t)), \"calling convention\");\n";
    const CALL_CPP: &str = "HRESULT leave(IHostTaskManager *m, IHostControl *c, void **out) {\n\
        HRESULT hr = c->GetHostManager(tollgate_IID_IHostTaskManager, out);\n\
        return hr != S_OK ? hr : m->LeaveRuntime(0); }\n";
    let folder = target_dir().join("header-samples");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let mut accepted = 0;
    let headers =
        [("c", "tollgate.h", CALL), ("cpp", "tollgate_com.h", CALL_CPP), ("cpp", "tollgate.hpp", CALL_CPP)];
    for (suffix, ours, call) in headers {
        for order in [[ours, "mscoree.h", "corerror.h"], ["mscoree.h", "corerror.h", ours]] {
            let source = folder.join(format!("windows.{suffix}"));
            let includes: String = order.iter().map(|header| format!("#include <{header}>\n")).collect();
            fs::write(&source, includes + call).expect("the target directory is writable");
            for width in ["x86_64", "i686"] {
                let compiler = format!("{width}-w64-mingw32-{}", if suffix == "c" { "gcc" } else { "g++" });
                if !is_there(&compiler) {
                    skipped(&format!("no {compiler} on this machine: headers beside those of Windows"));
                    continue;
                }
                let mut command = Command::new(compiler);
                command.args(WARNINGS).arg("-fsyntax-only").arg("-I").arg(workspace().join("include"));
                succeed(command.arg(&source));
                accepted += 1;
            }
        }
    }
    println!("{accepted} compilations beside mscoree.h");
}

/// Each function's comment says which thread may call it, whether it may block, what it answers and what the caller owes;
/// or names the method that does.
#[test]
fn every_function_says_what_a_caller_must_know() {
    let header =
        fs::read_to_string(workspace().join("include/tollgate.h")).expect("include/tollgate.h is there");
    let (_, functions) = header.split_once("extern \"C\" {").expect("the functions are for C++ too");
    let mut documented = 0;
    for item in functions.split("\n/*\n").skip(1) {
        let (comment, declaration) = item.split_once("*/\n").expect("a comment ends");
        let declaration = declaration.split(';').next().unwrap_or(declaration);
        if !declaration.contains('(') || declaration.contains('#') {
            continue;
        }
        let mut owed = vec!["Thread", "Progress"];
        owed.extend(declaration.starts_with("HRESULT").then_some("Errors"));
        let of_a_method = comment.contains("; as `IHostTaskManager::");
        for word in owed {
            // As in "Thread: any." and "Thread, Progress: as for ...".
            let said =
                [":", ", "].iter().any(|after| comment.contains(&format!("{word}{after}"))) || of_a_method;
            assert!(said, "nothing is said of {word:?} at\n{declaration}");
        }
        let duty = !declaration.contains('*') || comment.contains("The caller's duty:");
        assert!(duty, "nothing is said of the caller's duty at\n{declaration}");
        documented += 1;
    }
    assert!(documented > 0);
    println!("{documented} functions");
}
