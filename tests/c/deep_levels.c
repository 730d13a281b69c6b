/* 1,000 nested native-managed-native calls come out exact; level 4,097 is refused and nothing is lost. */
#include "check.h"

enum { NESTED = 1000, MAX_LEVELS = 4096, SHOWN = 62 };

/* What the snapshot must show after `calls` nested calls: level by level, innermost first, inside then outside. */
static void expect_nested(struct IHostTaskManager *m, uint32_t calls) {
  struct tollgate_task_info task = own_task(m);
  uint32_t level;
  CHECK_EQ(task.depth, 2 * calls);
  CHECK_EQ(task.side, 1);
  CHECK_EQ(task.leaves - task.enters, calls);
  CHECK_EQ(task.reverse_enters - task.reverse_leaves, calls);
  for (level = 0; level < SHOWN && level < 2 * calls; level++)
    CHECK_EQ(task.targets[level], level % 2 == 0 ? 0 : calls - level / 2);
}

static void *nested_calls(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  uint32_t i;
  for (i = 1; i <= NESTED; i++) {
    CHECK_EQ(m->lpVtbl->LeaveRuntime(m, i), S_OK);
    CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
    expect_nested(m, i);
  }
  for (i = NESTED; i > 0; i--) {
    expect_nested(m, i);
    CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), S_OK);
    CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  }
  CHECK_EQ(own_task(m).depth, 0);
  CHECK_EQ(own_task(m).irregularities, 0);
  return NULL;
}

static void *all_levels(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  struct tollgate_task_info task;
  uint32_t i;
  for (i = 0; i < MAX_LEVELS; i++) CHECK_EQ(m->lpVtbl->LeaveRuntime(m, i), S_OK);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, i), E_OUTOFMEMORY);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), E_OUTOFMEMORY);
  task = own_task(m);
  CHECK_EQ(task.depth, MAX_LEVELS);
  CHECK_EQ(task.leaves, MAX_LEVELS);
  CHECK_EQ(task.reverse_enters, 0);
  CHECK_EQ(task.targets[0], MAX_LEVELS - 1);
  for (i = 0; i < MAX_LEVELS; i++) CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), HOST_E_NOT_OWNER);
  CHECK_EQ(own_task(m).depth, 0);
  return NULL;
}

int main(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  struct tollgate_totals_info totals;

  on_new_thread(nested_calls, m);
  totals = balanced_totals(m);
  CHECK_EQ(totals.leaves, NESTED);
  CHECK_EQ(totals.enters, NESTED);
  CHECK_EQ(totals.reverse_enters, NESTED);
  CHECK_EQ(totals.reverse_leaves, NESTED);

  on_new_thread(all_levels, m);
  totals = balanced_totals(m);
  CHECK_EQ(totals.leaves, NESTED + MAX_LEVELS);
  CHECK_EQ(totals.enters, NESTED + MAX_LEVELS);
  CHECK_EQ(totals.closed_outside + totals.closed_inside, 0);
  printf("%d nested calls and %d levels exact\n", NESTED, MAX_LEVELS);
  return 0;
}
