/* A manager that starts unavailable refuses to let tasks in, records them going out, and opens when told. */
#include "check.h"

static void *calls(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), HOST_E_CLRNOTAVAILABLE);
  CHECK_EQ(own_task(m).depth, 0);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), HOST_E_CLRNOTAVAILABLE);
  CHECK_EQ(own_task(m).depth, 1);

  CHECK_EQ(tollgate_set_available(m, 1), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);

  CHECK_EQ(tollgate_set_available(m, 0), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), HOST_E_CLRNOTAVAILABLE);
  CHECK_EQ(own_task(m).depth, 0);
  CHECK_EQ(own_task(m).irregularities, 0);
  return NULL;
}

int main(void) {
  struct IHostTaskManager *m = NULL;
  struct tollgate_config config;
  struct tollgate_totals_info totals;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.flags = TOLLGATE_START_UNAVAILABLE;
  CHECK_EQ(tollgate_manager_create(&config, &m), S_OK);
  on_new_thread(calls, m);
  totals = balanced_totals(m);
  CHECK_EQ(totals.leaves, 1);
  CHECK_EQ(totals.enters, 1);
  CHECK_EQ(totals.reverse_enters, 1);
  CHECK_EQ(totals.reverse_leaves, 1);
  puts("unavailable manager keeps tasks out and its books straight");
  return 0;
}
