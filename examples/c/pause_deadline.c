/*
 A host that stops all tasks before it changes something they use, with a deadline, and says who kept it waiting.

   cc pause_deadline.c -Iinclude lib/libtollgate.a -pthread -o pause_deadline
*/
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tollgate.h"

static IHostTaskManager *manager;
static pthread_barrier_t inside, asked;

/* A native function that calls managed code back, as a runtime names it: by address. */
static void native_sort(void) {}

static void must(const char *what, HRESULT hr) {
  if (hr == S_OK) return;
  fprintf(stderr, "%s failed: 0x%08" PRIX32 "\n", what, (uint32_t)hr);
  exit(1);
}

/* Managed code calls native_sort, which calls a managed comparison, which takes its time. */
static void *slow_comparison(void *unused) {
  (void)unused;
  must("leave", manager->lpVtbl->LeaveRuntime(manager, (size_t)native_sort));
  must("reverse_enter", manager->lpVtbl->ReverseEnterRuntime(manager));
  pthread_barrier_wait(&inside);
  pthread_barrier_wait(&asked); /* until the host asks it to hurry */
  must("reverse_leave", manager->lpVtbl->ReverseLeaveRuntime(manager));
  must("enter", manager->lpVtbl->EnterRuntime(manager)); /* held here while the gate is closed */
  return NULL;
}

static void print_laggards(const struct tollgate_pause_report *report) {
  uint64_t i;
  for (i = 0; i < report->laggard_count && i < TOLLGATE_REPORT_LAGGARDS; i++) {
    const struct tollgate_laggard *late = &report->laggards[i];
    printf("laggard: task %" PRIu64 ", thread %" PRIu64 ", inside for %" PRIu64 " ms or more, depth %" PRIu32 ", called by %s\n",
           late->id, late->os_thread, late->inside_ns / 1000000, late->depth,
           late->target == (uint64_t)(size_t)native_sort ? "native_sort" : "an unknown function");
  }
}

int main(void) {
  struct tollgate_pause_report report;
  pthread_t worker;
  HRESULT hr;
  must("tollgate_manager_create", tollgate_manager_create(NULL, &manager));
  pthread_barrier_init(&inside, NULL, 2);
  pthread_barrier_init(&asked, NULL, 2);
  pthread_create(&worker, NULL, slow_comparison, NULL);
  pthread_barrier_wait(&inside);

  /* Nobody waits longer than 20 ms here; when the time is over the gate is open again. */
  hr = tollgate_pause(manager, 20, &report, sizeof report);
  if (hr != HOST_E_TIMEOUT) must("a pause that must run out of time", hr == S_OK ? E_UNEXPECTED : hr);
  print_laggards(&report);

  /* This host can ask its tasks to finish; then it waits for as long as it takes. */
  pthread_barrier_wait(&asked);
  must("tollgate_pause", tollgate_pause(manager, 0xFFFFFFFF, &report, sizeof report));
  printf("quiescent: no task is inside\n");
  must("tollgate_resume", tollgate_resume(manager));
  pthread_join(worker, NULL);
  return 0;
}
