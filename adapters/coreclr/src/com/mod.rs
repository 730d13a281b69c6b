//! The interfaces of the profiling API, as far as this library calls or implements them. Layout only.
//!
//! Source: the public interface definition `corprof.idl` (dotnet/runtime, src/coreclr/inc) and, for the metadata, Microsoft's
//! published `IMetaDataImport`. Slots between those in use are padding; the assertions state the number of each one used.
//!
//! Methods that are never looked at share one function without parameters: on 64-bit Linux the caller cleans up, so a
//! callee may ignore what it is given.

mod callback;
mod info;
mod metadata;

pub(crate) use callback::CallbackVtbl;
pub(crate) use info::{ICorProfilerInfo, ICorProfilerInfo3, events};
pub(crate) use metadata::{IMetaDataAssemblyImport, IMetaDataImport};

use tollgate_capi::GUID;

/// The runtime's name for a function: the address of its record, or 0 where it has none.
pub(crate) type FunctionId = usize;
/// The runtime's name for a loaded module.
pub(crate) type ModuleId = usize;

/// A slot that is not called from here.
pub(crate) type Unused = *const core::ffi::c_void;

/// This library's class, to be named in CORECLR_PROFILER.
pub(crate) const CLSID_TOLLGATE: GUID = GUID::from_u128(0x27502d1e_5275_4e19_aabe_cec593c58458);
/// The same in text form, as CORECLR_PROFILER takes it.
pub(crate) const CLSID_TEXT: &str = "{27502D1E-5275-4E19-AABE-CEC593C58458}";

/// Interface ids.
pub(crate) mod iid {
    use tollgate_capi::GUID;

    pub(crate) const CLASS_FACTORY: GUID = GUID::from_u128(0x00000001_0000_0000_c000_000000000046);
    pub(crate) const PROFILER_INFO: GUID = GUID::from_u128(0x28b5557d_3f3f_48b4_90b2_5f9eea2f6c48);
    pub(crate) const PROFILER_INFO3: GUID = GUID::from_u128(0xb555ed4f_452a_4e54_8b39_b5360bad32a0);
    pub(crate) const METADATA_IMPORT: GUID = GUID::from_u128(0x7dac8207_d3ae_4c75_9b67_92801a497d44);
    pub(crate) const METADATA_ASSEMBLY_IMPORT: GUID = GUID::from_u128(0xee62470b_e94b_424e_9b7c_2f00c9249f93);

    /// ICorProfilerCallback to ICorProfilerCallback3: all that a profiler with a runtime of its own needs.
    pub(crate) const CALLBACKS_1_TO_3: [GUID; 3] = [
        GUID::from_u128(0x176fbed1_a55c_4796_98ca_a9da0ef883e7),
        GUID::from_u128(0x8a8cc829_ccf2_49fe_bbae_0f022228071a),
        GUID::from_u128(0x4fd2ed52_7731_4b8d_9469_03d2cc3086c5),
    ];
    /// ICorProfilerCallback4 to ICorProfilerCallback11: asked of one that runs beside another.
    pub(crate) const CALLBACKS_4_TO_11: [GUID; 8] = [
        GUID::from_u128(0x7b63b2e3_107d_4d48_b2f6_f61e229470d2),
        GUID::from_u128(0x8dfba405_8c9f_45f8_bffa_83b14cef78b5),
        GUID::from_u128(0xfc13df4b_4448_4f4f_950c_ba8d19d00c36),
        GUID::from_u128(0xf76a2dba_1d52_4539_866c_2aa518f9efc3),
        GUID::from_u128(0x5bed9b15_c079_4d47_bfe2_215a140c07e0),
        GUID::from_u128(0x27583ec3_c8f5_482f_8052_194b8ce4705a),
        GUID::from_u128(0xcec5b60e_c69c_495f_87f6_84d28ee16ffb),
        GUID::from_u128(0x42350846_aaed_47f7_b128_fd0c98881cde),
    ];
}

/// Asserts at compile time in which slot each named method of a table stands.
macro_rules! assert_slots {
    ($vtbl:ident: $($method:ident = $slot:literal)*; $size:literal slots) => {
        const _: () = {
            $(assert!(core::mem::offset_of!($vtbl, $method) == $slot * size_of::<usize>());)*
            assert!(size_of::<$vtbl>() == $size * size_of::<usize>());
        };
    };
}
use assert_slots;

/// Declares an interface pointer's target and how to reach its methods.
macro_rules! interface {
    ($(#[$doc:meta])* $name:ident, $vtbl:ident) => {
        $(#[$doc])*
        #[repr(C)]
        pub(crate) struct $name {
            vtbl: *const $vtbl,
        }

        impl $name {
            /// The methods of the object behind `this`.
            ///
            /// # Safety
            /// `this` is an object of this interface.
            pub(crate) unsafe fn vtbl<'a>(this: *mut $name) -> &'a $vtbl {
                // SAFETY: the caller's duty.
                let vtbl = unsafe { (*this).vtbl };
                // SAFETY: an object's methods live at least as long as the object.
                unsafe { &*vtbl }
            }
        }
    };
}
use interface;
