/*
 One door in a program of its own, to be looked at instruction by instruction.

     program DOOR SHAPE TIMES

 runs the loop once to warm up, then TIMES times, then 2 * TIMES times, and stops itself (SIGSTOP) before, between and
 after the two: the difference of the instructions in between is what TIMES rounds take, without what comes before and
 after a loop.
*/
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doors.h"

#define LOOPS(door) door_loop door_##door##_pairs, door_##door##_nested;
#define ENTRY(door) {#door, "pairs", door_##door##_pairs}, {#door, "nested", door_##door##_nested},
#define DOORS(each) each(empty) each(com) each(handle) each(inline_c) each(inline_cpp)

DOORS(LOOPS)

static const struct {
  const char *door, *shape;
  door_loop *loop;
} loops[] = {DOORS(ENTRY)};

static int measure(door_loop *loop, uint64_t times) {
  int32_t result = loop(1);
  raise(SIGSTOP);
  result |= loop(times);
  raise(SIGSTOP);
  result |= loop(2 * times);
  raise(SIGSTOP);
  if (result) fprintf(stderr, "a transition failed: 0x%08X\n", (unsigned)result);
  return result != 0;
}

int main(int argc, char **argv) {
  size_t i;
  for (i = 0; argc == 4 && i < sizeof loops / sizeof *loops; i++)
    if (!strcmp(argv[1], loops[i].door) && !strcmp(argv[2], loops[i].shape))
      return measure(loops[i].loop, strtoull(argv[3], NULL, 10));
  fprintf(stderr, "usage: %s DOOR pairs|nested TIMES\n", argv[0]);
  return 2;
}
