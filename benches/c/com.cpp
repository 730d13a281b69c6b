// The COM door: calls through a vtable, as a runtime makes them. Compiled once for Tollgate's manager, once for an empty
// one (DOOR names it, MANAGER the function that hands the manager out).
#include "tollgate_com.h"

#include "doors.h"

extern "C" IHostTaskManager *MANAGER();

extern "C" int32_t DOOR_LOOP(pairs)(uint64_t times) {
  IHostTaskManager *manager = MANAGER();
  int32_t result = 0;
  for (; times != 0; times--) {
    result |= manager->LeaveRuntime(DOOR_TARGET);
    result |= manager->EnterRuntime();
  }
  return result;
}

extern "C" int32_t DOOR_LOOP(nested)(uint64_t times) {
  IHostTaskManager *manager = MANAGER();
  int32_t result = 0;
  for (; times != 0; times--) {
    result |= manager->LeaveRuntime(DOOR_TARGET);
    result |= manager->ReverseEnterRuntime();
    result |= manager->LeaveRuntime(DOOR_TARGET + 1);
    result |= manager->ReverseEnterRuntime();
    result |= manager->ReverseLeaveRuntime();
    result |= manager->EnterRuntime();
    result |= manager->ReverseLeaveRuntime();
    result |= manager->EnterRuntime();
  }
  return result;
}
