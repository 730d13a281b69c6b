/*
 A host that others can watch: tasks and functions with names, a page for `tollgate top`, and a trace that it prints itself.

   cc trace.c -Iinclude lib/libtollgate.a -pthread -o trace
*/
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tollgate.h"

/* Native functions, as a runtime names them: by address. */
static void native_a(void) {}
static void native_c(void) {}

static void must(const char *what, HRESULT hr) {
  if (hr >= 0) return;
  fprintf(stderr, "%s failed: 0x%08" PRIX32 "\n", what, (uint32_t)hr);
  exit(1);
}

/* A managed program calls native_a, which calls managed code back, which calls native_c. */
static void nested_calls(IHostTaskManager *manager) {
  const IHostTaskManagerVtbl *v = manager->lpVtbl;
  must("leave", v->LeaveRuntime(manager, (size_t)native_a));
  must("reverse_enter", v->ReverseEnterRuntime(manager));
  must("leave", v->LeaveRuntime(manager, (size_t)native_c));
  must("enter", v->EnterRuntime(manager));
  must("reverse_leave", v->ReverseLeaveRuntime(manager));
  must("enter", v->EnterRuntime(manager));
}

static const char *name_of(const struct tollgate_trace_record *record) {
  if (record->kind != TOLLGATE_TRACE_LEAVE) return "";
  if (record->value == (uint64_t)(size_t)native_a) return "native_a";
  return record->value == (uint64_t)(size_t)native_c ? "native_c" : "?";
}

static void print(const struct tollgate_trace_record *record) {
  static const char *const events[] = {"", "leave", "enter", "reverse_enter", "reverse_leave"};
  if (record->kind > TOLLGATE_TRACE_REVERSE_LEAVE) return; /* not a transition */
  printf("task %" PRIu64 "  depth %" PRIu32 "  %s %s\n", record->task, record->depth, events[record->kind],
         name_of(record));
}

int main(void) {
  struct tollgate_config config = {0};
  struct tollgate_trace_record records[16];
  IHostTaskManager *manager = NULL;
  uint32_t count, i;
  uint64_t lost, all_lost = 0;
  HRESULT hr;

  config.struct_size = sizeof config;
  config.flags = TOLLGATE_PAGE;
  hr = tollgate_manager_create(&config, &manager);
  if (hr == E_NOTIMPL || hr == E_OUTOFMEMORY) { /* nobody can watch here; everything else works */
    config.flags = 0;
    hr = tollgate_manager_create(&config, &manager);
  }
  must("tollgate_manager_create", hr);

  must("tollgate_name_task", tollgate_name_task(manager, "main"));
  must("tollgate_name_target", tollgate_name_target(manager, (size_t)native_a, "native_a"));
  must("tollgate_name_target", tollgate_name_target(manager, (size_t)native_c, "native_c"));

  must("tollgate_trace_start", tollgate_trace_start(manager));
  nested_calls(manager);
  must("tollgate_trace_stop", tollgate_trace_stop(manager));
  do {
    must("tollgate_trace_drain", tollgate_trace_drain(manager, records, sizeof records[0], 16, &count, &lost));
    for (i = 0; i < count; i++) print(&records[i]);
    all_lost += lost;
  } while (count == 16);
  printf("%" PRIu64 " events lost\n", all_lost);
  return 0;
}
