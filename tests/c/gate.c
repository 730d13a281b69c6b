/* The gate as a C host uses it: every result that the documentation names has a cause here. */
#include "check.h"

enum { FOREVER = -1, SOON_MS = 20 };

struct worker {
  struct IHostTaskManager *m;
  pthread_t thread;
  pthread_barrier_t inside, go;
  HRESULT entered; /* what the inward call answered */
};

static void start(struct worker *w, struct IHostTaskManager *m, void *(*body)(void *)) {
  w->m = m;
  w->entered = -1;
  CHECK_EQ(pthread_barrier_init(&w->inside, NULL, 2), 0);
  CHECK_EQ(pthread_barrier_init(&w->go, NULL, 2), 0);
  CHECK_EQ(pthread_create(&w->thread, NULL, body, w), 0);
}

static HRESULT finish(struct worker *w) {
  CHECK_EQ(pthread_join(w->thread, NULL), 0);
  return w->entered;
}

/* Goes in, says so, and comes out when told. */
static void *stays_inside(void *argument) {
  struct worker *w = (struct worker *)argument;
  CHECK_EQ(w->m->lpVtbl->LeaveRuntime(w->m, 0xABC0), S_OK);
  CHECK_EQ(w->m->lpVtbl->ReverseEnterRuntime(w->m), S_OK);
  pthread_barrier_wait(&w->inside);
  pthread_barrier_wait(&w->go);
  CHECK_EQ(w->m->lpVtbl->ReverseLeaveRuntime(w->m), S_OK);
  w->entered = w->m->lpVtbl->EnterRuntime(w->m);
  return NULL;
}

/* Is outside, and tries to go in when told. */
static void *tries_to_enter(void *argument) {
  struct worker *w = (struct worker *)argument;
  CHECK_EQ(w->m->lpVtbl->LeaveRuntime(w->m, 0xABC0), S_OK);
  pthread_barrier_wait(&w->go);
  w->entered = w->m->lpVtbl->EnterRuntime(w->m);
  if (w->entered == S_OK) CHECK_EQ(own_task(w->m).depth, 0);
  else CHECK_EQ(own_task(w->m).depth, 1);
  return NULL;
}

/* Returns when `count` tasks are held at the closed gate. */
static void until_held(struct IHostTaskManager *m, uint64_t count) {
  struct tollgate_pause_report report;
  do {
    CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, &report, sizeof report), S_OK);
    CHECK_EQ(tollgate_resume(m), S_OK);
  } while (report.tasks_held < count);
  CHECK_EQ(report.tasks_held, count);
}

static void held_until_resume(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  struct worker w[3];
  int i;
  CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, NULL, 0), S_OK);
  for (i = 0; i < 3; i++) {
    start(&w[i], m, tries_to_enter);
    pthread_barrier_wait(&w[i].go);
  }
  until_held(m, 3);
  for (i = 0; i < 3; i++) CHECK_EQ(__atomic_load_n(&w[i].entered, __ATOMIC_ACQUIRE), -1);
  CHECK_EQ(tollgate_resume(m), S_OK);
  for (i = 0; i < 3; i++) CHECK_EQ(finish(&w[i]), S_OK);
  CHECK_EQ(tollgate_resume(m), HOST_E_NOT_OWNER);
}

/* A pause that runs out of time names who is inside, and leaves the gate open. */
static void laggard(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  struct tollgate_pause_report report;
  struct tollgate_task_info task;
  struct worker w;
  uint32_t count = 0;
  memset(&report, 0, sizeof report);
  start(&w, m, stays_inside);
  pthread_barrier_wait(&w.inside);
  CHECK_EQ(tollgate_pause(m, SOON_MS, &report, sizeof report), HOST_E_TIMEOUT);
  CHECK_EQ(report.laggard_count, 1);
  CHECK_EQ(tollgate_snapshot(m, &task, sizeof task, 1, &count), S_OK);
  CHECK_EQ(report.laggards[0].id, task.id);
  CHECK_EQ(report.laggards[0].os_thread, task.os_thread);
  CHECK_EQ(report.laggards[0].depth, 2);
  CHECK_EQ(report.laggards[0].target, 0xABC0);
  CHECK(report.duration_ns >= SOON_MS * UINT64_C(1000000));
  CHECK_EQ(tollgate_resume(m), HOST_E_NOT_OWNER);
  pthread_barrier_wait(&w.go);
  CHECK_EQ(finish(&w), S_OK);
  CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, &report, sizeof report), S_OK);
  CHECK_EQ(report.laggard_count, 0);
  CHECK_EQ(tollgate_resume(m), S_OK);
}

/* A call held longer than the manager allows gives up and may try again. */
static void held_too_long(void) {
  struct IHostTaskManager *m = NULL;
  struct tollgate_config config;
  struct worker w;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.gate_timeout_ms = SOON_MS;
  CHECK_EQ(tollgate_manager_create(&config, &m), S_OK);
  CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, NULL, 0), S_OK);
  start(&w, m, tries_to_enter);
  pthread_barrier_wait(&w.go);
  CHECK_EQ(finish(&w), HOST_E_TIMEOUT);
  CHECK_EQ(tollgate_resume(m), S_OK);
  CHECK_EQ(balanced_totals(m).closed_outside, 1); /* the thread ended with its level open */
}

static void *inside_the_pausing_thread(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
  CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, NULL, 0), HOST_E_DEADLOCK);
  CHECK_EQ(tollgate_shutdown(m, (uint32_t)FOREVER, NULL, 0), HOST_E_DEADLOCK);
  CHECK_EQ(m->lpVtbl->ReverseLeaveRuntime(m), S_OK);
  CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, NULL, 0), S_OK);
  CHECK_EQ(tollgate_resume(m), S_OK);
  return NULL;
}

static void shut_down(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  struct worker held, draining;
  start(&draining, m, stays_inside);
  pthread_barrier_wait(&draining.inside);
  CHECK_EQ(tollgate_shutdown(m, SOON_MS, NULL, 0), HOST_E_TIMEOUT); /* the end stands, the wait failed */
  start(&held, m, tries_to_enter);
  pthread_barrier_wait(&held.go);
  CHECK_EQ(finish(&held), HOST_E_CLRNOTAVAILABLE);
  pthread_barrier_wait(&draining.go);
  CHECK_EQ(finish(&draining), HOST_E_CLRNOTAVAILABLE); /* its way out succeeded, its way back in did not */
  CHECK_EQ(tollgate_shutdown(m, (uint32_t)FOREVER, NULL, 0), S_OK);
  CHECK_EQ(tollgate_pause(m, 0, NULL, 0), HOST_E_CLRNOTAVAILABLE);

  m = new_manager(TOLLGATE_POLICY_GOVERN);
  CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, NULL, 0), S_OK);
  start(&held, m, tries_to_enter);
  pthread_barrier_wait(&held.go);
  until_held(m, 1);
  CHECK_EQ(tollgate_shutdown(m, (uint32_t)FOREVER, NULL, 0), S_OK);
  CHECK_EQ(finish(&held), HOST_E_ABANDONED);
}

static void fail(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  struct worker held;
  CHECK_EQ(tollgate_pause(m, (uint32_t)FOREVER, NULL, 0), S_OK);
  start(&held, m, tries_to_enter);
  pthread_barrier_wait(&held.go);
  until_held(m, 1);
  CHECK_EQ(tollgate_fail(m), S_OK);
  CHECK_EQ(finish(&held), E_FAIL);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), HOST_E_CLRNOTAVAILABLE);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), HOST_E_CLRNOTAVAILABLE);
  CHECK_EQ(tollgate_pause(m, 0, NULL, 0), HOST_E_CLRNOTAVAILABLE);
}

/* A runtime under observe tolerates nothing but success, so it cannot be stopped. */
static void observed(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_OBSERVE);
  CHECK_EQ(tollgate_pause(m, 0, NULL, 0), HOST_E_INVALIDOPERATION);
  CHECK_EQ(tollgate_shutdown(m, 0, NULL, 0), HOST_E_INVALIDOPERATION);
  CHECK_EQ(tollgate_fail(m), HOST_E_INVALIDOPERATION);
  CHECK_EQ(tollgate_set_available(m, 0), HOST_E_INVALIDOPERATION);
}

static void *strictly(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), HOST_E_NOT_OWNER);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), HOST_E_NOT_OWNER);
  CHECK_EQ(own_task(m).depth, 2);
  CHECK_EQ(own_task(m).irregularities, 2);
  return NULL;
}

static void strict(void) {
  struct IHostTaskManager *m = NULL;
  struct tollgate_config config;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.flags = TOLLGATE_STRICT;
  CHECK_EQ(tollgate_manager_create(&config, &m), S_OK);
  on_new_thread(strictly, m);
  config.policy = TOLLGATE_POLICY_OBSERVE;
  CHECK_EQ(tollgate_manager_create(&config, &m), E_INVALIDARG);
}

int main(void) {
  held_until_resume();
  laggard();
  held_too_long();
  on_new_thread(inside_the_pausing_thread, new_manager(TOLLGATE_POLICY_GOVERN));
  shut_down();
  fail();
  observed();
  strict();
  puts("held, timed out, abandoned, refused: each for its documented reason");
  return 0;
}
