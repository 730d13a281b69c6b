//! Keeps calls of native functions from vanishing.
//!
//! When the JIT inlines a method, a native function that the method calls is called without a notice. The runtime offers to
//! inline nothing at all, which makes code that lives on small methods several times slower; so this looks into each method
//! that is about to be inlined, and forbids those that call native functions.
//!
//! It looks for the bytes of a call followed by a token, at every offset: where that is no instruction, a method is forbidden
//! without need, and nothing else is lost. A token may mean
//! * a method of the same module: the metadata says whether it is native;
//! * a method of another module: native if that module has a native method of this class and name. A module that is not
//!   loaded yet might have one, unless it belongs to the framework, which offers none to others. A name does not make it
//!   the framework's: a reference must state one of the framework's keys, and a module must lie beside the base library;
//! * a signature (a call through a pointer): taken for native.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::com::{FunctionId, ModuleId};
use crate::metadata::{self, Callee};

/// IL: call a method.
const CALL: u8 = 0x28;
/// IL: call through a pointer.
const CALLI: u8 = 0x29;

/// What a token's first byte says.
const METHOD_DEFINED_HERE: u8 = 0x06;
const METHOD_ELSEWHERE: u8 = 0x0a;
const SIGNATURE: u8 = 0x11;

/// The assembly with the classes that the runtime itself needs.
const BASE_LIBRARY: &str = "System.Private.CoreLib";
/// Tokens of the keys that the assemblies of .NET Core 3.1 and .NET 9 are signed with.
const FRAMEWORK_KEYS: [u64; 5] = [
    0xb77a_5c56_1934_e089,
    0xb03f_5f7f_11d5_0a3a,
    0xcc7b_13ff_cd2d_dd51,
    0x7cec_85d7_bea7_798e,
    0x31bf_3856_ad36_4e35,
];

#[derive(Default)]
struct Known {
    /// One more with each change of what is known: an answer from before it is no answer.
    changes: u64,
    /// Whether a method that was looked into may be inlined.
    answers: HashMap<FunctionId, (ModuleId, bool)>,
    /// Class and name of the native functions that other modules can call.
    natives: HashSet<(String, String)>,
    /// Modules that are loaded, by the name others refer to them; without those of the framework.
    modules: HashSet<String>,
    /// Where the base library lies, and with it the framework.
    home: Option<PathBuf>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// True if the JIT may inline `callee`. Never asks the runtime while holding the lock.
pub(crate) fn is_allowed(callee: FunctionId) -> bool {
    loop {
        let before = {
            let known = known();
            if let Some(&(_, answer)) = known.answers.get(&callee) {
                return answer;
            }
            known.changes
        };
        // What cannot be looked into has no metadata, or no code of the runtime's kind: nothing is inlined there.
        let Some(body) = metadata::body(callee) else { return true };
        let answer = !calls_native(&body);
        let mut known = known();
        if known.changes == before {
            known.answers.insert(callee, (body.module(), answer));
            return answer;
        }
    }
}

/// A module has been loaded: its native functions can be called from others.
pub(crate) fn module_loaded(module: ModuleId) {
    let Some(definitions) = metadata::Definitions::of(module) else { return };
    // Long lists, and nothing for others in them. A module that only looks like one of the framework's is not lost here:
    // what refers to it states another key.
    if is_frameworks_module(&definitions) {
        return;
    }
    let natives = definitions.natives();
    let mut known = known();
    known.changes += 1;
    if !natives.is_empty() && has_frameworks_name(definitions.assembly()) {
        // It was taken for a part of the framework until now.
        known.answers.clear();
    }
    known.natives.extend(natives);
    known.modules.insert(definitions.assembly().to_owned());
}

/// A module, or a function, is about to be unloaded.
pub(crate) fn forget(gone: impl Fn(FunctionId, ModuleId) -> bool) {
    let mut known = known();
    // The number may come to stand for another function while somebody looks into this one.
    known.changes += 1;
    known.answers.retain(|&id, &mut (module, _)| !gone(id, module));
}

fn calls_native(body: &metadata::Body) -> bool {
    body.code().windows(5).any(|bytes| match *bytes {
        [CALL, a, b, c, METHOD_DEFINED_HERE] => {
            body.is_native(u32::from_le_bytes([a, b, c, METHOD_DEFINED_HERE]))
        }
        [CALL, a, b, c, METHOD_ELSEWHERE] => {
            may_be_native(body.callee(u32::from_le_bytes([a, b, c, METHOD_ELSEWHERE])))
        }
        [CALLI, _, _, _, SIGNATURE] => true,
        _ => false,
    })
}

fn may_be_native(callee: Option<Callee>) -> bool {
    let Some(callee) = callee else { return false };
    let known = known();
    if known.natives.contains(&(callee.class, callee.method)) {
        return true;
    }
    !known.modules.contains(&callee.assembly) && !is_framework(&callee.assembly, callee.key_token)
}

/// True if a loaded module is part of the framework. The runtime loads the base library before anything else.
fn is_frameworks_module(definitions: &metadata::Definitions) -> bool {
    let Some(folder) = definitions.folder() else { return false };
    let mut known = known();
    if known.home.is_none() && definitions.assembly() == BASE_LIBRARY {
        known.home = Some(folder.to_owned());
    }
    has_frameworks_name(definitions.assembly()) && known.home.as_deref() == Some(folder)
}

/// True if a reference with this name and token of a key means an assembly of the framework.
fn is_framework(assembly: &str, key_token: Option<u64>) -> bool {
    has_frameworks_name(assembly) && key_token.is_some_and(|token| FRAMEWORK_KEYS.contains(&token))
}

fn has_frameworks_name(assembly: &str) -> bool {
    ["mscorlib", "netstandard", "System", "Microsoft", "WindowsBase"].iter().any(|start| {
        assembly.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::is_framework;

    const KEY: Option<u64> = Some(0xb03f_5f7f_11d5_0a3a);

    #[test]
    fn the_framework_is_known_by_name_and_key() {
        for name in ["mscorlib", "System", "System.Runtime", "System.Private.CoreLib", "Microsoft.CSharp"] {
            assert!(is_framework(name, KEY), "{name}");
            assert!(!is_framework(name, None), "{name} without a key");
            assert!(!is_framework(name, Some(0x0123_4567_89ab_cdef)), "{name} with the key of another");
        }
        assert!(!is_framework("Systematic", KEY));
        assert!(!is_framework("clrtest", KEY));
    }
}
