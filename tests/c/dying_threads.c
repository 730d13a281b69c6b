/*
 Calls that come while a thread ends, from the destructors of other libraries' thread-local data: before, between and after
 Tollgate's own. They must be safe, leave no task behind, and go on being answered.
*/
#include "check.h"

enum { THREADS = 200 };

static struct IHostTaskManager *govern, *observe;
static pthread_key_t before, after;
static int late_calls, calls_past_the_end;

static void call_everything(struct IHostTaskManager *m, int observed, int past_its_end) {
  const struct IHostTaskManagerVtbl *v = m->lpVtbl;
  struct IHostTask *task = NULL;
  int32_t needs = 0;
  HRESULT results[4];
  int i;
  results[0] = v->LeaveRuntime(m, 1);
  results[1] = v->EnterRuntime(m);
  results[2] = v->ReverseEnterRuntime(m);
  results[3] = v->ReverseLeaveRuntime(m);
  for (i = 0; observed && i < 4; i++) CHECK_EQ(results[i], S_OK);
  if (!observed && past_its_end) {
    /* Nobody could see this task inside any more, so it must not be told that it may go in. */
    CHECK_EQ(results[0], S_OK);
    CHECK_EQ(results[1], HOST_E_CLRNOTAVAILABLE);
    CHECK_EQ(results[2], HOST_E_CLRNOTAVAILABLE);
    CHECK_EQ(results[3], S_OK);
  }
  if (v->GetCurrentTask(m, &task) == S_OK) task->lpVtbl->Release(task);
  else CHECK(task == NULL);
  CHECK_EQ(v->CallNeedsHostHook(m, 1, &needs), S_OK);
  CHECK_EQ(needs, 1);
  v->SwitchToTask(m, 0);
  if (v->BeginThreadAffinity(m) == S_OK) v->EndThreadAffinity(m);
  tollgate_current(m);
  __atomic_fetch_add(&late_calls, 1, __ATOMIC_RELAXED);
}

/* Sets its own value again, so that the system calls it in every round it is willing to run. */
static void late(void *value) {
  uintptr_t round = (uintptr_t)value;
  pthread_key_t key = round & 1 ? before : after;
  /* The first late call may make a task. Its own destructor has run two rounds later, whatever the order of the keys. */
  int past_its_end = round > 4;
  call_everything(govern, 0, past_its_end);
  call_everything(observe, 1, past_its_end);
  if (past_its_end) __atomic_fetch_add(&calls_past_the_end, 1, __ATOMIC_RELAXED);
  CHECK_EQ(pthread_setspecific(key, (void *)(round + 2)), 0);
}

static void *with_task(void *open_level) {
  CHECK_EQ(pthread_setspecific(before, (void *)(uintptr_t)1), 0);
  CHECK_EQ(pthread_setspecific(after, (void *)(uintptr_t)2), 0);
  CHECK_EQ(govern->lpVtbl->ReverseEnterRuntime(govern), S_OK);
  CHECK_EQ(observe->lpVtbl->LeaveRuntime(observe, 1), S_OK);
  if (open_level == NULL) {
    CHECK_EQ(govern->lpVtbl->ReverseLeaveRuntime(govern), S_OK);
    CHECK_EQ(observe->lpVtbl->EnterRuntime(observe), S_OK);
  }
  return NULL;
}

static void *without_task(void *unused) {
  (void)unused;
  CHECK_EQ(pthread_setspecific(before, (void *)(uintptr_t)1), 0);
  CHECK_EQ(pthread_setspecific(after, (void *)(uintptr_t)2), 0);
  return NULL;
}

int main(void) {
  int i;
  /* Tollgate makes its own key with the first manager: one of ours is older, the other younger. */
  CHECK_EQ(pthread_key_create(&before, late), 0);
  govern = new_manager(TOLLGATE_POLICY_GOVERN);
  observe = new_manager(TOLLGATE_POLICY_OBSERVE);
  CHECK_EQ(pthread_key_create(&after, late), 0);

  for (i = 0; i < THREADS; i++) {
    on_new_thread(with_task, NULL);
    on_new_thread(with_task, &i);
    on_new_thread(without_task, NULL);
  }
  CHECK(late_calls >= THREADS * 3 * 2 * 2);
  CHECK_EQ(balanced_totals(govern).tasks_live, 0);
  CHECK_EQ(balanced_totals(govern).open_outside + balanced_totals(govern).open_inside, 0);
  CHECK_EQ(balanced_totals(observe).tasks_live, 0);
  CHECK_EQ(balanced_totals(observe).open_outside + balanced_totals(observe).open_inside, 0);
  CHECK(calls_past_the_end >= THREADS * 3);
  printf("%d late calls of %d dying threads\n", late_calls, THREADS * 3);
  return 0;
}
