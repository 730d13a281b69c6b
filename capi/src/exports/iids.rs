//! The interface ids as exported data.
//!
//! Every export starts with `tollgate_`; the header adds the usual names (`IID_IHostTask`) where no system library has
//! them. They are statics because a constant would reach C as a macro that C++ cannot read.

#![allow(non_upper_case_globals, reason = "the interface's own spelling; the header must show it")]

use crate::guid::{GUID, iid};

/// Id of `IUnknown`.
#[unsafe(no_mangle)]
pub static tollgate_IID_IUnknown: GUID = iid::IUNKNOWN;
/// Id of `IHostControl`.
#[unsafe(no_mangle)]
pub static tollgate_IID_IHostControl: GUID = iid::IHOST_CONTROL;
/// Id of `IHostTaskManager`.
#[unsafe(no_mangle)]
pub static tollgate_IID_IHostTaskManager: GUID = iid::IHOST_TASK_MANAGER;
/// Id of `IHostTask`.
#[unsafe(no_mangle)]
pub static tollgate_IID_IHostTask: GUID = iid::IHOST_TASK;
/// Id of `ICLRTaskManager`.
#[unsafe(no_mangle)]
pub static tollgate_IID_ICLRTaskManager: GUID = iid::ICLR_TASK_MANAGER;
/// Id of `ICLRTask`.
#[unsafe(no_mangle)]
pub static tollgate_IID_ICLRTask: GUID = iid::ICLR_TASK;
/// Id of `ICLRTask2`.
#[unsafe(no_mangle)]
pub static tollgate_IID_ICLRTask2: GUID = iid::ICLR_TASK2;
