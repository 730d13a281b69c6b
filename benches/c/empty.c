#include "tollgate.h"

#include "managers.h"

static HRESULT TOLLGATE_CALL leave(struct IHostTaskManager *manager, size_t target) {
  (void)manager;
  (void)target;
  return S_OK;
}

static HRESULT TOLLGATE_CALL other(struct IHostTaskManager *manager) {
  (void)manager;
  return S_OK;
}

static const struct IHostTaskManagerVtbl methods = {
    .LeaveRuntime = leave,
    .EnterRuntime = other,
    .ReverseLeaveRuntime = other,
    .ReverseEnterRuntime = other,
};

static struct IHostTaskManager manager = {&methods};

struct IHostTaskManager *empty_manager(void) { return &manager; }
