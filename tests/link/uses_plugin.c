/* A program that is linked with the library of plugin.c and knows nothing of Tollgate. */
int plugin_crosses(void);

int main(void) { return plugin_crosses(); }
