/* A shared library of the host's own that has libtollgate.a in it. */
#include "tollgate.h"

/* The default manager of whatever copy of Tollgate this library ended up calling. */
void *plugin_default_manager(void);
void *plugin_default_manager(void) {
  void *manager = NULL;
  return tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, &manager) == S_OK ? manager : NULL;
}

/* One pair of transitions through it; 0 if both took place. */
int plugin_crosses(void);
int plugin_crosses(void) {
  IHostTaskManager *m = (IHostTaskManager *)plugin_default_manager();
  HRESULT hr;
  if (m == NULL) return 1;
  hr = m->lpVtbl->LeaveRuntime(m, 1);
  return hr != S_OK ? 2 : m->lpVtbl->EnterRuntime(m) != S_OK;
}
