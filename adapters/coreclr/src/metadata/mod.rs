//! Names and code from the runtime's metadata.

mod import;

use core::ptr::null;
use std::path::{Path, PathBuf};

use crate::com::{FunctionId, ICorProfilerInfo, ModuleId};
use crate::functions::Name;
use crate::runtime;
use import::Import;

fn plain(text: &str) -> Name {
    Name { inside: false, managed: text.to_owned(), native: None }
}

/// The name of what is not a function.
pub(crate) fn bogus() -> Name {
    plain("(no function)")
}

/// The name of all functions beyond those counted one by one.
pub(crate) fn others() -> Name {
    plain("(other functions)")
}

/// The module and the name of a function that the runtime has just named; after the runtime's shutdown nothing is asked.
/// The direction is the caller's to fill in.
pub(crate) fn describe(id: FunctionId) -> (ModuleId, Name) {
    if id == 0 {
        return (0, plain("(function pointer)"));
    }
    let unknown = || plain("(function without metadata)");
    match Import::of_function(id) {
        None => (0, unknown()),
        Some((module, None)) => (module, unknown()),
        Some((module, Some((import, token)))) => (module, import.name(token)),
    }
}

/// A method of another module, as a module refers to it.
pub(crate) struct Callee {
    pub(crate) assembly: String,
    /// The token of the key that the assembly is signed with, if the reference states one.
    pub(crate) key_token: Option<u64>,
    pub(crate) class: String,
    pub(crate) method: String,
}

/// A method's code.
pub(crate) struct Body {
    module: ModuleId,
    import: Import,
    /// Header, code and what follows; the runtime's, as long as the module is loaded.
    bytes: &'static [u8],
}

/// The code of a function that is about to be inlined; None if it has none, or no metadata.
pub(crate) fn body(id: FunctionId) -> Option<Body> {
    let (module, described) = Import::of_function(id)?;
    let (import, token) = described?;
    let info = runtime::info()?;
    let (mut bytes, mut size) = (null(), 0);
    // SAFETY: the runtime's object, before its shutdown.
    let methods = unsafe { ICorProfilerInfo::vtbl(info) };
    // SAFETY: a module and a method of it; both pointers are writable.
    let result = unsafe { (methods.GetILFunctionBody)(info, module, token, &raw mut bytes, &raw mut size) };
    if result < 0 || bytes.is_null() {
        return None;
    }
    // SAFETY: the runtime says where the method is and how long.
    Some(Body { module, import, bytes: unsafe { core::slice::from_raw_parts(bytes, size as usize) } })
}

impl Body {
    pub(crate) fn module(&self) -> ModuleId {
        self.module
    }

    pub(crate) fn code(&self) -> &[u8] {
        self.bytes
    }

    /// True if a method of the same module is a native function.
    pub(crate) fn is_native(&self, token: u32) -> bool {
        self.import.method(token).is_some_and(|method| method.flags & PINVOKE != 0)
    }

    /// The method of another module that a token means; None if it belongs to no class of one, or needs an object, which
    /// no native function does.
    pub(crate) fn callee(&self, token: u32) -> Option<Callee> {
        self.import.callee(token)
    }
}

/// What a module defines.
pub(crate) struct Definitions {
    import: Import,
    assembly: String,
    file: Option<PathBuf>,
}

impl Definitions {
    /// The definitions of a module that has just been loaded; None if it has no metadata or is no assembly.
    pub(crate) fn of(module: ModuleId) -> Option<Definitions> {
        let import = Import::of_module(module)?;
        let assembly = import.assembly_name()?;
        Some(Definitions { import, assembly, file: file(module) })
    }

    /// The name of the assembly.
    pub(crate) fn assembly(&self) -> &str {
        &self.assembly
    }

    /// The folder of the module's file, if it has one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.file.as_deref()?.parent()
    }

    /// Class and name of the native functions that other modules may call.
    pub(crate) fn natives(&self) -> Vec<(String, String)> {
        // A module that imports nothing has no list of libraries.
        if self.import.library(FIRST_LIBRARY).is_none() {
            return Vec::new();
        }
        (FIRST_METHOD..=LAST_METHOD)
            .map_while(|token| self.import.method(token))
            .filter(|method| method.flags & PINVOKE != 0 && method.flags & ACCESS != PRIVATE)
            .map(|method| (method.class, method.name))
            .collect()
    }
}

/// The file that a module was loaded from.
fn file(module: ModuleId) -> Option<PathBuf> {
    let info = runtime::info()?;
    // SAFETY: the runtime's object, before its shutdown.
    let methods = unsafe { ICorProfilerInfo::vtbl(info) };
    let (mut base, mut assembly) = (null(), 0);
    let name = import::text(|buffer, capacity, length| {
        let (base, assembly) = (&raw mut base, &raw mut assembly);
        // SAFETY: a module that has just been loaded; all pointers are writable.
        unsafe { (methods.GetModuleInfo)(info, module, base, capacity, length, buffer, assembly) }
    })?;
    (!name.is_empty()).then(|| name.into())
}

/// Method flags: implemented by a native function.
const PINVOKE: u32 = 0x2000;
/// Method flags: who may call it.
const ACCESS: u32 = 0x7;
/// Access: its own class alone.
const PRIVATE: u32 = 1;
/// The first and the last token a method of a module can have.
const FIRST_METHOD: u32 = 0x0600_0001;
const LAST_METHOD: u32 = 0x06ff_ffff;
/// The first token of the libraries that a module imports from.
const FIRST_LIBRARY: u32 = 0x1a00_0001;
