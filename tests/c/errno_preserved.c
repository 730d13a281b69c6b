/* errno is the caller's, and so is the last error of Windows: no method and no function changes them, on slow paths and
   failures either. */
#include "check.h"

#include <errno.h>

enum { MARK = 0x5A5A };

#ifdef _WIN32
#define SET_LAST_ERROR() SetLastError(MARK + 1)
#define CHECK_LAST_ERROR() CHECK_EQ(GetLastError(), MARK + 1)
#else
#define SET_LAST_ERROR() ((void)0)
#define CHECK_LAST_ERROR() ((void)0)
#endif

/* Evaluates `expression` and fails if errno is not what it was. */
#define KEEPS_ERRNO(expression)  \
  do {                           \
    errno = MARK;                \
    SET_LAST_ERROR();            \
    (void)(expression);          \
    CHECK_LAST_ERROR();          \
    CHECK_EQ(errno, MARK);       \
    errno = 0;                   \
  } while (0)

static const GUID no_iid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};

static uint32_t TOLLGATE_CALL start(void *parameter) {
  (void)parameter;
  return 0;
}

static void TOLLGATE_CALL told(void *context, uint32_t domain, struct IUnknown *manager) {
  (void)context;
  (void)domain;
  (void)manager;
}

/* No runtime has given a half here, so most of these answer that; what they do for one is tested elsewhere. */
static void functions_for_runtimes(struct IHostTaskManager *m, uint64_t id) {
  struct IHostControl *control = NULL;
  struct ICLRTask *half = NULL;
  struct IUnknown *domain = NULL;
  struct COR_GC_THREAD_STATS stats;
  const size_t targets[] = {3, 1, 2};
  uint64_t counts[4];
  void *out = NULL;
  size_t locks = 0;
  uint32_t known = 0, user_interface = 0;
  int32_t needs = 0;
  KEEPS_ERRNO(tollgate_get_host_control(&tollgate_IID_IHostControl, &out));
  KEEPS_ERRNO(tollgate_manager_control(m, NULL, &control));
  KEEPS_ERRNO(control->lpVtbl->GetHostManager(control, &tollgate_IID_IHostTaskManager, &out));
  KEEPS_ERRNO(control->lpVtbl->GetHostManager(control, &no_iid, &out));
  KEEPS_ERRNO(control->lpVtbl->SetAppDomainManager(control, 1, NULL));
  KEEPS_ERRNO(tollgate_control_observe_app_domains(control, told, NULL));
  KEEPS_ERRNO(tollgate_control_app_domain_manager(control, 1, &domain));
  KEEPS_ERRNO(tollgate_set_exempt_targets(m, targets, 3));
  KEEPS_ERRNO(tollgate_set_exempt_targets(m, NULL, 0));
  KEEPS_ERRNO(tollgate_task_abort(m, id));
  KEEPS_ERRNO(tollgate_task_rude_abort(m, id));
  KEEPS_ERRNO(tollgate_task_yield(m, id));
  KEEPS_ERRNO(tollgate_task_set_identifier(m, id, 7));
  KEEPS_ERRNO(tollgate_task_memory(m, id, &stats));
  KEEPS_ERRNO(tollgate_task_locks_held(m, id, &locks));
  KEEPS_ERRNO(tollgate_task_needs_priority(m, id, &needs));
  KEEPS_ERRNO(tollgate_introduce_thread(m));
  KEEPS_ERRNO(tollgate_current_runtime_task(m, &half));
  KEEPS_ERRNO(tollgate_current_task_type(m, &known));
  KEEPS_ERRNO(tollgate_set_locale(m, 1033));
  KEEPS_ERRNO(tollgate_set_ui_locale(m, 1033));
  KEEPS_ERRNO(tollgate_locales(m, &known, &user_interface));
  KEEPS_ERRNO(tollgate_pause_histogram(m, counts, NULL, 4, &known));
  KEEPS_ERRNO(tollgate_bucket_start_ns(3));
}

/* The functions for those who watch, and transitions while somebody does. */
static void functions_for_watchers(struct IHostTaskManager *m) {
  struct tollgate_trace_record records[4];
  uint32_t count = 0;
  uint64_t lost = 0;
  KEEPS_ERRNO(tollgate_name_task(m, "errno"));
  KEEPS_ERRNO(tollgate_name_target(m, 1, "one"));
  KEEPS_ERRNO(tollgate_trace_start(m));
  KEEPS_ERRNO(tollgate_trace_start(m));
  KEEPS_ERRNO(m->lpVtbl->LeaveRuntime(m, 1));
  KEEPS_ERRNO(m->lpVtbl->EnterRuntime(m));
  KEEPS_ERRNO(m->lpVtbl->EnterRuntime(m));
  KEEPS_ERRNO(tollgate_trace_drain(m, records, sizeof records[0], 4, &count, &lost));
  KEEPS_ERRNO(tollgate_trace_stop(m));
}

static void *all_slots(void *manager) {
  struct IHostTaskManager *m = (struct IHostTaskManager *)manager;
  const struct IHostTaskManagerVtbl *v = m->lpVtbl;
  struct IHostTask *task = NULL;
  struct tollgate_task *handle = NULL;
  struct tollgate_task_info info;
  struct tollgate_totals_info totals;
  void *out = NULL;
  int32_t number = 0;
  uint32_t count = 0;
  int i;

  /* The very first call makes the task. */
  KEEPS_ERRNO(v->LeaveRuntime(m, 1));
  KEEPS_ERRNO(v->EnterRuntime(m));
  KEEPS_ERRNO(v->EnterRuntime(m)); /* refused */
  KEEPS_ERRNO(v->ReverseLeaveRuntime(m));
  for (i = 0; i < 200; i++) KEEPS_ERRNO(v->ReverseEnterRuntime(m)); /* spills */
  for (i = 0; i < 200; i++) KEEPS_ERRNO(v->ReverseLeaveRuntime(m));
  for (i = 0; i < 4100; i++) KEEPS_ERRNO(v->LeaveRuntime(m, 2)); /* more than there may be */
  for (i = 0; i < 4100; i++) KEEPS_ERRNO(v->EnterRuntime(m));

  KEEPS_ERRNO(v->QueryInterface(m, &tollgate_IID_IUnknown, &out));
  KEEPS_ERRNO(v->QueryInterface(m, &no_iid, &out));
  KEEPS_ERRNO(v->AddRef(m));
  KEEPS_ERRNO(v->Release(m));
  KEEPS_ERRNO(v->GetCurrentTask(m, &task));
  KEEPS_ERRNO(task->lpVtbl->SetPriority(task, 1));
  KEEPS_ERRNO(task->lpVtbl->GetPriority(task, &number));
  KEEPS_ERRNO(task->lpVtbl->Alert(task));
  KEEPS_ERRNO(task->lpVtbl->Join(task, 0, 0));
  KEEPS_ERRNO(task->lpVtbl->Start(task));
  KEEPS_ERRNO(task->lpVtbl->Release(task));
  KEEPS_ERRNO(v->Sleep(m, 1, 2));
  KEEPS_ERRNO(v->Sleep(m, 1, 0));
  KEEPS_ERRNO(v->SwitchToTask(m, 0));
  KEEPS_ERRNO(v->SetUILocale(m, 1033));
  KEEPS_ERRNO(v->SetLocale(m, 1033));
  KEEPS_ERRNO(v->CallNeedsHostHook(m, 1, &number));
  KEEPS_ERRNO(v->BeginDelayAbort(m));
  KEEPS_ERRNO(v->EndDelayAbort(m));
  KEEPS_ERRNO(v->BeginThreadAffinity(m));
  KEEPS_ERRNO(v->EndThreadAffinity(m));
  KEEPS_ERRNO(v->SetStackGuarantee(m, 1));
  KEEPS_ERRNO(v->GetStackGuarantee(m, &count));
  KEEPS_ERRNO(v->SetCLRTaskManager(m, NULL));

  task = NULL;
  KEEPS_ERRNO(v->CreateTask(m, 1, start, NULL, &task));
  CHECK(task != NULL);
  KEEPS_ERRNO(task->lpVtbl->SetPriority(task, 2));
  KEEPS_ERRNO(task->lpVtbl->Start(task));
  KEEPS_ERRNO(task->lpVtbl->Join(task, UINT32_MAX, 0));
  KEEPS_ERRNO(task->lpVtbl->Release(task));
  KEEPS_ERRNO(v->CreateTask(m, UINT32_MAX, start, NULL, &task)); /* a stack of 4 GiB may well be refused */
  if (task != NULL) {
    task->lpVtbl->Start(task);
    task->lpVtbl->Release(task);
  }

  KEEPS_ERRNO(handle = tollgate_current(m));
  KEEPS_ERRNO(tollgate_leave(handle, 3));
  KEEPS_ERRNO(tollgate_enter(handle));
  KEEPS_ERRNO(tollgate_reverse_enter(handle));
  KEEPS_ERRNO(tollgate_reverse_leave(handle));
  KEEPS_ERRNO(tollgate_reverse_leave(handle));
  KEEPS_ERRNO(v->GetCurrentTask(m, &task));
  functions_for_runtimes(m, own_task(m).id);
  functions_for_watchers(m);
  KEEPS_ERRNO(task->lpVtbl->Release(task));
  KEEPS_ERRNO(tollgate_snapshot(m, &info, sizeof info, 1, &count));
  KEEPS_ERRNO(tollgate_totals(m, &totals, sizeof totals));
  KEEPS_ERRNO(tollgate_set_available(m, 0));
  KEEPS_ERRNO(v->ReverseEnterRuntime(m));
  KEEPS_ERRNO(tollgate_set_available(m, 1));
  KEEPS_ERRNO(tollgate_pause(m, 10, NULL, 0)); /* refused, or outside and granted */
  KEEPS_ERRNO(tollgate_resume(m));
  KEEPS_ERRNO(tollgate_resume(m));
  KEEPS_ERRNO(tollgate_shutdown(m, 10, NULL, 0));
  KEEPS_ERRNO(v->ReverseEnterRuntime(m));
  KEEPS_ERRNO(tollgate_fail(m));
  KEEPS_ERRNO(tollgate_manager_create(NULL, &m));
  KEEPS_ERRNO(tollgate_get_host_manager(&no_iid, &out));
  KEEPS_ERRNO(tollgate_version());
  KEEPS_ERRNO(tollgate_abi_version());
  KEEPS_ERRNO(tollgate_layout_id());
  return NULL;
}

/* A manager that others can watch where there are pages, traced from the beginning. */
static struct IHostTaskManager *watched_manager(void) {
  struct tollgate_config config;
  struct IHostTaskManager *m = NULL;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.flags = PAGE_IF_ANY | TOLLGATE_TRACE;
  config.max_tasks = 16;
  KEEPS_ERRNO(tollgate_manager_create(&config, &m));
  CHECK(m != NULL);
  return m;
}

int main(void) {
  on_new_thread(all_slots, new_manager(TOLLGATE_POLICY_GOVERN));
  on_new_thread(all_slots, new_manager(TOLLGATE_POLICY_OBSERVE));
  on_new_thread(all_slots, watched_manager());
  puts("errno preserved by every slot and function");
  return 0;
}
