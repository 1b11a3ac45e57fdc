# Language level, warnings, sanitizers, and the speed-ups that are used where they are installed.
# Targets link `wattle_warnings`; nothing is set globally but the language level.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_QUICK "-O0")

find_program(WATTLE_CCACHE ccache)
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_CURRENT_LIST_DIR}/../tools/compile_seconds)
  if(WATTLE_CCACHE)
    list(APPEND CMAKE_CXX_COMPILER_LAUNCHER ${WATTLE_CCACHE})
  endif()
endif()
find_program(WATTLE_MOLD mold)

add_library(wattle_warnings INTERFACE)
if(WATTLE_WARNINGS)
  target_compile_options(wattle_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Wdouble-promotion -Wformat=2 -Wno-missing-field-initializers -Werror
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op>
    $<$<CXX_COMPILER_ID:GNU>:-Wsuggest-override>
    # libstdc++ 12 uses what it declares deprecated itself; Clang says so, GCC does not.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
endif()
if(WATTLE_MOLD)
  target_link_options(wattle_warnings INTERFACE -fuse-ld=mold)
endif()
if(WATTLE_SANITIZE)
  target_compile_options(wattle_warnings INTERFACE
    -fsanitize=${WATTLE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # GCC 12 sees uninitialised members in instrumented variants where there are none.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(wattle_warnings INTERFACE -fsanitize=${WATTLE_SANITIZE})
endif()
