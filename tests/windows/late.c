/*
 tollgate.dll loaded while threads run that were there before it: they have its thread-local words, their ends are noticed,
 and the library stays when it is freed.
*/
#define TOLLGATE_DLL
#include "check.h"

typedef HRESULT (*create_function)(const struct tollgate_config *config, struct IHostTaskManager **manager);
typedef HRESULT (*totals_function)(struct IHostTaskManager *manager, struct tollgate_totals_info *out, uint32_t size);

enum { THREADS = 8, PAIRS = 1000 };

static HANDLE loaded;
static struct IHostTaskManager *manager;

static DWORD WINAPI waits_for_the_library(void *unused) {
  int i;
  (void)unused;
  CHECK_EQ(WaitForSingleObject(loaded, INFINITE), WAIT_OBJECT_0);
  for (i = 0; i < PAIRS; i++) {
    CHECK_EQ(manager->lpVtbl->LeaveRuntime(manager, 1), S_OK);
    CHECK_EQ(manager->lpVtbl->EnterRuntime(manager), S_OK);
  }
  CHECK_EQ(manager->lpVtbl->LeaveRuntime(manager, 1), S_OK);
  return 0;
}

/* Puts the address of a function of the library, found by its name, into a pointer of its type. */
static void find(HMODULE library, const char *name, void *pointer) {
  FARPROC found = GetProcAddress(library, name);
  CHECK(found != NULL);
  memcpy(pointer, &found, sizeof found);
}

int main(void) {
  HANDLE threads[THREADS];
  HMODULE library;
  create_function create;
  totals_function totals_of;
  struct tollgate_totals_info totals;
  int i;
  loaded = CreateEventW(NULL, TRUE, FALSE, NULL);
  for (i = 0; i < THREADS; i++) threads[i] = CreateThread(NULL, 0, waits_for_the_library, NULL, 0, NULL);
  library = LoadLibraryW(L"tollgate.dll");
  CHECK(library != NULL);
  find(library, "tollgate_manager_create", &create);
  find(library, "tollgate_totals", &totals_of);
  CHECK_EQ(create(NULL, &manager), S_OK);
  CHECK(SetEvent(loaded));
  CHECK_EQ(WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE), WAIT_OBJECT_0);

  /* As often as one likes: the managers, and what waits for the ends of threads, stay. */
  for (i = 0; i < 10; i++) FreeLibrary(library);
  CHECK(GetModuleHandleW(L"tollgate.dll") == library);
  CHECK_EQ(totals_of(manager, &totals, sizeof totals), S_OK);
  CHECK_EQ(totals.tasks_live, 0);
  CHECK_EQ(totals.leaves, THREADS * (PAIRS + 1));
  CHECK_EQ(totals.closed_outside, THREADS);
  CHECK_EQ(manager->lpVtbl->LeaveRuntime(manager, 1), S_OK);
  CHECK_EQ(manager->lpVtbl->EnterRuntime(manager), S_OK);
  printf("%d threads older than the library, %d calls, all ends noticed; freed, it stays\n", THREADS,
         THREADS * (2 * PAIRS + 1));
  return 0;
}
