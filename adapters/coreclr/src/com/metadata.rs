//! IMetaDataImport: the names that a managed module gives its methods and the native functions it imports.

use tollgate_capi::HRESULT;
use tollgate_capi::interfaces::IUnknownVtbl;

use super::{Unused, assert_slots, interface};

interface!(
    /// One module's metadata.
    IMetaDataImport, IMetaDataImportVtbl
);

/// The methods of IMetaDataImport up to the last one in use.
#[repr(C)]
#[expect(non_snake_case, reason = "the interface definition's own names")]
pub(crate) struct IMetaDataImportVtbl {
    pub(crate) unknown: IUnknownVtbl,
    slots_3_to_11: [Unused; 9],
    pub(crate) GetTypeDefProps: unsafe extern "C" fn(
        this: *mut IMetaDataImport,
        token: u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
        flags: *mut u32,
        extends: *mut u32,
    ) -> HRESULT,
    slots_13_to_29: [Unused; 17],
    pub(crate) GetMethodProps: unsafe extern "C" fn(
        this: *mut IMetaDataImport,
        token: u32,
        class: *mut u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
        flags: *mut u32,
        signature: *mut *const u8,
        signature_size: *mut u32,
        address: *mut u32,
        implementation: *mut u32,
    ) -> HRESULT,
    slots_31_to_41: [Unused; 11],
    pub(crate) GetModuleRefProps: unsafe extern "C" fn(
        this: *mut IMetaDataImport,
        token: u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
    ) -> HRESULT,
    slots_43_to_47: [Unused; 5],
    pub(crate) GetPinvokeMap: unsafe extern "C" fn(
        this: *mut IMetaDataImport,
        token: u32,
        flags: *mut u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
        library: *mut u32,
    ) -> HRESULT,
}

assert_slots!(IMetaDataImportVtbl:
    GetTypeDefProps = 12 GetMethodProps = 30 GetModuleRefProps = 42 GetPinvokeMap = 48; 49 slots);
