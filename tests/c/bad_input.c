/* Bad input gets a clear answer, writes NULL where a pointer was asked for, and changes nothing. */
#include "check.h"

static const GUID no_iid = {0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}};

static uint32_t TOLLGATE_CALL no_start(void *parameter) {
  (void)parameter;
  return 0;
}

static HRESULT create(const void *config) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)(uintptr_t)1;
  HRESULT hr = tollgate_manager_create((const struct tollgate_config *)config, &m);
  CHECK((m != NULL) == (hr == S_OK));
  return hr;
}

static void configurations(void) {
  struct {
    struct tollgate_config known;
    uint32_t tail[8]; /* what a later version of the struct might hold */
  } c;
  uint32_t size;
  struct tollgate_config small;

  CHECK_EQ(create(NULL), S_OK);
  CHECK_EQ(tollgate_manager_create(NULL, NULL), E_POINTER);

  memset(&c, 0, sizeof c);
  CHECK_EQ(create(&c), E_INVALIDARG);
  for (size = 1; size < 4; size++) {
    c.known.struct_size = size;
    CHECK_EQ(create(&c), E_INVALIDARG);
  }
  c.known.struct_size = UINT32_MAX;
  CHECK_EQ(create(&c), E_INVALIDARG);

  c.known.struct_size = sizeof c;
  CHECK_EQ(create(&c), S_OK);
  c.tail[7] = 1;
  CHECK_EQ(create(&c), E_INVALIDARG);
  c.tail[7] = 0;
  c.tail[0] = 1;
  CHECK_EQ(create(&c), E_INVALIDARG);
  c.known.struct_size = sizeof c.known;
  CHECK_EQ(create(&c), S_OK);

  memset(&small, 0, sizeof small);
  small.struct_size = sizeof small;
  small.policy = TOLLGATE_POLICY_OBSERVE + 1;
  CHECK_EQ(create(&small), E_INVALIDARG);
  small.policy = UINT32_MAX;
  CHECK_EQ(create(&small), E_INVALIDARG);
  small.policy = 0;
  small.flags = UINT32_C(1) << 31;
  CHECK_EQ(create(&small), E_INVALIDARG);
}

static void exported_functions(struct IHostTaskManager *m) {
  struct tollgate_task_info task;
  struct tollgate_totals_info totals;
  struct tollgate_pause_report report;
  uint32_t count = 77;
  void *out = &out;

  CHECK_EQ(tollgate_get_host_manager(&no_iid, &out), E_NOINTERFACE);
  CHECK(out == NULL);
  out = &out;
  CHECK_EQ(tollgate_get_host_manager(NULL, &out), E_POINTER);
  CHECK(out == NULL);
  CHECK_EQ(tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, NULL), E_POINTER);
  CHECK(tollgate_current(NULL) == NULL);
  CHECK_EQ(tollgate_set_available(NULL, 1), E_POINTER);

  CHECK_EQ(tollgate_snapshot(NULL, &task, sizeof task, 1, &count), E_POINTER);
  CHECK_EQ(tollgate_snapshot(m, &task, sizeof task, 1, NULL), E_POINTER);
  CHECK_EQ(tollgate_snapshot(m, NULL, sizeof task, 1, &count), E_POINTER);
  CHECK_EQ(tollgate_snapshot(m, NULL, sizeof task, 0, &count), S_OK);
  CHECK_EQ(tollgate_snapshot(m, &task, 0, 1, &count), E_INVALIDARG);
  CHECK_EQ(tollgate_snapshot(m, &task, 7, 1, &count), E_INVALIDARG);

  CHECK_EQ(tollgate_totals(m, NULL, sizeof totals), E_POINTER);
  CHECK_EQ(tollgate_totals(NULL, &totals, sizeof totals), E_POINTER);
  CHECK_EQ(tollgate_totals(m, &totals, 0), E_INVALIDARG);
  CHECK_EQ(tollgate_totals(m, &totals, 7), E_INVALIDARG);

  CHECK_EQ(tollgate_pause(NULL, 0, NULL, 0), E_POINTER);
  CHECK_EQ(tollgate_pause(m, 0, &report, 1), E_INVALIDARG);
  CHECK_EQ(tollgate_resume(NULL), E_POINTER);
  CHECK_EQ(tollgate_resume(m), HOST_E_NOT_OWNER);
  CHECK_EQ(tollgate_shutdown(NULL, 0, NULL, 0), E_POINTER);
  CHECK_EQ(tollgate_shutdown(m, 0, &report, 1), E_INVALIDARG);
  CHECK_EQ(tollgate_fail(NULL), E_POINTER);
}

static void methods(struct IHostTaskManager *m) {
  struct IHostTask *task = (struct IHostTask *)(uintptr_t)1;
  CHECK_EQ(m->lpVtbl->GetCurrentTask(m, NULL), E_POINTER);
  CHECK_EQ(m->lpVtbl->CreateTask(m, 0, no_start, NULL, NULL), E_POINTER);
  CHECK_EQ(m->lpVtbl->CreateTask(m, 0, NULL, NULL, &task), E_INVALIDARG);
  CHECK(task == NULL);
  CHECK_EQ(m->lpVtbl->CallNeedsHostHook(m, 1, NULL), E_POINTER);
  CHECK_EQ(m->lpVtbl->GetStackGuarantee(m, NULL), E_POINTER);
  CHECK_EQ(m->lpVtbl->SetCLRTaskManager(m, NULL), E_POINTER);

  CHECK_EQ(m->lpVtbl->GetCurrentTask(m, &task), S_OK);
  CHECK_EQ(task->lpVtbl->GetPriority(task, NULL), E_POINTER);
  CHECK_EQ(task->lpVtbl->SetPriority(task, 3), E_INVALIDARG);
  CHECK_EQ(task->lpVtbl->Start(task), HOST_E_INVALIDOPERATION);
  task->lpVtbl->Release(task);

  CHECK_EQ(m->lpVtbl->BeginDelayAbort(m), S_OK);
  CHECK_EQ(m->lpVtbl->BeginDelayAbort(m), E_UNEXPECTED);
  CHECK_EQ(m->lpVtbl->EndDelayAbort(m), S_OK);
  CHECK_EQ(m->lpVtbl->EndDelayAbort(m), E_UNEXPECTED);
  CHECK_EQ(m->lpVtbl->BeginThreadAffinity(m), S_OK);
  CHECK_EQ(m->lpVtbl->BeginThreadAffinity(m), S_OK);
  CHECK_EQ(own_task(m).affinity, 2);
  CHECK_EQ(m->lpVtbl->EndThreadAffinity(m), S_OK);
  CHECK_EQ(m->lpVtbl->EndThreadAffinity(m), S_OK);
  CHECK_EQ(m->lpVtbl->EndThreadAffinity(m), E_UNEXPECTED);
  CHECK_EQ(own_task(m).affinity, 0);
}

int main(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  configurations();
  exported_functions(m);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  methods(m);
  CHECK_EQ(own_task(m).depth, 1);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  puts("bad input refused, nothing lost");
  return 0;
}
