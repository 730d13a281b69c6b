/* A manager out of cells refuses under govern, says S_OK and counts under observe, and recovers when a thread ends. */
#include "check.h"

enum { MAX_TASKS = 2 };

struct run {
  struct IHostTaskManager *m;
  pthread_barrier_t attached, finish;
};

static void *holder(void *argument) {
  struct run *run = (struct run *)argument;
  CHECK_EQ(run->m->lpVtbl->LeaveRuntime(run->m, 1), S_OK);
  pthread_barrier_wait(&run->attached);
  pthread_barrier_wait(&run->finish);
  CHECK_EQ(run->m->lpVtbl->EnterRuntime(run->m), S_OK);
  return NULL;
}

static void *one_too_many(void *argument) {
  struct IHostTaskManager *m = ((struct run *)argument)->m;
  struct IHostTask *task = (struct IHostTask *)(uintptr_t)1;
  struct tollgate_task_info info;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), E_OUTOFMEMORY);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), E_OUTOFMEMORY);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), E_OUTOFMEMORY);
  CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), E_OUTOFMEMORY);
  CHECK_EQ(m->lpVtbl->BeginThreadAffinity(m), E_OUTOFMEMORY);
  CHECK_EQ(m->lpVtbl->GetCurrentTask(m, &task), E_OUTOFMEMORY);
  CHECK(task == NULL);
  CHECK(tollgate_current(m) == NULL);
  CHECK(!find_own_task(m, &info));
  return NULL;
}

static void *one_too_many_observed(void *argument) {
  struct IHostTaskManager *m = ((struct run *)argument)->m;
  struct IHostTask *task = (struct IHostTask *)(uintptr_t)1;
  uint64_t before = balanced_totals(m).unattributed;
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), S_OK);
  CHECK_EQ(balanced_totals(m).unattributed, before + 4);
  CHECK_EQ(m->lpVtbl->GetCurrentTask(m, &task), E_OUTOFMEMORY);
  CHECK(task == NULL);
  return NULL;
}

static void *fits_again(void *argument) {
  struct IHostTaskManager *m = ((struct run *)argument)->m;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(own_task(m).depth, 1);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  return NULL;
}

static void full(uint32_t policy, void *(*extra)(void *)) {
  struct run run;
  struct tollgate_config config;
  pthread_t threads[MAX_TASKS];
  int i;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.policy = policy;
  config.max_tasks = MAX_TASKS;
  CHECK_EQ(tollgate_manager_create(&config, &run.m), S_OK);
  CHECK_EQ(pthread_barrier_init(&run.attached, NULL, MAX_TASKS + 1), 0);
  CHECK_EQ(pthread_barrier_init(&run.finish, NULL, MAX_TASKS + 1), 0);

  for (i = 0; i < MAX_TASKS; i++) CHECK_EQ(pthread_create(&threads[i], NULL, holder, &run), 0);
  pthread_barrier_wait(&run.attached);
  on_new_thread(extra, &run);
  on_new_thread(extra, &run);
  CHECK_EQ(balanced_totals(run.m).tasks_live, MAX_TASKS);
  pthread_barrier_wait(&run.finish);
  for (i = 0; i < MAX_TASKS; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);

  on_new_thread(fits_again, &run);
  CHECK_EQ(balanced_totals(run.m).tasks_attached, MAX_TASKS + 1);
  CHECK_EQ(balanced_totals(run.m).leaves, MAX_TASKS + 1);
}

int main(void) {
  full(TOLLGATE_POLICY_GOVERN, one_too_many);
  full(TOLLGATE_POLICY_OBSERVE, one_too_many_observed);
  puts("limit of tasks kept under both policies");
  return 0;
}
