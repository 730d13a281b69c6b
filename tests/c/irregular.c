/*
 Streams that are not alternating pairs, under both policies, against a plain model: a stack of directions.

 First the sequences that real runtimes are known to send, with the expected depth and side written out; then long random
 ones, after each call of which the whole entry must equal the model's.
*/
#include "check.h"

enum { OUTSIDE = 0, INSIDE = 1, MODEL_LEVELS = 512, RANDOM_CALLS = 20000, RANDOM_THREADS = 8 };
enum call { L, E, RE, RL };

struct model {
  int observe, attached;
  uint32_t base, depth, levels[MODEL_LEVELS];
  uint64_t leaves, enters, reverse_enters, reverse_leaves, closed_outside, closed_inside, irregularities;
};

static uint32_t model_side(const struct model *s) { return s->depth > 0 ? s->levels[s->depth - 1] : s->base; }

/* Closes the innermost level of `direction`, and under observe whatever stands above it. */
static HRESULT model_close(struct model *s, uint32_t direction, uint64_t *counter) {
  uint32_t fit = s->depth;
  if (s->depth > 0 && s->levels[s->depth - 1] == direction) {
    s->depth--;
    ++*counter;
    return S_OK;
  }
  s->irregularities++;
  if (!s->observe) return HOST_E_NOT_OWNER;
  while (fit > 0 && s->levels[fit - 1] != direction) fit--;
  if (fit == 0) return S_OK;
  *(direction == OUTSIDE ? &s->closed_inside : &s->closed_outside) += s->depth - fit;
  s->depth = fit - 1;
  ++*counter;
  return S_OK;
}

static HRESULT model_call(struct model *s, enum call call) {
  if (!s->attached) {
    /* What the first call says about the side before it; a closing one has lost its partner. */
    static const uint32_t base_govern[] = {INSIDE, OUTSIDE, OUTSIDE, INSIDE};
    static const uint32_t base_observe[] = {INSIDE, INSIDE, OUTSIDE, OUTSIDE};
    s->attached = 1;
    s->base = s->observe ? base_observe[call] : base_govern[call];
  }
  switch (call) {
    case L: s->levels[s->depth++] = OUTSIDE; s->leaves++; return S_OK;
    case RE: s->levels[s->depth++] = INSIDE; s->reverse_enters++; return S_OK;
    case E: return model_close(s, OUTSIDE, &s->enters);
    default: return model_close(s, INSIDE, &s->reverse_leaves);
  }
}

static HRESULT real_call(struct IHostTaskManager *m, enum call call) {
  switch (call) {
    case L: return m->lpVtbl->LeaveRuntime(m, 0x1000);
    case E: return m->lpVtbl->EnterRuntime(m);
    case RE: return m->lpVtbl->ReverseEnterRuntime(m);
    default: return m->lpVtbl->ReverseLeaveRuntime(m);
  }
}

static void expect_equal(struct IHostTaskManager *m, const struct model *s) {
  struct tollgate_task_info task = own_task(m);
  CHECK_EQ(task.depth, s->depth);
  CHECK_EQ(task.side, model_side(s));
  CHECK_EQ(task.leaves, s->leaves);
  CHECK_EQ(task.enters, s->enters);
  CHECK_EQ(task.reverse_enters, s->reverse_enters);
  CHECK_EQ(task.reverse_leaves, s->reverse_leaves);
  CHECK_EQ(task.closed_outside, s->closed_outside);
  CHECK_EQ(task.closed_inside, s->closed_inside);
  CHECK_EQ(task.irregularities, s->irregularities);
  CHECK_EQ(task.flags, 0);
}

/* A known sequence; `refused` has a bit for each call that govern refuses. */
struct sequence {
  const char *why;
  int length;
  enum call calls[6];
  unsigned refused;
  uint32_t govern_depth, govern_side, observe_depth, observe_side;
};

static const struct sequence known[] = {
    {"nested", 6, {L, RE, L, E, RL, E}, 0, 0, INSIDE, 0, INSIDE},
    {"leave twice, enter once: still outside", 3, {L, L, E}, 0, 1, OUTSIDE, 1, OUTSIDE},
    {"leave twice, enter twice", 4, {L, L, E, E}, 0, 0, INSIDE, 0, INSIDE},
    {"reverse_enter twice", 4, {RE, RE, RL, RL}, 0, 0, OUTSIDE, 0, OUTSIDE},
    {"native code jumped over managed frames", 3, {L, RE, E}, 1u << 2, 2, INSIDE, 0, INSIDE},
    {"managed code jumped over native frames", 3, {RE, L, RL}, 1u << 2, 2, OUTSIDE, 0, OUTSIDE},
    {"jump over four levels", 6, {L, RE, RE, RE, RE, E}, 1u << 5, 5, INSIDE, 0, INSIDE},
    {"enter alone", 1, {E}, 1, 0, OUTSIDE, 0, INSIDE},
    {"reverse_leave alone", 1, {RL}, 1, 0, INSIDE, 0, OUTSIDE},
    {"enter once too often", 3, {L, E, E}, 1u << 2, 0, INSIDE, 0, INSIDE},
    {"reverse_leave that fits nothing", 2, {L, RL}, 1u << 1, 1, OUTSIDE, 1, OUTSIDE},
    {"enter that fits nothing", 2, {RE, E}, 1u << 1, 1, INSIDE, 1, INSIDE},
    {"lost enter, then pairs", 5, {E, L, E, L, E}, 1, 0, OUTSIDE, 0, INSIDE},
};

struct run {
  struct IHostTaskManager *m;
  int observe;
  uint64_t seed;
  const struct sequence *sequence;
};

static void *known_sequence(void *argument) {
  const struct run *run = (const struct run *)argument;
  const struct sequence *q = run->sequence;
  struct model model;
  struct tollgate_task_info task;
  int i;
  memset(&model, 0, sizeof model);
  model.observe = run->observe;
  for (i = 0; i < q->length; i++) {
    HRESULT hr = real_call(run->m, q->calls[i]);
    CHECK_EQ(hr, !run->observe && (q->refused >> i & 1) ? HOST_E_NOT_OWNER : S_OK);
    CHECK_EQ(hr, model_call(&model, q->calls[i]));
    expect_equal(run->m, &model);
  }
  task = own_task(run->m);
  CHECK_EQ(task.depth, run->observe ? q->observe_depth : q->govern_depth);
  CHECK_EQ(task.side, run->observe ? q->observe_side : q->govern_side);
  return NULL;
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void *random_calls(void *argument) {
  struct run *run = (struct run *)argument;
  struct model model;
  int i;
  memset(&model, 0, sizeof model);
  model.observe = run->observe;
  for (i = 0; i < RANDOM_CALLS; i++) {
    /* Longer stretches of opening and of closing calls, so that levels go deep (spilled ones, too) and come back. */
    int opening = (next_random(&run->seed) & 3) != 0;
    enum call call;
    if (i / 300 % 2 == 1) opening = !opening;
    if (model.depth + 1 >= MODEL_LEVELS) opening = 0;
    call = (next_random(&run->seed) >> 20 & 1) ? (opening ? L : E) : (opening ? RE : RL);
    CHECK_EQ(real_call(run->m, call), model_call(&model, call));
    expect_equal(run->m, &model);
  }
  return NULL;
}

int main(int argc, char **argv) {
  uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : UINT64_C(0x9E3779B97F4A7C15);
  size_t i;
  int observe;
  printf("seed 0x%" PRIX64 " (pass another as the first argument)\n", seed);
  for (observe = 0; observe < 2; observe++) {
    struct run run;
    memset(&run, 0, sizeof run);
    run.observe = observe;
    run.m = new_manager(observe ? TOLLGATE_POLICY_OBSERVE : TOLLGATE_POLICY_GOVERN);
    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
      run.sequence = &known[i];
      on_new_thread(known_sequence, &run);
    }
    for (i = 0; i < RANDOM_THREADS; i++) {
      run.seed = seed + i;
      on_new_thread(random_calls, &run);
    }
    CHECK_EQ(balanced_totals(run.m).tasks_live, 0);
    CHECK_EQ(balanced_totals(run.m).open_outside + balanced_totals(run.m).open_inside, 0);
  }
  printf("%d known and %d random sequences, 2 policies\n", (int)(sizeof known / sizeof known[0]), RANDOM_THREADS);
  return 0;
}
