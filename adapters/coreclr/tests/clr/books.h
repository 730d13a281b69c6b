// What the scenarios of the embedding host ask of the manager's books and of the library.
#ifndef BOOKS_H
#define BOOKS_H

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "check.h"
#include "tollgate_com.h"
#include "tollgate_coreclr.h"

constexpr int workers = 4;

// The manager that the host gives to the library.
inline IHostTaskManager *manager = nullptr;

inline tollgate_coreclr_status_info status() {
  tollgate_coreclr_status_info info{};
  CHECK(tollgate_coreclr_status(&info, sizeof info) == S_OK);
  return info;
}

inline tollgate_totals_info totals() {
  tollgate_totals_info info{};
  CHECK(tollgate_totals(manager, &info, sizeof info) == S_OK);
  return info;
}

// Leaves and enters come to the same, and calls in and back, what is open counted: as soon as no task is on its way, and the
// runtime's own threads may be. Books that do not balance never do.
inline void balanced() {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  for (;;) {
    const tollgate_totals_info t = totals();
    if (t.leaves == t.enters + t.closed_outside + t.open_outside &&
        t.reverse_enters == t.reverse_leaves + t.closed_inside + t.open_inside)
      return;
    CHECK(std::chrono::steady_clock::now() < give_up);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// All live tasks.
inline std::vector<tollgate_task_info> tasks() {
  std::vector<tollgate_task_info> all(64);
  uint32_t count = 0;
  CHECK(tollgate_snapshot(manager, all.data(), sizeof all[0], static_cast<uint32_t>(all.size()), &count) == S_OK);
  CHECK(count <= all.size());
  all.resize(count);
  return all;
}

// The calling thread's task, whose counts are exact: the runtime's own threads come, go and cross as they like.
inline tollgate_task_info own_task() {
  const auto thread = static_cast<uint64_t>(syscall(SYS_gettid));
  for (const tollgate_task_info &task : tasks())
    if (task.os_thread == thread) return task;
  std::fprintf(stderr, "the thread has no task\n");
  std::exit(1);
}

// What is at the end of the threads that run `body`, which the runtime has not made.
template <typename Body> std::vector<tollgate_task_info> on_threads(Body body) {
  std::vector<tollgate_task_info> ended(workers);
  std::vector<std::thread> all;
  for (tollgate_task_info &task : ended)
    all.emplace_back([&task, body] {
      body();
      task = own_task();
    });
  for (std::thread &thread : all) thread.join();
  return ended;
}

// Each has made `rounds` rounds of one call back and so many leaves, and nothing else.
inline void made_exactly(const std::vector<tollgate_task_info> &ended, uint64_t rounds, uint64_t leaves) {
  for (const tollgate_task_info &task : ended) {
    CHECK(task.leaves == leaves && task.enters == leaves);
    // A runtime that announces the method itself adds a call in.
    CHECK(task.reverse_enters == rounds || task.reverse_enters == 2 * rounds);
    CHECK(task.reverse_leaves == task.reverse_enters);
    CHECK(task.depth == 0 && task.irregularities == 0);
  }
}

#endif
