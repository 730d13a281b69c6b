/*
 A plugin that brings its own Tollgate along, whatever the program that loads it is linked with.

   cc -shared -fPIC plugin.c -Iinclude lib/libtollgate.a -pthread -Wl,--exclude-libs,libtollgate.a -Wl,-z,nodelete -o plugin.so

 --exclude-libs keeps Tollgate's functions to this plugin: two copies must not answer to one name. -z nodelete keeps the
 plugin in memory after dlclose: threads that crossed still run its exit hook when they end.
*/
#include "tollgate.h"

static IHostTaskManager *manager;

static void native_function(void) {}

/* Called once, before the first crossing; 0 if all is well. */
int plugin_start(void);
int plugin_start(void) { return tollgate_manager_create(NULL, &manager) != S_OK; }

/* Called by any thread of the program, as often as it likes; 0 if all is well. */
int plugin_work(void);
int plugin_work(void) {
  HRESULT hr = manager->lpVtbl->LeaveRuntime(manager, (size_t)native_function);
  if (hr == S_OK) native_function();
  return hr != S_OK || manager->lpVtbl->EnterRuntime(manager) != S_OK;
}

/* How many crossings there were. */
uint64_t plugin_crossings(void);
uint64_t plugin_crossings(void) {
  struct tollgate_totals_info totals;
  return tollgate_totals(manager, &totals, sizeof totals) == S_OK ? totals.leaves : 0;
}
