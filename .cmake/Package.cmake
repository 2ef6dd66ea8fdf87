# `./dev package`: a Debian package of what `cmake --install` puts in place. The state in /var/lib/postern is never removed by it.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME postern)
set(CPACK_PACKAGE_CONTACT "Postern <postern@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "IMAP account out of a mailbox that only speaks POP3")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "A daemon that keeps its own connections to mail providers and offers what it fetched
 to every mail program as one synchronized IMAP account.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Certificates of upstream servers are verified against the list of this package.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${CMAKE_SOURCE_DIR}/systemd/postinst;${CMAKE_SOURCE_DIR}/systemd/prerm")
set(CPACK_STRIP_FILES ON)
include(CPack)
