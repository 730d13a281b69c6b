/*
 A host under load, to be watched: tasks that nest three deep without end, one that waits in a native function at a
 known depth, threads that come and go, pauses.

   host THREADS FLAGS      until standard input ends

 FLAGS: any of  t traces   n without a page   s a second manager with a page   p no pauses
*/
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tollgate.h"

static IHostTaskManager *manager;
static atomic_int over;
static pthread_barrier_t placed, waiting;

/* The functions that managed code calls; only their addresses matter, and their names. */
void native_outer(void);
void native_inner(void);
void native_wait(void);
void native_outer(void) {}
void native_inner(void) {}
void native_wait(void) { pthread_barrier_wait(&waiting); }

static void must(HRESULT result, const char *what) {
  if (result < 0) { /* S_FALSE: nothing to be named without a page */
    fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)result);
    exit(1);
  }
}

#define LEAVE(function) must(manager->lpVtbl->LeaveRuntime(manager, (uintptr_t)(function)), "leave")
#define ENTER() must(manager->lpVtbl->EnterRuntime(manager), "enter")
#define REVERSE_ENTER() must(manager->lpVtbl->ReverseEnterRuntime(manager), "reverse_enter")
#define REVERSE_LEAVE() must(manager->lpVtbl->ReverseLeaveRuntime(manager), "reverse_leave")

static void nested_round(void) {
  LEAVE(native_outer);
  native_outer();
  REVERSE_ENTER();
  LEAVE(native_inner);
  native_inner();
  ENTER();
  REVERSE_LEAVE();
  ENTER();
}

static void *worker(void *unused) {
  (void)unused;
  pthread_setname_np(pthread_self(), "worker");
  nested_round();
  pthread_barrier_wait(&placed); /* its task is there */
  while (!atomic_load(&over)) {
    for (int i = 0; i < 100; i++) nested_round();
    usleep(50);
  }
  return NULL;
}

static void *short_worker(void *unused) {
  (void)unused;
  nested_round();
  return NULL;
}

/* Three levels deep in native_wait until the end. */
static void *sleeper(void *unused) {
  (void)unused;
  pthread_setname_np(pthread_self(), "sleeper");
  LEAVE(native_outer);
  REVERSE_ENTER();
  LEAVE(native_wait);
  must(tollgate_name_task(manager, "the <sleeper>"), "name_task");
  pthread_barrier_wait(&placed); /* all levels are open */
  native_wait();
  ENTER();
  REVERSE_LEAVE();
  ENTER();
  return NULL;
}

static void *pauser(void *unused) {
  (void)unused;
  while (!atomic_load(&over)) {
    tollgate_pause_report report;
    must(tollgate_pause(manager, 600000, &report, sizeof report), "pause");
    usleep(200);
    must(tollgate_resume(manager), "resume");
    usleep(3000);
  }
  return NULL;
}

static void *starter(void *unused) {
  (void)unused;
  while (!atomic_load(&over)) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, short_worker, NULL) == 0) pthread_join(thread, NULL);
    usleep(1000);
  }
  return NULL;
}

int main(int argc, char **argv) {
  int workers = argc > 1 ? atoi(argv[1]) : 2;
  if (workers < 0 || workers > 64) return 2;
  const char *flags = argc > 2 ? argv[2] : "";
  tollgate_config config = {sizeof config, 0, 0, 0, 0, 0, 0};
  if (!strchr(flags, 'n')) config.flags |= TOLLGATE_PAGE;
  if (strchr(flags, 't')) config.flags |= TOLLGATE_TRACE;
  must(tollgate_manager_create(&config, &manager), "create");
  IHostTaskManager *second = NULL;
  if (strchr(flags, 's')) must(tollgate_manager_create(&config, &second), "create the second");
  must(tollgate_name_target(manager, (uint64_t)(uintptr_t)native_wait, "wait \"&</script>"), "name_target");

  /* The workers, the sleeper and this thread; later the sleeper and this thread. */
  pthread_barrier_init(&placed, NULL, (unsigned)workers + 2);
  pthread_barrier_init(&waiting, NULL, 2);
  pthread_t threads[64 + 3];
  int count = 0;
  for (int i = 0; i < workers; i++) pthread_create(&threads[count++], NULL, worker, NULL);
  pthread_create(&threads[count++], NULL, sleeper, NULL);
  pthread_create(&threads[count++], NULL, starter, NULL);
  pthread_barrier_wait(&placed);
  /* Not before: workers wait there inside, which no pause gets past. */
  if (!strchr(flags, 'p')) pthread_create(&threads[count++], NULL, pauser, NULL);
  puts("ready");
  fflush(stdout);

  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  atomic_store(&over, 1);
  pthread_barrier_wait(&waiting);
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  tollgate_totals_info totals;
  must(tollgate_totals(manager, &totals, sizeof totals), "totals");
  int balanced = totals.leaves == totals.enters + totals.closed_outside && totals.irregularities == 0;
  printf("%llu leaves, %s\n", (unsigned long long)totals.leaves, balanced ? "balanced" : "NOT BALANCED");
  return balanced ? 0 : 1;
}
