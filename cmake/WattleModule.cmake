# The house of floors (ARCHITECTURE.md). A module is one static library whose only include path of
# ours is a view: a folder of symbolic links, made at configure time, to its own folder and to those
# of the modules it declares. So an undeclared include does not compile, and a dependency on the
# same or a higher floor stops the configuration. tests/house proves both.

# wattle_module(<name> FLOOR <n> [DEPENDS <module>...] [EXTERNAL <target>...]
#               [PRIVATE_EXTERNAL <target>...] [BUDGET <seconds to compile>]
#               [TEST_DEPENDS <module>...] [TEST_EXTERNAL <target>...])
# Sources are every .cpp of the folder; *_test.cpp form <name>_test, *_soak.cpp form <name>_soak
# (ctest label soak), each *_bench.cpp a program bench_<file>.
function(wattle_module name)
  cmake_parse_arguments(M "" "FLOOR;BUDGET"
    "DEPENDS;EXTERNAL;PRIVATE_EXTERNAL;TEST_DEPENDS;TEST_EXTERNAL" ${ARGN})
  if(M_UNPARSED_ARGUMENTS OR "${M_FLOOR}" STREQUAL "")
    message(FATAL_ERROR
      "wattle_module(${name}): needs FLOOR, and does not know '${M_UNPARSED_ARGUMENTS}'")
  endif()
  _wattle_enter(${name} ${M_FLOOR} "${M_DEPENDS}" "${M_BUDGET}")
  _wattle_sources(sources)
  _wattle_view(${name} "${name};${M_DEPENDS}" view)

  add_library(wattle_${name} STATIC ${sources})
  target_include_directories(wattle_${name} PRIVATE ${view})
  if(WATTLE_VERIFY_HEADERS)
    _wattle_verify_headers(${name} ${view})
  endif()
  list(TRANSFORM M_DEPENDS PREPEND wattle_ OUTPUT_VARIABLE libraries)
  target_link_libraries(wattle_${name}
    PUBLIC ${libraries} ${M_EXTERNAL} PRIVATE wattle_warnings ${M_PRIVATE_EXTERNAL})

  if(WATTLE_TESTS)
    _wattle_tests(${name} "${M_DEPENDS};${M_TEST_DEPENDS}" "${M_TEST_EXTERNAL}")
  endif()
endfunction()

# wattle_program(<name> DEPENDS <module>... [EXTERNAL <target>...] [STATIC] [BUDGET <seconds>]
#                [TEST_DEPENDS <module>...] [TEST_EXTERNAL <target>...])
# A program beside the house: it names single modules and nobody names it. Sources as of a module.
function(wattle_program name)
  cmake_parse_arguments(P "STATIC" "BUDGET" "DEPENDS;EXTERNAL;TEST_DEPENDS;TEST_EXTERNAL" ${ARGN})
  if(P_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "wattle_program(${name}): does not know '${P_UNPARSED_ARGUMENTS}'")
  endif()
  _wattle_enter(${name} 99 "${P_DEPENDS}" "${P_BUDGET}")
  _wattle_sources(sources)
  _wattle_view(${name} "${P_DEPENDS}" view)
  list(TRANSFORM P_DEPENDS PREPEND wattle_ OUTPUT_VARIABLE libraries)

  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(${name}_parts STATIC ${sources})
    target_include_directories(${name}_parts PRIVATE ${view})
    target_link_libraries(${name}_parts PUBLIC ${libraries} ${P_EXTERNAL} PRIVATE wattle_warnings)
    set(libraries ${name}_parts ${libraries})
  endif()
  add_executable(${name} main.cpp)
  target_include_directories(${name} PRIVATE ${view})
  target_link_libraries(${name} PRIVATE ${libraries} ${P_EXTERNAL} wattle_warnings)
  if(P_STATIC AND NOT WATTLE_SANITIZE)
    target_link_options(${name} PRIVATE -static)
  endif()
  if(WATTLE_TESTS)
    _wattle_tests(${name} "${P_DEPENDS};${P_TEST_DEPENDS}"
      "${P_TEST_EXTERNAL};$<TARGET_NAME_IF_EXISTS:${name}_parts>")
  endif()
endfunction()

# Enters a module or program into the house: its floor, its folder, its compile budget. Refuses
# unknown modules (or ones configured later, which is the same mistake) and upward dependencies.
function(_wattle_enter name floor depends budget)
  set_property(GLOBAL PROPERTY WATTLE_FLOOR_${name} ${floor})
  set_property(GLOBAL PROPERTY WATTLE_FOLDER_${name} ${CMAKE_CURRENT_SOURCE_DIR})
  file(RELATIVE_PATH objects ${CMAKE_BINARY_DIR} ${CMAKE_CURRENT_BINARY_DIR})
  file(APPEND ${CMAKE_BINARY_DIR}/budgets.txt "${name} ${objects} ${budget}\n")
  foreach(dependency IN LISTS depends)
    get_property(below GLOBAL PROPERTY WATTLE_FLOOR_${dependency})
    if("${below}" STREQUAL "")
      message(FATAL_ERROR
        "module '${name}' depends on '${dependency}', which is no module on a lower floor")
    elseif(NOT below LESS floor)
      message(FATAL_ERROR
        "module '${name}' (floor ${floor}) may not depend on '${dependency}' (floor ${below}): "
        "only strictly lower floors; see ARCHITECTURE.md")
    endif()
  endforeach()
endfunction()
# Read by tools/compile_budget: "<module> <folder of its objects> <seconds, or nothing>" a line.
file(WRITE ${CMAKE_BINARY_DIR}/budgets.txt "")

# What a module or program is made of: every source of its folder that is no test.
function(_wattle_sources result)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp *.S)
  list(FILTER sources EXCLUDE REGEX "_(test|soak|bench)\\.cpp$")
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

# Makes the folder of links <build>/views/<name>/wattle/{<module>...}; returns <build>/views/<name>.
function(_wattle_view name modules result)
  set(view ${CMAKE_BINARY_DIR}/views/${name})
  list(REMOVE_ITEM modules "")
  file(REMOVE_RECURSE ${view})
  file(MAKE_DIRECTORY ${view}/wattle)
  foreach(module IN LISTS modules)
    get_property(folder GLOBAL PROPERTY WATTLE_FOLDER_${module})
    file(CREATE_LINK ${folder} ${view}/wattle/${module} SYMBOLIC)
  endforeach()
  set(${result} ${view} PARENT_SCOPE)
endfunction()

# Lets all_verify_interface_header_sets compile each header of the module on its own. A header set
# exports its base folder, which would weaken the view: only where headers are what is checked.
function(_wattle_verify_headers name view)
  file(GLOB headers RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS *.h)
  list(TRANSFORM headers PREPEND ${view}/wattle/${name}/)
  target_sources(wattle_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${view} FILES ${headers})
  set_target_properties(wattle_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  # The verifying target is made after this folder is done: to compile is enough, clang-tidy sees
  # each header through the sources that include it.
  cmake_language(DEFER CALL set CMAKE_CXX_CLANG_TIDY "")
endfunction()

function(_wattle_tests name depends externals)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cpp)
  file(GLOB soaks CONFIGURE_DEPENDS *_soak.cpp)
  file(GLOB benches CONFIGURE_DEPENDS *_bench.cpp)
  set(modules ${name} ${depends} support)
  list(REMOVE_DUPLICATES modules)
  list(REMOVE_ITEM modules "")
  if(tests OR soaks OR benches)
    _wattle_view(${name}_test "${modules}" view)
  endif()
  list(TRANSFORM modules PREPEND wattle_)
  if(NOT TARGET wattle_${name})
    list(REMOVE_ITEM modules wattle_${name})
  endif()
  set(libraries ${modules} ${externals} wattle_warnings)
  set(framework GTest::gmock GTest::gtest_main)

  if(tests)
    _wattle_test_program(${name}_test ${view} "${tests}" "${libraries};${framework}")
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX ${name}.
      PROPERTIES TIMEOUT 120)
  endif()
  if(soaks)
    _wattle_test_program(${name}_soak ${view} "${soaks}" "${libraries};${framework}")
    gtest_discover_tests(${name}_soak DISCOVERY_MODE PRE_TEST TEST_PREFIX ${name}.
      PROPERTIES TIMEOUT 3600 LABELS soak)
  endif()
  foreach(bench IN LISTS benches)
    get_filename_component(stem ${bench} NAME_WE)
    string(REGEX REPLACE "_bench$" "" stem ${stem})
    _wattle_test_program(bench_${stem} ${view} "${bench}" "${libraries}")
  endforeach()
endfunction()

function(_wattle_test_program name view sources libraries)
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${view})
  target_link_libraries(${name} PRIVATE ${libraries})
endfunction()
