// The documented nested sequence with objects that close what they open: no call can be forgotten, whatever returns early.
//
//   c++ -std=c++17 raii.cpp -Iinclude lib/libtollgate.a -pthread -o raii
#include <cstdio>

#include "tollgate.hpp"

namespace {

tollgate::manager manager;

unsigned depth() {
  tollgate_task_info tasks[1];
  uint32_t count = 0;
  return manager.snapshot(tasks, count) == S_OK ? tasks[0].depth : 0;
}

void show(const char *where) { std::printf("%-10s depth %u\n", where, depth()); }

void native_c() { show("native_c"); }

// Managed code, called by native code: it calls native_c.
bool managed_b(const tollgate::task &task) {
  tollgate::inside call(task);
  if (!call) return false;
  show("managed_b");
  tollgate::outside native(task, &native_c);
  if (!native) return false;
  native_c();
  return true;
}

// Native code, called by managed code: it calls managed_b.
bool native_a(const tollgate::task &task) {
  show("native_a");
  return managed_b(task);
}

} // namespace

int main() {
  manager = tollgate::manager::create();
  const tollgate::task task = manager.current_task();
  if (!task) return 1;
  {
    tollgate::outside native(task, &native_a);
    if (!native || !native_a(task)) return 1;
    // Where the answer of the closing call matters, close before the end of the block.
    if (native.close() != S_OK) return 1;
  }
  show("back");
  return 0;
}
