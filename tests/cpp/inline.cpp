// The same in C++: `tests/c/inline.c` is both.
#include "../c/inline.c"
