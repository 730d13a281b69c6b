/*
 The smallest host: one manager, one crossing, one look.

   cc hello.c -Iinclude lib/libtollgate.a -pthread -o hello
*/
#include <stdio.h>

#include "tollgate.h"

static void native_function(void) {}

int main(void) {
  IHostTaskManager *manager = NULL;
  struct tollgate_task_info task;
  uint32_t count = 0, version = tollgate_version();
  HRESULT hr = tollgate_manager_create(NULL, &manager);

  /* Managed code calls native_function ... */
  if (hr == S_OK) hr = manager->lpVtbl->LeaveRuntime(manager, (size_t)native_function);
  native_function();

  /* ... where any thread may look at it ... */
  if (hr == S_OK) hr = tollgate_snapshot(manager, &task, sizeof task, 1, &count);

  /* ... and is back. */
  if (hr == S_OK) hr = manager->lpVtbl->EnterRuntime(manager);
  if (hr != S_OK) {
    fprintf(stderr, "hello: a call failed with 0x%08X\n", (unsigned)hr);
    return 1;
  }
  printf("Tollgate %u.%u.%u: %u task, %s, depth %u\n", (unsigned)(version >> 16), (unsigned)(version >> 8 & 255),
         (unsigned)(version & 255), (unsigned)count, task.side ? "inside" : "outside", (unsigned)task.depth);
  return 0;
}
