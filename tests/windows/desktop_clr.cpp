// Plays the part of the desktop CLR for examples/cpp/desktop_clr_host.cpp: a library with CorBindToRuntimeEx and an
// ICLRRuntimeHost that calls its host in the order, and under the conditions, in which the real one does. Any answer that the
// real one would throw on, or hang on, ends the process with a message.
//
// It knows the interfaces alone: nothing of Tollgate is linked into it.
#include "../cpp/counting_runtime.h"

#include <mscoree.h>

#include <thread>

// Microsoft's numbers, spelled out again.
extern "C" {
extern const GUID tollgate_IID_IUnknown = {0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
extern const GUID tollgate_IID_IHostTaskManager = {
    0x997FF24C, 0x43B7, 0x4352, {0x86, 0x67, 0x0D, 0xC0, 0x4F, 0xAF, 0xD3, 0x54}};
extern const GUID tollgate_IID_ICLRTaskManager = {
    0x4862EFBE, 0x3AE5, 0x44F8, {0x8F, 0xEB, 0x34, 0x61, 0x90, 0xEE, 0x8A, 0x34}};
extern const GUID tollgate_IID_ICLRTask = {0x28E66A4A, 0x9906, 0x4225, {0xB2, 0x31, 0x91, 0x87, 0xC3, 0xEB, 0x86, 0x11}};
extern const GUID tollgate_IID_ICLRTask2 = {0x28E66A4A, 0x9906, 0x4225, {0xB2, 0x31, 0x91, 0x87, 0xC3, 0xEB, 0x86, 0x12}};
}

static const CLSID CLR_RUNTIME_HOST = {0x90F1A06E, 0x7712, 0x4762, {0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02}};

// The managers that a runtime asks for, in its order.
static const GUID MEMORY = {0x7BC698D1, 0xF9E3, 0x4460, {0x9C, 0xDE, 0xD0, 0x42, 0x48, 0xE9, 0xFA, 0x25}};
static const GUID AFTER_TASK[] = {
    {0x983D50E2, 0xCB15, 0x466B, {0x80, 0xFC, 0x84, 0x5D, 0xC6, 0xE8, 0xC5, 0xFD}}, // IHostThreadpoolManager
    {0x8BDE9D80, 0xEC06, 0x41D6, {0x83, 0xE6, 0x22, 0x58, 0x0E, 0xFF, 0xCC, 0x20}}, // IHostIoCompletionManager
    {0x234330C7, 0x5F10, 0x4F20, {0x96, 0x15, 0x51, 0x22, 0xDA, 0xB7, 0xA0, 0xAC}}, // IHostSyncManager
    {0x613DABD7, 0x62B2, 0x493E, {0x9E, 0x65, 0xC1, 0xE3, 0x2A, 0x1E, 0x0C, 0x5E}}, // IHostAssemblyManager
    {0x5D4EC34E, 0xF248, 0x457B, {0xB6, 0x03, 0x25, 0x5F, 0xAA, 0xBA, 0x0D, 0x21}}, // IHostGCManager
    {0x75AD2468, 0xA349, 0x4D02, {0xA7, 0x64, 0x76, 0xA6, 0x8A, 0xEE, 0x0C, 0x4F}}, // IHostSecurityManager
    {0x7AE49844, 0xB1E3, 0x4683, {0xBA, 0x7C, 0x1E, 0x82, 0x12, 0xEA, 0x3B, 0x79}}, // IHostPolicyManager
};

static IHostTaskManager *manager;
static CountingRuntime runtime;

// The four transitions: exactly S_OK, and the last error is the caller's.
static void transition(HRESULT (TOLLGATE_CALL IHostTaskManager::*call)()) {
  SetLastError(0x5A5A);
  CHECK_EQ((manager->*call)(), S_OK);
  CHECK_EQ(GetLastError(), 0x5A5A);
}
static void leave(const void *target) {
  SetLastError(0x5A5A);
  CHECK_EQ(manager->LeaveRuntime(reinterpret_cast<size_t>(target)), S_OK);
  CHECK_EQ(GetLastError(), 0x5A5A);
}
static void enter() { transition(&IHostTaskManager::EnterRuntime); }
static void reverse_enter() { transition(&IHostTaskManager::ReverseEnterRuntime); }
static void reverse_leave() { transition(&IHostTaskManager::ReverseLeaveRuntime); }

// A lock of the runtime's own: without a sync manager it is the system's, and the host is told twice.
static void with_lock() {
  CHECK_EQ(manager->BeginThreadAffinity(), S_OK);
  CHECK_EQ(manager->BeginThreadAffinity(), S_OK);
  CHECK_EQ(manager->EndThreadAffinity(), S_OK);
  CHECK_EQ(manager->EndThreadAffinity(), S_OK);
}

// Without a sync manager a wait is the system's too, announced without a question, also while outside already.
static void wait_for(HANDLE event) {
  leave(reinterpret_cast<const void *>(&WaitForMultipleObjectsEx));
  WaitForMultipleObjectsEx(1, &event, FALSE, INFINITE, TRUE);
  enter();
}

static void native_c() {}
static void managed_b();

// A call of native code: on x64 the host is asked before each, on x86 when the call is bound.
static void call_native(void (*target)()) {
#ifdef _WIN64
  const bool asks = true;
#else
  static bool asks = true;
#endif
  if (asks) {
    int32_t needed = 7;
    CHECK_EQ(manager->CallNeedsHostHook(reinterpret_cast<size_t>(target), &needed), S_OK);
    CHECK_EQ(needed, 1);
  }
#ifndef _WIN64
  asks = false;
#endif
  leave(reinterpret_cast<const void *>(target));
  target();
  enter();
}

static void native_a() { managed_b(); }

static void managed_b() {
  reverse_enter();
  call_native(native_c);
  reverse_leave();
}

// A thread that the runtime has its host make.
struct Thread {
  IHostTask *task = nullptr;
  std::atomic<bool> reported_in{false};
  HANDLE go_on = nullptr;
  bool unloads = false;
};

static uint32_t TOLLGATE_CALL thread_main(void *parameter) {
  Thread *self = static_cast<Thread *>(parameter);
  IHostTask *own = nullptr;
  manager->GetCurrentTask(&own);
  CHECK(own == self->task); // recognised by its address
  own->Release();
  runtime.introduce();
  uint32_t guarantee = 7;
  CHECK_EQ(manager->GetStackGuarantee(&guarantee), E_NOTIMPL);
  CHECK_EQ(manager->SetStackGuarantee(65536), E_NOTIMPL);
  // The worker that unloads application domains leaves for good, and lives on with balanced pairs.
  if (self->unloads) leave(nullptr);
  self->reported_in = true;
  wait_for(self->go_on);
  call_native(native_a);
  with_lock();
  return 0;
}

static void start_thread(Thread *thread, int32_t priority) {
  thread->go_on = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  CHECK_EQ(manager->CreateTask(512 * 1024, thread_main, thread, &thread->task), S_OK);
  CHECK_EQ(thread->task->SetPriority(priority), S_OK);
  CHECK_EQ(thread->task->Start(), S_OK); // anything else, and the creator waits for ever
  while (!thread->reported_in) manager->SwitchToTask(0);
}

static void end_thread(Thread *thread) {
  SetEvent(thread->go_on);
  CHECK_EQ(thread->task->Join(0xFFFFFFFF, TOLLGATE_WAIT_ALERTABLE), S_OK);
  thread->task->Release();
}

struct Clr final : ICLRRuntimeHost, Counted {
  IHostControl *control = nullptr;
  bool started = false;
  Thread finalizer, unloader;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **out) override {
    return answer(this, same(riid, tollgate_IID_IUnknown) || same(riid, __uuidof(ICLRRuntimeHost)), out);
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return add(); }
  ULONG STDMETHODCALLTYPE Release() override { return drop(); }

  HRESULT STDMETHODCALLTYPE SetHostControl(IHostControl *given) override {
    if (!given) return E_INVALIDARG;
    if (started) return E_ACCESSDENIED;
    control = given;
    control->AddRef();
    refused(MEMORY);
    // Another thread that waits for this one meanwhile may have the manager already, and yields on it.
    std::thread([this] {
      IHostTaskManager *early = task_manager();
      CHECK(early->SwitchToTask(0) >= S_OK);
      CHECK(early->Release() > 0);
    }).join();
    manager = task_manager(); // never released
    runtime.host = manager;
    CHECK_EQ(manager->SetCLRTaskManager(&runtime), S_OK);
    for (const GUID &id : AFTER_TASK) refused(id);
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE Start() override {
    CHECK_EQ(SetHostControl(nullptr), E_INVALIDARG);
    with_lock(); // the first calls of this thread
    started = true;
    CHECK_EQ(SetHostControl(control), E_ACCESSDENIED);
    runtime.introduce();
    start_thread(&finalizer, 2);
    unloader.unloads = true;
    start_thread(&unloader, 0);
    IUnknown *domain_manager = &runtime;
    CHECK_EQ(control->SetAppDomainManager(1, domain_manager), S_OK);
    return S_OK;
  }

  // No transition announces the way in. The program calls native code that calls back, from this thread and from one that
  // was never managed.
  HRESULT STDMETHODCALLTYPE ExecuteInDefaultAppDomain(LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, DWORD *result) override {
    for (int i = 0; i < 1000; i++) call_native(native_a);
    std::thread([] {
      runtime.introduce();
      managed_b();
    }).join();
    // Adopted between the halves of a call: the second half comes first.
    std::thread([] { enter(); }).join();
    CHECK_EQ(manager->SetUILocale(1031), S_OK);
    CHECK_EQ(manager->SetLocale(1031), S_OK);
    *result = 42;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE Stop() override {
    CHECK(started);
    end_thread(&finalizer);
    end_thread(&unloader);
    runtime.finalize();
    control->Release();
    started = false;
    // Threads still come back from native code.
    leave(nullptr);
    enter();
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE GetCLRControl(ICLRControl **out) override {
    *out = nullptr;
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE UnloadAppDomain(DWORD, WINBOOL) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE ExecuteInAppDomain(DWORD, FExecuteInAppDomainCallback, void *) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetCurrentAppDomainId(DWORD *id) override {
    *id = 1;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE ExecuteApplication(LPCWSTR, DWORD, LPCWSTR *, DWORD, LPCWSTR *, int *) override {
    return E_NOTIMPL;
  }

private:
  void refused(const GUID &id) {
    void *out = &out;
    CHECK_EQ(control->GetHostManager(id, &out), E_NOINTERFACE);
    CHECK(out == nullptr);
  }

  IHostTaskManager *task_manager() {
    void *out = nullptr;
    CHECK_EQ(control->GetHostManager(tollgate_IID_IHostTaskManager, &out), S_OK);
    CHECK(out != nullptr);
    return static_cast<IHostTaskManager *>(out);
  }
};

static Clr clr;

extern "C" __declspec(dllexport) HRESULT WINAPI CorBindToRuntimeEx(LPCWSTR version, LPCWSTR, DWORD, REFCLSID clsid, REFIID iid,
                                                                  void **out) {
  CHECK(wcscmp(version, L"v4.0.30319") == 0 && same(clsid, CLR_RUNTIME_HOST));
  return clr.QueryInterface(iid, out);
}

// The process ends: all other threads are gone, the loader's lock is held, and the runtime shuts down with the usual calls.
extern "C" BOOL WINAPI DllMain(HINSTANCE, DWORD reason, void *process_ends) {
  if (reason == DLL_PROCESS_DETACH && process_ends && manager) {
    with_lock();
    leave(nullptr);
    enter();
    reverse_enter();
    reverse_leave();
    CHECK(manager->SwitchToTask(0) >= S_OK);
    fputs("shut down: every call under the loader's lock was answered\n", stderr);
  }
  return TRUE;
}
