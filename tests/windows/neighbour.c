/* What another Rust library in the program has of its own: the function that the compiler's helpers name. */
int rust_eh_personality(void);
int rust_eh_personality(void) { return 0; }
