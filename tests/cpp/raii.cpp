// tollgate.hpp: every object opens what it says, closes it once, moves without closing, and allocates nothing.
#include "tollgate.hpp"

#include "check.h"

#include <cstdio>

static unsigned allocations;

#ifdef __GLIBC__
extern "C" void *__libc_malloc(size_t);

// Counted, not replaced: the system's own calls go on working.
extern "C" void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}
#endif

namespace {

void native() {}

template <class Object> constexpr bool move_only() {
  return std::is_nothrow_move_constructible_v<Object> && !std::is_copy_constructible_v<Object> &&
         !std::is_copy_assignable_v<Object> && std::is_nothrow_destructible_v<Object>;
}
static_assert(move_only<tollgate::manager>() && std::is_nothrow_move_assignable_v<tollgate::manager>);
static_assert(move_only<tollgate::task>() && std::is_nothrow_move_assignable_v<tollgate::task>);
static_assert(move_only<tollgate::inline_task>() && move_only<tollgate::paused>() && move_only<tollgate::tracing>());
static_assert(move_only<tollgate::outside<tollgate::task>>() && move_only<tollgate::inside<tollgate::inline_task>>());
static_assert(sizeof(tollgate::config) == sizeof(tollgate_config));
static_assert(noexcept(tollgate::manager::create()) && noexcept(tollgate::manager().current_task().enter()));

// The documented nested sequence as blocks.
template <class Task> void nested(const tollgate::manager &m, const Task &task) {
  const uint32_t base = own_task(m.get()).depth;
  {
    tollgate::outside native_a(task, &native);
    CHECK(native_a && native_a.status() == S_OK);
    CHECK_EQ(own_task(m.get()).targets[0], tollgate::target_of(&native));
    {
      tollgate::inside managed_b(task);
      CHECK(managed_b);
      CHECK_EQ(own_task(m.get()).side, 1);
      tollgate::outside native_c(task, 0xC000);
      CHECK_EQ(own_task(m.get()).depth, base + 3);
      tollgate::outside moved(std::move(native_c));
      CHECK(!native_c && moved);
      CHECK_EQ(native_c.close(), HOST_E_NOT_OWNER);
      CHECK_EQ(moved.close(), S_OK);
      CHECK(!moved);
      CHECK_EQ(moved.close(), HOST_E_NOT_OWNER);
      CHECK_EQ(own_task(m.get()).depth, base + 2);
    }
    CHECK_EQ(own_task(m.get()).depth, base + 1);
  }
  CHECK_EQ(own_task(m.get()).depth, base);
}

void *both_doors(void *argument) {
  const tollgate::manager &m = *static_cast<tollgate::manager *>(argument);
  nested(m, m.current_task());
  nested(m, m.current_inline_task());
  return nullptr;
}

void *plain_calls(void *argument) {
  const tollgate::manager &m = *static_cast<tollgate::manager *>(argument);
  tollgate::task first = m.current_task();
  tollgate::task task(std::move(first));
  CHECK(task && !first);
  CHECK_EQ(first.leave(), E_POINTER);
  CHECK_EQ(task.leave(1), S_OK);
  CHECK_EQ(task.reverse_enter(), S_OK);
  CHECK_EQ(task.enter(), HOST_E_NOT_OWNER);
  CHECK_EQ(task.reverse_leave(), S_OK);
  CHECK_EQ(task.enter(), S_OK);
  first = std::move(task);
  CHECK(first && !task);
  return nullptr;
}

// A pause holds to the end of its block, moves, and names who is late.
void *stays_inside(void *argument) {
  const tollgate::manager &m = *static_cast<tollgate::manager *>(argument);
  tollgate::task task = m.current_task();
  tollgate::outside call(task, 0xA000);
  tollgate::inside callback(task);
  CHECK(callback);
  tollgate::paused own(m);
  CHECK_EQ(own.status(), HOST_E_DEADLOCK);
  return nullptr;
}

struct late_task {
  tollgate::manager *m;
  pthread_barrier_t inside, looked;
};

void *is_late(void *argument) {
  late_task *late = static_cast<late_task *>(argument);
  tollgate::task task = late->m->current_task();
  tollgate::inside callback(task);
  CHECK(callback);
  pthread_barrier_wait(&late->inside);
  pthread_barrier_wait(&late->looked);
  return nullptr;
}

void pauses(tollgate::manager &m) {
  {
    tollgate::paused stop(m);
    CHECK(stop);
    tollgate::paused nested(m, 0);
    CHECK(nested);
    tollgate::paused moved(std::move(nested));
    CHECK(moved && !nested);
    CHECK_EQ(nested.resume(), HOST_E_NOT_OWNER);
    CHECK_EQ(moved.resume(), S_OK);
    CHECK_EQ(moved.resume(), HOST_E_NOT_OWNER);
  }
  CHECK_EQ(tollgate_resume(m.get()), HOST_E_NOT_OWNER);

  late_task late{&m, {}, {}};
  pthread_barrier_init(&late.inside, nullptr, 2);
  pthread_barrier_init(&late.looked, nullptr, 2);
  pthread_t thread;
  CHECK_EQ(pthread_create(&thread, nullptr, is_late, &late), 0);
  pthread_barrier_wait(&late.inside);
  {
    tollgate::paused stop(m, 1);
    CHECK(!stop);
    CHECK_EQ(stop.status(), HOST_E_TIMEOUT);
    unsigned seen = 0;
    for (const tollgate_laggard &laggard : stop.late()) {
      CHECK_EQ(laggard.depth, 1);
      seen++;
    }
    CHECK_EQ(seen, 1);
  }
  CHECK_EQ(tollgate_resume(m.get()), HOST_E_NOT_OWNER);
  pthread_barrier_wait(&late.looked);
  CHECK_EQ(pthread_join(thread, nullptr), 0);
}

void managers() {
  tollgate::manager empty;
  CHECK(!empty && empty.status() == E_POINTER);
  CHECK_EQ(empty.current_task().status(), E_OUTOFMEMORY);
  CHECK(!tollgate::outside(empty.current_task(), 1));
  CHECK_EQ(tollgate::paused(empty).status(), E_POINTER);
  tollgate::config wrong;
  wrong.policy = 99;
  CHECK_EQ(tollgate::manager::create(wrong).status(), E_INVALIDARG);

  tollgate::manager m = tollgate::manager::process_default();
  CHECK(m && m.status() == S_OK);
  tollgate::manager other = tollgate::manager::process_default();
  CHECK(m.get() == other.get());
  other = std::move(m);
  CHECK(!m && other && m.status() == E_POINTER);
  CHECK_EQ(other->LeaveRuntime(1), S_OK);
  CHECK_EQ(other->EnterRuntime(), S_OK);
  IHostTaskManager *pointer = other.release();
  CHECK(pointer != nullptr && !other && other.status() == E_POINTER && other.release() == nullptr);
  other = tollgate::manager(pointer);
  tollgate::manager &same = other;
  other = std::move(same);
  CHECK(other.get() == pointer && other.status() == S_OK);
}

// A level whose end the manager refuses stays open and is not tried for ever.
void *refused_at_the_end(void *argument) {
  const tollgate::manager &m = *static_cast<tollgate::manager *>(argument);
  tollgate::task task = m.current_task();
  {
    tollgate::outside call(task);
    CHECK(call);
    CHECK_EQ(m.shutdown(), S_OK);
    CHECK_EQ(call.close(), HOST_E_CLRNOTAVAILABLE);
    CHECK(call);
  }
  CHECK_EQ(own_task(m.get()).depth, 1);
  return nullptr;
}

// A gate with a time limit turns the enter away; the end of the block asks until it is let in.
struct timed {
  tollgate::manager m;
  pthread_barrier_t outside;
};

void *turned_away(void *argument) {
  timed *t = static_cast<timed *>(argument);
  tollgate::task task = t->m.current_task();
  {
    tollgate::outside call(task);
    pthread_barrier_wait(&t->outside);
    pthread_barrier_wait(&t->outside);
    CHECK_EQ(call.close(), HOST_E_TIMEOUT);
    pthread_barrier_wait(&t->outside);
  }
  CHECK_EQ(own_task(t->m.get()).depth, 0);
  return nullptr;
}

void asks_again() {
  tollgate::config limited;
  limited.gate_timeout_ms = 1;
  timed t{tollgate::manager::create(limited), {}};
  pthread_barrier_init(&t.outside, nullptr, 2);
  pthread_t thread;
  CHECK_EQ(pthread_create(&thread, nullptr, turned_away, &t), 0);
  pthread_barrier_wait(&t.outside);
  {
    tollgate::paused stop(t.m);
    CHECK(stop);
    pthread_barrier_wait(&t.outside);
    pthread_barrier_wait(&t.outside);
  }
  CHECK_EQ(pthread_join(thread, nullptr), 0);
}

void allocates_nothing(const tollgate::manager &m) {
  static tollgate_task_info all[8];
  tollgate_totals_info sums{};
  uint32_t count = 0;
  const unsigned before = allocations;
  for (int i = 0; i < 100; i++) {
    tollgate::task task = m.current_task();
    tollgate::outside call(task, &native);
    tollgate::inside callback(task);
    CHECK(callback);
    CHECK_EQ(m.snapshot(all, count), S_OK);
    CHECK_EQ(m.totals(sums), S_OK);
  }
  {
    tollgate::task task = m.current_task();
    tollgate::outside call(task);
    tollgate::paused stop(m);
    CHECK(stop);
  }
  CHECK_EQ(allocations, before);
}

// A trace is on for a block, and names go to a manager with a page, where there are pages.
void traces() {
#ifdef _WIN32
  constexpr uint32_t page = 0;
  constexpr HRESULT named = S_FALSE;
#else
  constexpr uint32_t page = TOLLGATE_PAGE;
  constexpr HRESULT named = S_OK;
#endif
  tollgate::config settings;
  settings.flags = page;
  tollgate::manager m = tollgate::manager::create(settings);
  CHECK_EQ(m.status(), S_OK);
  CHECK_EQ(m.name_target(&native, "native"), named);
  CHECK_EQ(m.name_task("traces"), named);
  CHECK_EQ(tollgate::manager::create().name_task("nobody sees it"), S_FALSE);
  tollgate::task task = m.current_task();
  tollgate_trace_record records[16];
  uint32_t count = 0;
  uint64_t lost = 1;
  {
    tollgate::tracing traced(m);
    CHECK_EQ(traced.status(), S_OK);
    {
      tollgate::tracing second(m);
      CHECK_EQ(second.status(), S_FALSE);
      tollgate::outside call(task, &native);
    }
    tollgate::tracing moved(std::move(traced));
    CHECK(moved.status() == S_OK && traced.status() == S_FALSE);
    tollgate::outside call(task, &native); // still traced: the second object switched nothing off
  }
  CHECK_EQ(m.trace_stop(), S_FALSE);
  CHECK_EQ(m.trace_drain(records, count, &lost), S_OK);
  CHECK_EQ(lost, 0);
  CHECK_EQ(count, 2 + 4);
  CHECK_EQ(records[4].kind, TOLLGATE_TRACE_LEAVE);
  CHECK_EQ(records[4].value, tollgate::target_of(&native));
}

} // namespace

int main() {
  tollgate::manager m = tollgate::manager::create();
  CHECK(m);
  on_new_thread(both_doors, &m);
  on_new_thread(plain_calls, &m);
  on_new_thread(stays_inside, &m);
  pauses(m);
  managers();
  asks_again();
  allocates_nothing(m);
  traces();
  tollgate::manager ended = tollgate::manager::create();
  on_new_thread(refused_at_the_end, &ended);
  const tollgate_totals_info totals = balanced_totals(m.get());
  CHECK_EQ(totals.irregularities, 1);
  std::puts("objects open and close what they say");
}
