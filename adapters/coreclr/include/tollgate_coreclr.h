/*
 libtollgate_coreclr.so for hosts that embed CoreCLR.

 CoreCLR loads the library as a profiler and the library calls the host's manager at every crossing between managed and
 native code. Before coreclr_initialize, and before the process has other threads:

   tollgate_coreclr_attach(manager);   hand over the manager
   tollgate_coreclr_enable();          make the runtime load the library

 and after it: tollgate_coreclr_status tells whether the runtime did. docs/CORECLR.md says what is seen and what is not.

 Include tollgate.h, or tollgate_com.h in C++, first.
*/
#ifndef TOLLGATE_CORECLR_H
#define TOLLGATE_CORECLR_H

#include <stdint.h>

#include "tollgate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The library's class, as CORECLR_PROFILER takes it. */
#define TOLLGATE_CORECLR_CLSID "{27502D1E-5275-4E19-AABE-CEC593C58458}"

/* States of tollgate_coreclr_status_info. */
#define TOLLGATE_CORECLR_ABSENT 0u   /* no runtime has loaded the library */
#define TOLLGATE_CORECLR_LOADED 1u   /* loaded, not started */
#define TOLLGATE_CORECLR_WATCHING 2u /* crossings are watched */
#define TOLLGATE_CORECLR_ENDED 3u    /* the runtime has announced its end; crossings that still come are watched */
#define TOLLGATE_CORECLR_FAILED 4u   /* it could not start; result tells why */

/* Fields are only ever added at the end. */
typedef struct tollgate_coreclr_status_info {
  uint32_t state;
  int32_t result;
  uint32_t runtime_major, runtime_minor, runtime_build; /* 4.0.30319 before .NET 5 */
  uint32_t attached;  /* 1: the host's manager is in use, 0: the library's own, or none */
  uint64_t skipped;   /* levels left without a return (longjmp, exception); their closing calls were supplied */
  uint64_t unmatched; /* returns without a call; dropped */
  uint64_t bogus;     /* notices about no function, sent by the runtime; dropped */
  uint64_t refused;   /* calls that the manager refused; the runtime went on */
  uint64_t late;      /* notices on threads past their end; dropped */
  uint64_t left_open; /* levels open when their thread ended; closed by the manager */
} tollgate_coreclr_status_info;

/*
 Hands the host's manager over, once. The library keeps a reference for ever.
 Errors: HOST_E_INVALIDOPERATION if there is a manager already; E_POINTER.
*/
int32_t tollgate_coreclr_attach(IHostTaskManager *manager);

/*
 Sets CORECLR_ENABLE_PROFILING, CORECLR_PROFILER and CORECLR_PROFILER_PATH (CORECLR_PROFILER_PATH_64 where that is set) so
 that the next runtime of this process loads this very library. If they name another profiler, it asks to run beside that
 one (.NET 6 and later); an earlier runtime starts without it. Once more changes nothing.
 Errors: E_FAIL if the library's own path cannot be found.
*/
int32_t tollgate_coreclr_enable(void);

/*
 Writes whether a runtime has loaded the library, whether it watches, and what did not fit. A runtime goes on without a
 word when it cannot load a profiler: ask after coreclr_initialize. size is sizeof(tollgate_coreclr_status_info).
 Errors: E_POINTER; E_INVALIDARG for a size below 8.
*/
int32_t tollgate_coreclr_status(tollgate_coreclr_status_info *out, uint32_t size);

/*
 Writes the name of the function that a target of a task (tollgate_task_info::targets) stands for, cut to size bytes with
 the final 0, and returns its full length: "library!entry (Class.Method)". 0 for a target that is not the library's.
*/
uint32_t tollgate_coreclr_name(uint64_t target, char *buffer, uint32_t size);

/*
 Writes a report of all crossings so far to an open file: format 0 for people, 1 as one line of JSON.
 Errors: E_INVALIDARG for another format or a negative fd; E_FAIL if it cannot be written, wholly or in part.
*/
int32_t tollgate_coreclr_report(int32_t fd, uint32_t format);

#ifdef __cplusplus
}
#endif

#endif /* TOLLGATE_CORECLR_H */
