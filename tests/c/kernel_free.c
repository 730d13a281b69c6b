/*
 The fast path of every door for C, a million transitions each, in a child that may only read, write and exit: any other
 system call ends it at once. A child that enters the kernel on purpose shows that this is so.
*/
#include "check.h"
#include "tollgate_inline.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* SECCOMP_MODE_STRICT of the kernel's own header, which not every C library comes with. */
enum { ONLY_READ_WRITE_EXIT = 1 };
/* Times six transitions. */
enum { ROUNDS = 166667, DEPTH = 50 };

static struct IHostTaskManager *m;
static tollgate_task *task;

/* exit_group, which exit and _exit make, is forbidden too. */
static void end_thread(int status) { syscall(SYS_exit, status); }

static void expect(int32_t result, int status) {
  if (result != S_OK) end_thread(status);
}

/* The documented nested sequence. */
#define NESTED(leave, enter, reverse_enter, reverse_leave)                                                  \
  expect(leave, 3), expect(reverse_enter, 3), expect(leave, 3), expect(enter, 3), expect(reverse_leave, 3), \
      expect(enter, 3)

static void by_com(void) {
  const struct IHostTaskManagerVtbl *v = m->lpVtbl;
  NESTED(v->LeaveRuntime(m, 1), v->EnterRuntime(m), v->ReverseEnterRuntime(m), v->ReverseLeaveRuntime(m));
}

static void by_handle(void) {
  NESTED(tollgate_leave(task, 1), tollgate_enter(task), tollgate_reverse_enter(task), tollgate_reverse_leave(task));
}

static void inlined(void) {
  NESTED(tollgate_inline_leave(task, 1), tollgate_inline_enter(task), tollgate_inline_reverse_enter(task),
         tollgate_inline_reverse_leave(task));
}

static void enters_the_kernel(void) { m->lpVtbl->SwitchToTask(m, 0); }

/* Runs `door` in a child that has attached, and then gives up the kernel; the child's status. */
static int in_child(void (*door)(void)) {
  int status = -1, i;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child != 0) {
    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
  }
  m = new_manager(TOLLGATE_POLICY_GOVERN);
  /* Attached, the base known, and as deep as the fast path goes. */
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  for (i = 0; i < DEPTH / 2; i++) {
    CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
    CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  }
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  task = tollgate_current(m);
  CHECK(task != NULL);
  CHECK_EQ(tollgate_inline_check(), S_OK);
  alarm(120);
  CHECK_EQ(prctl(PR_SET_SECCOMP, ONLY_READ_WRITE_EXIT), 0);
  for (i = 0; i < ROUNDS; i++) door();
  end_thread(0);
  return 0;
}

int main(void) {
  CHECK_EQ(in_child(by_com), 0);
  CHECK_EQ(in_child(by_handle), 0);
  CHECK_EQ(in_child(inlined), 0);
  {
    int status = in_child(enters_the_kernel);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGKILL);
  }
  printf("%d transitions by each of three doors, and no system call\n", ROUNDS * 6);
  return 0;
}
