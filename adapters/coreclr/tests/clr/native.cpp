// The native half of the live tests: functions that managed code calls, and that call back into it.
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>

using Callback = void (*)(int);

namespace {

constexpr int landings = 64;
thread_local jmp_buf landing[landings];
thread_local int landed = 0;
std::atomic<int> waiting{0};
std::atomic<bool> released{false};

} // namespace

extern "C" {

// The documented nested sequence: the program calls native_a, which calls the managed B, which calls native_c.
void native_a(Callback managed_b, int argument) { managed_b(argument); }
int native_c(int argument) { return argument + 1; }
int native_d(int argument) { return argument + 2; }
int native_e(int argument) { return argument + 3; }

void call_back(Callback managed, int times) {
  for (int i = 0; i < times; ++i) managed(i);
}

// Calls `managed` with a landing for `jump_out`, which leaves the frames of `managed` and all that it called. 1 if control
// came back that way.
int jump_over(Callback managed) {
  const int mine = landed++;
  if (setjmp(landing[mine]) == 0) {
    managed(0);
    landed = mine;
    return 0;
  }
  landed = mine;
  return 1;
}
// Jumps to the landing with this number, the outermost being 1; 0 for the innermost.
void jump_out(int number) { longjmp(landing[(number == 0 ? landed : number) - 1], 1); }

// `threads` threads that the runtime has not made call `managed` `times` each.
void foreign_threads(Callback managed, int threads, int times) {
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([=] {
      for (int i = 0; i < times; ++i) managed(i);
    });
  for (std::thread &thread : all) thread.join();
}

void end_thread() { pthread_exit(nullptr); }
void end_process(int code) { exit(code); }

void set_errno(int value) { errno = value; }
int get_errno() { return errno; }

// For looks at threads that stand still: `wait_here` stays until `release`, `count_waiting` tells how many stay.
void wait_here() {
  waiting.fetch_add(1);
  while (!released.load()) usleep(1000);
  waiting.fetch_sub(1);
}
int count_waiting() { return waiting.load(); }
void release() { released.store(true); }

} // extern "C"
