//! Keeps the C functions of tollgate-capi inside this library; `build.rs` says how and writes the list.

include!(concat!(env!("OUT_DIR"), "/hidden.rs"));
