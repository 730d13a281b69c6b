/* A program with two Rust libraries in it: Tollgate, and one with std that panics and recovers. */
#include "check.h"

int32_t neighbour_panics_and_recovers(void);

int main(void) {
  struct IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  CHECK_EQ(m->lpVtbl->LeaveRuntime(m, 1), S_OK);
  CHECK_EQ(neighbour_panics_and_recovers(), 42);
  CHECK_EQ(m->lpVtbl->EnterRuntime(m), S_OK);
  CHECK_EQ(balanced_totals(m).leaves, 1);
  puts("two Rust libraries in one program");
  return 0;
}
