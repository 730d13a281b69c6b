/*
 The doors by task handle: the library's functions, or the same compiled into the caller (INLINED), from C or C++.
*/
#ifdef INLINED
#include "tollgate_inline.h"
#define LEAVE tollgate_inline_leave
#define ENTER tollgate_inline_enter
#define REVERSE_ENTER tollgate_inline_reverse_enter
#define REVERSE_LEAVE tollgate_inline_reverse_leave
#else
#include "tollgate.h"
#define LEAVE tollgate_leave
#define ENTER tollgate_enter
#define REVERSE_ENTER tollgate_reverse_enter
#define REVERSE_LEAVE tollgate_reverse_leave
#endif

#include "doors.h"
#include "managers.h"

#ifdef __cplusplus
extern "C" {
#endif

int32_t DOOR_LOOP(pairs)(uint64_t times) {
  tollgate_task *task = tollgate_current(tollgate_manager());
  int32_t result = task ? 0 : -1;
#ifdef INLINED
  result |= tollgate_inline_check();
#endif
  if (result) return result;
  for (; times != 0; times--) {
    result |= LEAVE(task, DOOR_TARGET);
    result |= ENTER(task);
  }
  return result;
}

int32_t DOOR_LOOP(nested)(uint64_t times) {
  tollgate_task *task = tollgate_current(tollgate_manager());
  int32_t result = task ? 0 : -1;
#ifdef INLINED
  result |= tollgate_inline_check();
#endif
  if (result) return result;
  for (; times != 0; times--) {
    result |= LEAVE(task, DOOR_TARGET);
    result |= REVERSE_ENTER(task);
    result |= LEAVE(task, DOOR_TARGET + 1);
    result |= REVERSE_ENTER(task);
    result |= REVERSE_LEAVE(task);
    result |= ENTER(task);
    result |= REVERSE_LEAVE(task);
    result |= ENTER(task);
  }
  return result;
}

#ifdef __cplusplus
}
#endif
