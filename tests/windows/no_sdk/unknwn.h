/*
 What tollgate.h takes from unknwn.h, for a compiler with Microsoft's ABI on a machine without Microsoft's headers: the same
 types and names, and nothing else.
*/
#ifndef TESTS_NO_SDK_UNKNWN_H
#define TESTS_NO_SDK_UNKNWN_H

typedef long HRESULT;
typedef unsigned long ULONG;

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
  unsigned long Data1;
  unsigned short Data2;
  unsigned short Data3;
  unsigned char Data4[8];
} GUID;
#endif

#define __IUnknown_INTERFACE_DEFINED__
struct IUnknown {
  virtual HRESULT __stdcall QueryInterface(const GUID &riid, void **ppvObject) = 0;
  virtual ULONG __stdcall AddRef() = 0;
  virtual ULONG __stdcall Release() = 0;
};

#endif
