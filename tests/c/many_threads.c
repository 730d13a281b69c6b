/* 8 threads x 1,000,000 pairs come out exact, while another thread looks at all of them all the time. */
#include "check.h"

enum { THREADS = 8, PAIRS = 1000000 };

static volatile int stop;

/* Even threads call out of managed code, odd ones into it. */
static void *pairs(void *argument) {
  struct IHostTaskManager *m = ((struct IHostTaskManager **)argument)[0];
  uint32_t i;
  for (i = 0; i < PAIRS; i++) {
    CHECK_EQ(m->lpVtbl->LeaveRuntime(m, i), S_OK);
    CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  }
  return NULL;
}

static void *reverse_pairs(void *argument) {
  struct IHostTaskManager *m = ((struct IHostTaskManager **)argument)[0];
  uint32_t i;
  for (i = 0; i < PAIRS; i++) {
    CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
    CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), S_OK);
  }
  return NULL;
}

/* Every settled entry is consistent in itself: no more levels open than its counters say, and never more than one. */
static void *watch(void *argument) {
  struct IHostTaskManager *m = ((struct IHostTaskManager **)argument)[0];
  static struct tollgate_task_info tasks[THREADS];
  uint64_t settled = 0;
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    uint32_t count = 0, i;
    CHECK_EQ(tollgate_snapshot(m, tasks, sizeof tasks[0], THREADS, &count), S_OK);
    CHECK(count <= THREADS);
    for (i = 0; i < count; i++) {
      const struct tollgate_task_info *t = &tasks[i];
      if (t->flags & TOLLGATE_TASK_UNSETTLED) continue;
      settled++;
      CHECK(t->depth <= 1);
      CHECK_EQ(t->leaves - t->enters, t->depth == 1 && t->side == 0);
      CHECK_EQ(t->reverse_enters - t->reverse_leaves, t->depth == 1 && t->side == 1);
    }
  }
  printf("%" PRIu64 " settled looks\n", settled);
  return NULL;
}

int main(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  struct tollgate_totals_info totals;
  pthread_t threads[THREADS], watcher;
  int i;
  CHECK_EQ(pthread_create(&watcher, NULL, watch, &m), 0);
  for (i = 0; i < THREADS; i++) CHECK_EQ(pthread_create(&threads[i], NULL, i % 2 ? reverse_pairs : pairs, &m), 0);
  for (i = 0; i < THREADS; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  CHECK_EQ(pthread_join(watcher, NULL), 0);

  totals = balanced_totals(m);
  CHECK_EQ(totals.tasks_attached, THREADS);
  CHECK_EQ(totals.tasks_live, 0);
  CHECK_EQ(totals.leaves, (uint64_t)THREADS / 2 * PAIRS);
  CHECK_EQ(totals.enters, (uint64_t)THREADS / 2 * PAIRS);
  CHECK_EQ(totals.reverse_enters, (uint64_t)THREADS / 2 * PAIRS);
  CHECK_EQ(totals.reverse_leaves, (uint64_t)THREADS / 2 * PAIRS);
  CHECK_EQ(totals.closed_outside + totals.closed_inside + totals.irregularities + totals.unattributed, 0);
  printf("%d threads x %d pairs exact\n", THREADS, PAIRS);
  return 0;
}
