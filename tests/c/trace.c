/* Traces as a C host takes them: the documented sequence, an overflow, a newer and an older caller's records. */
#include "check.h"

enum { ROOM = 64 };

/* All records there are; the ring of the only task holds them in their order. */
static uint32_t drain(struct IHostTaskManager *m, struct tollgate_trace_record *records, uint64_t *lost) {
  uint32_t count = 0;
  CHECK_EQ(tollgate_trace_drain(m, records, sizeof *records, ROOM, &count, lost), S_OK);
  CHECK(count < ROOM);
  return count;
}

static void expect(const struct tollgate_trace_record *record, uint32_t kind, uint64_t value, uint32_t depth) {
  CHECK_EQ(record->kind, kind);
  CHECK_EQ(record->value, value);
  CHECK_EQ(record->depth, depth);
  CHECK(record->time_ns != 0);
}

static void nested_sequence(struct IHostTaskManager *m) {
  const struct IHostTaskManagerVtbl *v = m->lpVtbl;
  struct tollgate_trace_record records[ROOM];
  uint64_t lost = 1;
  uint32_t i;
  CHECK_EQ(v->LeaveRuntime(m, 1), S_OK); /* the thread has a task before the trace begins */
  CHECK_EQ(v->EnterRuntime(m), S_OK);
  CHECK_EQ(tollgate_trace_start(m), S_OK);
  CHECK_EQ(tollgate_trace_start(m), S_FALSE);
  CHECK_EQ(v->LeaveRuntime(m, 0xA000), S_OK);
  CHECK_EQ(v->ReverseEnterRuntime(m), S_OK);
  CHECK_EQ(v->LeaveRuntime(m, 0xC000), S_OK);
  CHECK_EQ(v->EnterRuntime(m), S_OK);
  CHECK_EQ(v->ReverseLeaveRuntime(m), S_OK);
  CHECK_EQ(v->EnterRuntime(m), S_OK);
  CHECK_EQ(tollgate_trace_stop(m), S_OK);
  CHECK_EQ(tollgate_trace_stop(m), S_FALSE);
  CHECK_EQ(v->LeaveRuntime(m, 0xE000), S_OK);
  CHECK_EQ(v->EnterRuntime(m), S_OK);

  CHECK_EQ(drain(m, records, &lost), 8);
  CHECK_EQ(lost, 0);
  expect(&records[0], TOLLGATE_TRACE_STARTED, 0, 0);
  expect(&records[1], TOLLGATE_TRACE_STOPPED, 0, 0);
  expect(&records[2], TOLLGATE_TRACE_LEAVE, 0xA000, 1);
  expect(&records[3], TOLLGATE_TRACE_REVERSE_ENTER, 0, 2);
  expect(&records[4], TOLLGATE_TRACE_LEAVE, 0xC000, 3);
  expect(&records[5], TOLLGATE_TRACE_ENTER, 0, 2);
  expect(&records[6], TOLLGATE_TRACE_REVERSE_LEAVE, 0, 1);
  expect(&records[7], TOLLGATE_TRACE_ENTER, 0, 0);
  for (i = 2; i < 8; i++) {
    CHECK_EQ(records[i].task, own_task(m).id);
    CHECK(records[i].time_ns >= records[i - 1].time_ns || i == 2);
  }
  CHECK_EQ(drain(m, records, &lost), 0);
}

/* The oldest are overwritten, and counted. */
static void overflow(struct IHostTaskManager *m) {
  struct tollgate_trace_record records[ROOM];
  uint64_t lost = 0;
  uint32_t i;
  CHECK_EQ(tollgate_trace_start(m), S_OK);
  for (i = 0; i < 100; i++) {
    CHECK_EQ(m->lpVtbl->LeaveRuntime(m, i), S_OK);
    CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  }
  CHECK_EQ(drain(m, records, &lost), 1 + 16); /* the start, and 16 of the newest events */
  CHECK_EQ(lost, 200 - 16);
  expect(&records[1], TOLLGATE_TRACE_LEAVE, 92, 1);
  expect(&records[16], TOLLGATE_TRACE_ENTER, 0, 0);
}

/* One record at a time, from callers of other versions; nothing beyond their size is touched. */
static void sizes(struct IHostTaskManager *m) {
  unsigned char older[2 * 24], newer[2 * 48];
  uint32_t count = 0, i;
  uint64_t lost = 0;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 7), S_OK);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  memset(older, 0xEE, sizeof older);
  memset(newer, 0xEE, sizeof newer);
  CHECK_EQ(tollgate_trace_drain(m, (struct tollgate_trace_record *)(void *)older, 24, 1, &count, &lost), S_OK);
  CHECK_EQ(count, 1);
  for (i = 24; i < sizeof older; i++) CHECK_EQ(older[i], 0xEE);
  CHECK_EQ(tollgate_trace_drain(m, (struct tollgate_trace_record *)(void *)newer, 48, 1, &count, NULL), S_OK);
  CHECK_EQ(count, 1);
  for (i = 32; i < 48; i++) CHECK_EQ(newer[i], 0);
  for (i = 48; i < sizeof newer; i++) CHECK_EQ(newer[i], 0xEE);
  CHECK_EQ(tollgate_trace_drain(m, NULL, 0, 0, &count, &lost), S_OK);
  CHECK_EQ(count, 0);
}

static void *traced(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  nested_sequence(m);
  overflow(m);
  sizes(m);
  return NULL;
}

int main(void) {
  static const uint32_t flags[] = {0, PAGE_IF_ANY};
  int i;
  for (i = 0; i < 2; i++) {
    struct tollgate_config config;
    struct IHostTaskManager *m = NULL;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.flags = flags[i];
    config.trace_records = 16;
    CHECK_EQ(tollgate_manager_create(&config, &m), S_OK);
    on_new_thread(traced, m);
  }
  puts("every event recorded or counted, in records of every size");
  return 0;
}
