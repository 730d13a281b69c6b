/* A library that carries Tollgate inside, as a plugin would. */
#include "tollgate.h"

HRESULT plugin_crossing(uint64_t *leaves);
HRESULT plugin_crossing(uint64_t *leaves) {
  IHostTaskManager *m = NULL;
  struct tollgate_totals_info totals;
  HRESULT hr = tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, (void **)&m);
  if (hr == S_OK) hr = m->lpVtbl->LeaveRuntime(m, 1);
  if (hr == S_OK) hr = m->lpVtbl->EnterRuntime(m);
  if (hr == S_OK) hr = tollgate_totals(m, &totals, sizeof totals);
  *leaves = totals.leaves;
  return hr;
}
