/* A small library with a thread-local variable, as plugins have them. */
__thread long small_count = 1;

long small_touch(void);

long small_touch(void) { return ++small_count; }
