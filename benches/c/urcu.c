/*
 Userspace RCU in the flavour FLAVOUR (memb or qsbr), its small functions inlined, as a yardstick: it too tells a
 writer whether a thread is in a critical section, with a process-wide barrier on the writer's side.

 It keeps no counts and no targets. memb: a pair is a read lock and unlock. qsbr: offline and online, which is what a
 thread says before and after it blocks.
*/
/* Asks for the inlined functions. What they are compiled into, here a yardstick that nobody ships, is then bound by the
   LGPL's terms for inlined code. */
#define _LGPL_SOURCE
#ifdef URCU_QSBR
#include <urcu/urcu-qsbr.h>
#define REGISTER urcu_qsbr_register_thread
#define UNREGISTER urcu_qsbr_unregister_thread
#define GO_IN urcu_qsbr_thread_online
#define GO_OUT urcu_qsbr_thread_offline
#else
#include <urcu/urcu-memb.h>
#define REGISTER urcu_memb_register_thread
#define UNREGISTER urcu_memb_unregister_thread
#define GO_IN urcu_memb_read_lock
#define GO_OUT urcu_memb_read_unlock
#endif

#include "doors.h"

int32_t DOOR_LOOP(pairs)(uint64_t times) {
  REGISTER();
  for (; times != 0; times--) {
#ifdef URCU_QSBR
    GO_OUT();
    GO_IN();
#else
    GO_IN();
    GO_OUT();
#endif
  }
  UNREGISTER();
  return 0;
}
