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
    slot_13: Unused,
    pub(crate) GetTypeRefProps: unsafe extern "C" fn(
        this: *mut IMetaDataImport,
        token: u32,
        scope: *mut u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
    ) -> HRESULT,
    slots_15_to_29: [Unused; 15],
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
    pub(crate) GetMemberRefProps: unsafe extern "C" fn(
        this: *mut IMetaDataImport,
        token: u32,
        class: *mut u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
        signature: *mut *const u8,
        signature_size: *mut u32,
    ) -> HRESULT,
    slots_32_to_41: [Unused; 10],
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
    GetTypeDefProps = 12 GetTypeRefProps = 14 GetMethodProps = 30 GetMemberRefProps = 31 GetModuleRefProps = 42
    GetPinvokeMap = 48; 49 slots);

interface!(
    /// The same module as part of an assembly.
    IMetaDataAssemblyImport, IMetaDataAssemblyImportVtbl
);

/// The methods of IMetaDataAssemblyImport up to the last one in use.
#[repr(C)]
#[expect(non_snake_case, reason = "the interface definition's own names")]
pub(crate) struct IMetaDataAssemblyImportVtbl {
    pub(crate) unknown: IUnknownVtbl,
    pub(crate) GetAssemblyProps: unsafe extern "C" fn(
        this: *mut IMetaDataAssemblyImport,
        token: u32,
        key: *mut *const u8,
        key_size: *mut u32,
        hash: *mut u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
        details: *mut u8,
        flags: *mut u32,
    ) -> HRESULT,
    pub(crate) GetAssemblyRefProps: unsafe extern "C" fn(
        this: *mut IMetaDataAssemblyImport,
        token: u32,
        key: *mut *const u8,
        key_size: *mut u32,
        name: *mut u16,
        capacity: u32,
        length: *mut u32,
        details: *mut u8,
        hash: *mut *const u8,
        hash_size: *mut u32,
        flags: *mut u32,
    ) -> HRESULT,
}

assert_slots!(IMetaDataAssemblyImportVtbl: GetAssemblyProps = 3 GetAssemblyRefProps = 4; 5 slots);
