// A runtime's half written in C++: who holds references to it, and when they are dropped.
#include "check.h"
#include "tollgate_com.h"

#include <atomic>
#include <thread>

// Implements ICLRTask; only the count and ExitTask matter here.
struct RuntimeTask final : ICLRTask {
  std::atomic<uint32_t> references{1};
  std::atomic<int> exits{0};
  std::atomic<bool> exited_on_own_thread{false};
  std::atomic<uint64_t> thread{0};

  HRESULT TOLLGATE_CALL QueryInterface(const GUID &, void **out) override {
    *out = nullptr;
    return E_NOINTERFACE;
  }
  ULONG TOLLGATE_CALL AddRef() override { return ++references; }
  ULONG TOLLGATE_CALL Release() override { return --references; }
  HRESULT TOLLGATE_CALL SwitchIn(void *) override { return E_NOTIMPL; }
  HRESULT TOLLGATE_CALL SwitchOut() override { return E_NOTIMPL; }
  HRESULT TOLLGATE_CALL GetMemStats(COR_GC_THREAD_STATS *) override { return S_OK; }
  HRESULT TOLLGATE_CALL Reset(int32_t) override { return S_OK; }
  HRESULT TOLLGATE_CALL ExitTask() override {
    exits++;
    exited_on_own_thread = thread == os_thread();
    return S_OK;
  }
  HRESULT TOLLGATE_CALL Abort() override { return S_OK; }
  HRESULT TOLLGATE_CALL RudeAbort() override { return S_OK; }
  HRESULT TOLLGATE_CALL NeedsPriorityScheduling(int32_t *out) override {
    *out = 0;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL YieldTask() override { return S_OK; }
  HRESULT TOLLGATE_CALL LocksHeld(size_t *out) override {
    *out = 0;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL SetTaskIdentifier(uint64_t) override { return S_OK; }
};

struct RuntimeManager final : ICLRTaskManager {
  std::atomic<uint32_t> references{1};

  HRESULT TOLLGATE_CALL QueryInterface(const GUID &, void **out) override {
    *out = nullptr;
    return E_NOINTERFACE;
  }
  ULONG TOLLGATE_CALL AddRef() override { return ++references; }
  ULONG TOLLGATE_CALL Release() override { return --references; }
  HRESULT TOLLGATE_CALL CreateTask(ICLRTask **) override { return E_NOTIMPL; }
  HRESULT TOLLGATE_CALL GetCurrentTask(ICLRTask **) override { return E_NOTIMPL; }
  HRESULT TOLLGATE_CALL SetUILocale(uint32_t) override { return S_OK; }
  HRESULT TOLLGATE_CALL SetLocale(uint32_t) override { return S_OK; }
  HRESULT TOLLGATE_CALL GetCurrentTaskType(uint32_t *) override { return E_NOTIMPL; }
};

int main() {
  IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);

  // The first runtime is kept, with a reference; a second one given later is not.
  RuntimeManager first, second;
  CHECK_EQ(m->SetCLRTaskManager(&first), S_OK);
  CHECK_EQ(m->SetCLRTaskManager(&second), S_OK);
  CHECK_EQ(first.references, 2);
  CHECK_EQ(second.references, 1);

  // A task's runtime half is held while the thread lives, and dropped on that thread, after ExitTask.
  RuntimeTask half;
  IHostTask *task = nullptr;
  std::thread([&] {
    half.thread = os_thread();
    CHECK_EQ(m->GetCurrentTask(&task), S_OK);
    CHECK_EQ(task->SetCLRTask(&half), S_OK);
    CHECK_EQ(half.references, 2);
  }).join();
  CHECK_EQ(half.exits, 1);
  CHECK(half.exited_on_own_thread);
  CHECK_EQ(half.references, 1);
  CHECK_EQ(balanced_totals(m).tasks_live, 1); // this thread, since its first call

  // The task outlives its thread as long as somebody holds it.
  int32_t priority = 7;
  CHECK_EQ(task->GetPriority(&priority), S_OK);
  CHECK_EQ(task->Join(0xFFFFFFFF, 0), S_OK);
  task->Release();
  puts("the runtime's half is held while needed, and no longer");
}
