# Debian's packages, by CPack: what deploy/debian has is added to what is installed. dev/package makes and checks them.
#   bill-nextcloud              the controller: component `controller`
#   bill-nextcloud-billmanager  the panel's part: component `billmanager`
# Each has a package of its symbols beside it (-dbgsym).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bill-nextcloud)
set(CPACK_PACKAGE_VENDOR "bill-nextcloud")
set(CPACK_PACKAGE_CONTACT "bill-nextcloud maintainers <maintainers@bill-nextcloud.invalid>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL controller billmanager)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_BUILD_SOURCE_DIRS ${CMAKE_SOURCE_DIR};${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(debian ${CMAKE_SOURCE_DIR}/deploy/debian)
set(CPACK_DEBIAN_CONTROLLER_PACKAGE_NAME bill-nextcloud)
set(CPACK_DEBIAN_CONTROLLER_PACKAGE_CONTROL_STRICT_PERMISSION OFF)
# Its libraries are added by dpkg-shlibdeps. The user and the folders are made by systemd's tools, with systemd or without.
set(CPACK_DEBIAN_CONTROLLER_PACKAGE_DEPENDS
    "ca-certificates, tzdata, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_CONTROLLER_PACKAGE_RECOMMENDS "logrotate")
set(CPACK_DEBIAN_CONTROLLER_PACKAGE_SUGGESTS "bill-nextcloud-billmanager, prometheus, man-db")
set(CPACK_COMPONENT_CONTROLLER_DESCRIPTION "keep Nextcloud and ownCloud equal to what BILLmanager sold
Controller beside the billing panel BILLmanager. It reads what was sold from
the panel's database and what is there from each cloud, shows the difference,
corrects it, and records all that it saw, decided and did.
.
It does nothing in a cloud until a configuration tells it to.")
# `store-reader` is the program once more: it looks whether it can read the event store before anything is replaced.
set(CPACK_DEBIAN_CONTROLLER_PACKAGE_CONTROL_EXTRA
    ${debian}/bill-nextcloud/preinst ${debian}/bill-nextcloud/postinst ${debian}/bill-nextcloud/prerm
    ${debian}/bill-nextcloud/postrm ${debian}/bill-nextcloud/conffiles ${CMAKE_BINARY_DIR}/debian/store-reader)

set(CPACK_DEBIAN_BILLMANAGER_PACKAGE_NAME bill-nextcloud-billmanager)
set(CPACK_COMPONENT_BILLMANAGER_DESCRIPTION "part of bill-nextcloud for the host of a BILLmanager panel
The processing module pmnextcloud, its forms and the page \"Nextcloud: drift\",
with the scripts that put them into a panel and take them out again.
.
They are linked statically and need nothing of the host.")
set(CPACK_DEBIAN_BILLMANAGER_PACKAGE_CONTROL_EXTRA
    ${debian}/bill-nextcloud-billmanager/postinst ${debian}/bill-nextcloud-billmanager/prerm)

# What differs with the version that cpack is given, or with the files that are staged.
set(CPACK_PROJECT_CONFIG_FILE ${debian}/version.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${debian}/stage.cmake)
set(CPACK_BN_DEBIAN ${debian})
set(CPACK_BN_BINARY_DIR ${CMAKE_BINARY_DIR})
include(CPack)
