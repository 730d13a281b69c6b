// The classes of tollgate_com.h put every method in the slot that tollgate.h gives it.
//
// Each method of each class is called on an object whose vtable is a table of functions that only say where they stand.
#include "check.h"
#include "tollgate_com.h"

#include <cstddef>
#include <utility>

static int called;

// Stands in slot N, whatever the arguments: it looks at none of them. Caller and callee agree on who clears the stack
// only where there is one calling convention, so this test is for platforms other than 32-bit Windows.
template <int N> static HRESULT TOLLGATE_CALL slot() {
  called = N;
  return N;
}

using AnyMethod = HRESULT(TOLLGATE_CALL *)();

template <int... N> static const AnyMethod *slots(std::integer_sequence<int, N...>) {
  static const AnyMethod table[] = {&slot<N>...};
  return table;
}

static const AnyMethod *const recording[] = {slots(std::make_integer_sequence<int, 32>())};

template <class Interface> static Interface *object() {
  return reinterpret_cast<Interface *>(const_cast<const AnyMethod **>(recording));
}

// Calls a method through the class and compares with the place of the same name in the struct.
#define EXPECT_SLOT(interface, method, ...)                                         \
  do {                                                                              \
    called = -1;                                                                    \
    object<interface>()->method(__VA_ARGS__);                                       \
    CHECK_EQ(called, offsetof(interface##Vtbl, method) / sizeof(void *));           \
    methods++;                                                                      \
  } while (0)

#define EXPECT_UNKNOWN(interface)                                  \
  do {                                                             \
    EXPECT_SLOT(interface, QueryInterface, guid, &pointer);        \
    EXPECT_SLOT(interface, AddRef);                                \
    EXPECT_SLOT(interface, Release);                               \
  } while (0)

// Fails when a method was forgotten.
#define EXPECT_ALL(interface)                                      \
  do {                                                             \
    CHECK_EQ(methods, sizeof(interface##Vtbl) / sizeof(void *));   \
    total += methods;                                              \
    methods = 0;                                                   \
  } while (0)

#define EXPECT_CLR_TASK(interface)                                 \
  do {                                                             \
    EXPECT_UNKNOWN(interface);                                     \
    EXPECT_SLOT(interface, SwitchIn, nullptr);                     \
    EXPECT_SLOT(interface, SwitchOut);                             \
    EXPECT_SLOT(interface, GetMemStats, nullptr);                  \
    EXPECT_SLOT(interface, Reset, 0);                              \
    EXPECT_SLOT(interface, ExitTask);                              \
    EXPECT_SLOT(interface, Abort);                                 \
    EXPECT_SLOT(interface, RudeAbort);                             \
    EXPECT_SLOT(interface, NeedsPriorityScheduling, nullptr);      \
    EXPECT_SLOT(interface, YieldTask);                             \
    EXPECT_SLOT(interface, LocksHeld, nullptr);                    \
    EXPECT_SLOT(interface, SetTaskIdentifier, 0);                  \
  } while (0)

int main() {
  const GUID guid = tollgate_IID_IUnknown;
  void *pointer = nullptr;
  size_t methods = 0, total = 0;

#ifndef _WIN32 // where it is the system's own
  EXPECT_UNKNOWN(IUnknown);
  EXPECT_ALL(IUnknown);
#endif

  EXPECT_UNKNOWN(IHostControl);
  EXPECT_SLOT(IHostControl, GetHostManager, guid, &pointer);
  EXPECT_SLOT(IHostControl, SetAppDomainManager, 0, nullptr);
  EXPECT_ALL(IHostControl);

  EXPECT_UNKNOWN(IHostTaskManager);
  EXPECT_SLOT(IHostTaskManager, GetCurrentTask, nullptr);
  EXPECT_SLOT(IHostTaskManager, CreateTask, 0, nullptr, nullptr, nullptr);
  EXPECT_SLOT(IHostTaskManager, Sleep, 0, 0);
  EXPECT_SLOT(IHostTaskManager, SwitchToTask, 0);
  EXPECT_SLOT(IHostTaskManager, SetUILocale, 0);
  EXPECT_SLOT(IHostTaskManager, SetLocale, 0);
  EXPECT_SLOT(IHostTaskManager, CallNeedsHostHook, 0, nullptr);
  EXPECT_SLOT(IHostTaskManager, LeaveRuntime, 0);
  EXPECT_SLOT(IHostTaskManager, EnterRuntime);
  EXPECT_SLOT(IHostTaskManager, ReverseLeaveRuntime);
  EXPECT_SLOT(IHostTaskManager, ReverseEnterRuntime);
  EXPECT_SLOT(IHostTaskManager, BeginDelayAbort);
  EXPECT_SLOT(IHostTaskManager, EndDelayAbort);
  EXPECT_SLOT(IHostTaskManager, BeginThreadAffinity);
  EXPECT_SLOT(IHostTaskManager, EndThreadAffinity);
  EXPECT_SLOT(IHostTaskManager, SetStackGuarantee, 0);
  EXPECT_SLOT(IHostTaskManager, GetStackGuarantee, nullptr);
  EXPECT_SLOT(IHostTaskManager, SetCLRTaskManager, nullptr);
  EXPECT_ALL(IHostTaskManager);

  EXPECT_UNKNOWN(IHostTask);
  EXPECT_SLOT(IHostTask, Start);
  EXPECT_SLOT(IHostTask, Alert);
  EXPECT_SLOT(IHostTask, Join, 0, 0);
  EXPECT_SLOT(IHostTask, SetPriority, 0);
  EXPECT_SLOT(IHostTask, GetPriority, nullptr);
  EXPECT_SLOT(IHostTask, SetCLRTask, nullptr);
  EXPECT_ALL(IHostTask);

  EXPECT_UNKNOWN(ICLRTaskManager);
  EXPECT_SLOT(ICLRTaskManager, CreateTask, nullptr);
  EXPECT_SLOT(ICLRTaskManager, GetCurrentTask, nullptr);
  EXPECT_SLOT(ICLRTaskManager, SetUILocale, 0);
  EXPECT_SLOT(ICLRTaskManager, SetLocale, 0);
  EXPECT_SLOT(ICLRTaskManager, GetCurrentTaskType, nullptr);
  EXPECT_ALL(ICLRTaskManager);

  EXPECT_CLR_TASK(ICLRTask);
  EXPECT_ALL(ICLRTask);

  EXPECT_CLR_TASK(ICLRTask2);
  EXPECT_SLOT(ICLRTask2, BeginPreventAsyncAbort);
  EXPECT_SLOT(ICLRTask2, EndPreventAsyncAbort);
  EXPECT_ALL(ICLRTask2);

  printf("%zu methods in their slots\n", total);
}
