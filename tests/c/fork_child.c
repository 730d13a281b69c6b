/*
 After fork the child has one thread, so it has one task, and its gates are open, whatever the parent was doing: other
 tasks inside, some held at a closed gate, one pausing.
*/
#include "check.h"

#include <errno.h>
#include <sys/wait.h>

static struct IHostTaskManager *plain, *closed, *unused;
static pthread_barrier_t placed, done;

static void *inside_one_and_outside_the_other(void *unused_argument) {
  (void)unused_argument;
  CHECK_EQ(plain->lpVtbl->ReverseEnterRuntime(plain), S_OK);
  CHECK_EQ(closed->lpVtbl->LeaveRuntime(closed, 1), S_OK);
  pthread_barrier_wait(&placed);
  CHECK_EQ(closed->lpVtbl->EnterRuntime(closed), S_OK); /* held until the parent opens the gate */
  CHECK_EQ(plain->lpVtbl->ReverseLeaveRuntime(plain), S_OK);
  pthread_barrier_wait(&done);
  return NULL;
}

static void expect_one_live_task(struct IHostTaskManager *m) {
  struct tollgate_totals_info totals = balanced_totals(m);
  CHECK_EQ(totals.tasks_live, 1);
  CHECK_EQ(own_task(m).os_thread, os_thread());
}

/* Everything works in the child as if the other threads had ended. */
static void child(void) {
  struct tollgate_totals_info totals;
  int i;
  errno = 0x5A5A;
  tollgate_after_fork_child();
  CHECK_EQ(errno, 0x5A5A);
  CHECK_EQ(own_task(plain).depth, 1);
  expect_one_live_task(plain);
  CHECK_EQ(plain->lpVtbl->EnterRuntime(plain), S_OK);
  CHECK_EQ(closed->lpVtbl->ReverseEnterRuntime(closed), S_OK); /* no gate is closed here */
  CHECK_EQ(closed->lpVtbl->ReverseLeaveRuntime(closed), S_OK);
  expect_one_live_task(closed);
  CHECK_EQ(tollgate_resume(closed), HOST_E_NOT_OWNER);

  /* Pausing waits for nobody who is not there, and threads of the child find everything in order. */
  CHECK_EQ(plain->lpVtbl->LeaveRuntime(plain, 2), S_OK);
  CHECK_EQ(tollgate_pause(plain, UINT32_MAX, NULL, 0), S_OK);
  CHECK_EQ(tollgate_resume(plain), S_OK);
  CHECK_EQ(plain->lpVtbl->EnterRuntime(plain), S_OK);
  CHECK_EQ(pthread_barrier_init(&placed, NULL, 4), 0);
  CHECK_EQ(pthread_barrier_init(&done, NULL, 4), 0);
  for (i = 0; i < 3; i++) {
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, inside_one_and_outside_the_other, NULL), 0);
    CHECK_EQ(pthread_detach(thread), 0);
  }
  pthread_barrier_wait(&placed);
  /* They call meanwhile, so their number alone is certain. */
  CHECK_EQ(tollgate_totals(plain, &totals, sizeof totals), S_OK);
  CHECK_EQ(totals.tasks_live, 4);
  pthread_barrier_wait(&done);
  CHECK_EQ(unused->lpVtbl->LeaveRuntime(unused, 1), S_OK);
  CHECK_EQ(unused->lpVtbl->EnterRuntime(unused), S_OK);
}

int main(void) {
  pthread_t threads[3];
  int i, status = 1;
  pid_t pid;
  plain = new_manager(TOLLGATE_POLICY_GOVERN);
  closed = new_manager(TOLLGATE_POLICY_GOVERN);
  unused = new_manager(TOLLGATE_POLICY_GOVERN);
  CHECK_EQ(pthread_barrier_init(&placed, NULL, 4), 0);
  CHECK_EQ(pthread_barrier_init(&done, NULL, 4), 0);
  CHECK_EQ(plain->lpVtbl->LeaveRuntime(plain, 1), S_OK);
  CHECK_EQ(tollgate_pause(closed, UINT32_MAX, NULL, 0), S_OK);
  for (i = 0; i < 3; i++) CHECK_EQ(pthread_create(&threads[i], NULL, inside_one_and_outside_the_other, NULL), 0);
  pthread_barrier_wait(&placed);

  fflush(stdout);
  pid = fork();
  if (pid == 0) {
    child();
    _exit(0);
  }
  CHECK(pid > 0);
  CHECK_EQ(waitpid(pid, &status, 0), pid);
  CHECK_EQ(status, 0);

  /* The parent noticed nothing. */
  CHECK_EQ(balanced_totals(plain).tasks_live, 4);
  CHECK_EQ(balanced_totals(plain).open_inside, 3);
  CHECK_EQ(tollgate_resume(closed), S_OK);
  pthread_barrier_wait(&done);
  for (i = 0; i < 3; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
  CHECK_EQ(plain->lpVtbl->EnterRuntime(plain), S_OK);
  CHECK_EQ(balanced_totals(plain).open_inside, 0);
  puts("the child of a fork has one task and open gates; the parent has what it had");
  return 0;
}
