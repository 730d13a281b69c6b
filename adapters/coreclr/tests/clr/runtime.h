// A CoreCLR in this process: the functions of libcoreclr.so that the test hosts need.
#ifndef RUNTIME_H
#define RUNTIME_H

#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <dlfcn.h>
#include <string>

class Runtime {
 public:
  Runtime(const std::string &folder, const std::string &assembly) : assembly_(assembly) {
    library_ = dlopen((folder + "/libcoreclr.so").c_str(), RTLD_NOW);
    if (library_ == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::exit(2);
    }
    const std::string own = assembly.substr(0, assembly.rfind('/'));
    std::string trusted = assembly;
    for (const std::string &where : {folder, own}) {
      DIR *dir = opendir(where.c_str());
      while (const dirent *entry = readdir(dir)) {
        const std::string file = entry->d_name;
        if (file.size() > 4 && file.compare(file.size() - 4, 4, ".dll") == 0) trusted += ":" + where + "/" + file;
      }
      closedir(dir);
    }
    const std::string native = own + ":" + folder;
    const char *names[] = {"TRUSTED_PLATFORM_ASSEMBLIES", "NATIVE_DLL_SEARCH_DIRECTORIES"};
    const char *values[] = {trusted.c_str(), native.c_str()};
    using Initialize = int (*)(const char *, const char *, int, const char **, const char **, void **, unsigned *);
    must("coreclr_initialize",
         symbol<Initialize>("coreclr_initialize")("/proc/self/exe", "host", 2, names, values, &host_, &domain_));
  }

  // Runs Main and returns its result.
  int execute(int count, const char **arguments) {
    using Execute = int (*)(void *, unsigned, int, const char **, const char *, unsigned *);
    unsigned code = 0;
    must("coreclr_execute_assembly", symbol<Execute>("coreclr_execute_assembly")(host_, domain_, count, arguments,
                                                                                assembly_.c_str(), &code));
    return static_cast<int>(code);
  }

  // A pointer to a static method of the class Program.
  template <typename Function> Function method(const char *name) {
    using Create = int (*)(void *, unsigned, const char *, const char *, const char *, void **);
    const std::string file = assembly_.substr(assembly_.rfind('/') + 1);
    void *pointer = nullptr;
    must(name, symbol<Create>("coreclr_create_delegate")(host_, domain_, file.substr(0, file.rfind('.')).c_str(),
                                                         "Program", name, &pointer));
    return reinterpret_cast<Function>(pointer);
  }

  void shutdown() {
    int code = 0;
    symbol<int (*)(void *, unsigned, int *)>("coreclr_shutdown_2")(host_, domain_, &code);
  }

 private:
  template <typename Function> Function symbol(const char *name) {
    return reinterpret_cast<Function>(dlsym(library_, name));
  }

  static void must(const char *what, int hr) {
    if (hr >= 0) return;
    std::fprintf(stderr, "%s failed: 0x%08X\n", what, static_cast<unsigned>(hr));
    std::exit(2);
  }

  std::string assembly_;
  void *library_ = nullptr;
  void *host_ = nullptr;
  unsigned domain_ = 0;
};

#endif
