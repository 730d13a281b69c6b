/*
 The interfaces of tollgate.h as C++ classes, so that a call reads m->LeaveRuntime(target).

 tollgate.h says what each method means; here is the same table, slot by slot. The two headers may be included together,
 in any order. An interface that a system header has declared already (unknwn.h, mscoree.h) is left alone.

 None of these classes has a virtual destructor: it would insert slots and shift every method behind it. So never delete
 through an interface pointer; call Release.
*/
#ifndef TOLLGATE_COM_H
#define TOLLGATE_COM_H

#ifndef __cplusplus
#error "tollgate_com.h is for C++. In C include tollgate.h and write m->lpVtbl->LeaveRuntime(m, target)."
#endif
#ifdef CINTERFACE
#error "CINTERFACE asks for the structs of C; tollgate_com.h declares classes of the same names."
#endif

#include "tollgate.h"

#ifndef __IUnknown_INTERFACE_DEFINED__
#define __IUnknown_INTERFACE_DEFINED__
struct IUnknown {
  virtual HRESULT TOLLGATE_CALL QueryInterface(const GUID &riid, void **ppvObject) = 0;
  virtual uint32_t TOLLGATE_CALL AddRef() = 0;
  virtual uint32_t TOLLGATE_CALL Release() = 0;
};
#endif

#ifndef __IHostControl_INTERFACE_DEFINED__
#define __IHostControl_INTERFACE_DEFINED__
struct IHostControl : IUnknown {
  virtual HRESULT TOLLGATE_CALL GetHostManager(const GUID &riid, void **ppObject) = 0;
  virtual HRESULT TOLLGATE_CALL SetAppDomainManager(uint32_t dwAppDomainID, IUnknown *pUnkAppDomainManager) = 0;
};
#endif

/* Slots 12 and 13 stand leave before enter, as in the interface definition. */
#ifndef __IHostTaskManager_INTERFACE_DEFINED__
#define __IHostTaskManager_INTERFACE_DEFINED__
struct IHostTaskManager : IUnknown {
  virtual HRESULT TOLLGATE_CALL GetCurrentTask(IHostTask **pTask) = 0;
  virtual HRESULT TOLLGATE_CALL CreateTask(uint32_t dwStackSize, tollgate_thread_start pStartAddress, void *pParameter,
                                           IHostTask **ppTask) = 0;
  virtual HRESULT TOLLGATE_CALL Sleep(uint32_t dwMilliseconds, uint32_t option) = 0;
  virtual HRESULT TOLLGATE_CALL SwitchToTask(uint32_t option) = 0;
  virtual HRESULT TOLLGATE_CALL SetUILocale(uint32_t lcid) = 0;
  virtual HRESULT TOLLGATE_CALL SetLocale(uint32_t lcid) = 0;
  virtual HRESULT TOLLGATE_CALL CallNeedsHostHook(size_t target, int32_t *pbCallNeedsHostHook) = 0;
  virtual HRESULT TOLLGATE_CALL LeaveRuntime(size_t target) = 0;
  virtual HRESULT TOLLGATE_CALL EnterRuntime() = 0;
  virtual HRESULT TOLLGATE_CALL ReverseLeaveRuntime() = 0;
  virtual HRESULT TOLLGATE_CALL ReverseEnterRuntime() = 0;
  virtual HRESULT TOLLGATE_CALL BeginDelayAbort() = 0;
  virtual HRESULT TOLLGATE_CALL EndDelayAbort() = 0;
  virtual HRESULT TOLLGATE_CALL BeginThreadAffinity() = 0;
  virtual HRESULT TOLLGATE_CALL EndThreadAffinity() = 0;
  virtual HRESULT TOLLGATE_CALL SetStackGuarantee(uint32_t guarantee) = 0;
  virtual HRESULT TOLLGATE_CALL GetStackGuarantee(uint32_t *pGuarantee) = 0;
  virtual HRESULT TOLLGATE_CALL SetCLRTaskManager(ICLRTaskManager *ppManager) = 0;
};
#endif

#ifndef __IHostTask_INTERFACE_DEFINED__
#define __IHostTask_INTERFACE_DEFINED__
struct IHostTask : IUnknown {
  virtual HRESULT TOLLGATE_CALL Start() = 0;
  virtual HRESULT TOLLGATE_CALL Alert() = 0;
  virtual HRESULT TOLLGATE_CALL Join(uint32_t dwMilliseconds, uint32_t option) = 0;
  virtual HRESULT TOLLGATE_CALL SetPriority(int32_t newPriority) = 0;
  virtual HRESULT TOLLGATE_CALL GetPriority(int32_t *pPriority) = 0;
  virtual HRESULT TOLLGATE_CALL SetCLRTask(ICLRTask *pCLRTask) = 0;
};
#endif

#ifndef __ICLRTaskManager_INTERFACE_DEFINED__
#define __ICLRTaskManager_INTERFACE_DEFINED__
struct ICLRTaskManager : IUnknown {
  virtual HRESULT TOLLGATE_CALL CreateTask(ICLRTask **pTask) = 0;
  virtual HRESULT TOLLGATE_CALL GetCurrentTask(ICLRTask **pTask) = 0;
  virtual HRESULT TOLLGATE_CALL SetUILocale(uint32_t lcid) = 0;
  virtual HRESULT TOLLGATE_CALL SetLocale(uint32_t lcid) = 0;
  virtual HRESULT TOLLGATE_CALL GetCurrentTaskType(uint32_t *pTaskType) = 0;
};
#endif

#ifndef __ICLRTask_INTERFACE_DEFINED__
#define __ICLRTask_INTERFACE_DEFINED__
struct ICLRTask : IUnknown {
  virtual HRESULT TOLLGATE_CALL SwitchIn(void *threadHandle) = 0;
  virtual HRESULT TOLLGATE_CALL SwitchOut() = 0;
  virtual HRESULT TOLLGATE_CALL GetMemStats(COR_GC_THREAD_STATS *memUsage) = 0;
  virtual HRESULT TOLLGATE_CALL Reset(int32_t fFull) = 0;
  virtual HRESULT TOLLGATE_CALL ExitTask() = 0;
  virtual HRESULT TOLLGATE_CALL Abort() = 0;
  virtual HRESULT TOLLGATE_CALL RudeAbort() = 0;
  virtual HRESULT TOLLGATE_CALL NeedsPriorityScheduling(int32_t *pbNeedsPriorityScheduling) = 0;
  virtual HRESULT TOLLGATE_CALL YieldTask() = 0;
  virtual HRESULT TOLLGATE_CALL LocksHeld(size_t *pLockCount) = 0;
  virtual HRESULT TOLLGATE_CALL SetTaskIdentifier(uint64_t asked) = 0;
};
#endif

#ifndef __ICLRTask2_INTERFACE_DEFINED__
#define __ICLRTask2_INTERFACE_DEFINED__
struct ICLRTask2 : ICLRTask {
  virtual HRESULT TOLLGATE_CALL BeginPreventAsyncAbort() = 0;
  virtual HRESULT TOLLGATE_CALL EndPreventAsyncAbort() = 0;
};
#endif

#endif /* TOLLGATE_COM_H */
