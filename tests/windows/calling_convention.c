/*
 Methods clear their arguments off the stack themselves on 32-bit Windows. Compiled with a header that does not say so, this
 program must fail there; with the real one, and on 64-bit Windows with either, it must not.
*/
#include "check.h"

enum { ROUNDS = 10000 };

/* Values that live on the stack across the calls. */
static __attribute__((noinline)) int rounds(struct IHostTaskManager *m) {
  volatile int canaries[4] = {1, 2, 3, 4};
  int i;
  for (i = 0; i < ROUNDS; i++) {
    int32_t needs = 0;
    CHECK_EQ(m->lpVtbl->LeaveRuntime(m, (size_t)i), S_OK);
    CHECK_EQ(m->lpVtbl->CallNeedsHostHook(m, (size_t)i, &needs), S_OK);
    CHECK_EQ(needs, 1);
    CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
    canaries[i & 3] += 4;
  }
  for (i = 0; i < 4; i++) CHECK_EQ(canaries[i], i + 1 + ROUNDS);
  return i;
}

int main(void) {
  struct IHostTaskManager *manager = NULL;
  CHECK_EQ(tollgate_manager_create(NULL, &manager), S_OK);
  CHECK_EQ(rounds(manager), 4);
  CHECK_EQ(balanced_totals(manager).leaves, ROUNDS);
  puts("every call left the stack as it was");
  return 0;
}
