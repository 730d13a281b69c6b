/*
 What every door of the C and C++ side offers: two loops, each on the calling thread's own task.

 door_NAME_pairs(n)  leaves and enters n times
 door_NAME_nested(n) opens four levels (leave, reverse_enter, leave, reverse_enter) and closes them again, n times

 Both answer 0, or a negative HRESULT if any call failed: the results are looked at, as a careful caller does, and the
 compiler cannot drop the call that they come from. Each door is compiled in a file of its own, so that no call site
 serves two targets.
*/
#ifndef DOORS_H
#define DOORS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of the two loops. */
typedef int32_t door_loop(uint64_t times);

/* The name of a door's function: DOOR is given on the command line. */
#define DOOR_JOIN_AGAIN(door, shape) door_##door##_##shape
#define DOOR_JOIN(door, shape) DOOR_JOIN_AGAIN(door, shape)
#define DOOR_LOOP(shape) DOOR_JOIN(DOOR, shape)

/* What is given as the target of a leave: any address will do. */
#define DOOR_TARGET 0x1000

#ifdef __cplusplus
}
#endif

#endif
