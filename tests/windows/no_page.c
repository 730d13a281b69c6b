/* A manager that other processes can watch is not to be had on Windows, and the caller is told so. */
#include "check.h"

int main(void) {
  struct tollgate_config config;
  struct IHostTaskManager *manager = (struct IHostTaskManager *)(void *)&config;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.max_tasks = 16; /* 32 bits have no room for as many as there can be */
  config.flags = TOLLGATE_PAGE;
  CHECK_EQ(tollgate_manager_create(&config, &manager), E_NOTIMPL);
  CHECK(manager == NULL);
  config.max_tasks = 0;
  config.flags = TOLLGATE_TRACE;
  config.trace_tasks = 64; /* nor for as many rings as there are if nothing is said */
  config.trace_records = 1024;
  CHECK_EQ(tollgate_manager_create(&config, &manager), S_OK);
  CHECK_EQ(manager->lpVtbl->LeaveRuntime(manager, 1), S_OK);
  CHECK_EQ(manager->lpVtbl->EnterRuntime(manager), S_OK);
  CHECK_EQ(balanced_totals(manager).enters, 1);
  puts("no page, and traces without one");
  return 0;
}
