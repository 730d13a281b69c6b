// Exceptions and backtraces in a program that calls Tollgate: through frames of the host that called it, and up from a
// frame below Tollgate's own, as a debugger, a profiler or a crash handler walks them.
#include "check.h"
#include "tollgate_com.h"

#include <stdexcept>
#include <unwind.h>

extern "C" const void *_Unwind_Find_FDE(const void *pc, void *bases);

namespace {

struct Frames {
  uintptr_t wanted;
  unsigned seen;
  bool found;
};

// Found when a frame of the walk belongs to the function looked for.
_Unwind_Reason_Code look_at(_Unwind_Context *context, void *argument) {
  Frames *frames = static_cast<Frames *>(argument);
  frames->seen++;
  if (reinterpret_cast<uintptr_t>(_Unwind_FindEnclosingFunction(reinterpret_cast<void *>(_Unwind_GetIP(context)))) ==
      frames->wanted)
    frames->found = true;
  return _URC_NO_REASON;
}

HRESULT outer(IHostTaskManager *m, ICLRTaskManager *half);

// The runtime's half of a manager: Tollgate adds a reference to it, so AddRef is called by a frame of Tollgate.
struct RuntimeHalf final : ICLRTaskManager {
  Frames frames{};
  bool caught = false;
  HRESULT TOLLGATE_CALL QueryInterface(const GUID &, void **object) override {
    *object = nullptr;
    return E_NOINTERFACE;
  }
  uint32_t TOLLGATE_CALL AddRef() override {
    frames = Frames{reinterpret_cast<uintptr_t>(&outer), 0, false};
    _Unwind_Backtrace(look_at, &frames);
    // Thrown and caught on this side of Tollgate's frame, which is not unwound.
    try {
      throw std::runtime_error("inside the callback");
    } catch (const std::runtime_error &) {
      caught = true;
    }
    return 2;
  }
  uint32_t TOLLGATE_CALL Release() override { return 1; }
  HRESULT TOLLGATE_CALL CreateTask(ICLRTask **) override { return E_NOTIMPL; }
  HRESULT TOLLGATE_CALL GetCurrentTask(ICLRTask **) override { return E_NOTIMPL; }
  HRESULT TOLLGATE_CALL SetUILocale(uint32_t) override { return S_OK; }
  HRESULT TOLLGATE_CALL SetLocale(uint32_t) override { return S_OK; }
  HRESULT TOLLGATE_CALL GetCurrentTaskType(uint32_t *) override { return E_NOTIMPL; }
};

__attribute__((noinline)) HRESULT outer(IHostTaskManager *m, ICLRTaskManager *half) {
  const HRESULT hr = m->SetCLRTaskManager(half);
  CHECK_EQ(hr, S_OK); // also keeps the call from being a jump, which would leave no frame
  return hr;
}

void backtrace_through_tollgate(IHostTaskManager *m) {
  static RuntimeHalf half;
  CHECK_EQ(outer(m, &half), S_OK);
  CHECK(half.caught);
  CHECK(half.frames.found);
  CHECK(half.frames.seen >= 4);
}

// Closes its level when an exception passes.
struct Level {
  IHostTaskManager *m;
  explicit Level(IHostTaskManager *manager) : m(manager) { CHECK_EQ(m->LeaveRuntime(7), S_OK); }
  Level(const Level &) = delete;
  Level &operator=(const Level &) = delete;
  ~Level() { CHECK_EQ(m->EnterRuntime(), S_OK); }
};

[[noreturn]] __attribute__((noinline)) void throw_at(IHostTaskManager *m, int depth) {
  const Level level(m);
  if (depth == 0) throw std::runtime_error("out of native code");
  throw_at(m, depth - 1);
}

void exception_through_callers(IHostTaskManager *m) {
  bool caught = false;
  try {
    throw_at(m, 99);
  } catch (const std::runtime_error &) {
    caught = true;
  }
  CHECK(caught);
  CHECK_EQ(own_task(m).depth, 0);
  CHECK_EQ(balanced_totals(m).leaves, 100);
}

template <class Function> const void *address(Function function) { return reinterpret_cast<const void *>(function); }

// Every function that can be called from outside has its unwinding table: without one the walk ends there.
void every_entry_has_a_table(IHostTaskManager *m) {
  const void *const *table = *reinterpret_cast<const void *const *const *>(m);
  char bases[64];
  for (int slot = 0; slot < 21; slot++) CHECK(_Unwind_Find_FDE(static_cast<const char *>(table[slot]) + 1, bases) != nullptr);
  for (const void *function : {address(tollgate_leave), address(tollgate_enter), address(tollgate_reverse_enter),
                               address(tollgate_reverse_leave), address(tollgate_pause), address(tollgate_snapshot)})
    CHECK(_Unwind_Find_FDE(static_cast<const char *>(function) + 1, bases) != nullptr);
}

} // namespace

int main() {
  IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  exception_through_callers(m);
  backtrace_through_tollgate(m);
  every_entry_has_a_table(m);
  puts("exceptions and backtraces pass");
}
