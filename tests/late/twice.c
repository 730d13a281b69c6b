/*
 Two copies of Tollgate in one process, each from a file of its own, used by the same threads; closed and opened again and
 again while those threads are in the middle of calls; and called by a handler at the end, long after the last close.

     twice TOLLGATE COPY
*/
#include <dlfcn.h>
#include <sched.h>

#include "check.h"

enum { COPIES = 2, THREADS = 4, ATTEMPTS = 200 };

typedef HRESULT get_host_manager(const GUID *riid, void **out);
typedef HRESULT get_totals(struct IHostTaskManager *m, struct tollgate_totals_info *out, uint32_t size);

static struct IHostTaskManager *managers[COPIES];
static get_totals *totals_of[COPIES];
static uint64_t crossed;
static int threads_inside, is_over;

/* Opens one, and checks that whoever opens it again gets the copy that is there. */
static void *open_copy(const char *path, int copy) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL), *symbol, *id, *out = NULL;
  get_host_manager *get_manager;
  if (library == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(library != NULL);
  symbol = dlsym(library, "tollgate_get_host_manager");
  id = dlsym(library, "tollgate_IID_IHostTaskManager");
  CHECK(symbol != NULL && id != NULL);
  memcpy(&get_manager, &symbol, sizeof symbol);
  CHECK_EQ(get_manager((const GUID *)id, &out), S_OK);
  CHECK(managers[copy] == NULL || managers[copy] == out);
  managers[copy] = (struct IHostTaskManager *)out;
  symbol = dlsym(library, "tollgate_totals");
  memcpy(&totals_of[copy], &symbol, sizeof symbol);
  return library;
}

/* In the middle of a call into each copy, and of others, for as long as the copies are closed and opened. */
static void *cross(void *unused) {
  uint64_t rounds = 0;
  int copy;
  for (copy = 0; copy < COPIES; copy++) CHECK_EQ(managers[copy]->lpVtbl->LeaveRuntime(managers[copy], 1), S_OK);
  __atomic_fetch_add(&threads_inside, 1, __ATOMIC_RELEASE);
  for (; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); rounds++)
    for (copy = 0; copy < COPIES; copy++) {
      CHECK_EQ(managers[copy]->lpVtbl->ReverseEnterRuntime(managers[copy]), S_OK);
      CHECK_EQ(managers[copy]->lpVtbl->ReverseLeaveRuntime(managers[copy]), S_OK);
    }
  for (copy = 0; copy < COPIES; copy++) CHECK_EQ(managers[copy]->lpVtbl->EnterRuntime(managers[copy]), S_OK);
  __atomic_fetch_add(&crossed, rounds, __ATOMIC_RELAXED);
  return unused;
}

static void at_exit(void) {
  struct tollgate_totals_info totals;
  int copy;
  for (copy = 0; copy < COPIES; copy++) {
    CHECK_EQ(managers[copy]->lpVtbl->LeaveRuntime(managers[copy], 1), S_OK);
    CHECK_EQ(managers[copy]->lpVtbl->EnterRuntime(managers[copy]), S_OK);
    memset(&totals, 0, sizeof totals);
    CHECK_EQ(totals_of[copy](managers[copy], &totals, sizeof totals), S_OK);
    /* The threads', and this pair: nothing of the other copy's. */
    CHECK_EQ(totals.leaves, THREADS + 1);
    CHECK_EQ(totals.reverse_enters, crossed);
    CHECK_EQ(totals.tasks_attached, THREADS + 1);
    CHECK_EQ(totals.tasks_live, 1);
    CHECK_EQ(totals.irregularities, 0);
  }
  printf("two copies, closed %d times under %d threads, and called at the end\n", ATTEMPTS, THREADS);
}

int main(int argc, char **argv) {
  pthread_t threads[THREADS];
  void *libraries[COPIES];
  int i, copy;
  CHECK_EQ(argc, 1 + COPIES);
  /* Before the libraries are there, hence run after whatever they do at the end. */
  CHECK_EQ(atexit(at_exit), 0);
  for (copy = 0; copy < COPIES; copy++) libraries[copy] = open_copy(argv[1 + copy], copy);
  CHECK(managers[0] != managers[1]);
  for (i = 0; i < THREADS; i++) CHECK_EQ(pthread_create(&threads[i], NULL, cross, NULL), 0);
  while (__atomic_load_n(&threads_inside, __ATOMIC_ACQUIRE) < THREADS) sched_yield();
  for (i = 0; i < ATTEMPTS; i++) {
    copy = i % COPIES;
    CHECK_EQ(dlclose(libraries[copy]), 0);
    libraries[copy] = open_copy(argv[1 + copy], copy);
  }
  for (copy = 0; copy < COPIES; copy++) CHECK_EQ(dlclose(libraries[copy]), 0);
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  for (i = 0; i < THREADS; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
  return 0;
}
