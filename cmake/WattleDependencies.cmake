# Every library that Wattle is built with, found once for all modules. docs/adr/ gives the reason of
# each.

# Static archives of these two: wattle-supervise must run on any Linux node, and a linker that is
# handed a shared library for a static program may leave its functions at address zero without a
# word.
set(ZLIB_USE_STATIC_LIBS ON)
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(ZLIB REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)

find_package(CLI11 2.1 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# The archive again, for the same reason: programs that name `store` are static or start often.
find_path(WATTLE_SQLITE_INCLUDE sqlite3.h REQUIRED)
find_library(WATTLE_SQLITE_ARCHIVE libsqlite3.a REQUIRED)
add_library(wattle_sqlite INTERFACE)
target_link_libraries(wattle_sqlite INTERFACE
  ${WATTLE_SQLITE_ARCHIVE} ZLIB::ZLIB m Threads::Threads ${CMAKE_DL_LIBS})
target_include_directories(wattle_sqlite SYSTEM INTERFACE ${WATTLE_SQLITE_INCLUDE})

pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET GLOBAL re2)
# The interface alone; the library is opened on demand.
find_path(WATTLE_LIBPQ_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
