// How tasks end other than by returning: threads that leave early, calls after the end, forks. Each half must still get its
// one ExitTask, and every reference come back.
#include "counting_runtime.h"

#include <thread>

#ifdef _WIN32
[[noreturn]] static void end_thread() { ExitThread(0); }
#else
#include <sys/resource.h>
#include <sys/wait.h>
[[noreturn]] static void end_thread() { pthread_exit(nullptr); }
#endif

static const uint32_t FOREVER = 0xFFFFFFFF;

static IHostTaskManager *manager;
static CountingRuntime runtime;

// A thread that ends inside its start routine, in the middle of native code.
static uint32_t TOLLGATE_CALL leaves_early(void *) {
  runtime.introduce();
  CHECK_EQ(manager->LeaveRuntime(0xDEAD), S_OK);
  end_thread();
}

static void end_a_thread_early() {
  IHostTask *task = nullptr;
  CHECK_EQ(manager->CreateTask(0, leaves_early, nullptr, &task), S_OK);
  CHECK_EQ(task->Start(), S_OK);
  CHECK_EQ(task->Join(FOREVER, 0), HOST_E_ABANDONED);
  task->Release();
}

#ifndef _WIN32 // no fork there; ends.c of tests/windows has the calls after the end
// Calls of a thread whose task is gone: from the destructor of a key made after the library's own.
static void call_after_the_end(void *) {
  IHostTask *own = reinterpret_cast<IHostTask *>(&own);
  CHECK_EQ(manager->GetCurrentTask(&own), HOST_E_INVALIDOPERATION);
  CHECK(own == nullptr);
  CHECK_EQ(manager->SwitchToTask(0), S_OK);
  CHECK_EQ(manager->Sleep(0, TOLLGATE_WAIT_ALERTABLE), S_OK);
}

static void *call_late(void *key) {
  IHostTask *own = nullptr;
  CHECK_EQ(manager->GetCurrentTask(&own), S_OK);
  own->Release();
  CHECK_EQ(pthread_setspecific(*static_cast<pthread_key_t *>(key), key), 0);
  return nullptr;
}

// A task whose thread a fork leaves behind: abandoned in the child, and its half is not called there.
static uint32_t TOLLGATE_CALL waits_for_alert(void *introduced) {
  runtime.introduce();
  *static_cast<std::atomic<bool> *>(introduced) = true;
  manager->Sleep(FOREVER, TOLLGATE_WAIT_ALERTABLE);
  return 0;
}

static void fork_under_a_task() {
  IHostTask *task = nullptr;
  std::atomic<bool> introduced{false};
  CHECK_EQ(manager->CreateTask(0, waits_for_alert, &introduced, &task), S_OK);
  CHECK_EQ(task->Start(), S_OK);
  // The child would inherit this runtime's own lock as it is.
  while (!introduced) manager->SwitchToTask(0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    tollgate_after_fork_child();
    CHECK_EQ(task->Join(FOREVER, 0), HOST_E_ABANDONED);
    CHECK_EQ(task->Alert(), S_OK);
    task->Release();
    // Records and cells of the tasks left behind serve new ones.
    std::atomic<bool> again{false};
    CHECK_EQ(manager->CreateTask(0, waits_for_alert, &again, &task), S_OK);
    CHECK_EQ(task->Start(), S_OK);
    CHECK_EQ(task->Alert(), S_OK);
    CHECK_EQ(task->Join(FOREVER, 0), S_OK);
    CHECK(again);
    task->Release();
    _exit(0);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK_EQ(status, 0);
  CHECK_EQ(task->Alert(), S_OK);
  CHECK_EQ(task->Join(FOREVER, 0), S_OK);
  task->Release();
}

static int own_nice() { return getpriority(PRIO_PROCESS, static_cast<id_t>(os_thread())); }

// The thread that forks keeps its task in the child: the record is about the child's thread, and nobody uses its half.
static void fork_as_a_task() {
  CountingTask *half = runtime.introduce();
  IHostTask *own = half->task;
  const int nice_before = own_nice();
  const uint64_t id = own_task(manager).id;
  half->hold = true;
  // Not destroyed when the child's thread unwinds.
  std::thread *user = new std::thread([&] { CHECK_EQ(tollgate_task_abort(manager, id), S_OK); });
  while (half->inside == 0) manager->SwitchToTask(0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    tollgate_after_fork_child();
    half->thread = os_thread();
    CHECK_EQ(own->SetPriority(-2), S_OK);
    CHECK(nice_before > 10 || own_nice() == 10);
    // The half's end waits for users, of whom there are none here.
    half->ends_process = true;
    pthread_exit(nullptr);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK_EQ(status, 0);
  CHECK_EQ(own_nice(), nice_before);
  half->hold = false;
  user->join();
  delete user;
}
#endif

int main() {
  // The key that the library makes for the ends of threads comes first, so its destructors run first.
  manager = new_manager(TOLLGATE_POLICY_GOVERN);
  manager->SwitchToTask(0);
  runtime.host = manager;
#ifdef _WIN32
  end_a_thread_early();
#else
  pthread_key_t late;
  CHECK_EQ(pthread_key_create(&late, call_after_the_end), 0);
  end_a_thread_early();
  on_new_thread(call_late, &late);
  fork_under_a_task();
  std::thread(fork_as_a_task).join();
#endif

  runtime.finalize();
  const size_t halves = runtime.check_balance();
  CHECK_EQ(runtime.references, 1); // nobody was given it
  while (balanced_totals(manager).tasks_live != 1) manager->SwitchToTask(0); // threads that have not quite ended
  printf("%zu runtime halves: one ExitTask each, every reference back\n", halves);
}
