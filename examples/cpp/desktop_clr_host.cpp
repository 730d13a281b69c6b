// A host of the desktop .NET Framework that lets Tollgate keep the books on its tasks.
//
// The desktop CLR calls IHostTaskManager by itself: the host hands it an IHostControl before the start, and that is all. The
// policy is observe, since this runtime throws or dies on any answer but S_OK.
//
//     x86_64-w64-mingw32-g++-posix desktop_clr_host.cpp -Iinclude libtollgate.a -static -lsynchronization -lntdll
//     desktop_clr_host.exe C:\path\App.dll Namespace.Type Method argument
//
// where Method is `static int Method(string)`. TOLLGATE_CLR names another library than mscoree.dll to take the runtime from.
#include "tollgate_com.h"

#include <mscoree.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using Bind = HRESULT(WINAPI *)(LPCWSTR version, LPCWSTR flavour, DWORD flags, REFCLSID, REFIID, void **out);

static const CLSID CLR_RUNTIME_HOST = {0x90F1A06E, 0x7712, 0x4762, {0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02}};

static void succeed(const char *what, HRESULT result) {
  if (result >= 0) return;
  fprintf(stderr, "%s failed with 0x%08lX\n", what, static_cast<unsigned long>(result));
  exit(1);
}

// .NET 4 of this machine, not started.
static ICLRRuntimeHost *bind_runtime() {
  const char *name = getenv("TOLLGATE_CLR");
  if (!name) name = "mscoree.dll";
  HMODULE library = LoadLibraryA(name);
  FARPROC found = library ? GetProcAddress(library, "CorBindToRuntimeEx") : nullptr;
  if (!found) {
    fprintf(stderr, "no CorBindToRuntimeEx in %s (error %lu): is the .NET Framework installed?\n", name, GetLastError());
    exit(1);
  }
  Bind bind;
  memcpy(&bind, &found, sizeof bind);
  void *host = nullptr;
  succeed("CorBindToRuntimeEx", bind(L"v4.0.30319", L"wks", 0, CLR_RUNTIME_HOST, __uuidof(ICLRRuntimeHost), &host));
  return static_cast<ICLRRuntimeHost *>(host);
}

static std::wstring wide(const char *text) {
  std::vector<wchar_t> buffer(strlen(text) + 1);
  MultiByteToWideChar(CP_ACP, 0, text, -1, buffer.data(), static_cast<int>(buffer.size()));
  return buffer.data();
}

static void show_tasks(IHostTaskManager *manager) {
  std::vector<tollgate_task_info> tasks(256);
  uint32_t count = 0;
  const uint32_t capacity = static_cast<uint32_t>(tasks.size());
  succeed("tollgate_snapshot", tollgate_snapshot(manager, tasks.data(), sizeof tasks[0], capacity, &count));
  tasks.resize(count < capacity ? count : capacity);
  printf("%u tasks\n", count);
  for (const tollgate_task_info &task : tasks)
    printf("  task %" PRIu64 " on thread %" PRIu64 ": %s, depth %u, %" PRIu64 " leaves, %" PRIu64 " reverse enters\n", task.id,
           task.os_thread, task.side ? "inside" : "outside", task.depth, task.leaves, task.reverse_enters);
}

// True if every level that was opened is closed, open, or was left behind by a thread that ended.
static bool show_totals(IHostTaskManager *manager) {
  tollgate_totals_info sum = {};
  succeed("tollgate_totals", tollgate_totals(manager, &sum, sizeof sum));
  const bool balanced = sum.leaves == sum.enters + sum.closed_outside + sum.open_outside &&
                        sum.reverse_enters == sum.reverse_leaves + sum.closed_inside + sum.open_inside;
  printf("%" PRIu64 " leaves, %" PRIu64 " enters, %" PRIu64 " reverse enters, %" PRIu64 " reverse leaves, %" PRIu64
         " irregular: the books %s\n",
         sum.leaves, sum.enters, sum.reverse_enters, sum.reverse_leaves, sum.irregularities,
         balanced ? "balance" : "do not balance");
  return balanced;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: desktop_clr_host ASSEMBLY TYPE METHOD ARGUMENT\n");
    return 2;
  }
  tollgate_config config = {};
  config.struct_size = sizeof config;
  config.policy = TOLLGATE_POLICY_OBSERVE;
  IHostTaskManager *manager = nullptr;
  IHostControl *control = nullptr;
  succeed("tollgate_manager_create", tollgate_manager_create(&config, &manager));
  succeed("tollgate_manager_control", tollgate_manager_control(manager, nullptr, &control));

  ICLRRuntimeHost *runtime = bind_runtime();
  succeed("SetHostControl", runtime->SetHostControl(control));
  succeed("Start", runtime->Start());
  DWORD result = 0;
  succeed("ExecuteInDefaultAppDomain",
          runtime->ExecuteInDefaultAppDomain(wide(arguments[1]).c_str(), wide(arguments[2]).c_str(),
                                             wide(arguments[3]).c_str(), wide(arguments[4]).c_str(), &result));
  printf("the method returned %lu\n", result);
  show_tasks(manager);
  succeed("Stop", runtime->Stop());
  runtime->Release();
  // The runtime goes on calling the manager, which stays, until the process ends.
  return show_totals(manager) ? 0 : 1;
}
