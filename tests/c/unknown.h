/* What every object of this library owes to IUnknown. */
#ifndef TESTS_UNKNOWN_H
#define TESTS_UNKNOWN_H

#include "check.h"

static const GUID no_iid = {0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}};

static void *query(void *object, const GUID *iid, HRESULT expected) {
  struct IUnknown *unknown = (struct IUnknown *)object;
  void *out = &out;
  CHECK_EQ(unknown->lpVtbl->QueryInterface(unknown, iid, &out), expected);
  CHECK((out == NULL) == (expected != S_OK));
  return out;
}

static uint32_t release(void *object) {
  struct IUnknown *unknown = (struct IUnknown *)object;
  return unknown->lpVtbl->Release(unknown);
}

/* `object` is an interface with id `iid`; afterwards it has as many references as before. */
static void expect_rules(void *object, const GUID *iid) {
  struct IUnknown *face = (struct IUnknown *)object;
  void *unknown = query(face, &tollgate_IID_IUnknown, S_OK);
  void *self = query(face, iid, S_OK);
  void *back = query(unknown, iid, S_OK);
  void *again = query(self, &tollgate_IID_IUnknown, S_OK);

  CHECK(self == object);   /* reflexive */
  CHECK(back == object);   /* symmetric */
  CHECK(unknown == again); /* one identity */
  query(face, &no_iid, E_NOINTERFACE);
  query(face, NULL, E_POINTER);
  CHECK_EQ(face->lpVtbl->QueryInterface(face, iid, NULL), E_POINTER);
  release(again);
  release(back);
  release(self);
  release(unknown);
}

#endif
