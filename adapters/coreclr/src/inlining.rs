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
//!   loaded yet might have one, unless it belongs to the framework, which offers none to others;
//! * a signature (a call through a pointer): taken for native.

use std::collections::{HashMap, HashSet};
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

#[derive(Default)]
struct Known {
    /// Whether a method that was looked into may be inlined.
    answers: HashMap<FunctionId, (ModuleId, bool)>,
    /// Class and name of the native functions that other modules can call.
    natives: HashSet<(String, String)>,
    /// Modules that are loaded, by the name others refer to them; without those of the framework.
    modules: HashSet<String>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// True if the JIT may inline `callee`. Never asks the runtime while holding the lock.
pub(crate) fn is_allowed(callee: FunctionId) -> bool {
    if let Some(&(_, answer)) = known().answers.get(&callee) {
        return answer;
    }
    // What cannot be looked into has no metadata, or no code of the runtime's kind: nothing is inlined there.
    let Some(body) = metadata::body(callee) else { return true };
    let answer = !calls_native(&body);
    known().answers.insert(callee, (body.module(), answer));
    answer
}

/// A module has been loaded: its native functions can be called from others.
pub(crate) fn module_loaded(module: ModuleId) {
    let Some(definitions) = metadata::Definitions::of(module) else { return };
    // Long lists, and nothing for others in them.
    if is_framework(definitions.assembly()) {
        return;
    }
    let natives = definitions.natives();
    let mut known = known();
    known.natives.extend(natives);
    known.modules.insert(definitions.assembly().to_owned());
}

/// A module, or a function, is about to be unloaded.
pub(crate) fn forget(gone: impl Fn(FunctionId, ModuleId) -> bool) {
    known().answers.retain(|&id, &mut (module, _)| !gone(id, module));
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
    !known.modules.contains(&callee.assembly) && !is_framework(&callee.assembly)
}

fn is_framework(assembly: &str) -> bool {
    ["mscorlib", "netstandard", "System", "Microsoft", "WindowsBase"].iter().any(|start| {
        assembly.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::is_framework;

    #[test]
    fn the_framework_is_known_by_its_names() {
        for name in ["mscorlib", "System", "System.Runtime", "System.Private.CoreLib", "Microsoft.CSharp"] {
            assert!(is_framework(name), "{name}");
        }
        assert!(!is_framework("Systematic"));
        assert!(!is_framework("clrtest"));
    }
}
