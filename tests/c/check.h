/*
 What the test programs share: checks that say what they saw, a manager of one's own, and a look at one's own task.

 A failed check ends the program with status 1. Everything here is C99 and C++11.
*/
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <sys/syscall.h>
#include <unistd.h>
typedef uint32_t ULONG; /* what AddRef and Release return, by its name on Windows */
#endif

#include "tollgate.h"

/* The flag for a page where there are pages. */
#ifdef _WIN32
enum { PAGE_IF_ANY = 0 };
#else
enum { PAGE_IF_ANY = TOLLGATE_PAGE };
#endif

/* Fails unless `condition` holds. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, 0, 0))

/* Fails unless both numbers are equal, and shows both in decimal and hexadecimal. */
#define CHECK_EQ(actual, expected) check_equal(__FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))

static inline void check_failed(const char *file, int line, const char *what, int64_t actual, int64_t expected) {
  fprintf(stderr, "%s:%d: %s: got %" PRId64 " (0x%" PRIX64 "), expected %" PRId64 " (0x%" PRIX64 ")\n", file, line, what,
          actual, (uint64_t)actual, expected, (uint64_t)expected);
  exit(1);
}

static inline void check_equal(const char *file, int line, const char *what, int64_t actual, int64_t expected) {
  if (actual != expected) check_failed(file, line, what, actual, expected);
}

/* A new manager with the given policy and the default of everything else. */
static inline struct IHostTaskManager *new_manager(uint32_t policy) {
  struct tollgate_config config;
  struct IHostTaskManager *manager = NULL;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.policy = policy;
  CHECK_EQ(tollgate_manager_create(&config, &manager), S_OK);
  CHECK(manager != NULL);
  return manager;
}

/* The system's number of the calling thread, as snapshots show it. */
static inline uint64_t os_thread(void) {
#ifdef _WIN32
  return GetCurrentThreadId();
#else
  return (uint64_t)syscall(SYS_gettid);
#endif
}

/* The calling thread's entry in the manager's snapshot; 0 when it has none. */
static inline int find_own_task(struct IHostTaskManager *manager, struct tollgate_task_info *info) {
  enum { CAPACITY = 64 };
  struct tollgate_task_info *all = (struct tollgate_task_info *)calloc(CAPACITY, sizeof *all);
  uint32_t count = 0, i;
  int found = 0;
  CHECK(all != NULL);
  CHECK_EQ(tollgate_snapshot(manager, all, sizeof *all, CAPACITY, &count), S_OK);
  CHECK(count <= CAPACITY);
  for (i = 0; i < count && !found; i++)
    if (all[i].os_thread == os_thread()) {
      *info = all[i];
      found = 1;
    }
  free(all);
  return found;
}

/* The calling thread's entry, which must be there. */
static inline struct tollgate_task_info own_task(struct IHostTaskManager *manager) {
  struct tollgate_task_info info;
  memset(&info, 0, sizeof info);
  CHECK(find_own_task(manager, &info));
  return info;
}

/* The manager's totals; the books must balance whenever no task is running. */
static inline struct tollgate_totals_info balanced_totals(struct IHostTaskManager *manager) {
  struct tollgate_totals_info totals;
  memset(&totals, 0, sizeof totals);
  CHECK_EQ(tollgate_totals(manager, &totals, sizeof totals), S_OK);
  CHECK_EQ(totals.leaves, totals.enters + totals.closed_outside + totals.open_outside);
  CHECK_EQ(totals.reverse_enters, totals.reverse_leaves + totals.closed_inside + totals.open_inside);
  return totals;
}

/* Runs `body(argument)` on a thread of its own and waits for its end, destructors included. */
static inline void on_new_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  CHECK_EQ(pthread_create(&thread, NULL, body, argument), 0);
  CHECK_EQ(pthread_join(thread, NULL), 0);
}

#endif
