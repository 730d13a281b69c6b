// A manager in front of the manager: passes every call on, counts how often each target is asked about, gives no answer
// about one of them, and leaves errno in disorder.
#ifndef ASKING_H
#define ASKING_H

#include <cerrno>
#include <map>
#include <mutex>

#include "tollgate_com.h"

struct Asking : IHostTaskManager {
  IHostTaskManager *next;
  size_t unanswered;
  std::mutex lock;
  std::map<size_t, int> asked;

  Asking(IHostTaskManager *manager, size_t without_answer) : next(manager), unanswered(without_answer) {}

  HRESULT CallNeedsHostHook(size_t target, int32_t *needs) override {
    {
      const std::lock_guard<std::mutex> guard(lock);
      ++asked[target];
    }
    errno = EDOM;
    if (target != unanswered) return next->CallNeedsHostHook(target, needs);
    *needs = 0;
    return E_NOTIMPL;
  }

  static HRESULT disturb(HRESULT result) {
    errno = EDOM;
    return result;
  }
  HRESULT LeaveRuntime(size_t target) override { return disturb(next->LeaveRuntime(target)); }
  HRESULT EnterRuntime() override { return disturb(next->EnterRuntime()); }
  HRESULT ReverseLeaveRuntime() override { return disturb(next->ReverseLeaveRuntime()); }
  HRESULT ReverseEnterRuntime() override { return disturb(next->ReverseEnterRuntime()); }

  HRESULT QueryInterface(const GUID &riid, void **out) override { return next->QueryInterface(riid, out); }
  uint32_t AddRef() override { return next->AddRef(); }
  uint32_t Release() override { return next->Release(); }
  HRESULT GetCurrentTask(IHostTask **task) override { return next->GetCurrentTask(task); }
  HRESULT CreateTask(uint32_t stack, tollgate_thread_start start, void *parameter, IHostTask **task) override {
    return next->CreateTask(stack, start, parameter, task);
  }
  HRESULT Sleep(uint32_t ms, uint32_t option) override { return next->Sleep(ms, option); }
  HRESULT SwitchToTask(uint32_t option) override { return next->SwitchToTask(option); }
  HRESULT SetUILocale(uint32_t lcid) override { return next->SetUILocale(lcid); }
  HRESULT SetLocale(uint32_t lcid) override { return next->SetLocale(lcid); }
  HRESULT BeginDelayAbort() override { return next->BeginDelayAbort(); }
  HRESULT EndDelayAbort() override { return next->EndDelayAbort(); }
  HRESULT BeginThreadAffinity() override { return next->BeginThreadAffinity(); }
  HRESULT EndThreadAffinity() override { return next->EndThreadAffinity(); }
  HRESULT SetStackGuarantee(uint32_t guarantee) override { return next->SetStackGuarantee(guarantee); }
  HRESULT GetStackGuarantee(uint32_t *guarantee) override { return next->GetStackGuarantee(guarantee); }
  HRESULT SetCLRTaskManager(ICLRTaskManager *runtime) override { return next->SetCLRTaskManager(runtime); }
};

#endif
