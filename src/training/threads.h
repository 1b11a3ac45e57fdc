// Threads that wait must sleep: spinning ones cost several times the energy of the work.
//
// Units:    none. Errors: none: where it fails the result is the same, only dearer.
// Threads:  call first in main. Lifetime: the environment is changed for good.
#pragma once

namespace wattle::training {

/// Sets OMP_WAIT_POLICY and OPENBLAS_THREAD_TIMEOUT where the user has not, and begins the program
/// anew if that changed something, since the libraries read them when they are loaded.
void make_threads_sleep(char** argv);

}  // namespace wattle::training
