#include "threads.h"

#include <cstdlib>

#include <unistd.h>

namespace wattle::training {

void make_threads_sleep(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr) {
    return;
  }
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  // Cycles that a thread of OpenBLAS spins before it sleeps, as a power of two; 4 is the least.
  ::setenv("OPENBLAS_THREAD_TIMEOUT", "4", 0);
  ::execv("/proc/self/exe", argv);
}

}  // namespace wattle::training
