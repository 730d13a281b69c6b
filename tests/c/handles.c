/* The four transitions by task handle: the same task, the same books as through the COM vtable. */
#include "check.h"

static void *mixed(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  struct tollgate_task *task = tollgate_current(m);
  struct tollgate_task_info info;
  CHECK(task != NULL);
  CHECK_EQ(own_task(m).flags, TOLLGATE_TASK_BASE_UNDETERMINED);

  CHECK_EQ(tollgate_leave(task, 0xA000), S_OK);
  CHECK_EQ(own_task(m).depth, 1);
  CHECK_EQ(own_task(m).targets[0], 0xA000);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
  CHECK_EQ(tollgate_leave(task, 0xC000), S_OK);
  CHECK_EQ(tollgate_reverse_leave(task), HOST_E_NOT_OWNER);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  CHECK_EQ(tollgate_reverse_leave(task), S_OK);
  CHECK_EQ(tollgate_enter(task), S_OK);
  CHECK_EQ(tollgate_enter(task), HOST_E_NOT_OWNER);
  CHECK_EQ(tollgate_reverse_enter(task), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), S_OK);
  CHECK(tollgate_current(m) == task);

  info = own_task(m);
  CHECK_EQ(info.depth, 0);
  CHECK_EQ(info.side, 1);
  CHECK_EQ(info.leaves, 2);
  CHECK_EQ(info.enters, 2);
  CHECK_EQ(info.reverse_enters, 2);
  CHECK_EQ(info.reverse_leaves, 2);
  CHECK_EQ(info.irregularities, 2);
  return NULL;
}

static void *deep(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  struct tollgate_task *task = tollgate_current(m);
  uint32_t i;
  for (i = 0; i < 1000; i++) {
    CHECK_EQ(tollgate_leave(task, i), S_OK);
    CHECK_EQ(tollgate_reverse_enter(task), S_OK);
  }
  CHECK_EQ(own_task(m).depth, 2000);
  for (i = 0; i < 1000; i++) {
    CHECK_EQ(tollgate_reverse_leave(task), S_OK);
    CHECK_EQ(tollgate_enter(task), S_OK);
  }
  CHECK_EQ(own_task(m).depth, 0);
  return NULL;
}

int main(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  on_new_thread(mixed, m);
  on_new_thread(deep, m);
  CHECK_EQ(balanced_totals(m).leaves, 1002);
  CHECK_EQ(balanced_totals(m).tasks_attached, 2);
  puts("handles and vtable keep the same books");
  return 0;
}
