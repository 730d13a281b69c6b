/* Where the doors get their managers from. */
#ifndef MANAGERS_H
#define MANAGERS_H

#ifdef __cplusplus
extern "C" {
#endif

struct IHostTaskManager;

/* The process's default manager, by tollgate_get_host_manager; ends the process if there is none. */
struct IHostTaskManager *tollgate_manager(void);

/* A manager whose every transition does nothing and returns S_OK: what a call through a vtable costs by itself. */
struct IHostTaskManager *empty_manager(void);

/* A manager that takes a mutex and looks the calling thread up in a map. */
struct IHostTaskManager *mutex_map_manager(void);

#ifdef __cplusplus
}
#endif

#endif
