/* 10,000 threads that attach and end: nothing is lost, nothing counted twice, no cell leaks. */
#include "check.h"

enum { THREADS = 10000, AT_ONCE = 20, MAX_TASKS = 32 };

/* Each does the nested sequence; every fourth ends inside two levels it never closes. */
static void *short_life(void *argument) {
  struct IHostTaskManager *m = ((struct IHostTaskManager **)argument)[0];
  static int serial;
  int leave_open = __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED) % 4 == 0;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
  if (leave_open) return NULL;
  CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  return NULL;
}

int main(void) {
  struct IHostTaskManager *m = NULL;
  struct tollgate_config config;
  struct tollgate_totals_info totals;
  struct tollgate_task_info task;
  uint32_t count = 1;
  int started, i;

  /* Far fewer cells than threads: each must be given back and used again. */
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.max_tasks = MAX_TASKS;
  CHECK_EQ(tollgate_manager_create(&config, &m), S_OK);

  for (started = 0; started < THREADS; started += AT_ONCE) {
    pthread_t threads[AT_ONCE];
    for (i = 0; i < AT_ONCE; i++) CHECK_EQ(pthread_create(&threads[i], NULL, short_life, &m), 0);
    for (i = 0; i < AT_ONCE; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
  }

  totals = balanced_totals(m);
  CHECK_EQ(totals.tasks_attached, THREADS);
  CHECK_EQ(totals.tasks_live, 0);
  CHECK_EQ(totals.leaves, THREADS);
  CHECK_EQ(totals.enters, THREADS / 4 * 3);
  CHECK_EQ(totals.closed_outside, THREADS / 4);
  CHECK_EQ(totals.reverse_enters, THREADS);
  CHECK_EQ(totals.reverse_leaves, THREADS / 4 * 3);
  CHECK_EQ(totals.closed_inside, THREADS / 4);
  CHECK_EQ(totals.open_outside + totals.open_inside, 0);
  CHECK_EQ(totals.unattributed, 0);
  CHECK_EQ(tollgate_snapshot(m, &task, sizeof task, 1, &count), S_OK);
  CHECK_EQ(count, 0);
  printf("%d short threads exact\n", THREADS);
  return 0;
}
