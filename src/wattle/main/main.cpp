#include <unistd.h>

#include "wattle/cli/entry.h"

int main(int argc, char** argv) {
  return wattle::cli::run_command_line(argc, argv, environ);
}
