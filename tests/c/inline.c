/*
 The transitions of tollgate_inline.h against the functions of the library: the same stream of calls, fitting and not,
 shallow and far beyond what fits one word, must get the same answers and leave the same books.

 The first argument is the seed of the stream; without one it is 1.
*/
#include "check.h"
#include "tollgate_inline.h"

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 33) % limit;
}

static HRESULT by_function(tollgate_task *task, uint32_t call, size_t target) {
  switch (call) {
    case 0: return tollgate_leave(task, target);
    case 1: return tollgate_enter(task);
    case 2: return tollgate_reverse_enter(task);
    default: return tollgate_reverse_leave(task);
  }
}

static HRESULT inlined(tollgate_task *task, uint32_t call, size_t target) {
  switch (call) {
    case 0: return tollgate_inline_leave(task, target);
    case 1: return tollgate_inline_enter(task);
    case 2: return tollgate_inline_reverse_enter(task);
    default: return tollgate_inline_reverse_leave(task);
  }
}

/* What a snapshot shows of both tasks, but for what tells them apart anyway. */
static void compare(struct IHostTaskManager *left, struct IHostTaskManager *right, uint32_t step) {
  struct tollgate_task_info a = own_task(left), b = own_task(right);
  a.id = b.id = 0;
  if (memcmp(&a, &b, sizeof a) != 0) {
    fprintf(stderr, "after %" PRIu32 " calls the snapshots differ: depth %" PRIu32 " and %" PRIu32 "\n", step, a.depth,
            b.depth);
    exit(1);
  }
}

/* Runs one stream on two managers of the same policy. */
static void compare_streams(uint32_t policy, uint32_t calls) {
  struct IHostTaskManager *left = new_manager(policy), *right = new_manager(policy);
  tollgate_task *task = tollgate_current(left), *other = tollgate_current(right);
  uint32_t step, refused = 0, deepest = 0;
  CHECK(task != NULL && other != NULL);
  for (step = 0; step < calls; step++) {
    /* Mostly down for a while, then mostly up, with something that need not fit in between. */
    uint32_t kind = random_below(16), down = step / 512 % 2;
    uint32_t call = kind < 3 ? random_below(4) : 2 * random_below(2) + (down && kind < 14);
    size_t target = 0x1000 + step;
    HRESULT expected = by_function(task, call, target), got = inlined(other, call, target);
    if (got != expected)
      fprintf(stderr, "call %" PRIu32 " of the stream, transition %" PRIu32 ":\n", step, call);
    CHECK_EQ(got, expected);
    refused += expected != S_OK;
    if (step % 64 == 0) {
      uint32_t depth = own_task(left).depth;
      if (depth > deepest) deepest = depth;
      compare(left, right, step);
    }
  }
  compare(left, right, calls);
  balanced_totals(left);
  balanced_totals(right);
  CHECK(deepest > 100);
  CHECK((refused != 0) == (policy == TOLLGATE_POLICY_GOVERN));
  printf("policy %" PRIu32 ": %" PRIu32 " calls, %" PRIu32 " refused, %" PRIu32 " levels seen open\n", policy, calls,
         refused, deepest);
}

/* A closed gate arms the task, which the caller must notice. */
static void refused_while_unavailable(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  tollgate_task *task = tollgate_current(m);
  CHECK_EQ(tollgate_inline_leave(task, 0xA000), S_OK);
  CHECK_EQ(tollgate_inline_enter(task), S_OK);
  CHECK_EQ(tollgate_inline_leave(task, 0xB000), S_OK);
  CHECK_EQ(tollgate_set_available(m, 0), S_OK);
  CHECK_EQ(tollgate_inline_enter(task), HOST_E_CLRNOTAVAILABLE);
  CHECK_EQ(tollgate_inline_reverse_enter(task), HOST_E_CLRNOTAVAILABLE);
  CHECK_EQ(tollgate_set_available(m, 1), S_OK);
  CHECK_EQ(tollgate_inline_enter(task), S_OK);
  CHECK_EQ(own_task(m).depth, 0);
  CHECK_EQ(balanced_totals(m).enters, 2);
}

int main(int argc, char **argv) {
  random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  printf("seed %" PRIu64 "\n", random_state);
  CHECK(random_state != 0);
  CHECK_EQ(tollgate_inline_check(), S_OK);
#ifdef TOLLGATE_INLINE_LAYOUT_ID
  /* What a library with another layout answers must not pass. */
  CHECK(tollgate_layout_id() == TOLLGATE_INLINE_LAYOUT_ID);
  CHECK(tollgate_layout_id() != TOLLGATE_INLINE_LAYOUT_ID + 8);
#endif
  compare_streams(TOLLGATE_POLICY_GOVERN, 40000);
  compare_streams(TOLLGATE_POLICY_OBSERVE, 40000);
  refused_while_unavailable();
  puts("inlined transitions do what the functions do");
  return 0;
}
