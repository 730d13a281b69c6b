/*
 Tollgate for C++17: managers, tasks, the four transitions and pauses as objects that clean up after themselves.

     tollgate::manager m = tollgate::manager::create();
     if (!m) return m.status();
     tollgate::task task = m.current_task();
     {
       tollgate::outside call(task, &native_function);   // leave; enter at the end of the block
       if (!call) return call.status();
       native_function();
     }
     tollgate::paused stop(m, 100);                       // no task is inside; resume at the end of the block

 Every function is noexcept, nothing is allocated, no object can be copied. Neither exceptions nor run-time type
 information is used, and nothing of the C++ library but <type_traits> and <utility>, so -fno-exceptions and -fno-rtti
 are fine. What can fail has a status(): an HRESULT, S_OK when it took place. tollgate.h says what each call means, when
 it fails, and which thread may make it.
*/
#ifndef TOLLGATE_HPP
#define TOLLGATE_HPP

#if !defined(__cplusplus) || (__cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L))
#error "tollgate.hpp is for C++17 and later. Older C++ includes tollgate_com.h, C includes tollgate.h."
#endif

#include <type_traits>
#include <utility>

#include "tollgate_com.h"
#include "tollgate_inline.h"

namespace tollgate {

/* A time-out that never comes. */
inline constexpr uint32_t forever = 0xFFFFFFFF;

/* Settings for a manager, all at their defaults: policy govern, available, no limits. */
struct config : tollgate_config {
  constexpr config() noexcept : tollgate_config{} { struct_size = sizeof(tollgate_config); }
};

/* The address of a function, as a leave wants it. */
template <class Function, std::enable_if_t<std::is_function_v<Function>, int> = 0>
inline size_t target_of(Function *function) noexcept {
  return reinterpret_cast<size_t>(function);
}

/* The transitions as calls of the library; right with every version of it. */
struct called {
  static bool usable() noexcept { return true; }
  static HRESULT leave(tollgate_task *task, size_t target) noexcept { return tollgate_leave(task, target); }
  static HRESULT enter(tollgate_task *task) noexcept { return tollgate_enter(task); }
  static HRESULT reverse_enter(tollgate_task *task) noexcept { return tollgate_reverse_enter(task); }
  static HRESULT reverse_leave(tollgate_task *task) noexcept { return tollgate_reverse_leave(task); }
};

/* The transitions compiled into the caller; only with a library that lays a task out as this header knows it. */
struct inlined {
  static bool usable() noexcept { return tollgate_inline_check() == S_OK; }
  static HRESULT leave(tollgate_task *task, size_t target) noexcept { return tollgate_inline_leave(task, target); }
  static HRESULT enter(tollgate_task *task) noexcept { return tollgate_inline_enter(task); }
  static HRESULT reverse_enter(tollgate_task *task) noexcept { return tollgate_inline_reverse_enter(task); }
  static HRESULT reverse_leave(tollgate_task *task) noexcept { return tollgate_inline_reverse_leave(task); }
};

/*
 A thread's task: for that thread alone, until it ends. Made by manager::current_task.

 Empty when no task could be had; then every transition answers status().
*/
template <class Door> class basic_task {
public:
  using door = Door;

  basic_task() noexcept = default;
  explicit basic_task(tollgate_task *handle, HRESULT status = E_OUTOFMEMORY) noexcept
      : handle_(handle), status_(handle != nullptr ? S_OK : status) {}
  basic_task(basic_task &&other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), status_(std::exchange(other.status_, E_POINTER)) {}
  basic_task &operator=(basic_task &&other) noexcept {
    handle_ = std::exchange(other.handle_, nullptr);
    status_ = std::exchange(other.status_, E_POINTER);
    return *this;
  }

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  HRESULT status() const noexcept { return status_; }
  tollgate_task *get() const noexcept { return handle_; }

  [[nodiscard]] HRESULT leave(size_t target = 0) const noexcept {
    return handle_ != nullptr ? Door::leave(handle_, target) : status_;
  }
  [[nodiscard]] HRESULT enter() const noexcept { return handle_ != nullptr ? Door::enter(handle_) : status_; }
  [[nodiscard]] HRESULT reverse_enter() const noexcept {
    return handle_ != nullptr ? Door::reverse_enter(handle_) : status_;
  }
  [[nodiscard]] HRESULT reverse_leave() const noexcept {
    return handle_ != nullptr ? Door::reverse_leave(handle_) : status_;
  }

private:
  tollgate_task *handle_ = nullptr;
  HRESULT status_ = E_POINTER;
};

using task = basic_task<called>;
using inline_task = basic_task<inlined>;

/* What the guards of both directions share: one open level of the calling thread's task, closed once. */
template <class Task, HRESULT (*Close)(tollgate_task *)> class basic_level {
public:
  basic_level(basic_level &&other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), status_(std::exchange(other.status_, HOST_E_NOT_OWNER)) {}
  basic_level &operator=(basic_level &&) = delete;

  /*
   A gate with a time limit may turn an enter away; the end of a block cannot, so it asks again. Any other refusal stays:
   the manager has ended or failed, and the level is left open. Where the answer matters, call close().
  */
  ~basic_level() {
    while (handle_ != nullptr && close() == HOST_E_TIMEOUT) {
    }
  }

  /* Whether the level is open. */
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /* S_OK while the level is open, else what opening it answered. */
  HRESULT status() const noexcept { return status_; }

  /* Closes the level now. On failure it stays open and the end of the block tries again. */
  HRESULT close() noexcept {
    if (handle_ == nullptr) return HOST_E_NOT_OWNER;
    const HRESULT hr = Close(handle_);
    if (hr == S_OK) {
      handle_ = nullptr;
      status_ = HOST_E_NOT_OWNER;
    }
    return hr;
  }

protected:
  basic_level(const Task &owner, HRESULT opened) noexcept
      : handle_(opened == S_OK ? owner.get() : nullptr), status_(opened) {}

private:
  tollgate_task *handle_;
  HRESULT status_;
};

/* Managed code calls native code: leave, and enter at the end of the block. */
template <class Task> class outside : public basic_level<Task, Task::door::enter> {
public:
  [[nodiscard]] explicit outside(const Task &owner, size_t target = 0) noexcept
      : basic_level<Task, Task::door::enter>(owner, owner.leave(target)) {}
  template <class Function, std::enable_if_t<std::is_function_v<Function>, int> = 0>
  [[nodiscard]] outside(const Task &owner, Function *target) noexcept : outside(owner, target_of(target)) {}
};

/* Native code calls managed code: reverse_enter, and reverse_leave at the end of the block. */
template <class Task> class inside : public basic_level<Task, Task::door::reverse_leave> {
public:
  [[nodiscard]] explicit inside(const Task &owner) noexcept
      : basic_level<Task, Task::door::reverse_leave>(owner, owner.reverse_enter()) {}
};

/* The tasks that were still inside when a pause ran out of time, as far as the report has room for them. */
class laggards {
public:
  explicit laggards(const tollgate_pause_report &report) noexcept : report_(report) {}
  const tollgate_laggard *begin() const noexcept { return report_.laggards; }
  const tollgate_laggard *end() const noexcept {
    const uint64_t all = report_.laggard_count;
    return report_.laggards + (all < TOLLGATE_REPORT_LAGGARDS ? all : TOLLGATE_REPORT_LAGGARDS);
  }

private:
  const tollgate_pause_report &report_;
};

/*
 An owned reference to a manager. The manager itself lives as long as the process: an object that goes away ends nothing,
 shutdown does.
*/
class manager {
public:
  manager() noexcept = default;

  /* Takes over one reference. */
  explicit manager(IHostTaskManager *owned, HRESULT status = E_POINTER) noexcept
      : pointer_(owned), status_(owned != nullptr ? S_OK : status) {}
  manager(manager &&other) noexcept
      : pointer_(std::exchange(other.pointer_, nullptr)), status_(std::exchange(other.status_, E_POINTER)) {}
  manager &operator=(manager &&other) noexcept {
    manager taken(std::move(other));
    std::swap(pointer_, taken.pointer_);
    std::swap(status_, taken.status_);
    return *this;
  }
  ~manager() {
    if (pointer_ != nullptr) pointer_->Release();
  }

  /* A new manager. */
  [[nodiscard]] static manager create(const tollgate_config &settings = config()) noexcept {
    IHostTaskManager *created = nullptr;
    const HRESULT hr = tollgate_manager_create(&settings, &created);
    return manager(created, hr);
  }

  /* The process's default manager. */
  [[nodiscard]] static manager process_default() noexcept {
    void *found = nullptr;
    const HRESULT hr = tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, &found);
    return manager(static_cast<IHostTaskManager *>(found), hr);
  }

  explicit operator bool() const noexcept { return pointer_ != nullptr; }

  /* S_OK when there is a manager, else why not. */
  HRESULT status() const noexcept { return status_; }
  IHostTaskManager *get() const noexcept { return pointer_; }
  IHostTaskManager *operator->() const noexcept { return pointer_; }

  /* Gives the reference away; the object is empty then. */
  [[nodiscard]] IHostTaskManager *release() noexcept {
    status_ = E_POINTER;
    return std::exchange(pointer_, nullptr);
  }

  /* The calling thread's task, made at the first call. */
  [[nodiscard]] task current_task() const noexcept { return task(tollgate_current(pointer_)); }

  /* The same with its transitions compiled in; empty with E_UNEXPECTED when the library lays a task out differently. */
  [[nodiscard]] inline_task current_inline_task() const noexcept {
    return inlined::usable() ? inline_task(tollgate_current(pointer_)) : inline_task(nullptr, E_UNEXPECTED);
  }

  /* Copies the live tasks, as many as fit; `count` becomes how many there are. */
  template <size_t Capacity>
  HRESULT snapshot(tollgate_task_info (&entries)[Capacity], uint32_t &count) const noexcept {
    static_assert(Capacity <= 0xFFFFFFFF);
    return snapshot(entries, static_cast<uint32_t>(Capacity), count);
  }
  HRESULT snapshot(tollgate_task_info *entries, uint32_t capacity, uint32_t &count) const noexcept {
    return tollgate_snapshot(pointer_, entries, sizeof *entries, capacity, &count);
  }
  HRESULT totals(tollgate_totals_info &sums) const noexcept { return tollgate_totals(pointer_, &sums, sizeof sums); }

  /* Switches tracing on or off; S_FALSE when it was so already. */
  HRESULT trace_start() const noexcept { return tollgate_trace_start(pointer_); }
  HRESULT trace_stop() const noexcept { return tollgate_trace_stop(pointer_); }

  /* Moves records that no drain has had yet, as many as fit; `count` becomes how many, `lost` what came and went. */
  template <size_t Capacity>
  HRESULT trace_drain(tollgate_trace_record (&records)[Capacity], uint32_t &count, uint64_t *lost = nullptr) const noexcept {
    static_assert(Capacity <= 0xFFFFFFFF);
    return trace_drain(records, static_cast<uint32_t>(Capacity), count, lost);
  }
  HRESULT trace_drain(tollgate_trace_record *records, uint32_t capacity, uint32_t &count,
                      uint64_t *lost = nullptr) const noexcept {
    return tollgate_trace_drain(pointer_, records, sizeof *records, capacity, &count, lost);
  }

  /* Names for those who watch from another process; S_FALSE without a page, which is created with TOLLGATE_PAGE. */
  HRESULT name_target(size_t target, const char *name) const noexcept {
    return tollgate_name_target(pointer_, target, name);
  }
  template <class Function, std::enable_if_t<std::is_function_v<Function>, int> = 0>
  HRESULT name_target(Function *target, const char *name) const noexcept {
    return name_target(target_of(target), name);
  }
  HRESULT name_task(const char *name) const noexcept { return tollgate_name_task(pointer_, name); }

  HRESULT set_available(bool available) const noexcept { return tollgate_set_available(pointer_, available ? 1 : 0); }
  HRESULT shutdown(uint32_t timeout_ms = forever, tollgate_pause_report *report = nullptr) const noexcept {
    return tollgate_shutdown(pointer_, timeout_ms, report, sizeof *report);
  }
  HRESULT fail() const noexcept { return tollgate_fail(pointer_); }

private:
  IHostTaskManager *pointer_ = nullptr;
  HRESULT status_ = E_POINTER;
};

/* A pause: no task is inside until the end of the block. */
class paused {
public:
  [[nodiscard]] explicit paused(const manager &of, uint32_t timeout_ms = forever) noexcept
      : pointer_(of.get()), status_(tollgate_pause(of.get(), timeout_ms, &report_, sizeof report_)) {
    if (status_ != S_OK) pointer_ = nullptr;
  }
  paused(paused &&other) noexcept
      : report_(other.report_), pointer_(std::exchange(other.pointer_, nullptr)),
        status_(std::exchange(other.status_, HOST_E_NOT_OWNER)) {}
  paused &operator=(paused &&) = delete;
  ~paused() {
    if (pointer_ != nullptr) tollgate_resume(pointer_);
  }

  /* Whether this pause holds. */
  explicit operator bool() const noexcept { return pointer_ != nullptr; }

  /* S_OK while the pause holds, else why it does not; HOST_E_TIMEOUT comes with laggards. */
  HRESULT status() const noexcept { return status_; }
  const tollgate_pause_report &report() const & noexcept { return report_; }
  laggards late() const & noexcept { return laggards(report_); }
  /* Of a pause without a name, which ends with the expression, they would lead to where it was. */
  const tollgate_pause_report &report() const && = delete;
  laggards late() const && = delete;

  /* Takes the pause back now. */
  HRESULT resume() noexcept {
    if (pointer_ == nullptr) return HOST_E_NOT_OWNER;
    status_ = HOST_E_NOT_OWNER;
    return tollgate_resume(std::exchange(pointer_, nullptr));
  }

private:
  tollgate_pause_report report_{};
  IHostTaskManager *pointer_;
  HRESULT status_;
};

/* A trace of what tasks do: from here to the end of the block, unless it was on before. */
class tracing {
public:
  [[nodiscard]] explicit tracing(const manager &of) noexcept : pointer_(of.get()), status_(of.trace_start()) {
    if (status_ != S_OK) pointer_ = nullptr;
  }
  tracing(tracing &&other) noexcept
      : pointer_(std::exchange(other.pointer_, nullptr)), status_(std::exchange(other.status_, S_FALSE)) {}
  tracing &operator=(tracing &&) = delete;
  ~tracing() {
    if (pointer_ != nullptr) tollgate_trace_stop(pointer_);
  }

  /* S_OK when this object switched tracing on, S_FALSE when it was on, else why it could not. */
  HRESULT status() const noexcept { return status_; }

private:
  IHostTaskManager *pointer_;
  HRESULT status_;
};

} // namespace tollgate

#endif /* TOLLGATE_HPP */
