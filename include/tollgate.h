/*
 Tollgate: the host's half of the CLR task-hosting contract.

 Conventions:
 * A result is an HRESULT: 0 or more is success, less is failure. Nothing throws, nothing unwinds.
 * On failure an out-pointer receives NULL; other outputs are untouched. NULL where a pointer must not be NULL is
   E_POINTER. An interface pointer itself is trusted, as everywhere in COM.
 * C calls a method as m->lpVtbl->LeaveRuntime(m, target). C++ includes tollgate_com.h as well and writes
   m->LeaveRuntime(target); without it the interfaces are opaque in C++, unless CINTERFACE asks for the structs of C.
 * errno, on Windows the last error, is preserved by every function and method.
 */

#ifndef TOLLGATE_H
#define TOLLGATE_H

/* Generated from the Rust source by `cargo xtask header`: edit that instead. */

#include <stddef.h>
#include <stdint.h>

/* GUID and HRESULT are the system's where it has them. */
#ifdef _WIN32
#include <unknwn.h>
#define TOLLGATE_CALL __stdcall
#else
#define TOLLGATE_CALL
typedef int32_t HRESULT;
#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct GUID {
  uint32_t Data1;
  uint16_t Data2;
  uint16_t Data3;
  uint8_t Data4[8];
} GUID;
#endif
#endif

/* Define TOLLGATE_DLL when linking against tollgate.dll: data, unlike functions, must be marked as imported. */
#if defined(_WIN32) && defined(TOLLGATE_DLL)
#define TOLLGATE_DATA __declspec(dllimport)
#else
#define TOLLGATE_DATA
#endif

struct IUnknown;
struct IHostControl;
struct IHostTaskManager;
struct IHostTask;
struct ICLRTaskManager;
struct ICLRTask;
struct ICLRTask2;

/* In C the interfaces are structs with an lpVtbl; in C++ they are the classes of tollgate_com.h. */
#if !defined(__cplusplus) || defined(CINTERFACE)
#define TOLLGATE_C_INTERFACES
#endif

/* Done. */
#ifndef S_OK
#define S_OK ((HRESULT)0)
#endif
/* Done, with nothing to show for it. */
#ifndef S_FALSE
#define S_FALSE ((HRESULT)1)
#endif
/* A wait would deadlock (0x80131020). */
#ifndef HOST_E_DEADLOCK
#define HOST_E_DEADLOCK ((HRESULT)0x80131020)
#endif
/* An alertable wait was ended by Alert (0x80131021). */
#ifndef HOST_E_INTERRUPTED
#define HOST_E_INTERRUPTED ((HRESULT)0x80131021)
#endif
/* Not possible in this state (0x80131022). */
#ifndef HOST_E_INVALIDOPERATION
#define HOST_E_INVALIDOPERATION ((HRESULT)0x80131022)
#endif
/* The runtime must not be entered: not yet available, shut down, or failed (0x80131023). */
#ifndef HOST_E_CLRNOTAVAILABLE
#define HOST_E_CLRNOTAVAILABLE ((HRESULT)0x80131023)
#endif
/* The wait took longer than allowed (0x80131024). */
#ifndef HOST_E_TIMEOUT
#define HOST_E_TIMEOUT ((HRESULT)0x80131024)
#endif
/* The call closes a level that the task does not own (0x80131025). */
#ifndef HOST_E_NOT_OWNER
#define HOST_E_NOT_OWNER ((HRESULT)0x80131025)
#endif
/* What was waited for is gone (0x80131026). */
#ifndef HOST_E_ABANDONED
#define HOST_E_ABANDONED ((HRESULT)0x80131026)
#endif
/* Not implemented on purpose (0x80004001). */
#ifndef E_NOTIMPL
#define E_NOTIMPL ((HRESULT)0x80004001)
#endif
/* No such interface (0x80004002). */
#ifndef E_NOINTERFACE
#define E_NOINTERFACE ((HRESULT)0x80004002)
#endif
/* A pointer that must not be NULL is NULL (0x80004003). */
#ifndef E_POINTER
#define E_POINTER ((HRESULT)0x80004003)
#endif
/* Catastrophic failure (0x80004005). */
#ifndef E_FAIL
#define E_FAIL ((HRESULT)0x80004005)
#endif
/* A call without its partner (0x8000FFFF). */
#ifndef E_UNEXPECTED
#define E_UNEXPECTED ((HRESULT)0x8000ffff)
#endif
/* No memory, no cell, or no level left (0x8007000E). */
#ifndef E_OUTOFMEMORY
#define E_OUTOFMEMORY ((HRESULT)0x8007000e)
#endif
/* An argument has a value that is not allowed (0x80070057). */
#ifndef E_INVALIDARG
#define E_INVALIDARG ((HRESULT)0x80070057)
#endif

/*
 Policy: the documented contract is live, inward calls can be held and refused.
 */
#define TOLLGATE_POLICY_GOVERN 0

/*
 Policy: every transition returns S_OK at once, irregularities are counted.
 */
#define TOLLGATE_POLICY_OBSERVE 1

/*
 Flag: inward calls are refused until `tollgate_set_available`; govern only.
 */
#define TOLLGATE_START_UNAVAILABLE 1

/*
 Flag: leave while outside and reverse_enter while inside are refused; govern only.
 */
#define TOLLGATE_STRICT 2

/*
 Flag: full fences in every transition, as on systems without a process-wide barrier.
 */
#define TOLLGATE_FULL_FENCES 4

/*
 Flag: other processes of the user can watch the manager's tasks (docs/PAGE.md); Linux from 5.1 on, 64 bits.
 */
#define TOLLGATE_PAGE 8

/*
 Flag: transitions are traced from the beginning, as by `tollgate_trace_start`.
 */
#define TOLLGATE_TRACE 16

/*
 The ABI number: the shared library's soname ends in it; it changes only if old callers would break.
 */
#define TOLLGATE_ABI_VERSION 0

/*
 Wait option: pump window messages while blocked; ignored, tasks of this host own no windows.
 */
#define TOLLGATE_WAIT_MSGPUMP 1

/*
 Wait option: `IHostTask::Alert` ends the wait with `HOST_E_INTERRUPTED`.
 */
#define TOLLGATE_WAIT_ALERTABLE 2

/*
 Wait option: the wait must not be broken with `HOST_E_DEADLOCK`.
 */
#define TOLLGATE_WAIT_NOTINDEADLOCK 4

/*
 Task type: debugger helper.
 */
#define TOLLGATE_TT_DEBUGGERHELPER 1

/*
 Task type: garbage collector.
 */
#define TOLLGATE_TT_GC 2

/*
 Task type: finalizer.
 */
#define TOLLGATE_TT_FINALIZER 4

/*
 Task type: thread-pool timer.
 */
#define TOLLGATE_TT_THREADPOOL_TIMER 8

/*
 Task type: thread-pool gate.
 */
#define TOLLGATE_TT_THREADPOOL_GATE 16

/*
 Task type: thread-pool worker.
 */
#define TOLLGATE_TT_THREADPOOL_WORKER 32

/*
 Task type: thread-pool I/O completion.
 */
#define TOLLGATE_TT_THREADPOOL_IOCOMPLETION 64

/*
 Task type: application-domain unload worker.
 */
#define TOLLGATE_TT_ADUNLOAD 128

/*
 Task type: a user's thread.
 */
#define TOLLGATE_TT_USER 256

/*
 Task type: thread-pool wait.
 */
#define TOLLGATE_TT_THREADPOOL_WAIT 512

/*
 Task type: not known.
 */
#define TOLLGATE_TT_UNKNOWN 2147483648

/*
 Flag of `COR_GC_THREAD_STATS`: the task has promoted bytes.
 */
#define TOLLGATE_COR_GC_THREAD_HAS_PROMOTED_BYTES 1

/*
 Targets a `tollgate_task_info` has room for: the levels of a full word.
 */
#define TOLLGATE_INFO_TARGETS 62

/*
 `tollgate_task_info::flags`: the task kept moving while it was looked at; the figures may not belong together.
 */
#define TOLLGATE_TASK_UNSETTLED 1

/*
 `tollgate_task_info::flags`: the task has made no transition yet; its base is not known and it counts as outside.
 */
#define TOLLGATE_TASK_BASE_UNDETERMINED 2

/*
 Laggards a `tollgate_pause_report` has room for.
 */
#define TOLLGATE_REPORT_LAGGARDS 8

/*
 `tollgate_trace_record::kind`: a leave took place; the value is its target.
 */
#define TOLLGATE_TRACE_LEAVE 1

/*
 `tollgate_trace_record::kind`: an enter took place.
 */
#define TOLLGATE_TRACE_ENTER 2

/*
 `tollgate_trace_record::kind`: a reverse_enter took place.
 */
#define TOLLGATE_TRACE_REVERSE_ENTER 3

/*
 `tollgate_trace_record::kind`: a reverse_leave took place.
 */
#define TOLLGATE_TRACE_REVERSE_LEAVE 4

/*
 `tollgate_trace_record::kind`: an inward call is held at the gate.
 */
#define TOLLGATE_TRACE_HELD 5

/*
 `tollgate_trace_record::kind`: the held call was admitted.
 */
#define TOLLGATE_TRACE_ADMITTED 6

/*
 `tollgate_trace_record::kind`: a call was refused, or changed nothing under observe; the value is the error (docs/PAGE.md)
 times 256, plus the transition: 0 leave, 1 enter, 2 reverse_enter, 3 reverse_leave.
 */
#define TOLLGATE_TRACE_REFUSED 7

/*
 `tollgate_trace_record::kind`: a task began; the value is the system's id of its thread, 0 if it has none.
 */
#define TOLLGATE_TRACE_TASK_BEGINS 8

/*
 `tollgate_trace_record::kind`: a task ended, and its open levels with it; the value as for the beginning.
 */
#define TOLLGATE_TRACE_TASK_ENDS 9

/*
 `tollgate_trace_record::kind`: tracing began. From here on the events are the manager's, with task 0 and for depth the number
 of pauses that hold the gate closed.
 */
#define TOLLGATE_TRACE_STARTED 16

/*
 `tollgate_trace_record::kind`: tracing ended.
 */
#define TOLLGATE_TRACE_STOPPED 17

/*
 `tollgate_trace_record::kind`: a pause was asked for.
 */
#define TOLLGATE_TRACE_PAUSE_BEGINS 32

/*
 `tollgate_trace_record::kind`: it came about, no task is inside; the value is how long tasks inside were waited for, in ns.
 */
#define TOLLGATE_TRACE_PAUSE_HOLDS 33

/*
 `tollgate_trace_record::kind`: it did not come about; the value is the error (docs/PAGE.md).
 */
#define TOLLGATE_TRACE_PAUSE_FAILS 34

/*
 `tollgate_trace_record::kind`: a pause was taken back; the value is the number of tasks that this admitted.
 */
#define TOLLGATE_TRACE_RESUMED 35

/*
 `tollgate_trace_record::kind`: the manager was shut down.
 */
#define TOLLGATE_TRACE_SHUT_DOWN 36

/*
 `tollgate_trace_record::kind`: the host declared failure.
 */
#define TOLLGATE_TRACE_FAILED 37

/*
 The calling thread's task as a handle; opaque, but for `tollgate_inline.h`.
 */
typedef struct tollgate_task tollgate_task;

/*
 Settings for `tollgate_manager_create`; zero means the default everywhere.
 */
typedef struct tollgate_config {
  /*
   Bytes of this record that the caller filled in: `sizeof(tollgate_config)`.
   */
  uint32_t struct_size;
  /*
   `TOLLGATE_POLICY_GOVERN` or `TOLLGATE_POLICY_OBSERVE`.
   */
  uint32_t policy;
  /*
   `TOLLGATE_START_UNAVAILABLE`, `TOLLGATE_STRICT`, `TOLLGATE_FULL_FENCES`, `TOLLGATE_PAGE`, `TOLLGATE_TRACE`.
   */
  uint32_t flags;
  /*
   The most tasks at a time; 0 for as many as memory holds.
   */
  uint32_t max_tasks;
  /*
   How long an inward call is held at a closed gate, in milliseconds; 0 for no limit.
   */
  uint32_t gate_timeout_ms;
  /*
   Traced events that are kept of each task, rounded up to a power of two, 1,048,576 at most; 0 for 4,096.
   */
  uint32_t trace_records;
  /*
   Tasks, at a time, whose traced events are kept; 0 for 4,096.
   */
  uint32_t trace_tasks;
} tollgate_config;

/*
 A thread's start routine (`LPTHREAD_START_ROUTINE`); NULL is refused where one is needed.
 */
typedef uint32_t (TOLLGATE_CALL *tollgate_thread_start)(void *parameter);

/*
 What a host has called on each new application domain: its own `context`, the domain's number, and the domain's
 manager, which is borrowed for the length of the call and may be NULL.
 */
typedef void (TOLLGATE_CALL *tollgate_app_domain_observer)(void *context, uint32_t domain, struct IUnknown *manager);

/*
 One live task, as a snapshot found it.
 */
typedef struct tollgate_task_info {
  /*
   Number of the task, unique within its manager, never used again.
   */
  uint64_t id;
  /*
   The system's id of the thread, 0 for a task without one.
   */
  uint64_t os_thread;
  /*
   Transitions leave that took place.
   */
  uint64_t leaves;
  /*
   Transitions enter that took place.
   */
  uint64_t enters;
  /*
   Transitions reverse_enter that took place.
   */
  uint64_t reverse_enters;
  /*
   Transitions reverse_leave that took place.
   */
  uint64_t reverse_leaves;
  /*
   Outside levels that were closed without their enter.
   */
  uint64_t closed_outside;
  /*
   Inside levels that were closed without their reverse_leave.
   */
  uint64_t closed_inside;
  /*
   Calls that did not fit.
   */
  uint64_t irregularities;
  /*
   The innermost levels as a word: leading one, then 0 for each outside and 1 for each inside level.
   */
  uint64_t directions;
  /*
   Open levels.
   */
  uint32_t depth;
  /*
   0 outside, 1 inside.
   */
  uint32_t side;
  /*
   `TOLLGATE_TASK_UNSETTLED`, `TOLLGATE_TASK_BASE_UNDETERMINED`.
   */
  uint32_t flags;
  /*
   Open BeginThreadAffinity calls.
   */
  uint32_t affinity;
  /*
   The target of each open level, innermost first; 0 for inside levels and beyond the depth.
   */
  uint64_t targets[TOLLGATE_INFO_TARGETS];
} tollgate_task_info;

/*
 Sums over all tasks of a manager, ended ones included.

 Once no task moves: leaves = enters + closed_outside + open_outside, and reverse_enters = reverse_leaves +
 closed_inside + open_inside.
 */
typedef struct tollgate_totals_info {
  /*
   Tasks ever attached.
   */
  uint64_t tasks_attached;
  /*
   Tasks attached now.
   */
  uint64_t tasks_live;
  /*
   Transitions leave that took place.
   */
  uint64_t leaves;
  /*
   Transitions enter that took place.
   */
  uint64_t enters;
  /*
   Transitions reverse_enter that took place.
   */
  uint64_t reverse_enters;
  /*
   Transitions reverse_leave that took place.
   */
  uint64_t reverse_leaves;
  /*
   Outside levels closed without their enter.
   */
  uint64_t closed_outside;
  /*
   Inside levels closed without their reverse_leave.
   */
  uint64_t closed_inside;
  /*
   Outside levels open now.
   */
  uint64_t open_outside;
  /*
   Inside levels open now.
   */
  uint64_t open_inside;
  /*
   Calls that did not fit.
   */
  uint64_t irregularities;
  /*
   Transitions on threads that had no task and got none.
   */
  uint64_t unattributed;
  /*
   Task id of the last irregular call, 0 if there was none.
   */
  uint64_t last_irregular_task;
  /*
   Its transition: 0 leave, 1 enter, 2 reverse_enter, 3 reverse_leave.
   */
  uint32_t last_irregular_call;
  /*
   Levels open at that call, 65,535 at most.
   */
  uint32_t last_irregular_depth;
} tollgate_totals_info;

/*
 A task that was still inside when the time was over.
 */
typedef struct tollgate_laggard {
  /*
   Number of the task.
   */
  uint64_t id;
  /*
   The system's id of its thread, 0 for a task without one.
   */
  uint64_t os_thread;
  /*
   The target of its innermost outside level, 0 if it has none.
   */
  uint64_t target;
  /*
   For how long it was seen inside without a transition, at least, in nanoseconds.
   */
  uint64_t inside_ns;
  /*
   Open levels.
   */
  uint32_t depth;
  /*
   0; for later use.
   */
  uint32_t reserved;
} tollgate_laggard;

/*
 How a pause or a shutdown went.
 */
typedef struct tollgate_pause_report {
  /*
   From the call to its return, in nanoseconds.
   */
  uint64_t duration_ns;
  /*
   Of these, how long tasks that were inside were waited for.
   */
  uint64_t waited_ns;
  /*
   Tasks held at the gate at the return.
   */
  uint64_t tasks_held;
  /*
   Tasks still inside when the time was over; the first ones are in `laggards`.
   */
  uint64_t laggard_count;
  /*
   Those of them that fit.
   */
  struct tollgate_laggard laggards[TOLLGATE_REPORT_LAGGARDS];
} tollgate_pause_report;

/*
 One event of a task or of its manager.

 The records of a task come in the order of its events; those of several are to be sorted by time.
 */
typedef struct tollgate_trace_record {
  /*
   When, in nanoseconds of the system's monotonic clock.
   */
  uint64_t time_ns;
  /*
   Number of the task, its low 40 bits; 0 for events of the manager.
   */
  uint64_t task;
  /*
   What the kind says.
   */
  uint64_t value;
  /*
   `TOLLGATE_TRACE_LEAVE` and so on.
   */
  uint32_t kind;
  /*
   Levels open after the event, 65,535 at most; for events of the manager the pauses that hold the gate closed.
   */
  uint32_t depth;
} tollgate_trace_record;

#ifndef __gchost_h__
/*
 What `ICLRTask::GetMemStats` writes.
 */
typedef struct COR_GC_THREAD_STATS {
  /*
   Bytes the task has allocated.
   */
  uint64_t PerThreadAllocation;
  /*
   `TOLLGATE_COR_GC_THREAD_HAS_PROMOTED_BYTES` or 0.
   */
  uint32_t Flags;
} COR_GC_THREAD_STATS;
#endif

#ifndef __ICLRTask_INTERFACE_DEFINED__
/*
 Methods of `ICLRTask` in slot order.
 */
typedef struct ICLRTaskVtbl {
  /*
   Hands out another interface of the same object, with a reference added for the caller.

   Thread: any. Errors: `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
   argument; NULL is written then.
   */
  HRESULT (TOLLGATE_CALL *QueryInterface)(struct ICLRTask *This, const GUID *riid, void **ppvObject);
  /*
   Adds a reference; the result is for diagnostics only.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *AddRef)(struct ICLRTask *This);
  /*
   Drops a reference; the object may be gone when 0 is returned.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *Release)(struct ICLRTask *This);
  /*
   Tells the runtime that the task now runs on the calling thread; only hosts with fibers need it, and Tollgate
   never calls it.

   Thread: the one that the task is to run on, without a task so far. Errors: `HOST_E_INVALIDOPERATION`
   if the thread has one; `E_OUTOFMEMORY`; `E_FAIL`. Slot 3.
   */
  HRESULT (TOLLGATE_CALL *SwitchIn)(struct ICLRTask *This, void *threadHandle);
  /*
   Tells the runtime that the task is off its thread; every known runtime answers `E_NOTIMPL`, and Tollgate never
   calls it.

   Slot 4.
   */
  HRESULT (TOLLGATE_CALL *SwitchOut)(struct ICLRTask *This);
  /*
   Writes the task's memory statistics; the struct must be zeroes before, `Flags` is set only when true.

   Called by `tollgate_task_memory`. Thread: any. Errors: none known. Slot 5.
   */
  HRESULT (TOLLGATE_CALL *GetMemStats)(struct ICLRTask *This, struct COR_GC_THREAD_STATS *memUsage);
  /*
   Makes the runtime forget what it knows of the task, for reuse; Tollgate never calls it.

   Thread: the task's own. Errors: `E_FAIL` before the runtime's start; `E_UNEXPECTED` on another thread,
   or for a task that the runtime created. Slot 6.
   */
  HRESULT (TOLLGATE_CALL *Reset)(struct ICLRTask *This, int32_t fFull);
  /*
   Tells the runtime that the task ends.

   Called once, when the thread of the task ends, before joins are satisfied and right before Tollgate drops its
   reference. Thread: the task's own. Errors: of no consequence; `HOST_E_INVALIDOPERATION` on another
   thread, `E_FAIL` before the runtime's start. Slot 7.
   */
  HRESULT (TOLLGATE_CALL *ExitTask)(struct ICLRTask *This);
  /*
   Asks the runtime to abort what the task runs; the abort comes later, and calls `IHostTask::Alert`.

   Called by `tollgate_task_abort`. Thread: any. Errors: none known. Slot 8.
   */
  HRESULT (TOLLGATE_CALL *Abort)(struct ICLRTask *This);
  /*
   Asks the runtime to abort without running handlers; the abort comes later.

   Called by `tollgate_task_rude_abort`. Thread: any. Errors: none known. Slot 9.
   */
  HRESULT (TOLLGATE_CALL *RudeAbort)(struct ICLRTask *This);
  /*
   Writes whether the runtime waits for this task and it should run soon.

   Called by `tollgate_task_needs_priority`. Thread: any. Errors: none known. Slot 10.
   */
  HRESULT (TOLLGATE_CALL *NeedsPriorityScheduling)(struct ICLRTask *This, int32_t *pbNeedsPriorityScheduling);
  /*
   Asks the runtime to make the task yield; the runtime does not call the host before it returns.

   Called by `tollgate_task_yield`. Thread: any but the task's own. Errors: `HOST_E_INVALIDOPERATION` on
   oneself; `S_FALSE` if one is pending. Slot 11.
   */
  HRESULT (TOLLGATE_CALL *YieldTask)(struct ICLRTask *This);
  /*
   Writes how many runtime locks the task holds.

   Called by `tollgate_task_locks_held`. Thread: any. Errors: none known. Slot 12.
   */
  HRESULT (TOLLGATE_CALL *LocksHeld)(struct ICLRTask *This, size_t *pLockCount);
  /*
   Gives the task the id that debuggers show.

   Called by `tollgate_task_set_identifier`. Thread: any. Errors: none known. Slot 13.
   */
  HRESULT (TOLLGATE_CALL *SetTaskIdentifier)(struct ICLRTask *This, uint64_t asked);
} ICLRTaskVtbl;

#ifdef TOLLGATE_C_INTERFACES
#define __ICLRTask_INTERFACE_DEFINED__
/*
 The runtime's half of one task, called by the host.
 */
typedef struct ICLRTask {
  /*
   The methods.
   */
  const struct ICLRTaskVtbl *lpVtbl;
} ICLRTask;
#endif
#endif

#ifndef __IHostTask_INTERFACE_DEFINED__
/*
 Methods of `IHostTask` in slot order.
 */
typedef struct IHostTaskVtbl {
  /*
   Hands out another interface of the same object, with a reference added for the caller.

   Thread: any. Errors: `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
   argument; NULL is written then.
   */
  HRESULT (TOLLGATE_CALL *QueryInterface)(struct IHostTask *This, const GUID *riid, void **ppvObject);
  /*
   Adds a reference; the result is for diagnostics only.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *AddRef)(struct IHostTask *This);
  /*
   Drops a reference, from any thread, long after the task's end if need be.

   A task that was never started and to which nobody refers any more can be started by nobody: its thread ends.
   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *Release)(struct IHostTask *This);
  /*
   Lets a task made by `CreateTask` run its start routine; while the gate is closed the task waits there.

   Thread: any. Progress: lock-free, one system call; cannot fail for want of anything, that is all had
   already. Errors: `HOST_E_INVALIDOPERATION` if it was started before, or was not made by `CreateTask`.
   Slot 3.
   */
  HRESULT (TOLLGATE_CALL *Start)(struct IHostTask *This);
  /*
   Ends the task's alertable wait (`Sleep`, `Join`), or its next one if it is in none; two alerts before it are
   one.

   Thread: any. Progress: wait-free, a system call if the task waits; returns at once. Errors: none;
   a task that has ended, or never waits alertably, ignores it. Slot 4.
   */
  HRESULT (TOLLGATE_CALL *Alert)(struct IHostTask *This);
  /*
   Blocks the caller until this task has ended; 0xFFFFFFFF waits for ever, 0 only asks.

   A wait for an end that has come returns `S_OK` even if the caller was alerted; the alert is kept. A task that
   was never started ends only if its last reference goes. Thread: any, several at a time. Progress:
   blocks; not a transition. Errors: `HOST_E_TIMEOUT`; `HOST_E_INTERRUPTED` if `option` has `TOLLGATE_WAIT_ALERTABLE`
   and the caller was alerted; `HOST_E_ABANDONED` if the task's thread ended without finishing its start routine,
   was never let run it because the manager was shut down, or was left behind by a fork; `HOST_E_DEADLOCK` for
   joining oneself unless `option` has `TOLLGATE_WAIT_NOTINDEADLOCK`. Slot 5.
   */
  HRESULT (TOLLGATE_CALL *Join)(struct IHostTask *This, uint32_t dwMilliseconds, uint32_t option);
  /*
   Sets the task's priority: a Win32 level (15, 2, 1, 0, -1, -2, -15), before or after `Start`.

   The level is remembered always, and handed to the system where it permits; a refusal is not reported. A task
   whose level nobody sets runs as its creator does. Thread: any. Progress: a system call. Errors:
   `E_INVALIDARG` for any other number, with nothing changed. Slot 6.
   */
  HRESULT (TOLLGATE_CALL *SetPriority)(struct IHostTask *This, int32_t newPriority);
  /*
   Writes the level last set, 0 at first, whatever the system made of it.

   Thread: any. Progress: wait-free. Errors: `E_POINTER`. Slot 7.
   */
  HRESULT (TOLLGATE_CALL *GetPriority)(struct IHostTask *This, int32_t *pPriority);
  /*
   Gives the task its runtime half, in the place of one given before.

   Thread: the task's own; another one before the start. Not from within a method of the half. Progress:
   waits while others use the former half. Ownership: borrowed; Tollgate adds a reference, and drops it on
   the task's own thread when that ends, right after `ICLRTask::ExitTask`, or here when another half takes its
   place. Errors: `E_POINTER` for NULL; `HOST_E_INVALIDOPERATION` once the task has ended, with no reference
   kept. Slot 8.
   */
  HRESULT (TOLLGATE_CALL *SetCLRTask)(struct IHostTask *This, struct ICLRTask *pCLRTask);
} IHostTaskVtbl;

#ifdef TOLLGATE_C_INTERFACES
#define __IHostTask_INTERFACE_DEFINED__
/*
 One task of the host: the handle a runtime holds on a thread.
 */
typedef struct IHostTask {
  /*
   The methods.
   */
  const struct IHostTaskVtbl *lpVtbl;
} IHostTask;
#endif
#endif

#ifndef __ICLRTaskManager_INTERFACE_DEFINED__
/*
 Methods of `ICLRTaskManager` in slot order.
 */
typedef struct ICLRTaskManagerVtbl {
  /*
   Hands out another interface of the same object, with a reference added for the caller.

   Thread: any. Errors: `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
   argument; NULL is written then.
   */
  HRESULT (TOLLGATE_CALL *QueryInterface)(struct ICLRTaskManager *This, const GUID *riid, void **ppvObject);
  /*
   Adds a reference; the result is for diagnostics only.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *AddRef)(struct ICLRTaskManager *This);
  /*
   Drops a reference; the object may be gone when 0 is returned.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *Release)(struct ICLRTaskManager *This);
  /*
   Introduces the calling thread to the runtime, which calls back `GetCurrentTask` and `IHostTask::SetCLRTask`.

   Called by `tollgate_introduce_thread`. Thread: one that the runtime does not know. Ownership: the
   pointer written is borrowed, against COM's rule: do not release it. Errors: `E_OUTOFMEMORY`, or what the
   runtime threw. Slot 3.
   */
  HRESULT (TOLLGATE_CALL *CreateTask)(struct ICLRTaskManager *This, struct ICLRTask **pTask);
  /*
   Writes the calling thread's runtime task, or NULL.

   Called by `tollgate_current_runtime_task`. Thread: any. Ownership: borrowed, against COM's rule: do
   not release it. Errors: none. Slot 4.
   */
  HRESULT (TOLLGATE_CALL *GetCurrentTask)(struct ICLRTaskManager *This, struct ICLRTask **pTask);
  /*
   Tells the runtime that the host changed the calling task's user-interface locale.

   Called by `tollgate_set_ui_locale`. Thread: one that the runtime knows; it may run managed code, so not
   from within a transition. Errors: `HOST_E_INVALIDOPERATION` for a thread the runtime does not know.
   Slot 5.
   */
  HRESULT (TOLLGATE_CALL *SetUILocale)(struct ICLRTaskManager *This, uint32_t lcid);
  /*
   Tells the runtime that the host changed the calling task's locale.

   Called by `tollgate_set_locale`. Thread, Errors: as for `SetUILocale`. Slot 6.
   */
  HRESULT (TOLLGATE_CALL *SetLocale)(struct ICLRTaskManager *This, uint32_t lcid);
  /*
   Writes what the calling thread is for, one of the `TT_` values.

   Called by `tollgate_current_task_type`. Thread: any. Errors: none. Slot 7.
   */
  HRESULT (TOLLGATE_CALL *GetCurrentTaskType)(struct ICLRTaskManager *This, uint32_t *pTaskType);
} ICLRTaskManagerVtbl;

#ifdef TOLLGATE_C_INTERFACES
#define __ICLRTaskManager_INTERFACE_DEFINED__
/*
 The runtime's half of the task manager, called by the host.
 */
typedef struct ICLRTaskManager {
  /*
   The methods.
   */
  const struct ICLRTaskManagerVtbl *lpVtbl;
} ICLRTaskManager;
#endif
#endif

#ifndef __IHostTaskManager_INTERFACE_DEFINED__
/*
 Methods of `IHostTaskManager` in slot order.
 */
typedef struct IHostTaskManagerVtbl {
  /*
   Hands out another interface of the same object, with a reference added for the caller.

   Thread: any. Errors: `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
   argument; NULL is written then.
   */
  HRESULT (TOLLGATE_CALL *QueryInterface)(struct IHostTaskManager *This, const GUID *riid, void **ppvObject);
  /*
   Does nothing: the object lives as long as the process. The result is never 0.

   Thread: any.
   */
  uint32_t (TOLLGATE_CALL *AddRef)(struct IHostTaskManager *This);
  /*
   Does nothing: a runtime may call after its last release. The result is never 0.

   Thread: any.
   */
  uint32_t (TOLLGATE_CALL *Release)(struct IHostTaskManager *This);
  /*
   Hands out the calling thread's task, with a reference added for the caller.

   A thread the manager has not seen yet is adopted. A task has one address for its whole life, on a thread made
   by `CreateTask` the one that `CreateTask` wrote. Thread: any. Progress: wait-free for a known thread.
   Ownership: the caller gets a reference. Errors: `E_POINTER`; `E_OUTOFMEMORY` when no task can be made;
   `HOST_E_INVALIDOPERATION` on a thread past its end. NULL is written then. Slot 3.
   */
  HRESULT (TOLLGATE_CALL *GetCurrentTask)(struct IHostTaskManager *This, struct IHostTask **pTask);
  /*
   Creates a suspended task that runs `pStartAddress(pParameter)` once after `IHostTask::Start`.

   Thread and records are had here, so that `Start` cannot fail. `dwStackSize` is a reserve in bytes, rounded up
   to what the system needs; 0 is the default. The routine's thread goes in through the gate first, and is inside
   when it runs. It may end in the routine (`pthread_exit`), which abandons the task. Thread: any.
   Progress: system calls. Ownership: the caller gets a reference; the thread has its own. Errors:
   `E_OUTOFMEMORY` when no thread or task can be had, with nothing left behind; `E_POINTER` for a NULL `ppTask`;
   `E_INVALIDARG` for a NULL start address. `*ppTask` is NULL then. Slot 4.
   */
  HRESULT (TOLLGATE_CALL *CreateTask)(struct IHostTaskManager *This,
                        uint32_t dwStackSize,
                        tollgate_thread_start pStartAddress,
                        void *pParameter,
                        struct IHostTask **ppTask);
  /*
   Blocks the calling task for about `dwMilliseconds`; 0xFFFFFFFF is for ever, 0 a yield.

   Thread: any; one that can have no task sleeps all the same. Progress: blocks; not a transition: the
   task stays on its side. Errors: `HOST_E_INTERRUPTED` if `option` has `TOLLGATE_WAIT_ALERTABLE` and
   `IHostTask::Alert` ended it or came before. The end of the time is `S_OK`. Slot 5.
   */
  HRESULT (TOLLGATE_CALL *Sleep)(struct IHostTaskManager *This, uint32_t dwMilliseconds, uint32_t option);
  /*
   Yields the processor; works before `SetCLRTaskManager` and on any thread. `option` changes nothing.

   Thread: any. Progress: one system call, does not block. `S_OK` when something else may have run,
   `S_FALSE` where the system says that nothing did; Linux cannot tell, and so never says so. Slot 6.
   */
  HRESULT (TOLLGATE_CALL *SwitchToTask)(struct IHostTaskManager *This, uint32_t option);
  /*
   Remembers the user-interface locale of the calling task, for `tollgate_locales`.

   Thread: any. Progress: wait-free for a known thread. Errors: under govern `E_OUTOFMEMORY` when no
   task can be made, `HOST_E_CLRNOTAVAILABLE` on a thread past its end; under observe always `S_OK`.
   Slot 7.
   */
  HRESULT (TOLLGATE_CALL *SetUILocale)(struct IHostTaskManager *This, uint32_t lcid);
  /*
   Remembers the locale of the calling task, for `tollgate_locales`.

   Thread, Progress, Errors: as for `SetUILocale`. Slot 8.
   */
  HRESULT (TOLLGATE_CALL *SetLocale)(struct IHostTaskManager *This, uint32_t lcid);
  /*
   Writes whether calls to `target` must be announced by `LeaveRuntime` and `EnterRuntime` (1) or need not be
   (0).

   They must, unless `tollgate_set_exempt_targets` named the target. Thread: any. Progress: wait-free, a
   binary search; the runtime asks on every call out on x64. Errors: `E_POINTER`. Slot 9.
   */
  HRESULT (TOLLGATE_CALL *CallNeedsHostHook)(struct IHostTaskManager *This, size_t target, int32_t *pbCallNeedsHostHook);
  /*
   Transition leave: managed code is about to call native code at `target` (informational, may be 0).

   Thread: the one it is about. Progress: wait-free, no system call. Errors: under govern
   `E_OUTOFMEMORY` (no task, or more than 4,096 levels), `HOST_E_CLRNOTAVAILABLE` after a failure,
   `HOST_E_NOT_OWNER` in strict mode while outside; under observe always `S_OK`. Source: docs/CONTRACT.md.
   */
  HRESULT (TOLLGATE_CALL *LeaveRuntime)(struct IHostTaskManager *This, size_t target);
  /*
   Transition enter: the native code of the innermost leave has returned.

   Thread: the one it is about. Progress: wait-free while the gate is open; under govern blocks at a
   closed gate. Errors: under govern `HOST_E_NOT_OWNER` (the innermost level is not a leave),
   `HOST_E_TIMEOUT`, `HOST_E_ABANDONED`, `HOST_E_CLRNOTAVAILABLE`, `E_FAIL`, `E_OUTOFMEMORY`; nothing has changed
   then. Under observe always `S_OK`. Source: docs/CONTRACT.md.
   */
  HRESULT (TOLLGATE_CALL *EnterRuntime)(struct IHostTaskManager *This);
  /*
   Transition reverse_leave: the call in of the innermost reverse_enter returns to native code.

   Thread: the one it is about. Progress: wait-free. Errors: under govern `HOST_E_NOT_OWNER` (the
   innermost level is not a reverse_enter), `HOST_E_CLRNOTAVAILABLE` after a failure, `E_OUTOFMEMORY`; under
   observe always `S_OK`. Source: docs/CONTRACT.md.
   */
  HRESULT (TOLLGATE_CALL *ReverseLeaveRuntime)(struct IHostTaskManager *This);
  /*
   Transition reverse_enter: native code calls into managed code.

   Thread, Progress, Errors: as for `EnterRuntime`; `HOST_E_NOT_OWNER` only in strict mode, while inside.
   Source: docs/CONTRACT.md.
   */
  HRESULT (TOLLGATE_CALL *ReverseEnterRuntime)(struct IHostTaskManager *This);
  /*
   Opens the section of the calling task in which the host must not abort it: `tollgate_task_abort` refuses
   meanwhile.

   Thread: any. Progress: wait-free for a known thread. Errors: `E_UNEXPECTED` if one is open, with
   no effect; under govern `E_OUTOFMEMORY` when no task can be made, `HOST_E_CLRNOTAVAILABLE` on a thread past
   its end. Slot 14.
   */
  HRESULT (TOLLGATE_CALL *BeginDelayAbort)(struct IHostTaskManager *This);
  /*
   Closes the section that `BeginDelayAbort` opened.

   Thread, Progress: as there. Errors: `E_UNEXPECTED` if none is open; the others as there.
   Slot 15.
   */
  HRESULT (TOLLGATE_CALL *EndDelayAbort)(struct IHostTaskManager *This);
  /*
   Counts one more reason why the calling task must stay on its thread; tasks of this host always do.

   Thread: any, also as its first call. Progress: wait-free for a known thread. Errors: under govern
   `E_OUTOFMEMORY` when no task can be made, `HOST_E_CLRNOTAVAILABLE` on a thread past its end; under observe
   always `S_OK`. Slot 16.
   */
  HRESULT (TOLLGATE_CALL *BeginThreadAffinity)(struct IHostTaskManager *This);
  /*
   Takes back one `BeginThreadAffinity`; they nest.

   Thread, Progress: as there. Errors: `E_UNEXPECTED` when none is open; the others as there.
   Slot 17.
   */
  HRESULT (TOLLGATE_CALL *EndThreadAffinity)(struct IHostTaskManager *This);
  /*
   Leaves the stack guarantee to the runtime, which then asks the system itself: always `E_NOTIMPL`.

   Thread: any. Progress: wait-free for a known thread. Slot 18.
   */
  HRESULT (TOLLGATE_CALL *SetStackGuarantee)(struct IHostTaskManager *This, uint32_t guarantee);
  /*
   Leaves the stack guarantee to the runtime: writes 0 and returns `E_NOTIMPL`.

   Thread, Progress: as for `SetStackGuarantee`. Errors: `E_POINTER`. Slot 19.
   */
  HRESULT (TOLLGATE_CALL *GetStackGuarantee)(struct IHostTaskManager *This, uint32_t *pGuarantee);
  /*
   Gives the host the runtime's half of the contract; of several runtimes the first is kept.

   Thread: any. Progress: wait-free. Ownership: borrowed; Tollgate adds a reference to what it keeps,
   and never drops it. Errors: `E_POINTER` for NULL. Slot 20.
   */
  HRESULT (TOLLGATE_CALL *SetCLRTaskManager)(struct IHostTaskManager *This, struct ICLRTaskManager *ppManager);
} IHostTaskManagerVtbl;

#ifdef TOLLGATE_C_INTERFACES
#define __IHostTaskManager_INTERFACE_DEFINED__
/*
 The host's task manager, the interface that a runtime calls on every crossing.

 Slots 12 and 13 stand leave before enter, as in the interface definition.
 */
typedef struct IHostTaskManager {
  /*
   The methods.
   */
  const struct IHostTaskManagerVtbl *lpVtbl;
} IHostTaskManager;
#endif
#endif

#ifndef __IUnknown_INTERFACE_DEFINED__
/*
 Methods of `IUnknown` in slot order.
 */
typedef struct IUnknownVtbl {
  /*
   Hands out another interface of the same object, with a reference added for the caller.

   Thread: any. Errors: `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
   argument; NULL is written then.
   */
  HRESULT (TOLLGATE_CALL *QueryInterface)(struct IUnknown *This, const GUID *riid, void **ppvObject);
  /*
   Adds a reference; the result is for diagnostics only.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *AddRef)(struct IUnknown *This);
  /*
   Drops a reference; the object may be gone when 0 is returned.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *Release)(struct IUnknown *This);
} IUnknownVtbl;

#ifdef TOLLGATE_C_INTERFACES
#define __IUnknown_INTERFACE_DEFINED__
/*
 The root of every COM interface.

 Reference counts are atomic; every method may be called from any thread.
 */
typedef struct IUnknown {
  /*
   The methods.
   */
  const struct IUnknownVtbl *lpVtbl;
} IUnknown;
#endif
#endif

#ifndef __IHostControl_INTERFACE_DEFINED__
/*
 Methods of `IHostControl` in slot order.
 */
typedef struct IHostControlVtbl {
  /*
   Hands out another interface of the same object, with a reference added for the caller.

   Thread: any. Errors: `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
   argument; NULL is written then.
   */
  HRESULT (TOLLGATE_CALL *QueryInterface)(struct IHostControl *This, const GUID *riid, void **ppvObject);
  /*
   Does nothing: the object lives as long as the process. The result is never 0.

   Thread: any.
   */
  uint32_t (TOLLGATE_CALL *AddRef)(struct IHostControl *This);
  /*
   Does nothing: a runtime may call after its last release. The result is never 0.

   Thread: any.
   */
  uint32_t (TOLLGATE_CALL *Release)(struct IHostControl *This);
  /*
   Hands out the host's manager for `riid`, with a reference added for the caller.

   Tollgate has one for `IID_IHostTaskManager`; every other id is passed on to the host's own `IHostControl`, if
   `tollgate_manager_control` was given one.

   Thread: any, any number of times, before and after the runtime's start. Progress: wait-free for the
   task manager. Ownership: the caller gets a reference; that on the task manager need not be dropped, it
   lives as long as the process. Errors: `E_NOINTERFACE` for a manager that nobody offers; `E_POINTER` for a
   NULL argument; those of the host's own. `*ppObject` is NULL on every failure. Source: docs/CONTRACT.md.
   */
  HRESULT (TOLLGATE_CALL *GetHostManager)(struct IHostControl *This, const GUID *riid, void **ppObject);
  /*
   Tells the host of the manager object of a new application domain, or of a new one in its place; NULL takes it
   back.

   Tollgate keeps the object under the domain's number, tells the host's observer if there is one, and then the
   host's own `IHostControl`.

   Thread: any. Progress: waits while others add a reference to the object replaced. Ownership:
   `pUnkAppDomainManager` is borrowed; Tollgate adds a reference to what it keeps and drops it when the object is
   replaced. Errors: `E_OUTOFMEMORY` when it cannot be kept; those of the host's own `IHostControl`. A
   failure is thrown in the runtime. Source: docs/CONTRACT.md.
   */
  HRESULT (TOLLGATE_CALL *SetAppDomainManager)(struct IHostControl *This,
                                 uint32_t dwAppDomainID,
                                 struct IUnknown *pUnkAppDomainManager);
} IHostControlVtbl;

#ifdef TOLLGATE_C_INTERFACES
#define __IHostControl_INTERFACE_DEFINED__
/*
 How the runtime asks the host for its managers.
 */
typedef struct IHostControl {
  /*
   The methods.
   */
  const struct IHostControlVtbl *lpVtbl;
} IHostControl;
#endif
#endif

#ifndef __ICLRTask2_INTERFACE_DEFINED__
/*
 Methods of `ICLRTask2` in slot order.
 */
typedef struct ICLRTask2Vtbl {
  /*
   Hands out another interface of the same object, with a reference added for the caller.

   Thread: any. Errors: `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
   argument; NULL is written then.
   */
  HRESULT (TOLLGATE_CALL *QueryInterface)(struct ICLRTask2 *This, const GUID *riid, void **ppvObject);
  /*
   Adds a reference; the result is for diagnostics only.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *AddRef)(struct ICLRTask2 *This);
  /*
   Drops a reference; the object may be gone when 0 is returned.

   Thread: any that holds one.
   */
  uint32_t (TOLLGATE_CALL *Release)(struct ICLRTask2 *This);
  /*
   As in `ICLRTask`.

   Slot 3.
   */
  HRESULT (TOLLGATE_CALL *SwitchIn)(struct ICLRTask2 *This, void *threadHandle);
  /*
   As in `ICLRTask`.

   Slot 4.
   */
  HRESULT (TOLLGATE_CALL *SwitchOut)(struct ICLRTask2 *This);
  /*
   As in `ICLRTask`.

   Slot 5.
   */
  HRESULT (TOLLGATE_CALL *GetMemStats)(struct ICLRTask2 *This, struct COR_GC_THREAD_STATS *memUsage);
  /*
   As in `ICLRTask`.

   Slot 6.
   */
  HRESULT (TOLLGATE_CALL *Reset)(struct ICLRTask2 *This, int32_t fFull);
  /*
   As in `ICLRTask`.

   Slot 7.
   */
  HRESULT (TOLLGATE_CALL *ExitTask)(struct ICLRTask2 *This);
  /*
   As in `ICLRTask`.

   Slot 8.
   */
  HRESULT (TOLLGATE_CALL *Abort)(struct ICLRTask2 *This);
  /*
   As in `ICLRTask`.

   Slot 9.
   */
  HRESULT (TOLLGATE_CALL *RudeAbort)(struct ICLRTask2 *This);
  /*
   As in `ICLRTask`.

   Slot 10.
   */
  HRESULT (TOLLGATE_CALL *NeedsPriorityScheduling)(struct ICLRTask2 *This, int32_t *pbNeedsPriorityScheduling);
  /*
   As in `ICLRTask`.

   Slot 11.
   */
  HRESULT (TOLLGATE_CALL *YieldTask)(struct ICLRTask2 *This);
  /*
   As in `ICLRTask`.

   Slot 12.
   */
  HRESULT (TOLLGATE_CALL *LocksHeld)(struct ICLRTask2 *This, size_t *pLockCount);
  /*
   As in `ICLRTask`.

   Slot 13.
   */
  HRESULT (TOLLGATE_CALL *SetTaskIdentifier)(struct ICLRTask2 *This, uint64_t asked);
  /*
   Delays asynchronous aborts of the task until the matching End; nests. For the host's own use: Tollgate never
   calls it.

   Thread: any. Errors: none known. Slot 14.
   */
  HRESULT (TOLLGATE_CALL *BeginPreventAsyncAbort)(struct ICLRTask2 *This);
  /*
   Takes back one `BeginPreventAsyncAbort`.

   Thread: any. Errors: none known. Slot 15.
   */
  HRESULT (TOLLGATE_CALL *EndPreventAsyncAbort)(struct ICLRTask2 *This);
} ICLRTask2Vtbl;

#ifdef TOLLGATE_C_INTERFACES
#define __ICLRTask2_INTERFACE_DEFINED__
/*
 `ICLRTask` with two more methods, of runtimes 4.0 and later.
 */
typedef struct ICLRTask2 {
  /*
   The methods.
   */
  const struct ICLRTask2Vtbl *lpVtbl;
} ICLRTask2;
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Id of `IUnknown`.
 */
extern TOLLGATE_DATA const GUID tollgate_IID_IUnknown;

/*
 Id of `IHostControl`.
 */
extern TOLLGATE_DATA const GUID tollgate_IID_IHostControl;

/*
 Id of `IHostTaskManager`.
 */
extern TOLLGATE_DATA const GUID tollgate_IID_IHostTaskManager;

/*
 Id of `IHostTask`.
 */
extern TOLLGATE_DATA const GUID tollgate_IID_IHostTask;

/*
 Id of `ICLRTaskManager`.
 */
extern TOLLGATE_DATA const GUID tollgate_IID_ICLRTaskManager;

/*
 Id of `ICLRTask`.
 */
extern TOLLGATE_DATA const GUID tollgate_IID_ICLRTask;

/*
 Id of `ICLRTask2`.
 */
extern TOLLGATE_DATA const GUID tollgate_IID_ICLRTask2;

/*
 Hands out the process's default manager (policy govern, no limits); the same shape as `IHostControl::GetHostManager`.

 Thread: any, any number of times. Progress: wait-free after the first call. Ownership: the reference
 need not be released, managers live as long as the process. Errors: `E_POINTER`; `E_NOINTERFACE` for an interface
 that a manager does not have, with NULL written.

 The caller's duty:
 `riid` is NULL or readable, `out` is NULL or writable.
 */
HRESULT tollgate_get_host_manager(const GUID *riid, void **out);

/*
 Makes a manager, which lives as long as the process. `config` NULL stands for the defaults.

 From the second manager in use on, transitions look up which of the thread's tasks they are for; task handles do not.

 Thread: any. Progress: system calls. Errors: `E_POINTER`; `E_INVALIDARG` for a `struct_size` below 8 or above 4096, an
 unknown policy or flag, flags that contradict the policy, or a non-zero field that this version does not know;
 more than 1,048,576 `trace_records`; `E_OUTOFMEMORY`, with `TOLLGATE_PAGE` also without a file descriptor or the address
 space, or under a limit of file sizes; `E_NOTIMPL` for `TOLLGATE_PAGE` where the system has no memory that can be shared for
 reading alone, or refuses it. NULL is written then.

 The caller's duty:
 `config` is NULL or has `struct_size` readable bytes; `out` is NULL or writable.
 */
HRESULT tollgate_manager_create(const struct tollgate_config *config,
                                struct IHostTaskManager **out);

/*
 Makes the manager available (non-zero) or unavailable (0): while it is not, inward calls return
 `HOST_E_CLRNOTAVAILABLE`. Tasks that are inside stay there.

 Thread: any. Progress: lock-free, a system call. Errors: `E_POINTER`; `HOST_E_INVALIDOPERATION` under
 observe.

 The caller's duty:
 `manager` is NULL or a manager of this library.
 */
HRESULT tollgate_set_available(struct IHostTaskManager *manager, int32_t available);

/*
 Hands out the `IHostControl` of the process's default manager, for `ICLRRuntimeHost::SetHostControl`.

 Thread: any, any number of times. Progress: wait-free. Ownership: the reference need not be released,
 controls live as long as the process. Errors: `E_POINTER`; `E_NOINTERFACE` for an interface that a control does not
 have, with NULL written.

 The caller's duty:
 `riid` is NULL or readable, `out` is NULL or writable.
 */
HRESULT tollgate_get_host_control(const GUID *riid,
                                  void **out);

/*
 Makes an `IHostControl` that offers the manager, and lives as long as the process.

 `next` is NULL or the host's own control: it is asked for the managers that Tollgate does not offer, and told of
 application domains.

 Thread: any. Progress: a system call. Ownership: Tollgate adds a reference to `next` and keeps it for good;
 that on `*out` need not be released. Errors: `E_POINTER`; `E_OUTOFMEMORY`. NULL is written then.

 The caller's duty:
 `manager` is NULL or a manager of this library; `next` is NULL or an object that any thread may call; `out` is NULL or
 writable.
 */
HRESULT tollgate_manager_control(struct IHostTaskManager *manager,
                                 struct IHostControl *next,
                                 struct IHostControl **out);

/*
 Has `observer` called with `context` whenever the runtime tells of an application domain's manager; NULL for nobody.

 The observer runs on the runtime's thread, which waits for it. A call that began before this one may still reach the
 former observer. Each call takes a page of memory for good.

 Thread: any. Progress: a system call. Errors: `E_POINTER`; `E_OUTOFMEMORY`.

 The caller's duty:
 `control` is NULL or a control of this library; any thread may call `observer` with `context`, as long as the process
 lives.
 */
HRESULT tollgate_control_observe_app_domains(struct IHostControl *control,
                                             tollgate_app_domain_observer observer,
                                             void *context);

/*
 Hands out the manager object of the application domain with this number, as last given by the runtime.

 Thread: any. Progress: linear in the number of domains. Ownership: the caller gets a reference.
 Errors: `E_POINTER`. `S_FALSE`, and NULL, if none was given.

 The caller's duty:
 `control` is NULL or a control of this library; `out` is NULL or writable.
 */
HRESULT tollgate_control_app_domain_manager(struct IHostControl *control, uint32_t domain, struct IUnknown **out);

/*
 Sets the targets for which `IHostTaskManager::CallNeedsHostHook` answers that calls need not be announced, in the place
 of those set before; none at first.

 The order of `targets` does not matter; it is copied. With a `count` of 0 it may be NULL. A runtime may keep an answer
 for good (32-bit Windows does), so set them before it starts. Each former set stays in memory.

 Thread: any, while runtimes ask. Progress: a system call, and a sort. Errors: `E_POINTER`; `E_OUTOFMEMORY`,
 with the former set in place.

 The caller's duty:
 `manager` is NULL or a manager of this library; `targets` has `count` readable entries.
 */
HRESULT tollgate_set_exempt_targets(struct IHostTaskManager *manager,
                                    const size_t *targets,
                                    uint32_t count);

/*
 The calling thread's task; made on the thread's first call. NULL for a NULL manager, out of memory, or on a thread
 past its end.

 Thread: the handle is for the calling thread alone, until that ends. Progress: wait-free once there is a task.

 The caller's duty:
 `manager` is NULL or a manager of this library.
 */
struct tollgate_task *tollgate_current(struct IHostTaskManager *manager);

/*
 Transition leave of a given task; as `IHostTaskManager::LeaveRuntime`.

 The caller's duty:
 `task` is the calling thread's, from `tollgate_current`.
 */
HRESULT tollgate_leave(struct tollgate_task *task, size_t target);

/*
 Transition enter of a given task; as `IHostTaskManager::EnterRuntime`.

 The caller's duty:
 `task` is the calling thread's, from `tollgate_current`.
 */
HRESULT tollgate_enter(struct tollgate_task *task);

/*
 Transition reverse_enter of a given task; as `IHostTaskManager::ReverseEnterRuntime`.

 The caller's duty:
 `task` is the calling thread's, from `tollgate_current`.
 */
HRESULT tollgate_reverse_enter(struct tollgate_task *task);

/*
 Transition reverse_leave of a given task; as `IHostTaskManager::ReverseLeaveRuntime`.

 The caller's duty:
 `task` is the calling thread's, from `tollgate_current`.
 */
HRESULT tollgate_reverse_leave(struct tollgate_task *task);

/*
 Goes on where a leave compiled into the caller gave up; for `tollgate_inline.h` alone.

 Thread, Progress, Errors: as for `IHostTaskManager::LeaveRuntime`.

 The caller's duty:
 On this thread, which has `task` from `tollgate_current`, the fast half of the transition has stored the target and
 the new word, has then found the word or the armed bits negative, and has counted nothing.
 */
HRESULT tollgate_leave_slow(struct tollgate_task *task, size_t target);

/*
 Goes on where an enter compiled into the caller gave up; for `tollgate_inline.h` alone.

 Thread, Progress, Errors: as for `IHostTaskManager::EnterRuntime`.

 The caller's duty:
 As for `tollgate_leave_slow`, without a target.
 */
HRESULT tollgate_enter_slow(struct tollgate_task *task);

/*
 Goes on where a reverse_enter compiled into the caller gave up; for `tollgate_inline.h` alone.

 Thread, Progress, Errors: as for `IHostTaskManager::ReverseEnterRuntime`.

 The caller's duty:
 As for `tollgate_leave_slow`, without a target.
 */
HRESULT tollgate_reverse_enter_slow(struct tollgate_task *task);

/*
 Goes on where a reverse_leave compiled into the caller gave up; for `tollgate_inline.h` alone. A word without a level is for `tollgate_reverse_leave` itself.

 Thread, Progress, Errors: as for `IHostTaskManager::ReverseLeaveRuntime`.

 The caller's duty:
 As for `tollgate_leave_slow`, without a target.
 */
HRESULT tollgate_reverse_leave_slow(struct tollgate_task *task);

/*
 Copies the manager's live tasks into `entries`, as many as fit, without stopping any of them.

 `entry_size` is `sizeof(tollgate_task_info)` as the caller knows it, `capacity` the number of entries. `*count`
 becomes the number of live tasks, which may be more than fitted: ask again with more room. `entries` may be NULL with
 a capacity of 0.

 Thread: any. Progress: wait-free, no system call. Errors: `E_POINTER`; `E_INVALIDARG` for an entry size
 without the fields before `targets`. `*count` is 0 then.

 The caller's duty:
 `manager` is NULL or a manager of this library; `entries` has `capacity` times `entry_size` writable bytes; `count`
 is NULL or writable.
 */
HRESULT tollgate_snapshot(struct IHostTaskManager *manager,
                          struct tollgate_task_info *entries,
                          uint32_t entry_size,
                          uint32_t capacity,
                          uint32_t *count);

/*
 Writes the sums over all tasks of the manager, ended ones included; `size` is `sizeof(tollgate_totals_info)`.

 Thread: any. Progress: wait-free, no system call. Errors: `E_POINTER`; `E_INVALIDARG` for a size below 8.

 The caller's duty:
 `manager` is NULL or a manager of this library; `out` is NULL or has `size` writable bytes.
 */
HRESULT tollgate_totals(struct IHostTaskManager *manager, struct tollgate_totals_info *out, uint32_t size);

/*
 Closes the gate and waits until no task is inside; until `tollgate_resume` none goes in.

 Pauses nest, from one thread or several: every success needs one resume. `timeout_ms` 0xFFFFFFFF waits for ever.
 `report` may be NULL; else `report_size` is `sizeof(tollgate_pause_report)`, and it is written on failure too.

 Thread: any that is not inside. Progress: blocks. Ordering: what tasks did inside happens before the
 return, what the caller does then happens before any task goes in. Errors: `HOST_E_TIMEOUT`, with the laggards
 in the report and the gate as before; `HOST_E_DEADLOCK` on a thread that is inside; `HOST_E_INVALIDOPERATION` under
 observe, or at 255 pauses; `HOST_E_CLRNOTAVAILABLE` after a shutdown or failure; `E_POINTER`, `E_INVALIDARG`.

 The caller's duty:
 `manager` is NULL or a manager of this library; `report` is NULL or has `report_size` writable bytes.
 */
HRESULT tollgate_pause(struct IHostTaskManager *manager,
                       uint32_t timeout_ms,
                       struct tollgate_pause_report *report,
                       uint32_t report_size);

/*
 Takes one pause back; the last one opens the gate, and held tasks go in before any later pause.

 Thread: any. Progress: lock-free; a system call if tasks are held. Errors: `HOST_E_NOT_OWNER` without a
 pause; `E_POINTER`.

 The caller's duty:
 `manager` is NULL or a manager of this library.
 */
HRESULT tollgate_resume(struct IHostTaskManager *manager);

/*
 Ends the manager: inward calls return `HOST_E_CLRNOTAVAILABLE` from now on, held ones `HOST_E_ABANDONED`; waits until
 no task is inside. Outward calls still succeed. The end stands even if the wait fails; a repeated call waits again.

 Thread: any that is not inside. Progress: blocks. Errors: `HOST_E_TIMEOUT`, with the laggards in the
 report; `HOST_E_DEADLOCK` on a thread that is inside (nothing has ended then); `HOST_E_INVALIDOPERATION` under
 observe; `E_POINTER`, `E_INVALIDARG`.

 The caller's duty:
 As for `tollgate_pause`.
 */
HRESULT tollgate_shutdown(struct IHostTaskManager *manager,
                          uint32_t timeout_ms,
                          struct tollgate_pause_report *report,
                          uint32_t report_size);

/*
 Declares that the host's state is broken: calls held at the gate return `E_FAIL`, every later transition
 `HOST_E_CLRNOTAVAILABLE` (outward ones are still recorded).

 Thread: any. Progress: lock-free, a system call. Errors: `HOST_E_INVALIDOPERATION` under observe;
 `E_POINTER`.

 The caller's duty:
 `manager` is NULL or a manager of this library.
 */
HRESULT tollgate_fail(struct IHostTaskManager *manager);

/*
 Puts every manager in order in the child of a fork: only the calling thread's tasks remain, all gates are open.

 Thread: the only one of the child, before any other call of this library. Progress: system calls;
 async-signal-safe.
 */
void tollgate_after_fork_child(void);

/*
 Writes how many pauses and shutdowns took how long, by bucket: `durations` for the whole call, `waits` for the part
 in which tasks inside were waited for. Either may be NULL; each has room for `buckets` counts. `*known` becomes the
 number of buckets there are; `tollgate_bucket_start_ns` tells where each begins.

 Thread: any. Progress: wait-free. Errors: `E_POINTER` for a NULL manager or `known`.

 The caller's duty:
 `manager` is NULL or a manager of this library; the arrays are NULL or have `buckets` entries; `known` is NULL or
 writable.
 */
HRESULT tollgate_pause_histogram(struct IHostTaskManager *manager,
                                 uint64_t *durations,
                                 uint64_t *waits,
                                 uint32_t buckets,
                                 uint32_t *known);

/*
 The shortest duration that counts in bucket `index`, in nanoseconds; that of the last bucket for any beyond it.

 Thread: any. Progress: wait-free.
 */
uint64_t tollgate_bucket_start_ns(uint32_t index);

/*
 Switches tracing on: from the return on every transition, and every event of the gate, is recorded with the time, in a ring
 of the task's own that keeps its newest events. `S_FALSE` if it was on.

 A traced transition takes the slow path and reads the clock; when tracing is off nothing of it is left. Memory for the
 rings is taken as they fill, and kept. docs/TRACE.md tells more.

 Thread: any. Progress: lock-free; system calls. Errors: `E_OUTOFMEMORY`; `E_POINTER`.

 The caller's duty:
 `manager` is NULL or a manager of this library.
 */
HRESULT tollgate_trace_start(struct IHostTaskManager *manager);

/*
 Switches tracing off; `S_FALSE` if it was. What was recorded can still be drained.

 A transition that is under way at the call may still be recorded; one that begins after the return is not.

 Thread: any. Progress: wait-free. Errors: `E_POINTER`.

 The caller's duty:
 `manager` is NULL or a manager of this library.
 */
HRESULT tollgate_trace_stop(struct IHostTaskManager *manager);

/*
 Moves the records that no drain has had yet into `records`, as many as fit, those of each task in their order.

 `record_size` is `sizeof(tollgate_trace_record)` as the caller knows it, `capacity` the number of records there is room
 for. `*count` becomes the number of records written; if it is `capacity`, there may be more. `*lost` becomes the number
 of events since the last drain that were overwritten before anybody took them, or found no place; it may be NULL.

 Thread: any, one at a time. Progress: wait-free, no system call. Errors: `E_POINTER`; `E_INVALIDARG` for a
 record size without the fields before `kind`; `HOST_E_INVALIDOPERATION` while another thread drains. `*count` and
 `*lost` are 0 then.

 The caller's duty:
 `manager` is NULL or a manager of this library; `records` has `capacity` times `record_size` writable bytes; `count` is
 NULL or writable, `lost` likewise.
 */
HRESULT tollgate_trace_drain(struct IHostTaskManager *manager,
                             struct tollgate_trace_record *records,
                             uint32_t record_size,
                             uint32_t capacity,
                             uint32_t *count,
                             uint64_t *lost);

/*
 Names what `target`, an argument of leave, stands for, so that those who watch the manager from another process can show
 it. The last name of a target holds; there is room for 4,096 names of 112 bytes, longer ones are cut.

 `S_FALSE`, and nothing done, for a manager without a page (`TOLLGATE_PAGE`). Addresses of exported functions need no name.

 Thread: any. Progress: lock-free, linear in the number of names; no system call. Errors: `E_POINTER`;
 `E_INVALIDARG` if the name is not UTF-8; `E_OUTOFMEMORY` when there is no room for another name.

 The caller's duty:
 `manager` is NULL or a manager of this library; `name` is NULL or a string that ends in a zero.
 */
HRESULT tollgate_name_target(struct IHostTaskManager *manager,
                             size_t target,
                             const char *name);

/*
 Names the calling thread's task for those who watch from another process; a thread without a task gets one. Without it
 they show the name of the thread. There is room for 56 bytes, longer names are cut.

 `S_FALSE`, and nothing done, for a manager without a page (`TOLLGATE_PAGE`).

 Thread: any. Progress: wait-free once there is a task. Errors: `E_POINTER`; `E_INVALIDARG` if the name is not
 UTF-8; `E_OUTOFMEMORY`; `HOST_E_CLRNOTAVAILABLE` on a thread past its end.

 The caller's duty:
 As for `tollgate_name_target`.
 */
HRESULT tollgate_name_task(struct IHostTaskManager *manager,
                           const char *name);

/*
 Asks the runtime to abort what task `task_id` (as in snapshots) runs: `ICLRTask::Abort`. The abort itself comes later.

 Thread: any. Progress: linear in the number of tasks, and as the runtime has it. Errors: `E_POINTER`;
 `E_INVALIDARG` if no task ever had the id; `HOST_E_ABANDONED` if the task has ended; `HOST_E_CLRNOTAVAILABLE` if the
 runtime has given it no half; `HOST_E_INVALIDOPERATION` while the task delays aborts; those of the runtime.

 The caller's duty:
 `manager` is NULL or a manager of this library. Not from within a transition.
 */
HRESULT tollgate_task_abort(struct IHostTaskManager *manager,
                            uint64_t task_id);

/*
 Asks the runtime to abort task `task_id` without running handlers: `ICLRTask::RudeAbort`.

 Thread, Progress, Errors: as for `tollgate_task_abort`.

 The caller's duty:
 As for `tollgate_task_abort`.
 */
HRESULT tollgate_task_rude_abort(struct IHostTaskManager *manager, uint64_t task_id);

/*
 Asks the runtime to make task `task_id` yield: `ICLRTask::YieldTask`.

 Thread: any but the task's own. Progress: as for `tollgate_task_abort`. Errors: `E_POINTER`,
 `E_INVALIDARG`, `HOST_E_ABANDONED` and `HOST_E_CLRNOTAVAILABLE` as for `tollgate_task_abort`; those of the runtime,
 among them `HOST_E_INVALIDOPERATION` on oneself. `S_FALSE` if a yield is pending already.

 The caller's duty:
 As for `tollgate_task_abort`.
 */
HRESULT tollgate_task_yield(struct IHostTaskManager *manager, uint64_t task_id);

/*
 Gives task `task_id` the number that the runtime's debuggers show: `ICLRTask::SetTaskIdentifier`.

 Thread, Progress: as for `tollgate_task_abort`. Errors: `E_POINTER`, `E_INVALIDARG`, `HOST_E_ABANDONED` and
 `HOST_E_CLRNOTAVAILABLE` as there; those of the runtime.

 The caller's duty:
 As for `tollgate_task_abort`.
 */
HRESULT tollgate_task_set_identifier(struct IHostTaskManager *manager, uint64_t task_id, uint64_t identifier);

/*
 Writes the memory statistics of task `task_id`: `ICLRTask::GetMemStats`. Zeroes on failure.

 Thread, Progress: as for `tollgate_task_abort`. Errors: `E_POINTER`, `E_INVALIDARG`, `HOST_E_ABANDONED` and
 `HOST_E_CLRNOTAVAILABLE` as there; those of the runtime.

 The caller's duty:
 As for `tollgate_task_abort`; `out` is NULL or writable.
 */
HRESULT tollgate_task_memory(struct IHostTaskManager *manager, uint64_t task_id, struct COR_GC_THREAD_STATS *out);

/*
 Writes how many locks of the runtime task `task_id` holds: `ICLRTask::LocksHeld`; 0 on failure.

 Thread, Progress, Errors: as for `tollgate_task_memory`.

 The caller's duty:
 As for `tollgate_task_memory`.
 */
HRESULT tollgate_task_locks_held(struct IHostTaskManager *manager, uint64_t task_id, size_t *out);

/*
 Writes whether the runtime waits for task `task_id`, so that it should run soon (not 0):
 `ICLRTask::NeedsPriorityScheduling`; 0 on failure.

 Thread, Progress, Errors: as for `tollgate_task_memory`.

 The caller's duty:
 As for `tollgate_task_memory`.
 */
HRESULT tollgate_task_needs_priority(struct IHostTaskManager *manager, uint64_t task_id, int32_t *out);

/*
 Introduces the calling thread to the runtime: `ICLRTaskManager::CreateTask`. The runtime calls back for the thread's
 task and gives it its half.

 Thread: one that the runtime does not know yet. Progress: as the runtime has it. Ownership: the runtime's
 half that comes of it is borrowed, against COM's rule, so nothing is handed out here. Errors: `E_POINTER`;
 `HOST_E_CLRNOTAVAILABLE` before `SetCLRTaskManager`; those of the runtime.

 The caller's duty:
 `manager` is NULL or a manager of this library. Not from within a transition.
 */
HRESULT tollgate_introduce_thread(struct IHostTaskManager *manager);

/*
 Writes the runtime's half of the calling thread's task, or NULL: `ICLRTaskManager::GetCurrentTask`.

 Thread: any. Progress: as the runtime has it. Ownership: borrowed, against COM's rule: the runtime adds no
 reference, so do not release it, and add one to keep it. Errors: `E_POINTER`; `HOST_E_CLRNOTAVAILABLE` before
 `SetCLRTaskManager`; those of the runtime. NULL is written then.

 The caller's duty:
 As for `tollgate_introduce_thread`; `out` is NULL or writable.
 */
HRESULT tollgate_current_runtime_task(struct IHostTaskManager *manager,
                                      struct ICLRTask **out);

/*
 Writes what the calling thread is for, one of the `TOLLGATE_TT_` values: `ICLRTaskManager::GetCurrentTaskType`;
 `TOLLGATE_TT_UNKNOWN` on failure.

 Thread: any. Progress: as the runtime has it. Errors: `E_POINTER`; `HOST_E_CLRNOTAVAILABLE` before
 `SetCLRTaskManager`; those of the runtime.

 The caller's duty:
 As for `tollgate_current_runtime_task`.
 */
HRESULT tollgate_current_task_type(struct IHostTaskManager *manager, uint32_t *out);

/*
 Changes the locale of the calling thread's task, and tells the runtime: `ICLRTaskManager::SetLocale`.

 Thread: any that the runtime knows. Progress: as the runtime has it. Errors: `E_POINTER`; `E_OUTOFMEMORY`
 when no task can be made; `HOST_E_CLRNOTAVAILABLE` before `SetCLRTaskManager`, with the locale remembered all the same;
 those of the runtime, among them `HOST_E_INVALIDOPERATION` for a thread that it does not know.

 The caller's duty:
 As for `tollgate_introduce_thread`.
 */
HRESULT tollgate_set_locale(struct IHostTaskManager *manager,
                            uint32_t lcid);

/*
 Changes the user-interface locale of the calling thread's task, and tells the runtime: `ICLRTaskManager::SetUILocale`.

 Thread, Progress, Errors: as for `tollgate_set_locale`.

 The caller's duty:
 As for `tollgate_introduce_thread`.
 */
HRESULT tollgate_set_ui_locale(struct IHostTaskManager *manager,
                               uint32_t lcid);

/*
 Writes the locales of the calling thread's task, as last set by runtime or host; 0 where none was. Either may be NULL;
 0 is written on failure.

 Thread: any. Progress: wait-free once there is a task. Errors: `E_POINTER` for a NULL manager;
 `E_OUTOFMEMORY` when no task can be made; `HOST_E_CLRNOTAVAILABLE` on a thread past its end.

 The caller's duty:
 `manager` is NULL or a manager of this library; the others are NULL or writable.
 */
HRESULT tollgate_locales(struct IHostTaskManager *manager,
                         uint32_t *locale,
                         uint32_t *ui_locale);

/*
 The version of the library: major in the high half, then a byte each for minor and patch.

 Thread: any. Progress: wait-free.
 */
uint32_t tollgate_version(void);

/*
 The ABI number of the library, to compare with the header's `TOLLGATE_ABI_VERSION`.

 Thread: any. Progress: wait-free.
 */
uint32_t tollgate_abi_version(void);

/*
 The layout of a task as this library has it, to compare with what was compiled into the caller.

 Thread: any. Progress: wait-free.
 */
uint64_t tollgate_layout_id(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

/* The usual names of the interface ids; on Windows they belong to the system. */
#ifndef _WIN32
#ifndef IID_IUnknown
#define IID_IUnknown tollgate_IID_IUnknown
#endif
#ifndef IID_IHostControl
#define IID_IHostControl tollgate_IID_IHostControl
#endif
#ifndef IID_IHostTaskManager
#define IID_IHostTaskManager tollgate_IID_IHostTaskManager
#endif
#ifndef IID_IHostTask
#define IID_IHostTask tollgate_IID_IHostTask
#endif
#ifndef IID_ICLRTaskManager
#define IID_ICLRTaskManager tollgate_IID_ICLRTaskManager
#endif
#ifndef IID_ICLRTask
#define IID_ICLRTask tollgate_IID_ICLRTask
#endif
#ifndef IID_ICLRTask2
#define IID_ICLRTask2 tollgate_IID_ICLRTask2
#endif
#endif

#endif  /* TOLLGATE_H */
