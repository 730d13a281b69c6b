// A host in C++: it creates a manager, lets threads cross between managed and native code, and looks at them from outside.
//
//   c++ -std=c++17 examples/cpp/host.cpp -Iinclude target/release/libtollgate.a -pthread -o host
//
// A managed runtime would make the calls of `nested_sequence`; here the program makes them itself, through the same
// interface.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <thread>
#include <vector>

#include "tollgate_com.h"

namespace {

constexpr unsigned threads = 4;

// Two native functions, as a runtime names them: by address.
void native_a() {}
void native_c() {}

size_t address(void (*function)()) { return reinterpret_cast<size_t>(function); }

const char *name_of(uint64_t target) {
  if (target == address(native_a)) return "native_a";
  if (target == address(native_c)) return "native_c";
  return "managed code";
}

using AfterCall = std::function<void(const char *call)>;

void must_succeed(const char *call, HRESULT hr, const AfterCall &after) {
  if (hr != S_OK) {
    std::fprintf(stderr, "%s failed: 0x%08X\n", call, static_cast<unsigned>(hr));
    std::exit(1);
  }
  after(call);
}

// A managed program calls native_a, which calls a managed method, which calls native_c; then all of them return.
void nested_sequence(IHostTaskManager *m, const AfterCall &after, const std::function<void()> &in_native_c) {
  must_succeed("LeaveRuntime", m->LeaveRuntime(address(native_a)), after);
  must_succeed("ReverseEnterRuntime", m->ReverseEnterRuntime(), after);
  must_succeed("LeaveRuntime", m->LeaveRuntime(address(native_c)), after);
  in_native_c();
  must_succeed("EnterRuntime", m->EnterRuntime(), after);
  must_succeed("ReverseLeaveRuntime", m->ReverseLeaveRuntime(), after);
  must_succeed("EnterRuntime", m->EnterRuntime(), after);
}

// Copies all tasks without stopping any.
std::vector<tollgate_task_info> snapshot(IHostTaskManager *m) {
  std::vector<tollgate_task_info> tasks(threads);
  uint32_t count = 0;
  tollgate_snapshot(m, tasks.data(), sizeof tasks[0], static_cast<uint32_t>(tasks.size()), &count);
  if (count < tasks.size()) tasks.resize(count);
  return tasks;
}

void print(const std::vector<tollgate_task_info> &tasks) {
  std::printf("%zu tasks:\n", tasks.size());
  for (const tollgate_task_info &task : tasks)
    std::printf("  task %llu, thread %llu: %s, depth %u, in %s, called from %s below %s\n",
                static_cast<unsigned long long>(task.id), static_cast<unsigned long long>(task.os_thread),
                task.side ? "inside" : "outside", task.depth, name_of(task.targets[0]), name_of(task.targets[1]),
                name_of(task.targets[2]));
}

} // namespace

int main() {
  IHostTaskManager *manager = nullptr;
  if (tollgate_manager_create(nullptr, &manager) != S_OK) return 1;

  std::puts("one thread, call by call:");
  std::thread([manager] {
    nested_sequence(
        manager, [manager](const char *call) { std::printf("  %-20s S_OK  depth %u\n", call, snapshot(manager)[0].depth); },
        [] {});
  }).join();

  // The same on several threads at once; this thread looks while all of them are three levels deep.
  std::promise<void> looked;
  std::shared_future<void> until_looked = looked.get_future().share();
  std::vector<std::promise<void>> deep(threads);
  std::vector<std::thread> workers;
  for (std::promise<void> &reached : deep)
    workers.emplace_back([manager, until_looked, &reached] {
      nested_sequence(manager, [](const char *) {}, [&] {
        reached.set_value();
        until_looked.wait();
      });
    });
  for (std::promise<void> &reached : deep) reached.get_future().wait();
  print(snapshot(manager));
  looked.set_value();
  for (std::thread &worker : workers) worker.join();

  tollgate_totals_info totals{};
  tollgate_totals(manager, &totals, sizeof totals);
  const bool balanced = totals.leaves == totals.enters && totals.reverse_enters == totals.reverse_leaves;
  std::printf("%llu leaves, %llu enters, %llu reverse_enters, %llu reverse_leaves: %s\n",
              static_cast<unsigned long long>(totals.leaves), static_cast<unsigned long long>(totals.enters),
              static_cast<unsigned long long>(totals.reverse_enters),
              static_cast<unsigned long long>(totals.reverse_leaves),
              balanced ? "the books balance" : "THE BOOKS DO NOT BALANCE");
  return balanced ? 0 : 1;
}
