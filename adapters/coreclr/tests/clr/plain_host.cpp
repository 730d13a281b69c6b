// A host that embeds CoreCLR and knows nothing of Tollgate: it runs an assembly's Main, as the runtime's own starter does.
//
//   plain_host FOLDER_OF_LIBCORECLR ASSEMBLY [ARGUMENT...]
#include <cstdio>
#include <dirent.h>
#include <dlfcn.h>
#include <string>

namespace {

template <typename Function> Function symbol(void *library, const char *name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const std::string folder = argv[1], assembly = argv[2];
  void *library = dlopen((folder + "/libcoreclr.so").c_str(), RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  const auto initialize =
      symbol<int (*)(const char *, const char *, int, const char **, const char **, void **, unsigned *)>(
          library, "coreclr_initialize");
  const auto execute = symbol<int (*)(void *, unsigned, int, const char **, const char *, unsigned *)>(
      library, "coreclr_execute_assembly");
  const auto shutdown = symbol<int (*)(void *, unsigned, int *)>(library, "coreclr_shutdown_2");

  std::string trusted = assembly;
  if (DIR *dir = opendir(folder.c_str())) {
    while (const dirent *entry = readdir(dir)) {
      const std::string file = entry->d_name;
      if (file.size() > 4 && file.compare(file.size() - 4, 4, ".dll") == 0) trusted += ":" + folder + "/" + file;
    }
    closedir(dir);
  }
  const std::string native = assembly.substr(0, assembly.rfind('/')) + ":" + folder;
  const char *names[] = {"TRUSTED_PLATFORM_ASSEMBLIES", "NATIVE_DLL_SEARCH_DIRECTORIES"};
  const char *values[] = {trusted.c_str(), native.c_str()};
  void *host = nullptr;
  unsigned domain = 0, code = 0;
  int hr = initialize("/proc/self/exe", "plain_host", 2, names, values, &host, &domain);
  if (hr < 0) {
    std::fprintf(stderr, "coreclr_initialize failed: 0x%08X\n", static_cast<unsigned>(hr));
    return 2;
  }
  hr = execute(host, domain, argc - 3, const_cast<const char **>(argv + 3), assembly.c_str(), &code);
  if (hr < 0) {
    std::fprintf(stderr, "coreclr_execute_assembly failed: 0x%08X\n", static_cast<unsigned>(hr));
    return 2;
  }
  int latched = 0;
  shutdown(host, domain, &latched);
  return static_cast<int>(code);
}
