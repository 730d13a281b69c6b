//! Names from the runtime's metadata.

use core::ffi::c_void;
use core::ptr::{null, null_mut};

use crate::com::{FunctionId, ICorProfilerInfo, IMetaDataImport, ModuleId, iid};
use crate::functions::Name;
use crate::runtime;

/// Longest name that is read, in UTF-16 units; longer ones are cut.
const LONGEST: usize = 512;

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
    let unknown = || (0, plain("(function without metadata)"));
    let Some(info) = runtime::info() else { return unknown() };
    let (mut class, mut module, mut token) = (0, 0, 0);
    // SAFETY: the runtime's object, before its shutdown.
    let methods = unsafe { ICorProfilerInfo::vtbl(info) };
    // SAFETY: an id from a notice that is being delivered; all pointers are writable.
    if unsafe { (methods.GetFunctionInfo)(info, id, &raw mut class, &raw mut module, &raw mut token) } < 0 {
        return unknown();
    }
    let mut import: *mut c_void = null_mut();
    let riid: *const _ = &iid::METADATA_IMPORT;
    // SAFETY: as above.
    let result =
        unsafe { (methods.GetTokenAndMetaDataFromFunction)(info, id, riid, &raw mut import, &raw mut token) };
    if result < 0 || import.is_null() {
        return (module, plain("(function without metadata)"));
    }
    let import = Import(import.cast());
    (module, import.name(token))
}

/// A reference to a module's metadata.
struct Import(*mut IMetaDataImport);

impl Drop for Import {
    fn drop(&mut self) {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        // SAFETY: the reference is given back once.
        unsafe { (methods.unknown.Release)(self.0.cast()) };
    }
}

impl Import {
    fn name(&self, token: u32) -> Name {
        let managed = self.method(token).unwrap_or_else(|| format!("(method 0x{token:08x})"));
        Name { inside: false, managed, native: self.native(token) }
    }

    /// Class and method.
    fn method(&self, token: u32) -> Option<String> {
        // SAFETY: the object is held by this reference.
        let methods = unsafe { IMetaDataImport::vtbl(self.0) };
        let mut class = 0;
        let method = text(|buffer, capacity, length| {
            // SAFETY: all pointers are writable or NULL where the method allows it.
            unsafe {
                (methods.GetMethodProps)(
                    self.0,
                    token,
                    &raw mut class,
                    buffer,
                    capacity,
                    length,
                    null_mut(),
                    null::<*const u8>().cast_mut(),
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
        Some(match class.as_deref() {
            None | Some("" | "<Module>") => method,
            Some(class) => format!("{class}.{method}"),
        })
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
        let library = text(|buffer, capacity, length| {
            // SAFETY: as above.
            unsafe { (methods.GetModuleRefProps)(self.0, library, buffer, capacity, length) }
        })?;
        Some((library, entry))
    }
}

/// Reads a name through one of the methods that write a buffer and a length including the final 0.
fn text(read: impl FnOnce(*mut u16, u32, *mut u32) -> i32) -> Option<String> {
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
