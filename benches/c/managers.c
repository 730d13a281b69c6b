#include "managers.h"

#include <stdio.h>
#include <stdlib.h>

#include "tollgate.h"

struct IHostTaskManager *tollgate_manager(void) {
  void *manager = NULL;
  HRESULT result = tollgate_get_host_manager(&IID_IHostTaskManager, &manager);
  if (result != S_OK) {
    fprintf(stderr, "tollgate_get_host_manager: 0x%08X\n", (unsigned)result);
    exit(1);
  }
  return (struct IHostTaskManager *)manager;
}
