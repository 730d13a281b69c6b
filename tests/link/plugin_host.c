/*
 A program that has Tollgate itself and loads a plugin that brought a copy along.

   plugin_host PLUGIN own     the plugin must use its own copy: the books are apart, and closing one gate leaves the other open
   plugin_host PLUGIN shared  the plugin must use the program's copy: one manager, one set of books
*/
#include "check.h"

#include <dlfcn.h>

typedef void *manager_function(void);
typedef int crossing_function(void);

static void *symbol(void *plugin, const char *name) {
  void *found = dlsym(plugin, name);
  if (found == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(found != NULL);
  return found;
}

static void *cross(void *function) {
  crossing_function *crosses;
  memcpy(&crosses, &function, sizeof crosses);
  CHECK_EQ(crosses(), 0);
  return NULL;
}

int main(int argc, char **argv) {
  void *plugin, *address, *crosses, *own = NULL;
  manager_function *manager_of;
  struct IHostTaskManager *m, *theirs;
  CHECK_EQ(argc, 3);
  plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(plugin != NULL);
  address = symbol(plugin, "plugin_default_manager");
  memcpy(&manager_of, &address, sizeof manager_of);
  crosses = symbol(plugin, "plugin_crosses");
  theirs = (struct IHostTaskManager *)manager_of();
  CHECK(theirs != NULL);

  CHECK_EQ(tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, &own), S_OK);
  m = (struct IHostTaskManager *)own;
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  cross(crosses);
  on_new_thread(cross, crosses);
  if (strcmp(argv[2], "shared") == 0) {
    CHECK(theirs == m);
    CHECK_EQ(balanced_totals(m).leaves, 3);
  } else {
    CHECK(theirs != m);
    CHECK_EQ(balanced_totals(m).leaves, 1);
    /* A closed gate would hold the plugin's thread for ever. */
    CHECK_EQ(tollgate_pause(m, 0xFFFFFFFF, NULL, 0), S_OK);
    on_new_thread(cross, crosses);
    CHECK_EQ(tollgate_resume(m), S_OK);
  }
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  printf("the plugin's copy: %s\n", argv[2]);
  return 0;
}
