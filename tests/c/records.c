/* Callers built against an older or a newer version: records go across with their size, and nothing beyond it is touched. */
#include "check.h"

#include <stddef.h>

/* An older caller's entry ends before the targets; a newer one's has fields that this library does not know. */
enum { OLDER = offsetof(struct tollgate_task_info, targets), NEWER = sizeof(struct tollgate_task_info) + 64 };

/* Looks with entries of `size` bytes and compares with the entry as this header has it. */
static void snapshot_with(struct IHostTaskManager *m, uint32_t size) {
  struct tollgate_task_info task = own_task(m);
  unsigned char *buffer = (unsigned char *)malloc(2 * (size_t)size);
  size_t known = size < sizeof task ? size : sizeof task, i;
  uint32_t count = 0;
  CHECK(buffer != NULL);
  memset(buffer, 0xEE, 2 * (size_t)size);
  CHECK_EQ(tollgate_snapshot(m, (struct tollgate_task_info *)(void *)buffer, size, 1, &count), S_OK);
  CHECK_EQ(count, 1);
  CHECK_EQ(memcmp(buffer, &task, known), 0);
  for (i = known; i < size; i++) CHECK_EQ(buffer[i], 0);
  for (i = size; i < 2 * (size_t)size; i++) CHECK_EQ(buffer[i], 0xEE);
  free(buffer);
}

static void totals_with(struct IHostTaskManager *m, uint32_t size) {
  struct tollgate_totals_info totals = balanced_totals(m);
  unsigned char buffer[sizeof totals + 128];
  size_t known = size < sizeof totals ? size : sizeof totals, i;
  memset(buffer, 0xEE, sizeof buffer);
  CHECK_EQ(tollgate_totals(m, (struct tollgate_totals_info *)(void *)buffer, size), S_OK);
  CHECK_EQ(memcmp(buffer, &totals, known), 0);
  for (i = known; i < size; i++) CHECK_EQ(buffer[i], 0);
  for (i = size; i < sizeof buffer; i++) CHECK_EQ(buffer[i], 0xEE);
}

static void *one_task(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 0xA000), S_OK);
  CHECK_EQ(m->lpVtbl->ReverseEnterRuntime(m), S_OK);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 0xC000), S_OK);
  snapshot_with(m, OLDER);
  snapshot_with(m, sizeof(struct tollgate_task_info));
  snapshot_with(m, NEWER);
  totals_with(m, 8);
  totals_with(m, sizeof(struct tollgate_totals_info));
  totals_with(m, sizeof(struct tollgate_totals_info) + 64);
  return NULL;
}

/* More tasks than there is room for: as many as fit are written, and the number of all is told. */
static pthread_barrier_t attached, finish;

static void *wait_attached(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  pthread_barrier_wait(&attached);
  pthread_barrier_wait(&finish);
  return NULL;
}

static void too_little_room(struct IHostTaskManager *m) {
  enum { TASKS = 5, ROOM = 2 };
  struct tollgate_task_info tasks[ROOM + 1];
  pthread_t threads[TASKS];
  uint32_t count = 0;
  int i;
  CHECK_EQ(pthread_barrier_init(&attached, NULL, TASKS + 1), 0);
  CHECK_EQ(pthread_barrier_init(&finish, NULL, TASKS + 1), 0);
  for (i = 0; i < TASKS; i++) CHECK_EQ(pthread_create(&threads[i], NULL, wait_attached, m), 0);
  pthread_barrier_wait(&attached);
  memset(tasks, 0, sizeof tasks);
  CHECK_EQ(tollgate_snapshot(m, tasks, sizeof tasks[0], ROOM, &count), S_OK);
  CHECK_EQ(count, TASKS);
  CHECK(tasks[0].id != 0 && tasks[1].id != 0 && tasks[0].id != tasks[1].id);
  CHECK_EQ(tasks[ROOM].id, 0);
  CHECK_EQ(tollgate_snapshot(m, NULL, 0, 0, &count), S_OK);
  CHECK_EQ(count, TASKS);
  pthread_barrier_wait(&finish);
  for (i = 0; i < TASKS; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

int main(void) {
  struct tollgate_config config;
  struct IHostTaskManager *m = NULL;
  on_new_thread(one_task, new_manager(TOLLGATE_POLICY_GOVERN));
  too_little_room(new_manager(TOLLGATE_POLICY_GOVERN));

  /* An older caller's configuration ends after the policy. */
  memset(&config, 0xEE, sizeof config);
  config.struct_size = offsetof(struct tollgate_config, flags);
  config.policy = TOLLGATE_POLICY_OBSERVE;
  CHECK_EQ(tollgate_manager_create(&config, &m), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  puts("records keep to their size");
  return 0;
}
