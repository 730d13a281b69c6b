// A profiler that asks for the crossings and does nothing with them: the other one to run beside, and the measure of what
// the runtime's notices cost by themselves. Its class is {3D1C4C5E-0F0B-4E0B-9B0B-2C6A5B8F7A10}, but it answers to any.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

struct Object {
  const void *const *methods;
};

int32_t ignore() { return 0; }
uint32_t count(Object *) { return 1; }
extern Object profiler, factory;

int32_t query_profiler(Object *, const uint8_t *, void **out) {
  *out = &profiler;
  return 0;
}

// IUnknown::QueryInterface is slot 0, ICorProfilerInfo::SetEventMask slot 16.
int32_t initialize(Object *, Object *offered) {
  static const uint8_t info_id[16] = {0x7D, 0x55, 0xB5, 0x28, 0x3F, 0x3F, 0xB4, 0x48,
                                      0x90, 0xB2, 0x5F, 0x9E, 0xEA, 0x2F, 0x6C, 0x48};
  using Query = int32_t (*)(Object *, const uint8_t *, void **);
  using SetEventMask = int32_t (*)(Object *, uint32_t);
  void *info = nullptr;
  if (reinterpret_cast<Query>(const_cast<void *>(offered->methods[0]))(offered, info_id, &info) < 0) return -1;
  Object *const object = static_cast<Object *>(info);
  const char *mask = std::getenv("EMPTY_PROFILER_MASK");
  const uint32_t events = mask != nullptr ? static_cast<uint32_t>(std::strtoul(mask, nullptr, 16)) : 0x800;
  std::fputs("empty profiler started\n", stderr);
  return reinterpret_cast<SetEventMask>(const_cast<void *>(object->methods[16]))(object, events);
}

int32_t create(Object *, void *, const uint8_t *, void **out) {
  *out = &profiler;
  return 0;
}

int32_t query_factory(Object *, const uint8_t *, void **out) {
  *out = &factory;
  return 0;
}

// The runtime asks for a notification-only profiler at slot 97; this one is not.
int32_t load_as_notification_only(Object *, int32_t *answer) {
  *answer = 0;
  return 0;
}

const void *profiler_methods[98];
const void *factory_methods[5];
Object profiler{profiler_methods}, factory{factory_methods};

} // namespace

extern "C" int32_t DllGetClassObject(const uint8_t *, const uint8_t *, void **out) {
  for (const void *&method : profiler_methods) method = reinterpret_cast<const void *>(ignore);
  profiler_methods[0] = reinterpret_cast<const void *>(query_profiler);
  profiler_methods[1] = profiler_methods[2] = reinterpret_cast<const void *>(count);
  profiler_methods[3] = reinterpret_cast<const void *>(initialize);
  profiler_methods[97] = reinterpret_cast<const void *>(load_as_notification_only);
  factory_methods[0] = reinterpret_cast<const void *>(query_factory);
  factory_methods[1] = factory_methods[2] = reinterpret_cast<const void *>(count);
  factory_methods[3] = reinterpret_cast<const void *>(create);
  factory_methods[4] = reinterpret_cast<const void *>(ignore);
  *out = &factory;
  return 0;
}
