# Finds BoringSSL and refuses anything else that calls itself OpenSSL.
#
# Input:   BoringSSL_ROOT, a folder with include/ and lib/ (default: where android-libboringssl-dev puts it)
# Targets: BoringSSL::crypto, BoringSSL::ssl
find_path(BoringSSL_INCLUDE_DIR openssl/ssl.h
  HINTS ${BoringSSL_ROOT}/include
  PATHS /usr/include/android
  NO_DEFAULT_PATH)
set(_boringssl_lib_paths ${BoringSSL_ROOT}/lib ${BoringSSL_ROOT}/build/ssl ${BoringSSL_ROOT}/build/crypto)
set(_boringssl_private_dir /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/android)
find_library(BoringSSL_SSL_LIBRARY ssl HINTS ${_boringssl_lib_paths} PATHS ${_boringssl_private_dir} NO_DEFAULT_PATH)
find_library(BoringSSL_CRYPTO_LIBRARY crypto HINTS ${_boringssl_lib_paths} PATHS ${_boringssl_private_dir} NO_DEFAULT_PATH)

if(BoringSSL_INCLUDE_DIR)
  file(STRINGS ${BoringSSL_INCLUDE_DIR}/openssl/base.h _boringssl_mark REGEX "define OPENSSL_IS_BORINGSSL")
  if(NOT _boringssl_mark)
    message(FATAL_ERROR "${BoringSSL_INCLUDE_DIR} is not BoringSSL; give its folder with -DBoringSSL_ROOT=")
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(BoringSSL
  REQUIRED_VARS BoringSSL_SSL_LIBRARY BoringSSL_CRYPTO_LIBRARY BoringSSL_INCLUDE_DIR)

if(BoringSSL_FOUND AND NOT TARGET BoringSSL::ssl)
  get_filename_component(_boringssl_lib_dir ${BoringSSL_SSL_LIBRARY} DIRECTORY)
  foreach(_name crypto ssl)
    string(TOUPPER ${_name} _upper)
    add_library(BoringSSL::${_name} UNKNOWN IMPORTED)
    # The libraries stand in a private folder, so whoever links them needs it as a run path.
    set_target_properties(BoringSSL::${_name} PROPERTIES
      IMPORTED_LOCATION ${BoringSSL_${_upper}_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${BoringSSL_INCLUDE_DIR}
      INTERFACE_LINK_OPTIONS "-Wl,-rpath,${_boringssl_lib_dir}")
  endforeach()
  set_property(TARGET BoringSSL::ssl PROPERTY INTERFACE_LINK_LIBRARIES BoringSSL::crypto)
endif()
