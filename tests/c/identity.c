/* The rules of IUnknown: identity, symmetric QueryInterface, a reference with every pointer, NULL on failure. */
#include "unknown.h"

/* Tasks come and go, so their references are counted: each pointer handed out carries one. */
static void expect_counted(void *task) {
  struct IUnknown *face = (struct IUnknown *)task;
  uint32_t references = face->lpVtbl->AddRef(face);
  void *more = query(face, &tollgate_IID_IHostTask, S_OK);
  CHECK_EQ(face->lpVtbl->AddRef(face), references + 2);
  CHECK_EQ(release(face), references + 1);
  CHECK_EQ(release(more), references);
  CHECK_EQ(release(face), references - 1);
}

/* The task has one address, whoever asks; each answer carries a reference. */
static void *one_address(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  struct IHostTask *first = NULL, *second = NULL;
  CHECK_EQ(m->lpVtbl->GetCurrentTask(m, &first), S_OK);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(m->lpVtbl->GetCurrentTask(m, &second), S_OK);
  CHECK(first != NULL && first == second);
  expect_rules(first, &tollgate_IID_IHostTask);
  expect_counted(first);
  query(first, &tollgate_IID_IHostTaskManager, E_NOINTERFACE);
  CHECK(release(second) > 0);
  release(first);
  return NULL;
}

int main(void) {
  struct IHostTaskManager *m = NULL, *same = NULL;
  int i;

  CHECK_EQ(tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, (void **)&m), S_OK);
  CHECK_EQ(tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, (void **)&same), S_OK);
  CHECK(m != NULL && m == same);
  expect_rules(m, &tollgate_IID_IHostTaskManager);
  query(m, &tollgate_IID_IHostTask, E_NOINTERFACE);
  on_new_thread(one_address, m);

  m = new_manager(TOLLGATE_POLICY_GOVERN);
  CHECK(m != same);
  expect_rules(m, &tollgate_IID_IHostTaskManager);
  on_new_thread(one_address, m);

  /* The manager outlives every reference: runtimes release it too often and call on. */
  for (i = 0; i < 100; i++) CHECK(release(m) > 0);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  puts("identity holds for managers and tasks");
  return 0;
}
