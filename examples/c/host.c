/*
 A host in C: it creates a manager, lets threads cross between managed and native code, and looks at them from outside.

   cc examples/c/host.c -Iinclude target/release/libtollgate.a -pthread -o host

 A managed runtime would make the calls of `nested_sequence`; here the program makes them itself, through the same vtable.
*/
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tollgate.h"

enum { THREADS = 4 };

/* Two native functions, as a runtime names them: by address. */
static void native_a(void) {}
static void native_c(void) {}

static const char *name_of(uint64_t target) {
  if (target == (uint64_t)(uintptr_t)native_a) return "native_a";
  if (target == (uint64_t)(uintptr_t)native_c) return "native_c";
  return "managed code";
}

struct worker {
  IHostTaskManager *manager;
  pthread_barrier_t *deep, *looked; /* NULL: alone, print each step */
};

/* Prints what a call answered and how many levels are open after it. */
static void step(const struct worker *w, const char *call, HRESULT hr) {
  struct tollgate_task_info task;
  uint32_t count = 0;
  if (hr != S_OK) {
    fprintf(stderr, "%s failed: 0x%08" PRIX32 "\n", call, (uint32_t)hr);
    exit(1);
  }
  if (w->deep != NULL) return;
  tollgate_snapshot(w->manager, &task, sizeof task, 1, &count);
  printf("  %-20s S_OK  depth %" PRIu32 "\n", call, task.depth);
}

/* A managed program calls native_a, which calls a managed method, which calls native_c; then all of them return. */
static void *nested_sequence(void *argument) {
  const struct worker *w = argument;
  IHostTaskManager *m = w->manager;
  step(w, "LeaveRuntime", m->lpVtbl->LeaveRuntime(m, (size_t)native_a));
  step(w, "ReverseEnterRuntime", m->lpVtbl->ReverseEnterRuntime(m));
  step(w, "LeaveRuntime", m->lpVtbl->LeaveRuntime(m, (size_t)native_c));
  if (w->deep != NULL) {
    pthread_barrier_wait(w->deep);
    pthread_barrier_wait(w->looked);
  }
  step(w, "EnterRuntime", m->lpVtbl->EnterRuntime(m));
  step(w, "ReverseLeaveRuntime", m->lpVtbl->ReverseLeaveRuntime(m));
  step(w, "EnterRuntime", m->lpVtbl->EnterRuntime(m));
  return NULL;
}

/* Copies all tasks without stopping any, and prints where each is. */
static void print_snapshot(IHostTaskManager *m) {
  static struct tollgate_task_info tasks[THREADS];
  uint32_t count = 0, i;
  tollgate_snapshot(m, tasks, sizeof tasks[0], THREADS, &count);
  printf("%" PRIu32 " tasks:\n", count);
  for (i = 0; i < count && i < THREADS; i++)
    printf("  task %" PRIu64 ", thread %" PRIu64 ": %s, depth %" PRIu32 ", in %s, called from %s below %s\n", tasks[i].id,
           tasks[i].os_thread, tasks[i].side ? "inside" : "outside", tasks[i].depth, name_of(tasks[i].targets[0]),
           name_of(tasks[i].targets[1]), name_of(tasks[i].targets[2]));
}

int main(void) {
  IHostTaskManager *manager = NULL;
  pthread_barrier_t deep, looked;
  pthread_t threads[THREADS];
  struct worker alone, together;
  struct tollgate_totals_info totals;
  int i, balanced;

  if (tollgate_manager_create(NULL, &manager) != S_OK) return 1;
  alone.manager = together.manager = manager;
  alone.deep = alone.looked = NULL;
  together.deep = &deep;
  together.looked = &looked;
  pthread_barrier_init(&deep, NULL, THREADS + 1);
  pthread_barrier_init(&looked, NULL, THREADS + 1);

  puts("one thread, call by call:");
  pthread_create(&threads[0], NULL, nested_sequence, &alone);
  pthread_join(threads[0], NULL);

  /* The same on several threads at once; this thread looks while all of them are three levels deep. */
  for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, nested_sequence, &together);
  pthread_barrier_wait(&deep);
  print_snapshot(manager);
  pthread_barrier_wait(&looked);
  for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);

  tollgate_totals(manager, &totals, sizeof totals);
  balanced = totals.leaves == totals.enters && totals.reverse_enters == totals.reverse_leaves;
  printf("%" PRIu64 " leaves, %" PRIu64 " enters, %" PRIu64 " reverse_enters, %" PRIu64 " reverse_leaves: %s\n", totals.leaves,
         totals.enters, totals.reverse_enters, totals.reverse_leaves,
         balanced ? "the books balance" : "THE BOOKS DO NOT BALANCE");
  return balanced ? 0 : 1;
}
