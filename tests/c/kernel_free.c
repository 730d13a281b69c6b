/*
 The fast path of every door for C, a million transitions each, in a child that may only read, write and exit: any other
 system call ends it at once. A child that enters the kernel on purpose shows that this is so.
*/
#include "check.h"
#include "tollgate_inline.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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

/* From now on the kernel ends this process at any other call. By a filter, for a process that has one already, as in a
   container, is refused the kernel's own mode for this. */
static void only_read_write_exit(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  /* The child that is ended leaves no core behind. */
  CHECK_EQ(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), 0);
  CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
}

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
  alarm(300);
  only_read_write_exit();
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
    CHECK_EQ(WTERMSIG(status), SIGSYS);
  }
  printf("%d transitions by each of three doors, and no system call\n", ROUNDS * 6);
  return 0;
}
