# Every library that Wattle is built with, found once for all modules. docs/adr/ gives the reason of
# each.

# Static archives of these two: wattle-supervise must run on any Linux node, and a linker that is
# handed a shared library for a static program may leave its functions at address zero without a
# word.
set(ZLIB_USE_STATIC_LIBS ON)
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(ZLIB REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto SSL)

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

# Asio and Beast are headers. Those of 1.74, Debian's default, do not see that Clang 19 has
# coroutines.
find_package(Boost 1.74 REQUIRED)
add_library(wattle_boost INTERFACE)
target_link_libraries(wattle_boost INTERFACE Boost::headers)
if(Boost_VERSION VERSION_LESS 1.80)
  target_compile_definitions(wattle_boost INTERFACE
    $<$<CXX_COMPILER_ID:Clang>:BOOST_ASIO_HAS_CO_AWAIT;BOOST_ASIO_HAS_STD_COROUTINE>)
endif()
if(WATTLE_SANITIZE MATCHES thread)
  # Asio has fences, which ThreadSanitizer does not see; it has locks beside them, which it sees.
  target_compile_options(wattle_boost INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
# The interface alone, as of libpq.
find_path(WATTLE_CURL_INCLUDE curl/curl.h REQUIRED)
