# How every folder of the project is built: one static library, all warnings.

add_library(postern_options INTERFACE)
target_include_directories(postern_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(postern_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor $<$<BOOL:${POSTERN_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 takes Asio's own operator delete of coroutine frames for a mismatch once both are inlined.
  target_compile_options(postern_options INTERFACE -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Asio 1.22 knows the coroutines of the standard only from GCC.
  target_compile_definitions(postern_options INTERFACE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
endif()
# Asio 1.22 chooses its allocator by what a file included before it; all files must choose the same.
target_compile_definitions(postern_options INTERFACE
  ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED SPDLOG_FMT_EXTERNAL
  ASIO_HAS_STD_ALIGNED_ALLOC=1)

# postern_folder(NAME SOURCES a.cpp ... LINK postern::base ...): the library of the folder this is called in.
function(postern_folder name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(postern_${name} STATIC ${ARG_SOURCES})
  add_library(postern::${name} ALIAS postern_${name})
  target_link_libraries(postern_${name} PUBLIC postern_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# postern_sanitized(NAME OF wire ... LINK postern::base ...): one library of the sources of these folders, built with the
# sanitizers of addresses and of undefined behaviour. What it links beside them is as it always is.
function(postern_sanitized name)
  cmake_parse_arguments(ARG "" "" "OF;LINK" ${ARGN})
  add_library(postern_${name} STATIC)
  add_library(postern::${name} ALIAS postern_${name})
  foreach(folder ${ARG_OF})
    get_target_property(place postern_${folder} SOURCE_DIR)
    get_target_property(sources postern_${folder} SOURCES)
    list(TRANSFORM sources PREPEND ${place}/)
    target_sources(postern_${name} PRIVATE ${sources})
  endforeach()
  target_compile_options(postern_${name} PUBLIC -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  target_link_options(postern_${name} PUBLIC -fsanitize=address,undefined)
  target_link_libraries(postern_${name} PUBLIC postern_options ${ARG_LINK})
endfunction()

# postern_test(NAME SOURCES a.cpp ... LINK postern::base ... [LABELS e2e] [THOROUGH "Suite.*:..."]): one test program of a folder
# under tests/. Tests of these names take long and are not among the quick ones.
function(postern_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS;THOROUGH" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${ARG_LINK} GTest::gmock_main)
  if(NOT ARG_LABELS)
    set(ARG_LABELS quick)
  endif()
  set(discovery DISCOVERY_MODE PRE_TEST TEST_PREFIX ${name}.)
  if(ARG_THOROUGH)
    gtest_discover_tests(test_${name} ${discovery} TEST_FILTER "${ARG_THOROUGH}" PROPERTIES LABELS thorough TIMEOUT 300)
    list(APPEND discovery TEST_FILTER "-${ARG_THOROUGH}")
  endif()
  gtest_discover_tests(test_${name} ${discovery} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 120)
endfunction()
