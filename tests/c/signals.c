/*
 Signals that interrupt what waits: a pause that waits for a task, and a task that is held at the gate, both go on waiting.
 The handler looks at all tasks meanwhile and keeps errno.
*/
#include "check.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

enum { SIGNALS = 200 };

static struct IHostTaskManager *m;
static pthread_barrier_t met;
static int handled, went_in;

static void look(int number) {
  static struct tollgate_task_info tasks[8];
  struct tollgate_totals_info totals;
  uint32_t count = 0;
  (void)number;
  errno = 77;
  CHECK_EQ(tollgate_snapshot(m, tasks, sizeof tasks[0], 8, &count), S_OK);
  CHECK_EQ(count, 2);
  CHECK_EQ(tollgate_totals(m, &totals, sizeof totals), S_OK);
  CHECK_EQ(errno, 77);
  __atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST);
}

/* Sends one signal after the other, each when the last one has been handled. */
static void interrupt(pthread_t thread) {
  int i, before;
  for (i = 0; i < SIGNALS; i++) {
    before = __atomic_load_n(&handled, __ATOMIC_SEQ_CST);
    CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
    while (__atomic_load_n(&handled, __ATOMIC_SEQ_CST) == before) sched_yield();
  }
}

static void *is_held(void *unused) {
  (void)unused;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  pthread_barrier_wait(&met);
  pthread_barrier_wait(&met);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  __atomic_store_n(&went_in, 1, __ATOMIC_SEQ_CST);
  pthread_barrier_wait(&met);
  pthread_barrier_wait(&met);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 2), S_OK);
  return NULL;
}

static void *pauses(void *unused) {
  (void)unused;
  CHECK_EQ(tollgate_pause(m, 0xFFFFFFFF, NULL, 0), S_OK);
  CHECK_EQ(tollgate_resume(m), S_OK);
  return NULL;
}

/* Until a task is held at the closed gate: on its way there it is inside for a moment. */
static void wait_until_held(void) {
  struct tollgate_pause_report report;
  do {
    CHECK_EQ(tollgate_pause(m, 0xFFFFFFFF, &report, sizeof report), S_OK);
    CHECK_EQ(tollgate_resume(m), S_OK);
  } while (report.tasks_held == 0);
}

int main(void) {
  struct sigaction action;
  pthread_t held, pauser;
  memset(&action, 0, sizeof action);
  action.sa_handler = look; /* without SA_RESTART: system calls end with EINTR */
  CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
  m = new_manager(TOLLGATE_POLICY_GOVERN);
  CHECK(tollgate_current(m) != NULL);
  pthread_barrier_init(&met, NULL, 2);

  CHECK_EQ(pthread_create(&held, NULL, is_held, NULL), 0);
  pthread_barrier_wait(&met);
  CHECK_EQ(tollgate_pause(m, 0xFFFFFFFF, NULL, 0), S_OK);
  pthread_barrier_wait(&met);
  wait_until_held();
  interrupt(held);
  CHECK_EQ(__atomic_load_n(&went_in, __ATOMIC_SEQ_CST), 0);
  CHECK_EQ(tollgate_resume(m), S_OK);
  pthread_barrier_wait(&met);
  CHECK_EQ(went_in, 1);

  /* Now that task is inside, and a pause waits for it. */
  CHECK_EQ(pthread_create(&pauser, NULL, pauses, NULL), 0);
  interrupt(pauser);
  pthread_barrier_wait(&met);
  CHECK_EQ(pthread_join(held, NULL), 0);
  CHECK_EQ(pthread_join(pauser, NULL), 0);
  CHECK_EQ(handled, 2 * SIGNALS);
  printf("%d signals, and whoever waited went on waiting\n", handled);
  return 0;
}
