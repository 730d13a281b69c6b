/*
 The ends of threads on Windows: noticed on threads of every making, with and without fibres, and safe for calls that come
 late, from the fibre-local data and from the module notices of others.
*/
#include "check.h"

enum { THREADS = 100 };

static struct IHostTaskManager *govern, *observe;
static DWORD before, after;
static volatile LONG late_calls, calls_past_the_end;

static void call_everything(void) {
  const struct IHostTaskManagerVtbl *v = govern->lpVtbl;
  struct IHostTask *task = NULL;
  int32_t needs = 0;
  int past_its_end;
  CHECK_EQ(observe->lpVtbl->LeaveRuntime(observe, 1), S_OK);
  CHECK_EQ(observe->lpVtbl->EnterRuntime(observe), S_OK);
  CHECK_EQ(observe->lpVtbl->ReverseEnterRuntime(observe), S_OK);
  CHECK_EQ(observe->lpVtbl->ReverseLeaveRuntime(observe), S_OK);
  past_its_end = v->GetCurrentTask(govern, &task) == HOST_E_INVALIDOPERATION;
  if (past_its_end) {
    CHECK(task == NULL);
    /* Nobody could see this task inside any more, so it must not be told that it may go in. */
    CHECK_EQ(v->LeaveRuntime(govern, 1), S_OK);
    CHECK_EQ(v->EnterRuntime(govern), HOST_E_CLRNOTAVAILABLE);
    CHECK_EQ(v->ReverseEnterRuntime(govern), HOST_E_CLRNOTAVAILABLE);
    CHECK_EQ(v->ReverseLeaveRuntime(govern), S_OK);
    InterlockedIncrement(&calls_past_the_end);
  } else {
    task->lpVtbl->Release(task);
    CHECK_EQ(v->ReverseEnterRuntime(govern), S_OK);
    CHECK_EQ(v->ReverseLeaveRuntime(govern), S_OK);
  }
  CHECK_EQ(v->CallNeedsHostHook(govern, 1, &needs), S_OK);
  v->SwitchToTask(govern, 0);
  if (v->BeginThreadAffinity(govern) == S_OK) v->EndThreadAffinity(govern);
  CHECK((tollgate_current(govern) == NULL) == past_its_end);
  InterlockedIncrement(&late_calls);
}

static void NTAPI late(void *value) {
  (void)value;
  call_everything();
}

/* The program's own notice, which comes after those of the libraries: whoever calls now has ended. */
static volatile LONG is_ready;
/* The thread that the test has made: the system may have some of its own. */
static volatile DWORD made;
static void NTAPI module_notice(void *module, DWORD reason, void *reserved) {
  (void)module;
  (void)reserved;
  if (reason == DLL_THREAD_DETACH && is_ready && GetCurrentThreadId() == made) call_everything();
}
extern PIMAGE_TLS_CALLBACK notice;
__attribute__((section(".CRT$XLB"), used)) PIMAGE_TLS_CALLBACK notice = module_notice;

static void open_levels(void) {
  CHECK_EQ(govern->lpVtbl->ReverseEnterRuntime(govern), S_OK);
  CHECK_EQ(observe->lpVtbl->LeaveRuntime(observe, 1), S_OK);
}

static DWORD WINAPI with_task(void *unused) {
  (void)unused;
  CHECK(FlsSetValue(before, &before));
  CHECK(FlsSetValue(after, &after));
  open_levels();
  return 0;
}

static DWORD WINAPI without_task(void *unused) {
  (void)unused;
  CHECK(FlsSetValue(before, &before));
  CHECK(FlsSetValue(after, &after));
  return 0;
}

static DWORD WINAPI ends_early(void *unused) {
  (void)unused;
  open_levels();
  ExitThread(0);
}

static void *back;

/* Makes the thread's task in a fibre that is deleted while the thread lives. */
static void CALLBACK of_fibre(void *unused) {
  (void)unused;
  open_levels();
  SwitchToFiber(back);
}

static DWORD WINAPI deletes_a_fibre(void *stays_a_fibre) {
  void *fibre;
  back = ConvertThreadToFiber(NULL);
  CHECK(back != NULL);
  fibre = CreateFiber(0, of_fibre, NULL);
  CHECK(fibre != NULL);
  SwitchToFiber(fibre);
  DeleteFiber(fibre);
  /* The fibre's end is not the thread's: the levels are open, and can be closed. */
  CHECK_EQ(own_task(govern).depth, 1);
  CHECK_EQ(govern->lpVtbl->ReverseLeaveRuntime(govern), S_OK);
  CHECK_EQ(own_task(govern).depth, 0);
  open_levels();
  if (stays_a_fibre == NULL) CHECK(ConvertFiberToThread());
  return 0;
}

/* Makes its task in a fibre, and ends; the fibre is deleted later by somebody else. */
static void *orphan;
static DWORD WINAPI leaves_a_fibre(void *unused) {
  (void)unused;
  back = ConvertThreadToFiber(NULL);
  orphan = CreateFiber(0, of_fibre, NULL);
  SwitchToFiber(orphan);
  CHECK(ConvertFiberToThread());
  return 0;
}

/* Makes its task in a fibre, which it deletes when it is an ordinary thread again. */
static DWORD WINAPI outlives_a_fibre(void *unused) {
  void *fibre;
  (void)unused;
  back = ConvertThreadToFiber(NULL);
  fibre = CreateFiber(0, of_fibre, NULL);
  SwitchToFiber(fibre);
  CHECK(ConvertFiberToThread());
  DeleteFiber(fibre);
  CHECK_EQ(own_task(govern).depth, 1);
  CHECK_EQ(govern->lpVtbl->ReverseLeaveRuntime(govern), S_OK);
  CHECK_EQ(observe->lpVtbl->EnterRuntime(observe), S_OK);
  CHECK_EQ(own_task(govern).depth, 0);
  open_levels();
  return 0;
}

static void run(DWORD(WINAPI *body)(void *), void *argument) {
  DWORD id = 0;
  HANDLE thread = CreateThread(NULL, 0, body, argument, CREATE_SUSPENDED, &id);
  CHECK(thread != NULL);
  made = id;
  CHECK(ResumeThread(thread) == 1);
  CHECK_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  CloseHandle(thread);
}

static void nothing_is_left(void) {
  /* The main thread has a task in each, with no level. */
  CHECK_EQ(balanced_totals(govern).tasks_live, 1);
  CHECK_EQ(balanced_totals(govern).open_outside + balanced_totals(govern).open_inside, 0);
  CHECK_EQ(balanced_totals(observe).tasks_live, 1);
  CHECK_EQ(balanced_totals(observe).open_outside + balanced_totals(observe).open_inside, 0);
}

int main(void) {
  struct IHostTask *task = NULL;
  int i;
  /* Tollgate takes its own index with the first task: one of ours is older, the other younger. */
  before = FlsAlloc(late);
  govern = new_manager(TOLLGATE_POLICY_GOVERN);
  observe = new_manager(TOLLGATE_POLICY_OBSERVE);
  CHECK_EQ(govern->lpVtbl->GetCurrentTask(govern, &task), S_OK);
  task->lpVtbl->Release(task);
  CHECK_EQ(observe->lpVtbl->GetCurrentTask(observe, &task), S_OK);
  task->lpVtbl->Release(task);
  after = FlsAlloc(late);
  CHECK(before != FLS_OUT_OF_INDEXES && after != FLS_OUT_OF_INDEXES);
  is_ready = 1;

  for (i = 0; i < THREADS; i++) {
    run(with_task, NULL);
    run(without_task, NULL);
    run(ends_early, NULL);
    run(deletes_a_fibre, NULL);
    run(deletes_a_fibre, &i);
    nothing_is_left();
    run(outlives_a_fibre, NULL);
    nothing_is_left();
    run(leaves_a_fibre, NULL);
    nothing_is_left();
    DeleteFiber(orphan);
    nothing_is_left();
    CHECK_EQ(govern->lpVtbl->ReverseEnterRuntime(govern), S_OK);
    CHECK_EQ(govern->lpVtbl->ReverseLeaveRuntime(govern), S_OK);
  }
  CHECK(late_calls >= THREADS * 7);
  CHECK(calls_past_the_end >= THREADS * 2);
  is_ready = 0;
  printf("%ld late calls of %d ending threads, %ld of them past the end; no task is left\n", late_calls, THREADS * 7,
         calls_past_the_end);
  return 0;
}
