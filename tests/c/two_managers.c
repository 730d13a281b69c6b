/* Several managers in one process, used by the same threads in turn, keep books of their own. */
#include "check.h"

enum { MANAGERS = 3, ROUNDS = 1000, THREADS = 4 };

static struct IHostTaskManager *managers[MANAGERS];

static void *in_turn(void *unused) {
  int round, i;
  (void)unused;
  for (round = 0; round < ROUNDS; round++) {
    for (i = 0; i < MANAGERS; i++) CHECK_EQ(managers[i]->lpVtbl->LeaveRuntime(managers[i], (size_t)i + 1), S_OK);
    for (i = 0; i < MANAGERS; i++) {
      struct tollgate_task_info task = own_task(managers[i]);
      CHECK_EQ(task.depth, 1);
      CHECK_EQ(task.targets[0], i + 1);
    }
    for (i = 0; i < MANAGERS; i++) CHECK_EQ(managers[i]->lpVtbl->EnterRuntime(managers[i]), S_OK);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  int i;
  for (i = 0; i < MANAGERS; i++) managers[i] = new_manager(TOLLGATE_POLICY_GOVERN);
  for (i = 0; i < THREADS; i++) CHECK_EQ(pthread_create(&threads[i], NULL, in_turn, NULL), 0);
  for (i = 0; i < THREADS; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
  for (i = 0; i < MANAGERS; i++) {
    struct tollgate_totals_info totals = balanced_totals(managers[i]);
    CHECK_EQ(totals.tasks_attached, THREADS);
    CHECK_EQ(totals.tasks_live, 0);
    CHECK_EQ(totals.leaves, THREADS * ROUNDS);
    CHECK_EQ(totals.enters, THREADS * ROUNDS);
    CHECK_EQ(totals.irregularities, 0);
  }
  printf("%d managers, %d threads, separate books\n", MANAGERS, THREADS);
  return 0;
}
