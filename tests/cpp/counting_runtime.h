/*
 A runtime's objects, in as much as a host sees of them: they count references and calls, and check that ExitTask comes
 once, on the right thread, and before the last reference goes.
*/
#ifndef COUNTING_RUNTIME_H
#define COUNTING_RUNTIME_H

#include "check.h"
#include "tollgate_com.h"

#include <atomic>
#include <deque>
#include <mutex>

// An object that others may refer to; whoever made it owns the first reference.
struct Counted {
  std::atomic<uint32_t> references{1};
  std::atomic<uint32_t> added{0};

  uint32_t add() {
    added++;
    return ++references;
  }
  uint32_t drop() {
    CHECK(references > 0);
    return --references;
  }
};

inline bool same(const GUID &a, const GUID &b) { return memcmp(&a, &b, sizeof a) == 0; }

// Answers QueryInterface with `self` if it is one of the object's interfaces that was asked for.
template <class Interface> HRESULT answer(Interface *self, bool has, void **out) {
  *out = has ? self : nullptr;
  if (!has) return E_NOINTERFACE;
  self->AddRef();
  return S_OK;
}

// The runtime's half of one task.
struct CountingTask final : ICLRTask2, Counted {
  IHostTaskManager *host = nullptr;
  IHostTask *task = nullptr;
  uint64_t thread = 0;
  // For the child of a fork: reaching ExitTask is all there is to see.
  bool ends_process = false;
  std::atomic<int> exits{0}, aborts{0}, rude_aborts{0}, yields{0}, resets{0}, switches{0}, prevented{0};
  std::atomic<uint64_t> identifier{0};
  // While set, an abort does not return; those that have not are counted.
  std::atomic<bool> hold{false};
  std::atomic<int> inside{0};

  HRESULT TOLLGATE_CALL QueryInterface(const GUID &riid, void **out) override {
    const bool is_task = same(riid, tollgate_IID_ICLRTask) || same(riid, tollgate_IID_ICLRTask2);
    return answer(this, is_task || same(riid, tollgate_IID_IUnknown), out);
  }
  ULONG TOLLGATE_CALL AddRef() override { return add(); }
  ULONG TOLLGATE_CALL Release() override { return drop(); }
  HRESULT TOLLGATE_CALL SwitchIn(void *handle) override {
    switches++;
    return handle ? HOST_E_INVALIDOPERATION : S_OK;
  }
  HRESULT TOLLGATE_CALL SwitchOut() override { return E_NOTIMPL; }
  HRESULT TOLLGATE_CALL GetMemStats(COR_GC_THREAD_STATS *out) override {
    CHECK_EQ(out->Flags, 0);
    out->PerThreadAllocation = 12345;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL Reset(int32_t full) override {
    resets += full;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL ExitTask() override {
    CHECK_EQ(os_thread(), thread);
    CHECK(references > 1);
    // The thread still has its task, and may call the host.
    IHostTask *own = nullptr;
    CHECK_EQ(host->GetCurrentTask(&own), S_OK);
    CHECK(own == task);
    own->Release();
    CHECK_EQ(host->BeginThreadAffinity(), S_OK);
    CHECK_EQ(host->EndThreadAffinity(), S_OK);
    CHECK_EQ(task->Join(0, TOLLGATE_WAIT_NOTINDEADLOCK), HOST_E_TIMEOUT);
    CHECK_EQ(++exits, 1);
    if (ends_process) _exit(0);
    return S_OK;
  }
  HRESULT TOLLGATE_CALL Abort() override {
    aborts++;
    inside++;
    while (hold) host->SwitchToTask(0);
    inside--;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL RudeAbort() override {
    rude_aborts++;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL NeedsPriorityScheduling(int32_t *out) override {
    *out = 1;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL YieldTask() override {
    yields++;
    return os_thread() == thread ? HOST_E_INVALIDOPERATION : S_OK;
  }
  HRESULT TOLLGATE_CALL LocksHeld(size_t *out) override {
    *out = 2;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL SetTaskIdentifier(uint64_t asked) override {
    identifier = asked;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL BeginPreventAsyncAbort() override {
    prevented++;
    return S_OK;
  }
  HRESULT TOLLGATE_CALL EndPreventAsyncAbort() override {
    prevented--;
    return S_OK;
  }
};

// The runtime's task manager. As in the real one, what it hands out is borrowed: no reference is added.
struct CountingRuntime final : ICLRTaskManager, Counted {
  IHostTaskManager *host = nullptr;
  std::atomic<uint32_t> locale{0}, ui_locale{0};

  HRESULT TOLLGATE_CALL QueryInterface(const GUID &riid, void **out) override {
    return answer(this, same(riid, tollgate_IID_IUnknown) || same(riid, tollgate_IID_ICLRTaskManager), out);
  }
  ULONG TOLLGATE_CALL AddRef() override { return add(); }
  ULONG TOLLGATE_CALL Release() override { return drop(); }
  HRESULT TOLLGATE_CALL CreateTask(ICLRTask **out) override {
    *out = own_half();
    if (*out) return HOST_E_INVALIDOPERATION;
    *out = introduce();
    return S_OK;
  }
  HRESULT TOLLGATE_CALL GetCurrentTask(ICLRTask **out) override {
    *out = own_half();
    return S_OK;
  }
  HRESULT TOLLGATE_CALL SetUILocale(uint32_t lcid) override {
    ui_locale = lcid;
    return own_half() ? S_OK : HOST_E_INVALIDOPERATION;
  }
  HRESULT TOLLGATE_CALL SetLocale(uint32_t lcid) override {
    locale = lcid;
    return own_half() ? S_OK : HOST_E_INVALIDOPERATION;
  }
  HRESULT TOLLGATE_CALL GetCurrentTaskType(uint32_t *out) override {
    *out = own_half() ? TOLLGATE_TT_USER : TOLLGATE_TT_UNKNOWN;
    return S_OK;
  }

  // Makes the calling thread known, in the order of a real runtime: ask for the host's task, give it its half, yield.
  // The reference on the host's task is the runtime's, for its finalizer to drop.
  CountingTask *introduce() {
    IHostTask *task = nullptr;
    host->GetCurrentTask(&task); // the result is ignored, the pointer decides
    CHECK(task != nullptr);
    CountingTask *half;
    {
      std::lock_guard<std::mutex> guard(lock);
      halves.emplace_back();
      half = &halves.back();
      half->host = host;
      half->task = task;
      half->thread = os_thread();
      held.push_back(task);
    }
    CHECK_EQ(task->SetCLRTask(half), S_OK);
    CHECK_EQ(half->references, 2);
    host->SwitchToTask(0);
    return half;
  }

  // What a finalizer thread does long afterwards.
  void finalize() {
    std::lock_guard<std::mutex> guard(lock);
    for (IHostTask *task : held) task->Release();
    held.clear();
  }

  // Every half has its one reference back, and its one ExitTask if its thread has ended.
  size_t check_balance() {
    std::lock_guard<std::mutex> guard(lock);
    for (CountingTask &half : halves) {
      CHECK_EQ(half.exits, 1);
      CHECK_EQ(half.references, 1);
    }
    return halves.size();
  }

private:
  std::mutex lock;
  std::deque<CountingTask> halves;
  std::deque<IHostTask *> held;

  CountingTask *own_half() {
    std::lock_guard<std::mutex> guard(lock);
    for (CountingTask &half : halves)
      if (half.thread == os_thread() && half.exits == 0) return &half;
    return nullptr;
  }
};

#endif
