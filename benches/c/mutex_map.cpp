// The design of the open-source CLR hosts: a recursive mutex, and a map from thread to its record, at every call, behind
// the same vtable. The map has the records of a pool of 64 threads in it, as that of a host in service has.
#include <map>
#include <mutex>

#include <pthread.h>

#include "doors.h"

// Not anonymous, and visible elsewhere: the compiler cannot know all subclasses then, and has to call through the vtable.
namespace mutex_map __attribute__((visibility("default"))) {

struct Record {
  uint64_t leaves = 0, enters = 0, depth = 0, target = 0;
};

struct Manager {
  std::recursive_mutex mutex;
  std::map<pthread_t, Record> records;

  // The pool's: numbers below and above those that the system gives, so that the search goes all the way down.
  Manager() {
    for (pthread_t number = 0; number < 32; number++) {
      records[number];
      records[~number];
    }
  }

  virtual int32_t LeaveRuntime(uintptr_t target) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    Record &record = records[pthread_self()];
    record.leaves++;
    record.depth++;
    record.target = target;
    return 0;
  }

  virtual int32_t EnterRuntime() {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    Record &record = records[pthread_self()];
    record.enters++;
    record.depth--;
    return 0;
  }
};

static Manager the_manager;
static Manager *volatile manager_pointer = &the_manager;

} // namespace mutex_map

extern "C" int32_t DOOR_LOOP(pairs)(uint64_t times) {
  mutex_map::Manager *manager = mutex_map::manager_pointer;
  int32_t result = 0;
  for (; times != 0; times--) {
    result |= manager->LeaveRuntime(DOOR_TARGET);
    result |= manager->EnterRuntime();
  }
  return result;
}
