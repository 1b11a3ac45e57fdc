/* For the campaigns only, preloaded: sched_getaffinity that grants 64 CPUs, so that the queue of a
   small machine starts fifty jobs at once. */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
  (void)pid;
  memset(set, 0, size);
  memset(set, 0xff, size < 8 ? size : 8);
  return 0;
}
