/*
 A program that knows nothing of Tollgate, loads a plugin that does, and closes it again while its threads live on.

   cc plugin_host.c -pthread -ldl -o plugin_host
   ./plugin_host ./plugin.so
*/
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, EACH = 1000 };

static int (*start)(void), (*work)(void);
static uint64_t (*crossings)(void);
static pthread_barrier_t worked, closed;

static void *worker(void *unused) {
  int i;
  (void)unused;
  for (i = 0; i < EACH; i++)
    if (work() != 0) exit(1);
  pthread_barrier_wait(&worked);
  pthread_barrier_wait(&closed);
  return NULL;
}

/* dlsym returns a data pointer; C wants the function pointer copied out of it. */
static void find(void *plugin, const char *name, void *function) {
  void *symbol = dlsym(plugin, name);
  if (symbol == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  memcpy(function, &symbol, sizeof symbol);
}

int main(int argc, char **argv) {
  pthread_t threads[THREADS];
  void *plugin = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  int i;
  if (plugin == NULL) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: plugin_host PLUGIN");
    return 1;
  }
  find(plugin, "plugin_start", &start);
  find(plugin, "plugin_work", &work);
  find(plugin, "plugin_crossings", &crossings);
  if (start() != 0) return 1;

  pthread_barrier_init(&worked, NULL, THREADS + 1);
  pthread_barrier_init(&closed, NULL, THREADS + 1);
  for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, worker, NULL);
  pthread_barrier_wait(&worked);
  printf("%" PRIu64 " crossings\n", crossings());
  dlclose(plugin);
  pthread_barrier_wait(&closed);
  for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  puts("closed, and its threads ended after it");
  return 0;
}
