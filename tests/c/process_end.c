/*
 Processes that end by every way there is, on any thread, while others are in the middle of transitions, of a pause, or held
 at the gate; and handlers that call in when the end has begun.

 Each in a child of its own, which must end with the status that it asked for, and not of a signal or of the alarm.
*/
#include "check.h"

#include <sched.h>
#include <sys/wait.h>

enum { CROSSERS = 3, STATUS = 42, ROUNDS = 8 };

static struct IHostTaskManager *m;
static int crossed, handlers_run, is_closing;

/* Everything that a handler may want to know or do; nothing here can be held, for the gate has a time limit. */
static void call_in(void) {
  const struct IHostTaskManagerVtbl *v = m->lpVtbl;
  struct tollgate_task_info tasks[4];
  struct tollgate_totals_info totals;
  struct IHostTask *task = NULL;
  uint32_t count = 0;
  HRESULT result = v->LeaveRuntime(m, 1);
  if (result != S_OK) _exit(3);
  result = v->EnterRuntime(m);
  if (result != S_OK && result != HOST_E_TIMEOUT && result != HOST_E_CLRNOTAVAILABLE) _exit(4);
  if (tollgate_snapshot(m, tasks, sizeof tasks[0], 4, &count) != S_OK) _exit(5);
  if (tollgate_totals(m, &totals, sizeof totals) != S_OK) _exit(6);
  if (v->GetCurrentTask(m, &task) == S_OK) task->lpVtbl->Release(task);
  if (v->LeaveRuntime(m, 2) != S_OK) _exit(7);
  result = tollgate_pause(m, 0, NULL, 0);
  if (result == S_OK) tollgate_resume(m);
  __atomic_fetch_add(&handlers_run, 1, __ATOMIC_SEQ_CST);
}

static void early_handler(void) { call_in(); }
static void late_handler(void) { call_in(); }

__attribute__((destructor)) static void destructor(void) {
  /* Only in children: the parent has no manager. */
  if (m != NULL) {
    call_in();
    /* Both handlers and this, or the end came on a way that runs none. */
    if (handlers_run != 3) _exit(8);
  }
}

static void *crosses(void *unused) {
  const struct IHostTaskManagerVtbl *v = m->lpVtbl;
  (void)unused;
  for (;;) {
    v->ReverseEnterRuntime(m);
    v->LeaveRuntime(m, 1);
    v->EnterRuntime(m);
    v->ReverseLeaveRuntime(m);
    __atomic_fetch_add(&crossed, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

static void *pauses(void *unused) {
  (void)unused;
  for (;;) {
    tollgate_pause(m, 1, NULL, 0);
    __atomic_store_n(&is_closing, 1, __ATOMIC_RELEASE);
    sched_yield();
    tollgate_resume(m);
  }
  return NULL;
}

static void *comes_and_goes(void *unused) {
  (void)unused;
  m->lpVtbl->LeaveRuntime(m, 1);
  return NULL;
}

static void *attaches(void *unused) {
  (void)unused;
  for (;;) on_new_thread(comes_and_goes, NULL);
  return NULL;
}

static void *ends_by_exit(void *unused) {
  (void)unused;
  m->lpVtbl->ReverseEnterRuntime(m);
  exit(STATUS);
}

/* The ways. */
static void main_returns(void) {}
static void main_exits(void) { exit(STATUS); }
static void main_exits_inside(void) {
  m->lpVtbl->ReverseEnterRuntime(m);
  exit(STATUS);
}
static void another_exits(void) { on_new_thread(ends_by_exit, NULL); }
static void main_ends_first(void) {
  pthread_t other;
  pthread_create(&other, NULL, ends_by_exit, NULL);
  pthread_exit(NULL);
}
static void exits_while_paused(void) {
  while (tollgate_pause(m, 1, NULL, 0) != S_OK) sched_yield();
  exit(STATUS);
}
static void exits_after_shutdown(void) {
  tollgate_shutdown(m, 1000, NULL, 0);
  exit(STATUS);
}
static void quits_at_once(void) { _exit(STATUS); }

static void (*const ways[])(void) = {main_returns,    main_exits,         main_exits_inside,    another_exits,
                                     main_ends_first, exits_while_paused, exits_after_shutdown, quits_at_once};
enum { WAYS = sizeof ways / sizeof *ways };

/* The child's main function. */
static int child(void (*end)(void)) {
  struct tollgate_config config;
  pthread_t thread;
  int i;
  alarm(600);
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.gate_timeout_ms = 1;
  CHECK_EQ(atexit(early_handler), 0);
  CHECK_EQ(tollgate_manager_create(&config, &m), S_OK);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(atexit(late_handler), 0);
  for (i = 0; i < CROSSERS; i++) CHECK_EQ(pthread_create(&thread, NULL, crosses, NULL), 0);
  CHECK_EQ(pthread_create(&thread, NULL, attaches, NULL), 0);
  CHECK_EQ(pthread_create(&thread, NULL, pauses, NULL), 0);
  while (__atomic_load_n(&crossed, __ATOMIC_RELAXED) < 100 || !__atomic_load_n(&is_closing, __ATOMIC_ACQUIRE))
    sched_yield();
  end();
  return STATUS;
}

int main(void) {
  int way, round, status;
  for (round = 0; round < ROUNDS; round++)
    for (way = 0; way < WAYS; way++) {
      pid_t pid = fork();
      CHECK(pid >= 0);
      if (pid == 0) return child(ways[way]);
      CHECK_EQ(waitpid(pid, &status, 0), pid);
      if (status != STATUS << 8) fprintf(stderr, "way %d, round %d\n", way, round);
      CHECK_EQ(status, STATUS << 8);
    }
  printf("%d processes ended in %d ways, all as they wanted\n", ROUNDS * WAYS, WAYS);
  return 0;
}
