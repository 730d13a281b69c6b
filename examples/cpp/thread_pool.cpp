// A host with threads of its own: each asks for its task once and keeps the handle, and every job is a call into managed
// code. The host pauses the pool now and then, and while it does no job is inside.
//
//   c++ -std=c++17 thread_pool.cpp -Iinclude lib/libtollgate.a -pthread -o thread_pool
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "tollgate.hpp"

namespace {

constexpr unsigned workers = 4, jobs = 10000, pauses = 20;

std::atomic<unsigned> inside{0}, done{0}, refused{0};

void native_log() {}

// Jobs by number, handed out in order.
class Queue {
public:
  void push(unsigned job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push(job);
    filled_.notify_one();
  }
  void close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    filled_.notify_all();
  }
  bool pop() {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    if (jobs_.empty()) return false;
    jobs_.pop();
    return true;
  }

private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::queue<unsigned> jobs_;
  bool closed_ = false;
};

// Managed code that calls native code once. The count stands for what a pause protects: no job may be seen in it.
template <class Task> bool run_job(const Task &task) {
  tollgate::inside managed(task);
  if (!managed) return false;
  inside++;
  inside--;
  tollgate::outside native(task, &native_log);
  if (!native) return false;
  native_log();
  return true;
}

void work(const tollgate::manager &manager, Queue &queue) {
  // The transitions are compiled in when the library agrees about a task's layout, else they are calls.
  const tollgate::inline_task compiled_in = manager.current_inline_task();
  const tollgate::task called = manager.current_task();
  while (queue.pop()) {
    if (compiled_in ? run_job(compiled_in) : run_job(called))
      done++;
    else
      refused++;
  }
}

} // namespace

int main() {
  const tollgate::manager manager = tollgate::manager::create();
  if (!manager) return 1;
  Queue queue;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < workers; i++) threads.emplace_back([&] { work(manager, queue); });

  unsigned seen_inside = 0;
  for (unsigned job = 0; job < jobs; job++) {
    queue.push(job);
    if (job % (jobs / pauses) == 0) {
      const tollgate::paused stop(manager);
      if (!stop) return 1;
      seen_inside += inside;
    }
  }
  queue.close();
  for (std::thread &thread : threads) thread.join();

  tollgate_totals_info totals{};
  if (manager.totals(totals) != S_OK) return 1;
  std::printf("%u jobs, %u refused, %u seen inside during %u pauses\n", done.load(), refused.load(), seen_inside, pauses);
  std::printf("%llu reverse_enters, %llu leaves, %llu irregularities\n",
              static_cast<unsigned long long>(totals.reverse_enters), static_cast<unsigned long long>(totals.leaves),
              static_cast<unsigned long long>(totals.irregularities));
  return 0;
}
