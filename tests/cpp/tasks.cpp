// A whole run of a runtime against the host's interfaces, each slot in the order in which a desktop CLR calls it; all
// references must balance at the end, and every task's half get its one ExitTask on its own thread.
#include "counting_runtime.h"

#include <thread>
#include <vector>

static const uint32_t FOREVER = 0xFFFFFFFF;

static GUID guid(uint32_t a, uint16_t b, uint16_t c, std::initializer_list<uint8_t> rest) {
  GUID id = {a, b, c, {}};
  std::copy(rest.begin(), rest.end(), id.Data4);
  return id;
}

// What a runtime asks for besides the task manager, in its order; all optional.
static const GUID OTHER_MANAGERS[] = {
    guid(0x7BC698D1, 0xF9E3, 0x4460, {0x9C, 0xDE, 0xD0, 0x42, 0x48, 0xE9, 0xFA, 0x25}), // IHostMemoryManager
    guid(0x983D50E2, 0xCB15, 0x466B, {0x80, 0xFC, 0x84, 0x5D, 0xC6, 0xE8, 0xC5, 0xFD}), // IHostThreadpoolManager
    guid(0x8BDE9D80, 0xEC06, 0x41D6, {0x83, 0xE6, 0x22, 0x58, 0x0E, 0xFF, 0xCC, 0x20}), // IHostIoCompletionManager
    guid(0x234330C7, 0x5F10, 0x4F20, {0x96, 0x15, 0x51, 0x22, 0xDA, 0xB7, 0xA0, 0xAC}), // IHostSyncManager
    guid(0x613DABD7, 0x62B2, 0x493E, {0x9E, 0x65, 0xC1, 0xE3, 0x2A, 0x1E, 0x0C, 0x5E}), // IHostAssemblyManager
    guid(0x5D4EC34E, 0xF248, 0x457B, {0xB6, 0x03, 0x25, 0x5F, 0xAA, 0xBA, 0x0D, 0x21}), // IHostGCManager
    guid(0x75AD2468, 0xA349, 0x4D02, {0xA7, 0x64, 0x76, 0xA6, 0x8A, 0xEE, 0x0C, 0x4F}), // IHostSecurityManager
    guid(0x7AE49844, 0xB1E3, 0x4683, {0xBA, 0x7C, 0x1E, 0x82, 0x12, 0xEA, 0x3B, 0x79}), // IHostPolicyManager
};

static IHostTaskManager *manager;
static CountingRuntime runtime;

static IHostTaskManager *ask_for_manager(IHostControl *control) {
  void *out = nullptr;
  CHECK_EQ(control->GetHostManager(tollgate_IID_IHostTaskManager, &out), S_OK);
  CHECK(out == manager);
  return static_cast<IHostTaskManager *>(out);
}

// ICLRRuntimeHost::SetHostControl: every manager is asked for, while another thread waits for the same to be over.
static void set_host_control(IHostControl *control) {
  control->AddRef();
  std::thread waiting([&] {
    for (int i = 0; i < 100; i++) {
      IHostTaskManager *early = ask_for_manager(control);
      CHECK(early->SwitchToTask(0) >= S_OK);
      CHECK(early->Release() > 0);
    }
  });
  for (const GUID &id : OTHER_MANAGERS) {
    void *out = &out;
    CHECK_EQ(control->GetHostManager(id, &out), E_NOINTERFACE);
    CHECK(out == nullptr);
  }
  ask_for_manager(control); // never released
  waiting.join();
  CHECK_EQ(manager->SetCLRTaskManager(&runtime), S_OK);
  CHECK_EQ(runtime.references, 2);
}

// The interfaces' rules, on one object: identity, symmetry, no other interface, NULL on failure.
template <class Interface> static void check_identity(Interface *object, const GUID &own, const GUID &other) {
  void *self = nullptr, *unknown = nullptr, *again = nullptr, *none = &none;
  CHECK_EQ(object->QueryInterface(own, &self), S_OK);
  CHECK_EQ(object->QueryInterface(tollgate_IID_IUnknown, &unknown), S_OK);
  CHECK_EQ(static_cast<IUnknown *>(unknown)->QueryInterface(own, &again), S_OK);
  CHECK(self == object && again == object);
  CHECK_EQ(object->QueryInterface(other, &none), E_NOINTERFACE);
  CHECK(none == nullptr);
  CHECK_EQ(object->QueryInterface(own, nullptr), E_POINTER);
  for (int i = 0; i < 3; i++) object->Release();
}

// A thread that the runtime asks its host for, as the runtime's own object.
struct ManagedThread {
  IHostTask *task = nullptr;
  std::atomic<bool> reported_in{false};
  int depth = 0;
  HRESULT slept = S_FALSE;
};

static uint32_t TOLLGATE_CALL managed_main(void *parameter) {
  ManagedThread *self = static_cast<ManagedThread *>(parameter);
  // Pending threads are recognised by the address that CreateTask gave.
  IHostTask *own = nullptr;
  CHECK_EQ(manager->GetCurrentTask(&own), S_OK);
  CHECK(own == self->task);
  own->Release();
  CountingTask *half = runtime.introduce();
  self->reported_in = true;

  // Runtime locks bracket everything when there is no sync manager.
  CHECK_EQ(manager->BeginThreadAffinity(), S_OK);
  CHECK_EQ(manager->BeginThreadAffinity(), S_OK);
  CHECK_EQ(manager->EndThreadAffinity(), S_OK);
  CHECK_EQ(manager->EndThreadAffinity(), S_OK);
  CHECK_EQ(manager->EndThreadAffinity(), E_UNEXPECTED);
  // The stack guarantee is left to the runtime.
  uint32_t guarantee = 7;
  CHECK_EQ(manager->GetStackGuarantee(&guarantee), E_NOTIMPL);
  CHECK_EQ(guarantee, 0);
  CHECK_EQ(manager->SetStackGuarantee(65536), E_NOTIMPL);
  CHECK_EQ(manager->SetLocale(1033), S_OK);
  CHECK_EQ(manager->SetUILocale(1031), S_OK);

  // The documented nested sequence: program, C function A, managed method B, C function C. x64 asks before each call.
  int32_t needed = 7;
  CHECK_EQ(manager->CallNeedsHostHook(0xA, &needed), S_OK);
  CHECK_EQ(needed, 1);
  CHECK_EQ(manager->LeaveRuntime(0xA), S_OK);
  CHECK_EQ(manager->ReverseEnterRuntime(), S_OK);
  CHECK_EQ(manager->CallNeedsHostHook(0xE, &needed), S_OK);
  CHECK_EQ(needed, 0); // exempt: called without announcement
  CHECK_EQ(manager->LeaveRuntime(0xC), S_OK);
  const tollgate_task_info info = own_task(manager);
  CHECK_EQ(info.depth, 3);
  CHECK_EQ(info.targets[0], 0xC);
  CHECK_EQ(info.targets[2], 0xA);
  CHECK_EQ(manager->EnterRuntime(), S_OK);
  CHECK_EQ(manager->ReverseLeaveRuntime(), S_OK);
  CHECK_EQ(manager->EnterRuntime(), S_OK);

  CHECK_EQ(manager->BeginDelayAbort(), S_OK);
  CHECK_EQ(manager->BeginDelayAbort(), E_UNEXPECTED);
  CHECK_EQ(tollgate_task_abort(manager, info.id), HOST_E_INVALIDOPERATION);
  CHECK_EQ(half->aborts, 0);
  CHECK_EQ(manager->EndDelayAbort(), S_OK);
  CHECK_EQ(manager->EndDelayAbort(), E_UNEXPECTED);

  CHECK_EQ(manager->Sleep(0, 0), S_OK);
  CHECK_EQ(manager->Sleep(1, 0), S_OK);
  self->slept = manager->Sleep(FOREVER, TOLLGATE_WAIT_ALERTABLE);
  return 0;
}

static IHostTask *create(uint32_t stack, ManagedThread *thread) {
  CHECK_EQ(manager->CreateTask(stack, managed_main, thread, &thread->task), S_OK);
  CHECK(thread->task != nullptr);
  return thread->task;
}

// Thread.Start: created, given its priority while suspended, started, and waited for in a loop of yields.
static void run_managed_threads() {
  const uint32_t stacks[] = {0, 128 << 10, 512 << 10, 1 << 20};
  std::vector<ManagedThread> threads(4);
  for (size_t i = 0; i < threads.size(); i++) {
    IHostTask *task = create(stacks[i], &threads[i]);
    int32_t level = 7;
    CHECK_EQ(task->SetPriority(-1), S_OK);
    CHECK_EQ(task->GetPriority(&level), S_OK);
    CHECK_EQ(level, -1);
    CHECK_EQ(task->Join(1, 0), HOST_E_TIMEOUT);
    CHECK_EQ(task->Start(), S_OK);
    CHECK_EQ(task->Start(), HOST_E_INVALIDOPERATION);
    while (!threads[i].reported_in) manager->SwitchToTask(0);
  }
  check_identity(threads[0].task, tollgate_IID_IHostTask, tollgate_IID_IHostTaskManager);
  for (ManagedThread &thread : threads) {
    // Thread.Interrupt: before, in or after the alertable sleep.
    CHECK_EQ(thread.task->Alert(), S_OK);
    CHECK_EQ(thread.task->Join(FOREVER, TOLLGATE_WAIT_ALERTABLE), S_OK);
    CHECK_EQ(thread.slept, HOST_E_INTERRUPTED);
    CHECK_EQ(thread.task->Alert(), S_OK);
    CHECK_EQ(thread.task->SetCLRTask(nullptr), E_POINTER);
  }
  std::thread([&] {
    for (ManagedThread &thread : threads) thread.task->Release();
  }).join();
}

// A native thread that calls in: whatever the first call is, it finds or makes the thread's task.
static void run_native_threads() {
  std::vector<std::thread> threads;
  threads.emplace_back([] {
    CHECK_EQ(manager->BeginThreadAffinity(), S_OK);
    runtime.introduce();
    CHECK_EQ(manager->EndThreadAffinity(), S_OK);
    CHECK_EQ(manager->ReverseEnterRuntime(), S_OK);
    CHECK_EQ(manager->ReverseLeaveRuntime(), S_OK);
  });
  threads.emplace_back([] {
    IHostTask *first = nullptr, *second = nullptr;
    CHECK_EQ(manager->GetCurrentTask(&first), S_OK);
    CHECK_EQ(manager->GetCurrentTask(&second), S_OK);
    CHECK(first != nullptr && first == second);
    CHECK_EQ(first->Join(FOREVER, 0), HOST_E_DEADLOCK);
    second->Release();
    // Adopted by a transition, without a half: the host's side works all the same.
    CHECK_EQ(manager->ReverseEnterRuntime(), S_OK);
    CHECK_EQ(tollgate_task_abort(manager, own_task(manager).id), HOST_E_CLRNOTAVAILABLE);
    CHECK_EQ(manager->ReverseLeaveRuntime(), S_OK);
    first->Release();
  });
  threads.emplace_back([] {
    int32_t needed = 7;
    CHECK_EQ(manager->CallNeedsHostHook(0, &needed), S_OK);
    CHECK_EQ(manager->Sleep(0, TOLLGATE_WAIT_ALERTABLE), S_OK);
  });
  for (std::thread &thread : threads) thread.join();
}

// The host's side: a thread of its own becomes known to the runtime, and other threads reach its half by its task's id.
static void run_host_thread() {
  uint32_t kind = 0;
  ICLRTask *borrowed = reinterpret_cast<ICLRTask *>(&kind);
  CHECK_EQ(tollgate_current_runtime_task(manager, &borrowed), S_OK);
  CHECK(borrowed == nullptr);
  CHECK_EQ(tollgate_set_locale(manager, 1036), HOST_E_INVALIDOPERATION); // the runtime's answer: unknown thread
  CHECK_EQ(tollgate_introduce_thread(manager), S_OK);
  CHECK_EQ(tollgate_introduce_thread(manager), HOST_E_INVALIDOPERATION);
  CHECK_EQ(tollgate_current_runtime_task(manager, &borrowed), S_OK);
  CountingTask *half = static_cast<CountingTask *>(borrowed);
  CHECK_EQ(half->references, 2); // its maker's and Tollgate's: what is borrowed is not counted
  CHECK_EQ(tollgate_current_task_type(manager, &kind), S_OK);
  CHECK_EQ(kind, TOLLGATE_TT_USER);
  CHECK_EQ(tollgate_set_locale(manager, 1036), S_OK);
  CHECK_EQ(tollgate_set_ui_locale(manager, 1040), S_OK);
  CHECK_EQ(runtime.locale, 1036);
  CHECK_EQ(runtime.ui_locale, 1040);
  uint32_t locale = 0, ui_locale = 0;
  CHECK_EQ(tollgate_locales(manager, &locale, &ui_locale), S_OK);
  CHECK_EQ(locale, 1036);
  CHECK_EQ(ui_locale, 1040);

  const uint64_t id = own_task(manager).id;
  CHECK_EQ(tollgate_task_yield(manager, id), HOST_E_INVALIDOPERATION); // oneself
  std::thread([&] {
    CHECK_EQ(tollgate_task_abort(manager, id), S_OK);
    CHECK_EQ(tollgate_task_rude_abort(manager, id), S_OK);
    CHECK_EQ(tollgate_task_yield(manager, id), S_OK);
    CHECK_EQ(tollgate_task_set_identifier(manager, id, 77), S_OK);
    COR_GC_THREAD_STATS stats = {1, 1};
    size_t locks = 9;
    int32_t needs = 9;
    CHECK_EQ(tollgate_task_memory(manager, id, &stats), S_OK);
    CHECK_EQ(stats.PerThreadAllocation, 12345);
    CHECK_EQ(stats.Flags, 0);
    CHECK_EQ(tollgate_task_locks_held(manager, id, &locks), S_OK);
    CHECK_EQ(locks, 2);
    CHECK_EQ(tollgate_task_needs_priority(manager, id, &needs), S_OK);
    CHECK_EQ(needs, 1);
  }).join();
  CHECK_EQ(half->aborts, 1);
  CHECK_EQ(half->rude_aborts, 1);
  CHECK_EQ(half->yields, 2);
  CHECK_EQ(half->identifier, 77);

  // The slots that only hosts with fibers call, through the interface itself.
  void *second = nullptr;
  CHECK_EQ(borrowed->QueryInterface(tollgate_IID_ICLRTask2, &second), S_OK);
  ICLRTask2 *task2 = static_cast<ICLRTask2 *>(second);
  CHECK_EQ(task2->BeginPreventAsyncAbort(), S_OK);
  CHECK_EQ(half->prevented, 1);
  CHECK_EQ(task2->EndPreventAsyncAbort(), S_OK);
  CHECK_EQ(half->prevented, 0);
  task2->Release();
  CHECK_EQ(borrowed->SwitchOut(), E_NOTIMPL);
  CHECK_EQ(borrowed->SwitchIn(&kind), HOST_E_INVALIDOPERATION);
  CHECK_EQ(borrowed->Reset(1), S_OK);
  CHECK_EQ(half->resets, 1);
  CHECK_EQ(half->references, 2);
}

struct DomainManager final : IUnknown, Counted {
  HRESULT TOLLGATE_CALL QueryInterface(const GUID &riid, void **out) override {
    return answer<IUnknown>(this, same(riid, tollgate_IID_IUnknown), out);
  }
  ULONG TOLLGATE_CALL AddRef() override { return add(); }
  ULONG TOLLGATE_CALL Release() override { return drop(); }
};

static void TOLLGATE_CALL on_domain(void *context, uint32_t domain, IUnknown *object) {
  *static_cast<uint32_t *>(context) = object ? domain : 0;
}

int main() {
  manager = new_manager(TOLLGATE_POLICY_GOVERN);
  runtime.host = manager;
  IHostControl *control = nullptr;
  CHECK_EQ(tollgate_manager_control(manager, nullptr, &control), S_OK);
  const size_t exempt[] = {0xE, 0xD};
  CHECK_EQ(tollgate_set_exempt_targets(manager, exempt, 2), S_OK);
  uint32_t told = 0;
  CHECK_EQ(tollgate_control_observe_app_domains(control, on_domain, &told), S_OK);

  set_host_control(control);
  check_identity(control, tollgate_IID_IHostControl, tollgate_IID_IHostTaskManager);
  check_identity(manager, tollgate_IID_IHostTaskManager, tollgate_IID_IHostControl);
  DomainManager domain;
  CHECK_EQ(control->SetAppDomainManager(1, &domain), S_OK);
  CHECK_EQ(told, 1);
  CHECK_EQ(domain.references, 2);

  run_managed_threads();
  run_native_threads();
  std::thread(run_host_thread).join();

  // Stop: the control is released, the manager never; calls still come.
  IUnknown *kept = nullptr;
  CHECK_EQ(tollgate_control_app_domain_manager(control, 1, &kept), S_OK);
  CHECK(kept == &domain);
  kept->Release();
  CHECK_EQ(control->SetAppDomainManager(1, nullptr), S_OK);
  CHECK_EQ(told, 0);
  CHECK_EQ(domain.references, 1);
  control->Release();
  CHECK_EQ(manager->LeaveRuntime(0), S_OK);
  CHECK_EQ(manager->EnterRuntime(), S_OK);
  std::thread([] { runtime.finalize(); }).join();

  const size_t halves = runtime.check_balance();
  CHECK_EQ(runtime.references, 2); // the manager's own is for good
  CHECK_EQ(runtime.added, 1);
  while (balanced_totals(manager).tasks_live != 1) manager->SwitchToTask(0); // threads that have not quite ended
  printf("%zu runtime halves: one ExitTask each, every reference back\n", halves);
}
