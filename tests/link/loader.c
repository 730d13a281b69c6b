/*
 Loads the libraries named on the command line, each with a Tollgate of its own, crosses through each from several threads,
 closes them while threads that used them still live, and lets those threads end: their exit hooks must still be there.
*/
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, MOST = 4 };

typedef int32_t (*crossing)(uint64_t *leaves);

static crossing crossings[MOST];
static int libraries;
static pthread_barrier_t used, closed;

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void *use(void *unused) {
  uint64_t leaves = 0;
  int i;
  (void)unused;
  for (i = 0; i < libraries; i++)
    if (crossings[i](&leaves) != 0) fail("a crossing failed");
  pthread_barrier_wait(&used);
  pthread_barrier_wait(&closed);
  return NULL;
}

int main(int argc, char **argv) {
  void *handles[MOST];
  pthread_t threads[THREADS];
  uint64_t leaves = 0;
  int i;
  libraries = argc - 1;
  if (libraries < 1 || libraries > MOST) fail("usage: loader LIBRARY...");
  for (i = 0; i < libraries; i++) {
    handles[i] = dlopen(argv[i + 1], RTLD_NOW | RTLD_LOCAL);
    if (handles[i] == NULL) fail(dlerror());
    *(void **)&crossings[i] = dlsym(handles[i], "plugin_crossing");
    if (crossings[i] == NULL) fail(dlerror());
  }
  pthread_barrier_init(&used, NULL, THREADS + 1);
  pthread_barrier_init(&closed, NULL, THREADS + 1);
  for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, use, NULL);
  pthread_barrier_wait(&used);
  for (i = 0; i < libraries; i++) {
    if (crossings[i](&leaves) != 0) fail("a crossing failed");
    if (leaves != THREADS + 1) fail("a library counts the crossings of another");
    dlclose(handles[i]);
  }
  pthread_barrier_wait(&closed);
  for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  printf("%d libraries, each with books of its own, closed under living threads\n", libraries);
  return 0;
}
