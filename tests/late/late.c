/*
 A program that does not know of Tollgate, loads a crowd of small libraries with thread-local variables first and
 Tollgate after that, and uses it from threads that were there before and threads that come later.

     late TOLLGATE SMALL...
*/
#include <dlfcn.h>

#include "check.h"

static struct IHostTaskManager *manager;

static void *load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) fprintf(stderr, "%s\n", dlerror());
  CHECK(library != NULL);
  return library;
}

static void *find(void *library, const char *name) {
  void *symbol = dlsym(library, name);
  if (!symbol) fprintf(stderr, "%s\n", dlerror());
  CHECK(symbol != NULL);
  return symbol;
}

/* The documented nested sequence, as long as it takes to be sure that every call is for the same task. */
static void *cross(void *unused) {
  uint32_t i;
  for (i = 0; i < 1000; i++) {
    CHECK_EQ(manager->lpVtbl->LeaveRuntime(manager, 0xA000), S_OK);
    CHECK_EQ(manager->lpVtbl->ReverseEnterRuntime(manager), S_OK);
    CHECK_EQ(manager->lpVtbl->LeaveRuntime(manager, 0xC000), S_OK);
    CHECK_EQ(manager->lpVtbl->EnterRuntime(manager), S_OK);
    CHECK_EQ(manager->lpVtbl->ReverseLeaveRuntime(manager), S_OK);
    CHECK_EQ(manager->lpVtbl->EnterRuntime(manager), S_OK);
  }
  return unused;
}

/* Threads that exist before the library does, and wait for it. */
enum { EARLY = 4, LATER = 64 };
static pthread_barrier_t loaded;

static void *wait_and_cross(void *unused) {
  pthread_barrier_wait(&loaded);
  return cross(unused);
}

typedef HRESULT get_host_manager(const GUID *riid, void **out);
typedef HRESULT get_totals(struct IHostTaskManager *m, struct tollgate_totals_info *out, uint32_t size);

/* Function pointers come out of dlsym as data pointers, which ISO C has no conversion for. */
#define FIND(library, name, function)             \
  do {                                            \
    void *symbol = find(library, name);           \
    memcpy(&(function), &symbol, sizeof symbol);  \
  } while (0)

int main(int argc, char **argv) {
  pthread_t early[EARLY], later[LATER];
  struct tollgate_totals_info totals;
  get_host_manager *get_manager;
  get_totals *get;
  void *library, *out = NULL;
  int i;
  CHECK(argc > 2);
  CHECK_EQ(pthread_barrier_init(&loaded, NULL, EARLY + 1), 0);
  for (i = 0; i < EARLY; i++) CHECK_EQ(pthread_create(&early[i], NULL, wait_and_cross, NULL), 0);
  for (i = 2; i < argc; i++) {
    long (*touch)(void);
    FIND(load(argv[i]), "small_touch", touch);
    CHECK_EQ(touch(), 2);
  }

  library = load(argv[1]);
  FIND(library, "tollgate_get_host_manager", get_manager);
  FIND(library, "tollgate_totals", get);
  CHECK_EQ(get_manager((const GUID *)find(library, "tollgate_IID_IHostTaskManager"), &out), S_OK);
  manager = (struct IHostTaskManager *)out;

  cross(NULL);
  pthread_barrier_wait(&loaded);
  for (i = 0; i < EARLY; i++) CHECK_EQ(pthread_join(early[i], NULL), 0);
  for (i = 0; i < LATER; i++) CHECK_EQ(pthread_create(&later[i], NULL, cross, NULL), 0);
  /* The library stays: threads that end after this still run its code. */
  CHECK_EQ(dlclose(library), 0);
  for (i = 0; i < LATER; i++) CHECK_EQ(pthread_join(later[i], NULL), 0);
  cross(NULL);

  memset(&totals, 0, sizeof totals);
  CHECK_EQ(get(manager, &totals, sizeof totals), S_OK);
  CHECK_EQ(totals.tasks_attached, 1 + EARLY + LATER);
  CHECK_EQ(totals.tasks_live, 1);
  CHECK_EQ(totals.leaves, 2000 * (2 + EARLY + LATER));
  CHECK_EQ(totals.enters, totals.leaves);
  CHECK_EQ(totals.irregularities, 0);
  printf("loaded after %d small libraries; %d threads were there before, %d came later\n", argc - 2, EARLY, LATER);
  return 0;
}
