/* The documented nested sequence through the COM vtable: S_OK six times, depths 1 2 3 2 1 0. */
#include "check.h"

enum { NATIVE_A = 0xA000, NATIVE_C = 0xC000 };

static void expect(struct IHostTaskManager *m, HRESULT hr, uint32_t depth, uint32_t side) {
  struct tollgate_task_info task = own_task(m);
  CHECK_EQ(hr, S_OK);
  CHECK_EQ(task.depth, depth);
  CHECK_EQ(task.side, side);
  CHECK_EQ(task.flags, 0);
}

static void *sequence(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  struct tollgate_task_info task;

  expect(m, m->lpVtbl->LeaveRuntime(m, NATIVE_A), 1, 0);
  CHECK_EQ(own_task(m).targets[0], NATIVE_A);
  expect(m, m->lpVtbl->ReverseEnterRuntime(m), 2, 1);
  expect(m, m->lpVtbl->LeaveRuntime(m, NATIVE_C), 3, 0);

  task = own_task(m);
  CHECK_EQ(task.targets[0], NATIVE_C);
  CHECK_EQ(task.targets[1], 0);
  CHECK_EQ(task.targets[2], NATIVE_A);

  expect(m, m->lpVtbl->EnterRuntime(m), 2, 1);
  expect(m, m->lpVtbl->ReverseLeaveRuntime(m), 1, 0);
  expect(m, m->lpVtbl->EnterRuntime(m), 0, 1);

  task = own_task(m);
  CHECK_EQ(task.leaves, 2);
  CHECK_EQ(task.enters, 2);
  CHECK_EQ(task.reverse_enters, 1);
  CHECK_EQ(task.reverse_leaves, 1);
  CHECK_EQ(task.irregularities, 0);
  return NULL;
}

int main(void) {
  struct IHostTaskManager *managers[3];
  struct tollgate_totals_info totals;
  pthread_t threads[8];
  int i, j;

  CHECK_EQ(tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, (void **)&managers[0]), S_OK);
  managers[1] = new_manager(TOLLGATE_POLICY_GOVERN);
  managers[2] = new_manager(TOLLGATE_POLICY_OBSERVE);

  for (i = 0; i < 3; i++) {
    sequence(managers[i]);
    for (j = 0; j < 8; j++) CHECK_EQ(pthread_create(&threads[j], NULL, sequence, managers[i]), 0);
    for (j = 0; j < 8; j++) CHECK_EQ(pthread_join(threads[j], NULL), 0);

    totals = balanced_totals(managers[i]);
    CHECK_EQ(totals.tasks_attached, 9);
    CHECK_EQ(totals.tasks_live, 1);
    CHECK_EQ(totals.leaves, 18);
    CHECK_EQ(totals.enters, 18);
    CHECK_EQ(totals.reverse_enters, 9);
    CHECK_EQ(totals.reverse_leaves, 9);
  }
  puts("S_OK six times, depths 1 2 3 2 1 0: 3 managers, 9 threads each");
  return 0;
}
