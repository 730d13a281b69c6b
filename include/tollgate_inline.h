/*
 The four transitions by task handle, compiled into the caller.

 They do what tollgate_leave, tollgate_enter, tollgate_reverse_enter and tollgate_reverse_leave do, on the same task and
 with the same results, and call the library only when something unusual is to be done. In return they know how a task
 is laid out, so a program must make sure once, before the first of them, that the library it runs with agrees:

     if (tollgate_inline_check() != S_OK) ...      a library with another layout: call the functions of tollgate.h

     tollgate_task *task = tollgate_current(manager);
     tollgate_inline_leave(task, target);
     ...
     tollgate_inline_enter(task);

 C99, C11 or C++11, gcc or clang, 64-bit. Elsewhere the same names call the library each time.
*/

#ifndef TOLLGATE_INLINE_H
#define TOLLGATE_INLINE_H

#include "tollgate.h"

#if defined(__GNUC__) && (defined(__LP64__) || defined(_WIN64)) && !defined(TOLLGATE_NO_INLINE)

/* Where a task keeps its words, in bytes. */
#define TOLLGATE_INLINE_LEVELS 0
#define TOLLGATE_INLINE_ARMED 8
#define TOLLGATE_INLINE_COUNTS 16
#define TOLLGATE_INLINE_TARGETS 64

/* The number that a library with this layout answers to tollgate_layout_id: the coding of the word of levels, then each
   offset and the size of a target in 12 bits. */
#define TOLLGATE_INLINE_LAYOUT_ID                                                                     \
  ((UINT64_C(1) << 60) | ((uint64_t)TOLLGATE_INLINE_LEVELS << 48) |                                   \
   ((uint64_t)TOLLGATE_INLINE_ARMED << 36) | ((uint64_t)TOLLGATE_INLINE_COUNTS << 24) |               \
   ((uint64_t)TOLLGATE_INLINE_TARGETS << 12) | (uint64_t)sizeof(size_t))

/* A settled word is 1 d1 d2 ... dn, and its bit 63 is clear: it is the bit that a push shifts a full word's leading one
   into, and a pop rotates a direction into that does not fit. */
#define TOLLGATE_INLINE_EMPTY UINT64_C(1)

#ifdef __cplusplus
extern "C" {
#endif

/* S_OK if the library has the layout that this header was written for, else E_UNEXPECTED. */
static inline HRESULT tollgate_inline_check(void) {
  return tollgate_layout_id() == TOLLGATE_INLINE_LAYOUT_ID ? S_OK : E_UNEXPECTED;
}

/* The word `offset` bytes into the task. */
static inline uint64_t *tollgate_inline_at(tollgate_task *task, size_t offset) {
  return (uint64_t *)(void *)((char *)(void *)task + offset);
}

/* The word of levels, which only the calling thread writes. */
static inline uint64_t tollgate_inline_word(tollgate_task *task) {
  return __atomic_load_n(tollgate_inline_at(task, TOLLGATE_INLINE_LEVELS), __ATOMIC_RELAXED);
}

/* `word`, of which the compiler knows nothing: what came before is then computed once for all its uses, as written. Seen
   through, it is computed a second time for the test alone, or a rotation becomes a shift of two registers. */
static inline uint64_t tollgate_inline_opaque(uint64_t word) {
  __asm__("" : "+r"(word));
  return word;
}

/* Stores the new word; 0 if the transition must go on in the library, else it is counted as the `call`th kind. */
static inline int tollgate_inline_publish(tollgate_task *task, uint64_t word, size_t call) {
  uint64_t *count = tollgate_inline_at(task, TOLLGATE_INLINE_COUNTS + 8 * call);
  uint64_t armed;
  /* Ordering: Release; whoever sees this word sees the target of its level, and what the task did before. */
  __atomic_store_n(tollgate_inline_at(task, TOLLGATE_INLINE_LEVELS), word, __ATOMIC_RELEASE);
  /* The compiler must not load armed first. The processor may: whoever arms the task makes up for it with a
     process-wide barrier between arming and looking at the word. */
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  armed = __atomic_load_n(tollgate_inline_at(task, TOLLGATE_INLINE_ARMED), __ATOMIC_RELAXED);
  if (__builtin_expect(((word | armed) >> 63) != 0, 0)) return 0;
#if defined(__x86_64__)
  /* One instruction, neither locked nor split in two: gcc makes three of an atomic load and store. */
  __asm__ volatile("incq %0" : "+m"(*count) : : "cc", "memory");
#else
  __atomic_store_n(count, __atomic_load_n(count, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
#endif
  return 1;
}

/* Transition leave; as tollgate_leave. */
static inline HRESULT tollgate_inline_leave(tollgate_task *task, size_t target) {
  uint64_t word = tollgate_inline_word(task);
  uint64_t *slot = tollgate_inline_at(task, TOLLGATE_INLINE_TARGETS) + ((uint64_t)__builtin_clzll(word) ^ 63);
  /* Ordering: Release, before the word that opens the level: a snapshot that reads this target late looks again. */
  __atomic_store_n(slot, (uint64_t)target, __ATOMIC_RELEASE);
  if (tollgate_inline_publish(task, (word << 1) | (word >> 63), 0)) return S_OK;
  return tollgate_leave_slow(task, target);
}

/* Transition enter; as tollgate_enter. */
static inline HRESULT tollgate_inline_enter(tollgate_task *task) {
  uint64_t word = tollgate_inline_word(task);
  if (tollgate_inline_publish(task, (word >> 1) | (word << 63), 1)) return S_OK;
  return tollgate_enter_slow(task);
}

/* Transition reverse_enter; as tollgate_reverse_enter. */
static inline HRESULT tollgate_inline_reverse_enter(tollgate_task *task) {
  uint64_t word = tollgate_inline_word(task);
  if (tollgate_inline_publish(task, tollgate_inline_opaque((word << 1) | 1), 2)) return S_OK;
  return tollgate_reverse_enter_slow(task);
}

/* Transition reverse_leave; as tollgate_reverse_leave. */
static inline HRESULT tollgate_inline_reverse_leave(tollgate_task *task) {
  uint64_t word = tollgate_inline_word(task);
  /* The pop of an empty word would store 0, the mark of no task at all. */
  if (__builtin_expect(word == TOLLGATE_INLINE_EMPTY, 0)) return tollgate_reverse_leave(task);
  word = tollgate_inline_opaque(word ^ 1);
  if (tollgate_inline_publish(task, (word >> 1) | (word << 63), 3)) return S_OK;
  return tollgate_reverse_leave_slow(task);
}

#ifdef __cplusplus
}
#endif

#else /* another compiler, or 32-bit */

#ifdef __cplusplus
extern "C" {
#endif

/* S_OK: nothing is compiled into the caller, so there is nothing to disagree about. */
static inline HRESULT tollgate_inline_check(void) { return S_OK; }

/* Transition leave; tollgate_leave. */
static inline HRESULT tollgate_inline_leave(tollgate_task *task, size_t target) { return tollgate_leave(task, target); }

/* Transition enter; tollgate_enter. */
static inline HRESULT tollgate_inline_enter(tollgate_task *task) { return tollgate_enter(task); }

/* Transition reverse_enter; tollgate_reverse_enter. */
static inline HRESULT tollgate_inline_reverse_enter(tollgate_task *task) { return tollgate_reverse_enter(task); }

/* Transition reverse_leave; tollgate_reverse_leave. */
static inline HRESULT tollgate_inline_reverse_leave(tollgate_task *task) { return tollgate_reverse_leave(task); }

#ifdef __cplusplus
}
#endif

#endif

#endif /* TOLLGATE_INLINE_H */
