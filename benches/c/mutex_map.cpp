// The design of the open-source CLR hosts: a recursive mutex, and a map from thread to its record, at every call, behind
// the same vtable. The map has the records of a pool of 64 threads in it, as that of a host in service has.
#include <map>
#include <mutex>

#include <pthread.h>

#include "tollgate.h"

#include "managers.h"

namespace {

struct Record {
  uint64_t leaves = 0, enters = 0, depth = 0, target = 0;
};

struct State {
  std::recursive_mutex mutex;
  std::map<pthread_t, Record> records;

  // The pool's: numbers below and above those that the system gives, so that the search goes all the way down.
  State() {
    for (pthread_t number = 0; number < 32; number++) {
      records[number];
      records[~number];
    }
  }
} state;

HRESULT TOLLGATE_CALL leave(IHostTaskManager *, size_t target) {
  std::lock_guard<std::recursive_mutex> lock(state.mutex);
  Record &record = state.records[pthread_self()];
  record.leaves++;
  record.depth++;
  record.target = target;
  return S_OK;
}

HRESULT TOLLGATE_CALL enter(IHostTaskManager *) {
  std::lock_guard<std::recursive_mutex> lock(state.mutex);
  Record &record = state.records[pthread_self()];
  record.enters++;
  record.depth--;
  return S_OK;
}

// A reverse call opens or closes a level too, and has no target.
HRESULT TOLLGATE_CALL reverse_enter(IHostTaskManager *manager) { return leave(manager, 0); }
HRESULT TOLLGATE_CALL reverse_leave(IHostTaskManager *manager) { return enter(manager); }

const IHostTaskManagerVtbl methods = [] {
  IHostTaskManagerVtbl methods{};
  methods.LeaveRuntime = leave;
  methods.EnterRuntime = enter;
  methods.ReverseEnterRuntime = reverse_enter;
  methods.ReverseLeaveRuntime = reverse_leave;
  return methods;
}();

// An interface pointer points to a pointer to the methods.
const IHostTaskManagerVtbl *const manager = &methods;

} // namespace

extern "C" IHostTaskManager *mutex_map_manager() {
  return reinterpret_cast<IHostTaskManager *>(const_cast<const IHostTaskManagerVtbl **>(&manager));
}
