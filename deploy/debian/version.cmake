# Read by cpack, which may be given another version on its command line.
set(CPACK_DEBIAN_BILLMANAGER_PACKAGE_DEPENDS
    "bill-nextcloud (= ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
# Each package has a summary of its own, the first line of its description.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
