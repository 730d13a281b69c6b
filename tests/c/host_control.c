/* IHostControl: hands out the manager, asks the host's own control for anything else, refuses the rest. */
#include "unknown.h"

/* A host control of the host's own, which Tollgate's must ask for what it does not have itself. */
static int asked;
static HRESULT TOLLGATE_CALL next_query(struct IHostControl *This, const GUID *riid, void **out) {
  (void)riid;
  *out = This;
  return S_OK;
}
static uint32_t TOLLGATE_CALL next_count(struct IHostControl *This) {
  (void)This;
  return 1;
}
static HRESULT TOLLGATE_CALL next_get(struct IHostControl *This, const GUID *riid, void **out) {
  int known = memcmp(riid, &no_iid, sizeof no_iid) == 0;
  asked++;
  *out = known ? This : NULL;
  return known ? S_OK : E_NOINTERFACE;
}
static HRESULT TOLLGATE_CALL next_domain(struct IHostControl *This, uint32_t id, struct IUnknown *domain) {
  (void)This;
  (void)id;
  (void)domain;
  return S_OK;
}
static const struct IHostControlVtbl next_vtbl = {next_query, next_count, next_count, next_get, next_domain};
static struct IHostControl next = {&next_vtbl};

static void expect_control(struct IHostControl *control, struct IHostTaskManager *m, int has_next) {
  void *out = NULL;
  expect_rules(control, &tollgate_IID_IHostControl);
  CHECK_EQ(control->lpVtbl->GetHostManager(control, &tollgate_IID_IHostTaskManager, &out), S_OK);
  CHECK(out == (void *)m);
  release(out);
  CHECK_EQ(control->lpVtbl->GetHostManager(control, &tollgate_IID_IHostTaskManager, NULL), E_POINTER);
  out = &out;
  CHECK_EQ(control->lpVtbl->GetHostManager(control, NULL, &out), E_POINTER);
  CHECK(out == NULL);

  asked = 0;
  out = &out;
  CHECK_EQ(control->lpVtbl->GetHostManager(control, &tollgate_IID_ICLRTask, &out), E_NOINTERFACE);
  CHECK(out == NULL);
  CHECK_EQ(control->lpVtbl->GetHostManager(control, &no_iid, &out), has_next ? S_OK : E_NOINTERFACE);
  CHECK(out == (has_next ? (void *)&next : NULL));
  CHECK_EQ(asked, has_next ? 2 : 0);
  CHECK_EQ(control->lpVtbl->SetAppDomainManager(control, 1, NULL), S_OK);
}

int main(void) {
  struct IHostTaskManager *m = NULL;
  struct IHostControl *control = NULL;
  void *out = &out;

  CHECK_EQ(tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, (void **)&m), S_OK);
  CHECK_EQ(tollgate_get_host_control(&tollgate_IID_IHostControl, (void **)&control), S_OK);
  expect_control(control, m, 0);

  m = new_manager(TOLLGATE_POLICY_GOVERN);
  CHECK_EQ(tollgate_manager_control(m, NULL, &control), S_OK);
  expect_control(control, m, 0);
  CHECK_EQ(tollgate_manager_control(m, &next, &control), S_OK);
  expect_control(control, m, 1);

  CHECK_EQ(tollgate_get_host_control(&no_iid, &out), E_NOINTERFACE);
  CHECK(out == NULL);
  CHECK_EQ(tollgate_get_host_control(&tollgate_IID_IHostControl, NULL), E_POINTER);
  CHECK_EQ(tollgate_manager_control(m, NULL, NULL), E_POINTER);
  control = (struct IHostControl *)(uintptr_t)1;
  CHECK_EQ(tollgate_manager_control(NULL, NULL, &control), E_POINTER);
  CHECK(control == NULL);
  puts("the control hands out its manager and knows what it does not have");
  return 0;
}
