// A C++ host that embeds CoreCLR and watches it: it hands its manager to the adapter, runs managed code on several threads
// and looks at them from outside.
//
//   cargo build --release && cargo build --release -p tollgate-coreclr
//   c++ -std=c++17 examples/cpp/clr_host.cpp -Iinclude -Iadapters/coreclr/include -o clr_host
//       target/release/libtollgate.a target/release/libtollgate_coreclr.so -Wl,-rpath,$PWD/target/release -ldl -pthread
//   ./clr_host FOLDER_OF_LIBCORECLR ASSEMBLY
//
// The assembly is that of adapters/coreclr/tests/clr: its static method Program.Nested calls native_a, which calls a managed
// method, which calls native_c. The calls printed are those that the runtime itself made the adapter make.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <dlfcn.h>
#include <string>
#include <thread>
#include <vector>

#include "tollgate_com.h"
#include "tollgate_coreclr.h"

namespace {

constexpr unsigned threads = 4;

[[noreturn]] void fail(const char *what, int32_t result) {
  std::fprintf(stderr, "%s failed: 0x%08X\n", what, static_cast<unsigned>(result));
  std::exit(1);
}

std::string name_of(uint64_t target) {
  char name[256] = "";
  return tollgate_coreclr_name(target, name, sizeof name) != 0 ? name : "managed code";
}

// A manager in front of the manager: passes every call on, and prints the four transitions of one thread.
struct Printing : IHostTaskManager {
  IHostTaskManager *next;
  std::atomic<bool> prints{false};
  unsigned depth = 0;

  explicit Printing(IHostTaskManager *manager) : next(manager) {}

  HRESULT show(const char *call, int change, HRESULT hr, size_t target = 0) {
    if (!prints) return hr;
    depth += static_cast<unsigned>(change);
    std::printf("  %-20s %s  depth %u%s%s\n", call, hr == S_OK ? "S_OK" : "FAILED", depth, target != 0 ? "  " : "",
                target != 0 ? name_of(target).c_str() : "");
    return hr;
  }

  HRESULT LeaveRuntime(size_t target) override { return show("LeaveRuntime", 1, next->LeaveRuntime(target), target); }
  HRESULT EnterRuntime() override { return show("EnterRuntime", -1, next->EnterRuntime()); }
  HRESULT ReverseEnterRuntime() override { return show("ReverseEnterRuntime", 1, next->ReverseEnterRuntime()); }
  HRESULT ReverseLeaveRuntime() override { return show("ReverseLeaveRuntime", -1, next->ReverseLeaveRuntime()); }

  HRESULT QueryInterface(const GUID &riid, void **out) override { return next->QueryInterface(riid, out); }
  uint32_t AddRef() override { return next->AddRef(); }
  uint32_t Release() override { return next->Release(); }
  HRESULT GetCurrentTask(IHostTask **task) override { return next->GetCurrentTask(task); }
  HRESULT CreateTask(uint32_t stack, tollgate_thread_start start, void *parameter, IHostTask **task) override {
    return next->CreateTask(stack, start, parameter, task);
  }
  HRESULT Sleep(uint32_t ms, uint32_t option) override { return next->Sleep(ms, option); }
  HRESULT SwitchToTask(uint32_t option) override { return next->SwitchToTask(option); }
  HRESULT SetUILocale(uint32_t lcid) override { return next->SetUILocale(lcid); }
  HRESULT SetLocale(uint32_t lcid) override { return next->SetLocale(lcid); }
  HRESULT CallNeedsHostHook(size_t target, int32_t *needs) override { return next->CallNeedsHostHook(target, needs); }
  HRESULT BeginDelayAbort() override { return next->BeginDelayAbort(); }
  HRESULT EndDelayAbort() override { return next->EndDelayAbort(); }
  HRESULT BeginThreadAffinity() override { return next->BeginThreadAffinity(); }
  HRESULT EndThreadAffinity() override { return next->EndThreadAffinity(); }
  HRESULT SetStackGuarantee(uint32_t guarantee) override { return next->SetStackGuarantee(guarantee); }
  HRESULT GetStackGuarantee(uint32_t *guarantee) override { return next->GetStackGuarantee(guarantee); }
  HRESULT SetCLRTaskManager(ICLRTaskManager *runtime) override { return next->SetCLRTaskManager(runtime); }
};

// The four functions of libcoreclr that a host needs.
struct Runtime {
  int (*initialize)(const char *, const char *, int, const char **, const char **, void **, unsigned *);
  int (*create_delegate)(void *, unsigned, const char *, const char *, const char *, void **);
  int (*shutdown)(void *, unsigned, int *);
  void *host = nullptr;
  unsigned domain = 0;

  Runtime(const std::string &folder, const std::string &assembly) {
    void *library = dlopen((folder + "/libcoreclr.so").c_str(), RTLD_NOW);
    if (library == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::exit(1);
    }
    initialize = reinterpret_cast<decltype(initialize)>(dlsym(library, "coreclr_initialize"));
    create_delegate = reinterpret_cast<decltype(create_delegate)>(dlsym(library, "coreclr_create_delegate"));
    shutdown = reinterpret_cast<decltype(shutdown)>(dlsym(library, "coreclr_shutdown_2"));

    std::string trusted = assembly;
    if (DIR *dir = opendir(folder.c_str())) {
      while (const dirent *entry = readdir(dir)) {
        const std::string file = entry->d_name;
        if (file.size() > 4 && file.compare(file.size() - 4, 4, ".dll") == 0) trusted += ":" + folder + "/" + file;
      }
      closedir(dir);
    }
    const std::string native = assembly.substr(0, assembly.rfind('/')) + ":" + folder;
    const char *names[] = {"TRUSTED_PLATFORM_ASSEMBLIES", "NATIVE_DLL_SEARCH_DIRECTORIES"};
    const char *values[] = {trusted.c_str(), native.c_str()};
    const int hr = initialize("/proc/self/exe", "clr_host", 2, names, values, &host, &domain);
    if (hr < 0) fail("coreclr_initialize", hr);
  }

  template <typename Function> Function method(const std::string &assembly, const char *type, const char *method) {
    void *pointer = nullptr;
    const int hr = create_delegate(host, domain, assembly.c_str(), type, method, &pointer);
    if (hr < 0) fail(method, hr);
    return reinterpret_cast<Function>(pointer);
  }
};

std::vector<tollgate_task_info> snapshot(IHostTaskManager *m) {
  std::vector<tollgate_task_info> tasks(64);
  uint32_t count = 0;
  tollgate_snapshot(m, tasks.data(), sizeof tasks[0], static_cast<uint32_t>(tasks.size()), &count);
  if (count < tasks.size()) tasks.resize(count);
  return tasks;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s FOLDER_OF_LIBCORECLR ASSEMBLY\n", argv[0]);
    return 2;
  }
  const std::string assembly = argv[2];
  const std::string file = assembly.substr(assembly.rfind('/') + 1);
  const std::string name = file.substr(0, file.rfind('.'));

  IHostTaskManager *manager = nullptr;
  if (const HRESULT hr = tollgate_manager_create(nullptr, &manager)) fail("tollgate_manager_create", hr);
  static Printing printing(manager);
  if (const HRESULT hr = tollgate_coreclr_attach(&printing)) fail("tollgate_coreclr_attach", hr);
  if (const HRESULT hr = tollgate_coreclr_enable()) fail("tollgate_coreclr_enable", hr);

  Runtime runtime(argv[1], assembly);
  tollgate_coreclr_status_info status{};
  tollgate_coreclr_status(&status, sizeof status);
  if (status.state != TOLLGATE_CORECLR_WATCHING) fail("the runtime has not loaded the adapter: it", status.result);
  std::printf("watching .NET %u.%u.%u\n", status.runtime_major, status.runtime_minor, status.runtime_build);

  const auto nested = runtime.method<void (*)(int)>(name, "Program", "Nested");
  const auto wait = runtime.method<void (*)(int)>(name, "Program", "WaitNested");
  const auto waiting = runtime.method<int (*)()>(name, "Program", "CountWaiting");
  const auto release = runtime.method<void (*)()>(name, "Program", "Release");

  // The method itself is called by native code: .NET 5 and later announce that too, so the documented sequence stands
  // between a reverse_enter and a reverse_leave. The first round makes the runtime compile everything.
  nested(0);
  std::puts("one thread, call by call:");
  printing.prints = true;
  nested(0);
  printing.prints = false;

  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) workers.emplace_back([wait] { wait(0); });
  while (waiting() < static_cast<int>(threads)) std::this_thread::yield();
  unsigned deep = 0;
  for (const tollgate_task_info &task : snapshot(manager)) {
    if (task.depth < 3) continue; // this thread, and the runtime's own
    ++deep;
    std::printf("task %llu, thread %llu: %s, depth %u, in %s, below %s\n", static_cast<unsigned long long>(task.id),
                static_cast<unsigned long long>(task.os_thread), task.side ? "inside" : "outside", task.depth,
                name_of(task.targets[0]).c_str(), name_of(task.targets[2]).c_str());
  }
  std::printf("%u tasks wait\n", deep);
  release();
  for (std::thread &worker : workers) worker.join();

  int code = 0;
  runtime.shutdown(runtime.host, runtime.domain, &code);
  tollgate_totals_info totals{};
  tollgate_totals(manager, &totals, sizeof totals);
  const bool balanced = totals.leaves == totals.enters && totals.reverse_enters == totals.reverse_leaves;
  tollgate_coreclr_status(&status, sizeof status);
  std::printf("%llu notices about no function dropped\n", static_cast<unsigned long long>(status.bogus));
  std::puts(balanced ? "the books balance" : "THE BOOKS DO NOT BALANCE");
  return balanced && deep == threads ? 0 : 1;
}
