// A host that embeds CoreCLR and knows nothing of Tollgate: it runs an assembly's Main, as the runtime's own starter does.
//
//   plain_host FOLDER_OF_LIBCORECLR ASSEMBLY [ARGUMENT...]
#include "runtime.h"

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  Runtime runtime(argv[1], argv[2]);
  const int code = runtime.execute(argc - 3, const_cast<const char **>(argv + 3));
  runtime.shutdown();
  return code;
}
