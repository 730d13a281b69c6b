// The native half of the live tests: functions that managed code calls, and that call back into it.
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <pthread.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <ucontext.h>
#include <unistd.h>
#include <vector>

using Callback = void (*)(int);

namespace {

constexpr int landings = 64;
thread_local jmp_buf landing[landings];
thread_local int landed = 0;
std::atomic<int> waiting{0};
std::atomic<bool> released{false};
std::atomic<pid_t> ending{0};

// A second stack for managed code to run on, and the place to come back to.
alignas(64) char stack_bytes[1 << 18];
char *lent;
ucontext_t first, second;
Callback on_second;
void run_on_second() { on_second(0); }

void call_at_end(void *managed) { reinterpret_cast<Callback>(managed)(0); }

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

// An exception of native code, and a place that catches whatever comes over the frames of `managed`: 1 for an exception of
// this file, 2 for another, 0 if none came.
void throw_native() { throw std::runtime_error("native"); }
int catch_over(Callback managed) {
  try {
    managed(0);
    return 0;
  } catch (const std::runtime_error &) {
    return 1;
  } catch (...) {
    return 2;
  }
}
// Throws and catches below no managed code.
int catch_own() {
  try {
    throw_native();
    return 0;
  } catch (const std::runtime_error &) {
    return 1;
  }
}

// `threads` threads that the runtime has not made call `managed` `times` each.
void foreign_threads(Callback managed, int threads, int times) {
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([=] {
      for (int i = 0; i < times; ++i) managed(i);
    });
  for (std::thread &thread : all) thread.join();
}

void end_thread() {
  ending = static_cast<pid_t>(syscall(SYS_gettid));
  pthread_exit(nullptr);
}
// Not 0 once that thread is gone: the end of the process would come before the thread's own.
int thread_has_ended() {
  const pid_t thread = ending;
  return thread != 0 && syscall(SYS_tgkill, getpid(), thread, 0) != 0;
}

// Calls `managed` from a destructor of thread-local data, made after that of everybody who has called before.
void call_at_thread_end(Callback managed) {
  pthread_key_t key;
  pthread_key_create(&key, call_at_end);
  std::thread([=] {
    managed(0);
    pthread_setspecific(key, reinterpret_cast<void *>(managed));
  }).join();
  pthread_key_delete(key);
}

// Coroutines. `start_coroutine` runs `managed` on a stack of its own until that calls `yield`, `resume_coroutine` lets it go
// on until its end.
void start_coroutine(Callback managed) {
  on_second = managed;
  getcontext(&second);
  second.uc_stack.ss_sp = stack_bytes;
  second.uc_stack.ss_size = sizeof stack_bytes;
  second.uc_link = &first;
  makecontext(&second, run_on_second, 0);
  swapcontext(&first, &second);
}
void yield() { swapcontext(&second, &first); }
void resume_coroutine() { swapcontext(&first, &second); }

// A new thread calls `managed`, which is to call `on_higher_stack`: that goes on upon a stack above the thread's own, a piece
// of the stack of the thread that waits here.
void lend_stack(Callback managed, int times) {
  alignas(64) char piece[1 << 18];
  lent = piece;
  std::thread([=] {
    for (int i = 0; i < times; i++) managed(i);
  }).join();
  lent = nullptr;
}
void on_higher_stack(Callback managed) {
  on_second = managed;
  getcontext(&second);
  second.uc_stack.ss_sp = lent;
  second.uc_stack.ss_size = 1 << 18;
  second.uc_link = &first;
  makecontext(&second, run_on_second, 0);
  swapcontext(&first, &second);
}
void end_process(int code) { exit(code); }
// Forks a child that calls exit, and returns when it is gone; 0 if that could not be done. A runtime's own exit handlers may
// wait for ever for threads that a forked child does not have: the alarm ends the child then.
int end_forked() {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    exit(0);
  }
  return child != -1 && waitpid(child, nullptr, 0) == child;
}

void set_errno(int value) { errno = value; }
int get_errno() { return errno; }
// What is left of an errno over a call of `managed`.
int errno_over(Callback managed, int value) {
  errno = value;
  managed(0);
  return errno;
}

// For looks at threads that stand still: `wait_here` stays until `release`, `count_waiting` tells how many stay.
void wait_here() {
  waiting.fetch_add(1);
  while (!released.load()) usleep(1000);
  waiting.fetch_sub(1);
}
int count_waiting() { return waiting.load(); }
void release() { released.store(true); }

} // extern "C"
