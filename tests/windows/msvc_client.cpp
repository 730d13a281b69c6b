// A host compiled with Microsoft's C++ ABI, without Microsoft's headers and libraries: classes, vtables and calling conventions
// are those of Visual C++. Linked with tollgate.dll alone.
//
// The process ends with 0, or says which check failed and ends with 1.
#include "tollgate_com.h"
#include "tollgate_inline.h"

extern "C" {
[[noreturn]] __declspec(dllimport) void __stdcall ExitProcess(unsigned);
__declspec(dllimport) unsigned long __stdcall GetLastError();
__declspec(dllimport) void __stdcall SetLastError(unsigned long);
__declspec(dllimport) void *__stdcall GetStdHandle(unsigned long);
__declspec(dllimport) int __stdcall WriteFile(void *, const void *, unsigned long, unsigned long *, void *);
__declspec(dllimport) unsigned long __stdcall GetCurrentThreadId();

// What the compiler asks for where there is no C library: floating-point support is none, memory is set byte by byte.
int _fltused;
void *memset(void *to, int value, size_t count) {
  for (volatile char *byte = static_cast<char *>(to); count > 0; count--) *byte++ = static_cast<char>(value);
  return to;
}
}

template <size_t SIZE> static void say(const char (&text)[SIZE]) {
  unsigned long written = 0;
  WriteFile(GetStdHandle(static_cast<unsigned long>(-11)), text, SIZE - 1, &written, nullptr);
}

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define CHECK(condition) \
  ((condition) ? (void)0 : (say("line " TEXT(__LINE__) ": " #condition "\r\n"), ExitProcess(1)))

static const unsigned long MARK = 0x5A5A;

// Every call through it leaves the last error alone.
template <class Call> static HRESULT keeps(Call call) {
  SetLastError(MARK);
  const HRESULT result = call();
  CHECK(GetLastError() == MARK);
  return result;
}

static uint32_t depth(IHostTaskManager *manager) {
  tollgate_task_info info = {};
  uint32_t count = 0;
  CHECK(tollgate_snapshot(manager, &info, sizeof info, 1, &count) == S_OK);
  CHECK(count == 1 && info.os_thread == GetCurrentThreadId());
  return info.depth;
}

// The runtime's half of a task, as Visual C++ lays a class out.
class Half final : public ICLRTask {
public:
  long references = 1;
  int exits = 0;
  unsigned long exit_thread = 0;

  HRESULT __stdcall QueryInterface(const GUID &, void **out) override {
    *out = nullptr;
    return E_NOINTERFACE;
  }
  ULONG __stdcall AddRef() override { return static_cast<ULONG>(__atomic_add_fetch(&references, 1, __ATOMIC_SEQ_CST)); }
  ULONG __stdcall Release() override { return static_cast<ULONG>(__atomic_sub_fetch(&references, 1, __ATOMIC_SEQ_CST)); }
  HRESULT __stdcall SwitchIn(void *) override { return E_FAIL; }
  HRESULT __stdcall SwitchOut() override { return E_NOTIMPL; }
  HRESULT __stdcall GetMemStats(COR_GC_THREAD_STATS *stats) override {
    stats->PerThreadAllocation = 0x123456789A;
    return S_OK;
  }
  HRESULT __stdcall Reset(int32_t) override { return E_FAIL; }
  HRESULT __stdcall ExitTask() override {
    exits++;
    exit_thread = GetCurrentThreadId();
    return S_OK;
  }
  HRESULT __stdcall Abort() override { return S_OK; }
  HRESULT __stdcall RudeAbort() override { return S_OK; }
  HRESULT __stdcall NeedsPriorityScheduling(int32_t *needs) override {
    *needs = 0;
    return S_OK;
  }
  HRESULT __stdcall YieldTask() override { return S_OK; }
  HRESULT __stdcall LocksHeld(size_t *locks) override {
    *locks = 0;
    return S_OK;
  }
  HRESULT __stdcall SetTaskIdentifier(uint64_t asked) override { return asked == 0x1122334455667788 ? S_OK : E_FAIL; }
};

static Half half;
static IHostTaskManager *manager;
static unsigned long task_thread;

static uint32_t __stdcall routine(void *parameter) {
  IHostTask *own = nullptr;
  uint64_t id = 0;
  tollgate_task_info tasks[4] = {};
  uint32_t count = 0;
  COR_GC_THREAD_STATS stats = {};
  task_thread = GetCurrentThreadId();
  CHECK(parameter == &half);
  CHECK(manager->GetCurrentTask(&own) == S_OK);
  CHECK(own->SetCLRTask(&half) == S_OK);
  own->Release();
  CHECK(tollgate_snapshot(manager, tasks, sizeof tasks[0], 4, &count) == S_OK && count <= 4);
  for (uint32_t i = 0; i < count; i++)
    if (tasks[i].os_thread == task_thread) id = tasks[i].id;
  CHECK(tollgate_task_set_identifier(manager, id, 0x1122334455667788) == S_OK);
  CHECK(tollgate_task_memory(manager, id, &stats) == S_OK && stats.PerThreadAllocation == 0x123456789A);
  return 7;
}

extern "C" [[noreturn]] void mainCRTStartup() {
  CHECK(tollgate_manager_create(nullptr, &manager) == S_OK);
  void *same = nullptr;
  CHECK(manager->QueryInterface(tollgate_IID_IHostTaskManager, &same) == S_OK && same == manager);
  manager->Release();

  CHECK(keeps([] { return manager->LeaveRuntime(0xA); }) == S_OK && depth(manager) == 1);
  CHECK(keeps([] { return manager->ReverseEnterRuntime(); }) == S_OK && depth(manager) == 2);
  CHECK(keeps([] { return manager->LeaveRuntime(0xC); }) == S_OK && depth(manager) == 3);
  CHECK(keeps([] { return manager->EnterRuntime(); }) == S_OK && depth(manager) == 2);
  CHECK(keeps([] { return manager->ReverseLeaveRuntime(); }) == S_OK && depth(manager) == 1);
  CHECK(keeps([] { return manager->EnterRuntime(); }) == S_OK && depth(manager) == 0);
  CHECK(keeps([] { return manager->EnterRuntime(); }) == HOST_E_NOT_OWNER);

  CHECK(tollgate_inline_check() == S_OK);
  tollgate_task *task = tollgate_current(manager);
  for (int i = 0; i < 1000; i++) {
    CHECK(tollgate_inline_leave(task, 1) == S_OK && tollgate_inline_reverse_enter(task) == S_OK);
    CHECK(tollgate_inline_reverse_leave(task) == S_OK && tollgate_inline_enter(task) == S_OK);
  }
  CHECK(depth(manager) == 0);

  // A thread that is inside cannot pause.
  CHECK(manager->LeaveRuntime(0) == S_OK);
  IHostTask *created = nullptr;
  CHECK(manager->CreateTask(128 * 1024, routine, &half, &created) == S_OK);
  CHECK(keeps([created] { return created->Start(); }) == S_OK);
  CHECK(keeps([created] { return created->Join(0xFFFFFFFF, 0); }) == S_OK);
  created->Release();
  CHECK(half.exits == 1 && half.exit_thread == task_thread && half.references == 1);
  CHECK(keeps([] { return tollgate_pause(manager, 1000, nullptr, 0); }) == S_OK);
  CHECK(keeps([] { return tollgate_resume(manager); }) == S_OK);

  say("a client of Visual C++'s ABI: sequence, inlined calls, task and its half\r\n");
  ExitProcess(0);
}
