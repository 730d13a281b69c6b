/* Any of the 18 methods of the manager may be the first call of a thread, under both policies. */
#include "check.h"

static uint32_t TOLLGATE_CALL no_start(void *parameter) {
  (void)parameter;
  return 0;
}

/* A runtime's half that counts nothing and is never released, as real ones are. */
static HRESULT TOLLGATE_CALL clr_query(struct ICLRTaskManager *This, const GUID *riid, void **out) {
  (void)This;
  (void)riid;
  *out = NULL;
  return E_NOINTERFACE;
}
static uint32_t TOLLGATE_CALL clr_count(struct ICLRTaskManager *This) {
  (void)This;
  return 1;
}
static const struct ICLRTaskManagerVtbl clr_vtbl = {clr_query, clr_count, clr_count, NULL, NULL, NULL, NULL, NULL};
static struct ICLRTaskManager clr_manager = {&clr_vtbl};

/* Calls the method in `slot` with good arguments. */
static HRESULT call(struct IHostTaskManager *m, int slot) {
  const struct IHostTaskManagerVtbl *v = m->lpVtbl;
  struct IHostTask *task = NULL;
  int32_t needs = 0;
  uint32_t guarantee = 1;
  HRESULT hr;
  switch (slot) {
    case 3:
      hr = v->GetCurrentTask(m, &task);
      if (hr == S_OK) task->lpVtbl->Release(task);
      return hr;
    case 4:
      hr = v->CreateTask(m, 0, no_start, NULL, &task);
      if (hr == S_OK) {
        CHECK_EQ(task->lpVtbl->Start(task), S_OK);
        CHECK_EQ(task->lpVtbl->Join(task, UINT32_MAX, 0), S_OK);
        task->lpVtbl->Release(task);
      }
      return hr;
    case 5: return v->Sleep(m, 0, 0);
    case 6: hr = v->SwitchToTask(m, 0); return hr == S_FALSE ? S_OK : hr;
    case 7: return v->SetUILocale(m, 0x409);
    case 8: return v->SetLocale(m, 0x409);
    case 9:
      hr = v->CallNeedsHostHook(m, 0x1234, &needs);
      CHECK_EQ(needs, 1);
      return hr;
    case 10: return v->LeaveRuntime(m, 0x1234);
    case 11: return v->EnterRuntime(m);
    case 12: return v->ReverseLeaveRuntime(m);
    case 13: return v->ReverseEnterRuntime(m);
    case 14: return v->BeginDelayAbort(m);
    case 15: return v->EndDelayAbort(m);
    case 16: return v->BeginThreadAffinity(m);
    case 17: return v->EndThreadAffinity(m);
    case 18: return v->SetStackGuarantee(m, 4096);
    case 19:
      hr = v->GetStackGuarantee(m, &guarantee);
      CHECK_EQ(guarantee, 0);
      return hr;
    default: return v->SetCLRTaskManager(m, &clr_manager);
  }
}

/* What the first call must answer, and where the task is afterwards. */
struct expectation {
  int slot;
  HRESULT govern, observe;
  uint32_t depth, govern_side, observe_side, irregular; /* after a transition as first call */
};

static const struct expectation table[] = {
    {3, 0, 0, 0, 0, 0, 0},
    {4, 0, 0, 0, 0, 0, 0},
    {5, 0, 0, 0, 0, 0, 0},
    {6, 0, 0, 0, 0, 0, 0},
    {7, 0, 0, 0, 0, 0, 0},
    {8, 0, 0, 0, 0, 0, 0},
    {9, 0, 0, 0, 0, 0, 0},
    {10, 0, 0, 1, 0, 0, 0},
    {11, HOST_E_NOT_OWNER, 0, 0, 0, 1, 1}, /* the other half was never seen: observe adopts what it says */
    {12, HOST_E_NOT_OWNER, 0, 0, 1, 0, 1},
    {13, 0, 0, 1, 1, 1, 0},
    {14, 0, 0, 0, 0, 0, 0},
    {15, E_UNEXPECTED, E_UNEXPECTED, 0, 0, 0, 0},
    {16, 0, 0, 0, 0, 0, 0},
    {17, E_UNEXPECTED, E_UNEXPECTED, 0, 0, 0, 0},
    {18, E_NOTIMPL, E_NOTIMPL, 0, 0, 0, 0},
    {19, E_NOTIMPL, E_NOTIMPL, 0, 0, 0, 0},
    {20, 0, 0, 0, 0, 0, 0},
};

struct run {
  struct IHostTaskManager *m;
  const struct expectation *e;
  uint32_t policy;
  int reverse; /* which transition comes second, for the methods that fix no side */
};

static void *first_call(void *argument) {
  const struct run *run = (const struct run *)argument;
  struct IHostTaskManager *m = run->m;
  int observe = run->policy == TOLLGATE_POLICY_OBSERVE;
  struct tollgate_task_info task;

  CHECK(!find_own_task(m, &task));
  CHECK_EQ(call(m, run->e->slot), observe ? run->e->observe : run->e->govern);
  if (run->e->slot >= 10 && run->e->slot <= 13) {
    task = own_task(m);
    CHECK_EQ(task.depth, run->e->depth);
    CHECK_EQ(task.side, observe ? run->e->observe_side : run->e->govern_side);
    CHECK_EQ(task.irregularities, run->e->irregular);
    CHECK_EQ(task.flags & TOLLGATE_TASK_BASE_UNDETERMINED, 0);
    return NULL;
  }

  /* Nothing said on which side the thread began: it counts as outside, flagged, until a transition says so. */
  if (find_own_task(m, &task)) {
    CHECK_EQ(task.depth, 0);
    CHECK_EQ(task.side, 0);
    CHECK_EQ(task.flags, TOLLGATE_TASK_BASE_UNDETERMINED);
  } else {
    /* Methods that concern no task may answer without making one; these may not. */
    CHECK(run->e->slot != 3 && run->e->slot != 14 && run->e->slot != 16);
  }
  CHECK_EQ(run->reverse ? m->lpVtbl->ReverseEnterRuntime(m) : m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  task = own_task(m);
  CHECK_EQ(task.depth, 1);
  CHECK_EQ(task.side, run->reverse);
  CHECK_EQ(task.flags, 0);
  CHECK_EQ(run->reverse ? m->lpVtbl->ReverseLeaveRuntime(m) : m->lpVtbl->EnterRuntime(m), S_OK);
  task = own_task(m);
  CHECK_EQ(task.depth, 0);
  CHECK_EQ(task.side, !run->reverse);
  CHECK_EQ(task.flags, 0);
  CHECK_EQ(task.irregularities, 0);
  return NULL;
}

int main(void) {
  const uint32_t policies[] = {TOLLGATE_POLICY_GOVERN, TOLLGATE_POLICY_OBSERVE};
  size_t i, p;
  for (p = 0; p < 2; p++) {
    struct IHostTaskManager *m = new_manager(policies[p]);
    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
      struct run run = {m, &table[i], policies[p], 0};
      on_new_thread(first_call, &run);
      run.reverse = 1;
      on_new_thread(first_call, &run);
    }
    CHECK_EQ(balanced_totals(m).tasks_live, 0);
  }
  printf("%d methods as first call, 2 policies\n", (int)(sizeof table / sizeof table[0]));
  return 0;
}
