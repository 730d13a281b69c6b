// The documented nested sequence as a C++ host writes it: m->LeaveRuntime(target).
#include "check.h"
#include "tollgate_com.h"

#include <thread>
#include <vector>

static void sequence(IHostTaskManager *m) {
  CHECK_EQ(m->LeaveRuntime(0xA000), S_OK);
  CHECK_EQ(own_task(m).depth, 1);
  CHECK_EQ(m->ReverseEnterRuntime(), S_OK);
  CHECK_EQ(own_task(m).depth, 2);
  CHECK_EQ(m->LeaveRuntime(0xC000), S_OK);
  CHECK_EQ(own_task(m).depth, 3);
  CHECK_EQ(own_task(m).targets[0], 0xC000);
  CHECK_EQ(m->EnterRuntime(), S_OK);
  CHECK_EQ(own_task(m).depth, 2);
  CHECK_EQ(m->ReverseLeaveRuntime(), S_OK);
  CHECK_EQ(own_task(m).depth, 1);
  CHECK_EQ(m->EnterRuntime(), S_OK);
  CHECK_EQ(own_task(m).depth, 0);
}

int main() {
  void *pointer = nullptr;
  CHECK_EQ(tollgate_get_host_manager(&tollgate_IID_IHostTaskManager, &pointer), S_OK);
  for (IHostTaskManager *m : {static_cast<IHostTaskManager *>(pointer), new_manager(TOLLGATE_POLICY_OBSERVE)}) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++) threads.emplace_back(sequence, m);
    for (std::thread &thread : threads) thread.join();
    CHECK_EQ(balanced_totals(m).leaves, 16);
    CHECK_EQ(balanced_totals(m).reverse_leaves, 8);
  }

  IHostTaskManager *m = new_manager(TOLLGATE_POLICY_GOVERN);
  void *task = nullptr;
  CHECK_EQ(m->QueryInterface(tollgate_IID_IHostTaskManager, &pointer), S_OK);
  CHECK(pointer == m);
  m->Release();
  CHECK_EQ(m->QueryInterface(tollgate_IID_IHostTask, &task), E_NOINTERFACE);
  CHECK(task == nullptr);
  puts("S_OK six times, depths 1 2 3 2 1 0, through C++ classes");
}
