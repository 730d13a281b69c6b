//! One module's metadata.

use core::ffi::c_void;
use core::ptr::{null, null_mut};

use super::Callee;
use crate::com::{FunctionId, ICorProfilerInfo, IMetaDataAssemblyImport, IMetaDataImport, ModuleId, iid};
use crate::functions::Name;
use crate::runtime;

/// Longest name that is read, in UTF-16 units; longer ones are cut.
const LONGEST: usize = 512;
/// The token of a module's own assembly.
const ASSEMBLY: u32 = 0x2000_0001;
/// First byte of a token: a class of another module; another assembly.
const CLASS_ELSEWHERE: u32 = 0x01;
const ASSEMBLY_ELSEWHERE: u32 = 0x23;
/// First byte of a signature: called on an object.
const HAS_THIS: u8 = 0x20;
/// GetModuleMetaData: for reading.
const READ: u32 = 0;

/// A method as its module defines it.
pub(super) struct Method {
    pub(super) class: String,
    pub(super) name: String,
    pub(super) flags: u32,
}

/// A reference to a module's metadata.
pub(super) struct Import(*mut IMetaDataImport);

impl Drop for Import {
    fn drop(&mut self) {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        // SAFETY: the reference is given back once.
        unsafe { (methods.unknown.Release)(self.0.cast()) };
    }
}

impl Import {
    /// The module of a function, and if there is metadata, that and the function's token.
    pub(super) fn of_function(id: FunctionId) -> Option<(ModuleId, Option<(Import, u32)>)> {
        let info = runtime::info()?;
        let (mut class, mut module, mut token) = (0, 0, 0);
        // SAFETY: the runtime's object, before its shutdown.
        let methods = unsafe { ICorProfilerInfo::vtbl(info) };
        // SAFETY: an id from a notice that is being delivered; all pointers are writable.
        if unsafe { (methods.GetFunctionInfo)(info, id, &raw mut class, &raw mut module, &raw mut token) } < 0
        {
            return None;
        }
        let mut import: *mut c_void = null_mut();
        let riid: *const _ = &iid::METADATA_IMPORT;
        // SAFETY: as above.
        let result = unsafe {
            (methods.GetTokenAndMetaDataFromFunction)(info, id, riid, &raw mut import, &raw mut token)
        };
        let found = result >= 0 && !import.is_null();
        Some((module, found.then(|| (Import(import.cast()), token))))
    }

    pub(super) fn of_module(module: ModuleId) -> Option<Import> {
        let info = runtime::info()?;
        let mut import: *mut c_void = null_mut();
        // SAFETY: the runtime's object, before its shutdown.
        let methods = unsafe { ICorProfilerInfo::vtbl(info) };
        let riid: *const _ = &iid::METADATA_IMPORT;
        // SAFETY: a module that has just been loaded.
        let result = unsafe { (methods.GetModuleMetaData)(info, module, READ, riid, &raw mut import) };
        (result >= 0 && !import.is_null()).then_some(Import(import.cast()))
    }

    pub(super) fn name(&self, token: u32) -> Name {
        let managed = self.method(token).map_or_else(
            || format!("(method 0x{token:08x})"),
            |method| match method.class.as_str() {
                "" | "<Module>" => method.name,
                class => format!("{class}.{}", method.name),
            },
        );
        Name { inside: false, managed, native: self.native(token) }
    }

    pub(super) fn method(&self, token: u32) -> Option<Method> {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        let (mut class, mut flags) = (0, 0);
        let name = text(|buffer, capacity, length| {
            // SAFETY: all pointers are writable or NULL where the method allows it.
            unsafe {
                (methods.GetMethodProps)(
                    self.0,
                    token,
                    &raw mut class,
                    buffer,
                    capacity,
                    length,
                    &raw mut flags,
                    null_mut(),
                    null_mut(),
                    null_mut(),
                    null_mut(),
                )
            }
        })?;
        let class = text(|buffer, capacity, length| {
            // SAFETY: as above.
            unsafe {
                (methods.GetTypeDefProps)(self.0, class, buffer, capacity, length, null_mut(), null_mut())
            }
        });
        Some(Method { class: class.unwrap_or_default(), name, flags })
    }

    /// Library and entry of an imported function.
    fn native(&self, token: u32) -> Option<(String, String)> {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        let mut library = 0;
        let entry = text(|buffer, capacity, length| {
            // SAFETY: all pointers are writable or NULL where the method allows it.
            unsafe {
                (methods.GetPinvokeMap)(self.0, token, null_mut(), buffer, capacity, length, &raw mut library)
            }
        })?;
        Some((self.library(library)?, entry))
    }

    /// The name of a library that the module imports from.
    pub(super) fn library(&self, token: u32) -> Option<String> {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        text(|buffer, capacity, length| {
            // SAFETY: all pointers are writable.
            unsafe { (methods.GetModuleRefProps)(self.0, token, buffer, capacity, length) }
        })
    }

    /// See [`callee`](super::Body::callee).
    pub(super) fn callee(&self, token: u32) -> Option<Callee> {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        let (mut class, mut signature, mut size) = (0, null::<u8>(), 0);
        let method = text(|buffer, capacity, length| {
            let (class, signature, size) = (&raw mut class, &raw mut signature, &raw mut size);
            // SAFETY: all pointers are writable.
            unsafe {
                (methods.GetMemberRefProps)(self.0, token, class, buffer, capacity, length, signature, size)
            }
        })?;
        // SAFETY: the metadata's own bytes, if there are any.
        let kind = if size == 0 { None } else { unsafe { signature.as_ref() } };
        if class >> 24 != CLASS_ELSEWHERE || kind.is_none_or(|kind| kind & HAS_THIS != 0) {
            return None;
        }
        // A class within a class names that one as its scope.
        let (mut scope, mut name) = (class, None);
        while scope >> 24 == CLASS_ELSEWHERE {
            let token = scope;
            let outer = text(|buffer, capacity, length| {
                // SAFETY: all pointers are writable.
                unsafe { (methods.GetTypeRefProps)(self.0, token, &raw mut scope, buffer, capacity, length) }
            })?;
            name.get_or_insert(outer);
        }
        if scope >> 24 != ASSEMBLY_ELSEWHERE {
            return None;
        }
        let (assembly, key_token) = self.assembly_elsewhere(scope)?;
        Some(Callee { assembly, key_token, class: name?, method })
    }

    fn as_assembly(&self) -> Option<AssemblyImport> {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        let mut out: *mut c_void = null_mut();
        let riid: *const _ = &iid::METADATA_ASSEMBLY_IMPORT;
        // SAFETY: as above; the pointers are valid.
        let result = unsafe { (methods.unknown.QueryInterface)(self.0.cast(), riid, &raw mut out) };
        (result >= 0 && !out.is_null()).then_some(AssemblyImport(out.cast()))
    }

    /// The name of the module's own assembly.
    pub(super) fn assembly_name(&self) -> Option<String> {
        let assembly = self.as_assembly()?;
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataAssemblyImport::vtbl(assembly.0) };
        text(|buffer, capacity, length| {
            // SAFETY: all pointers are writable or NULL where the method allows it.
            unsafe {
                (methods.GetAssemblyProps)(
                    assembly.0,
                    ASSEMBLY,
                    null_mut(),
                    null_mut(),
                    null_mut(),
                    buffer,
                    capacity,
                    length,
                    null_mut(),
                    null_mut(),
                )
            }
        })
    }

    /// The name of another assembly, and the token of the key it is signed with if the reference states that.
    fn assembly_elsewhere(&self, token: u32) -> Option<(String, Option<u64>)> {
        let assembly = self.as_assembly()?;
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataAssemblyImport::vtbl(assembly.0) };
        let (mut key, mut size) = (null::<u8>(), 0);
        let name = text(|buffer, capacity, length| {
            let (key, size) = (&raw mut key, &raw mut size);
            // SAFETY: all pointers are writable or NULL where the method allows it.
            unsafe {
                (methods.GetAssemblyRefProps)(
                    assembly.0,
                    token,
                    key,
                    size,
                    buffer,
                    capacity,
                    length,
                    null_mut(),
                    null_mut(),
                    null_mut(),
                    null_mut(),
                )
            }
        })?;
        let key_token = (size as usize == size_of::<u64>() && !key.is_null()).then(|| {
            // SAFETY: the metadata's own bytes, which live as long as the module; as many as it says.
            u64::from_be_bytes(unsafe { key.cast::<[u8; 8]>().read() })
        });
        Some((name, key_token))
    }
}

/// A reference to a module's metadata as that of an assembly.
struct AssemblyImport(*mut IMetaDataAssemblyImport);

impl Drop for AssemblyImport {
    fn drop(&mut self) {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataAssemblyImport::vtbl(self.0) };
        // SAFETY: the reference is given back once.
        unsafe { (methods.unknown.Release)(self.0.cast()) };
    }
}

/// Reads a name through one of the methods that write a buffer and a length including the final 0.
pub(super) fn text(read: impl FnOnce(*mut u16, u32, *mut u32) -> i32) -> Option<String> {
    let mut buffer = [0u16; LONGEST];
    let mut length = 0;
    if read(buffer.as_mut_ptr(), LONGEST as u32, &raw mut length) < 0 {
        return None;
    }
    let length = (length as usize).min(LONGEST);
    let units = buffer.get(..length)?;
    let units = units.split(|&unit| unit == 0).next()?;
    Some(String::from_utf16_lossy(units))
}
