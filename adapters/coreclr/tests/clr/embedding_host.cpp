// A host that embeds CoreCLR, gives the adapter its own manager and puts both to the test. Exits with 0 if the scenario went
// as it should, and says what did not.
//
//   embedding_host FOLDER_OF_LIBCORECLR ASSEMBLY SCENARIO
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "asking.h"
#include "books.h"
#include "runtime.h"

namespace {

// Far beyond what a pause takes; reached only when something is broken.
constexpr uint32_t patience_ms = 600000;

// Native threads call in through pointers from coreclr_create_delegate: exact counts, whatever else the runtime sends.
void foreign(Runtime &runtime) {
  const auto nested = runtime.method<void (*)(int)>("Nested");
  nested(0);
  const tollgate_totals_info before = totals();
  const std::vector<tollgate_task_info> ended = on_threads([nested] {
    for (int i = 0; i < 1000; ++i) nested(i);
  });
  made_exactly(ended, 1000, 2 * 1000);
  // What ended tasks have done stays in the books.
  const tollgate_totals_info after = totals();
  CHECK(after.leaves - before.leaves >= 2 * 1000 * workers);
  CHECK(after.enters - before.enters >= 2 * 1000 * workers);
  CHECK(after.irregularities == 0 && status().skipped == 0 && status().unmatched == 0);
  // .NET 8 to 10 send a pair about no function with each such call; it was dropped, or the counts would not be exact.
  const tollgate_coreclr_status_info info = status();
  CHECK(info.bogus >= 2 * 1000 * workers || info.runtime_major < 8 || info.runtime_major > 10);
  // The threads are gone: their tasks too, long before the runtime tells.
  for (const tollgate_task_info &task : tasks())
    for (const tollgate_task_info &gone : ended) CHECK(task.id != gone.id);
  balanced();
}

// Managed code still runs, and native code still calls in, after coreclr_shutdown.
void after_shutdown(Runtime &runtime) {
  const auto nested = runtime.method<void (*)(int)>("Nested");
  nested(0);
  const uint64_t before = own_task().leaves;
  runtime.shutdown();
  nested(0);
  // .NET 9 goes on announcing, .NET Core 3.1 does not.
  const uint64_t after = own_task().leaves;
  CHECK(after == before + 2 || (after == before && status().runtime_major == 4));
  balanced();
  CHECK(status().state == TOLLGATE_CORECLR_ENDED || status().state == TOLLGATE_CORECLR_WATCHING);
}

// The gate stops managed code on its way in, while the collector runs; nothing is lost.
void pause(Runtime &runtime) {
  const auto nested = runtime.method<void (*(*)())(int)>("PointerToNested")();
  const auto collect = runtime.method<void (*)()>("Collect");
  nested(0);
  collect();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> rounds{0};
  std::vector<std::thread> all;
  for (int t = 0; t < workers; ++t)
    all.emplace_back([&] {
      while (!stop.load()) {
        nested(0);
        rounds.fetch_add(1);
      }
    });
  for (int i = 0; i < 200; ++i) {
    tollgate_pause_report report{};
    const HRESULT hr = tollgate_pause(manager, patience_ms, &report, sizeof report);
    CHECK(hr == S_OK);
    // Rounds that a broken gate lets through need time to show. A leave counts as outside before its count moves, so each
    // task, the runtime's own too, may still settle one; nobody comes in.
    const tollgate_totals_info seen = totals();
    std::this_thread::sleep_for(std::chrono::milliseconds(i == 0 ? 50 : 1));
    const tollgate_totals_info later = totals();
    CHECK(later.enters == seen.enters);
    CHECK(later.leaves - seen.leaves <= seen.tasks_live + later.tasks_attached - seen.tasks_attached);
    CHECK(tollgate_resume(manager) == S_OK);
    collect();
  }
  stop.store(true);
  for (std::thread &thread : all) thread.join();
  CHECK(rounds.load() > 0);
  CHECK(status().refused == 0);
  balanced();
  CHECK(totals().irregularities == 0);
}

// After the manager's shutdown every way in is refused. The runtime goes on all the same, the adapter keeps the books.
void refused(Runtime &runtime) {
  const auto nested = runtime.method<void (*)(int)>("Nested");
  std::thread([nested] { nested(0); }).join();
  tollgate_pause_report report{};
  CHECK(tollgate_shutdown(manager, patience_ms, &report, sizeof report) == S_OK);
  std::thread([nested] {
    for (int i = 0; i < 10000; ++i) nested(0);
  }).join();
  CHECK(status().refused >= 10000);
  CHECK(totals().irregularities == 0);
  balanced();
}

// The library says what it is, what it was given, and what a target stands for.
void queries(Runtime &runtime) {
  const tollgate_coreclr_status_info info = status();
  CHECK(info.state == TOLLGATE_CORECLR_WATCHING && info.result == S_OK && info.attached == 1);
  CHECK(info.runtime_major == 4 || info.runtime_major >= 5);
  CHECK(tollgate_coreclr_attach(manager) == HOST_E_INVALIDOPERATION);
  CHECK(tollgate_coreclr_attach(nullptr) == E_POINTER);
  CHECK(tollgate_coreclr_status(nullptr, 8) == E_POINTER);
  tollgate_coreclr_status_info shorter{};
  CHECK(tollgate_coreclr_status(&shorter, 7) == E_INVALIDARG);
  CHECK(tollgate_coreclr_status(&shorter, 8) == S_OK && shorter.state == info.state && shorter.runtime_major == 0);
  CHECK(tollgate_coreclr_report(-1, 0) == E_INVALIDARG);
  CHECK(tollgate_coreclr_report(1, 2) == E_INVALIDARG);

  const auto nested = runtime.method<void (*)(int)>("Nested");
  const auto wait = runtime.method<void (*)(int)>("WaitNested");
  const auto waiting = runtime.method<int (*)()>("CountWaiting");
  const auto release = runtime.method<void (*)()>("Release");
  nested(0);
  // The first call of each function, when the runtime has not told its address yet, has a name too.
  std::thread worker([wait] { wait(0); });
  while (waiting() == 0) std::this_thread::yield();
  int found = 0;
  for (const tollgate_task_info &task : tasks()) {
    char name[128] = "";
    if (tollgate_coreclr_name(task.targets[0], name, sizeof name) == 0) continue;
    if (std::strcmp(name, "clrtest!wait_here (Native.wait_here)") != 0) continue;
    ++found;
    char cut[8] = "";
    CHECK(tollgate_coreclr_name(task.targets[0], cut, sizeof cut) == std::strlen(name));
    CHECK(std::strcmp(cut, "clrtest") == 0);
    CHECK(tollgate_coreclr_name(task.targets[2], name, sizeof name) != 0);
    CHECK(std::strcmp(name, "clrtest!native_a (Native.native_a)") == 0);
    // This one has been called before: its target is the true address.
    Dl_info native_a{};
    CHECK(dladdr(reinterpret_cast<void *>(task.targets[2]), &native_a) != 0);
    CHECK(native_a.dli_sname != nullptr && std::strcmp(native_a.dli_sname, "native_a") == 0);
  }
  CHECK(found == 1);
  CHECK(tollgate_coreclr_name(12345, nullptr, 0) == 0);
  release();
  worker.join();
  CHECK(tollgate_coreclr_report(1, 1) == S_OK);
}

// The environment names another profiler: the library joins it where the runtime can have several, and is absent elsewhere.
void beside(const char *folder, const char *assembly) {
  CHECK(tollgate_manager_create(nullptr, &manager) == S_OK);
  CHECK(tollgate_coreclr_attach(manager) == S_OK);
  CHECK(tollgate_coreclr_enable() == S_OK);
  // Once more changes nothing.
  const std::string list = std::getenv("CORECLR_NOTIFICATION_PROFILERS");
  CHECK(tollgate_coreclr_enable() == S_OK);
  CHECK(list == std::getenv("CORECLR_NOTIFICATION_PROFILERS"));
  CHECK(list.find(TOLLGATE_CORECLR_CLSID) != std::string::npos);
  Runtime runtime(folder, assembly);
  if (status().state == TOLLGATE_CORECLR_WATCHING) {
    std::puts("watching");
    foreign(runtime);
  } else {
    CHECK(status().state == TOLLGATE_CORECLR_ABSENT);
    runtime.method<void (*)(int)>("Nested")(0);
    CHECK(totals().leaves == 0);
    std::puts("absent");
  }
}

// The tests' native library, loaded before the runtime asks for it, and a function of it.
size_t native(const std::string &assembly, const char *name) {
  void *const library = dlopen((assembly.substr(0, assembly.rfind('/')) + "/libclrtest.so").c_str(), RTLD_NOW);
  CHECK(library != nullptr);
  return reinterpret_cast<size_t>(dlsym(library, name));
}

// A manager that does without notices of a function is asked once about each, and hears of all others.
void exempt(const char *folder, const char *assembly) {
  const size_t native_a = native(assembly, "native_a"), native_c = native(assembly, "native_c");
  CHECK(tollgate_manager_create(nullptr, &manager) == S_OK);
  CHECK(tollgate_set_exempt_targets(manager, &native_c, 1) == S_OK);
  // Never deleted: the runtime may call until the process ends.
  Asking &asking = *new Asking(manager, native_a);
  CHECK(tollgate_coreclr_attach(&asking) == S_OK);
  CHECK(tollgate_coreclr_enable() == S_OK);
  Runtime runtime(folder, assembly);
  const auto nested = runtime.method<void (*)(int)>("Nested");
  nested(0);
  // Calls in are told whatever was said of the function that makes them.
  made_exactly(on_threads([nested] {
                 for (int i = 0; i < 1000; ++i) nested(i);
               }),
               1000, 1000);
  CHECK(totals().irregularities == 0);
  const tollgate_coreclr_status_info info = status();
  CHECK(info.refused == 0 && info.skipped == 0 && info.unmatched == 0);
  balanced();
  {
    const std::lock_guard<std::mutex> guard(asking.lock);
    CHECK(asking.asked[native_a] == 1 && asking.asked[native_c] == 1);
    for (const auto &[target, times] : asking.asked) CHECK(target != 0 && times == 1);
  }
  CHECK(tollgate_coreclr_report(1, 1) == S_OK);
}

// Managed code gets the errno of native code, whatever the manager does to it.
void preserved_errno(const char *folder, const char *assembly) {
  CHECK(tollgate_manager_create(nullptr, &manager) == S_OK);
  CHECK(tollgate_coreclr_attach(new Asking(manager, 0)) == S_OK);
  CHECK(tollgate_coreclr_enable() == S_OK);
  Runtime runtime(folder, assembly);
  const char *arguments[] = {"errno", "1000"};
  CHECK(runtime.execute(2, arguments) == 0);
  CHECK(totals().leaves >= 2000);
}

// A runtime that is not told of the library starts without a word; the query tells.
void absent(const char *folder, const char *assembly) {
  CHECK(tollgate_manager_create(nullptr, &manager) == S_OK);
  CHECK(tollgate_coreclr_attach(manager) == S_OK);
  Runtime runtime(folder, assembly);
  CHECK(status().state == TOLLGATE_CORECLR_ABSENT);
  CHECK(totals().leaves == 0);
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const std::string scenario = argv[3];
  if (scenario == "absent") {
    absent(argv[1], argv[2]);
    return 0;
  }
  if (scenario == "beside") {
    beside(argv[1], argv[2]);
    return 0;
  }
  if (scenario == "errno") {
    preserved_errno(argv[1], argv[2]);
    return 0;
  }
  if (scenario == "exempt") {
    exempt(argv[1], argv[2]);
    return 0;
  }
  CHECK(tollgate_manager_create(nullptr, &manager) == S_OK);
  CHECK(status().state == TOLLGATE_CORECLR_ABSENT);
  CHECK(tollgate_coreclr_attach(manager) == S_OK);
  CHECK(tollgate_coreclr_enable() == S_OK);
  Runtime runtime(argv[1], argv[2]);
  CHECK(status().state == TOLLGATE_CORECLR_WATCHING);
  if (scenario == "foreign") foreign(runtime);
  else if (scenario == "after-shutdown") after_shutdown(runtime);
  else if (scenario == "pause") pause(runtime);
  else if (scenario == "refused") refused(runtime);
  else if (scenario == "queries") queries(runtime);
  else return 2;
  return 0;
}
