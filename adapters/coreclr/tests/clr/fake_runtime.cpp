// Not a runtime, but what calls the library as one does when it starts a profiler, with what no real one does: every way
// in which a start can fail. Exits with 0 if the library answers as it should, and says what does not.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "check.h"
#include "tollgate_com.h"
#include "tollgate_coreclr.h"

extern "C" HRESULT DllGetClassObject(const GUID *class_id, const GUID *interface_id, void **out);

namespace {

constexpr GUID class_id{0x27502D1E, 0x5275, 0x4E19, {0xAA, 0xBE, 0xCE, 0xC5, 0x93, 0xC5, 0x84, 0x58}};
constexpr GUID iid_class_factory{0x00000001, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr GUID iid_callback2{0x8A8CC829, 0xCCF2, 0x49FE, {0xBB, 0xAE, 0x0F, 0x02, 0x22, 0x28, 0x07, 0x1A}};
constexpr GUID iid_info{0x28B5557D, 0x3F3F, 0x48B4, {0x90, 0xB2, 0x5F, 0x9E, 0xEA, 0x2F, 0x6C, 0x48}};

// Results of a profiler: refused event mask, cannot be attached, does not want to profile.
constexpr HRESULT bad_mask = static_cast<HRESULT>(0x80131367u);
constexpr HRESULT not_attachable = static_cast<HRESULT>(0x80131369u);
constexpr HRESULT cancel_activation = static_cast<HRESULT>(0x80131375u);

struct Object {
  const void *const *methods;
  const void *method(int slot) const { return methods[slot]; }
};

HRESULT unknown(Object *) { return E_NOTIMPL; }
uint32_t count(Object *) { return 1; }

bool has_info = true;
HRESULT mask_result = S_OK;
uint32_t mask = 0;

HRESULT query(Object *self, const GUID *riid, void **out) {
  const bool found = has_info && std::memcmp(riid, &iid_info, sizeof(GUID)) == 0;
  *out = found ? self : nullptr;
  return found ? S_OK : E_NOINTERFACE;
}

HRESULT set_event_mask(Object *, uint32_t wanted) {
  mask = wanted;
  return mask_result;
}

const void *info_methods[36];
Object info{info_methods};

tollgate_coreclr_status_info status() {
  tollgate_coreclr_status_info now{};
  CHECK(tollgate_coreclr_status(&now, sizeof now) == S_OK);
  return now;
}

// Starts the profiler as a runtime does, anew each time.
Object *profiler() {
  using Create = HRESULT (*)(Object *, void *, const GUID *, void **);
  void *factory = nullptr, *made = nullptr;
  CHECK(DllGetClassObject(&class_id, &iid_class_factory, &factory) == S_OK);
  const auto create = reinterpret_cast<Create>(const_cast<void *>(static_cast<Object *>(factory)->method(3)));
  CHECK(create(static_cast<Object *>(factory), nullptr, &iid_callback2, &made) == S_OK);
  return static_cast<Object *>(made);
}

HRESULT initialize(Object *offered) {
  using Initialize = HRESULT (*)(Object *, Object *);
  Object *const made = profiler();
  return reinterpret_cast<Initialize>(const_cast<void *>(made->method(3)))(made, offered);
}

HRESULT initialize_for_attach() {
  using Attach = HRESULT (*)(Object *, Object *, void *, uint32_t);
  Object *const made = profiler();
  return reinterpret_cast<Attach>(const_cast<void *>(made->method(80)))(made, &info, nullptr, 0);
}

bool failed_with(HRESULT result) {
  return status().state == TOLLGATE_CORECLR_FAILED && status().result == result;
}

} // namespace

int main() {
  for (const void *&method : info_methods) method = reinterpret_cast<const void *>(unknown);
  info_methods[0] = reinterpret_cast<const void *>(query);
  info_methods[1] = info_methods[2] = reinterpret_cast<const void *>(count);
  info_methods[16] = reinterpret_cast<const void *>(set_event_mask);

  CHECK(status().state == TOLLGATE_CORECLR_ABSENT);
  profiler();
  CHECK(status().state == TOLLGATE_CORECLR_LOADED);

  CHECK(initialize(nullptr) == E_POINTER && failed_with(E_POINTER));
  has_info = false;
  CHECK(initialize(&info) == E_NOINTERFACE && failed_with(E_NOINTERFACE));
  has_info = true;
  mask_result = bad_mask;
  CHECK(initialize(&info) == bad_mask && failed_with(bad_mask));
  CHECK(initialize_for_attach() == not_attachable && failed_with(not_attachable));

  // A start that failed does not stand in the way of the next.
  mask_result = S_OK;
  CHECK(initialize(&info) == S_OK);
  CHECK(status().state == TOLLGATE_CORECLR_WATCHING && status().result == S_OK);
  CHECK((mask & 0x800) != 0);
  // One that watches is not disturbed by others.
  mask = 0;
  CHECK(initialize(&info) == cancel_activation && mask == 0);
  CHECK(initialize_for_attach() == not_attachable);
  CHECK(status().state == TOLLGATE_CORECLR_WATCHING && status().result == S_OK);

  Object *const made = profiler();
  reinterpret_cast<HRESULT (*)(Object *)>(const_cast<void *>(made->method(4)))(made);
  CHECK(status().state == TOLLGATE_CORECLR_ENDED);
  return 0;
}
