/* A program without Tollgate, to compare with. */
int main(void) { return 0; }
