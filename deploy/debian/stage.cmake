# Run by cpack when all is staged and nothing packed: what Debian wants of a package beside what is installed anywhere.
cmake_policy(SET CMP0057 NEW)
set(version "${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, where it is set

function(gzip)
    execute_process(COMMAND gzip -9 --no-name --force ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(component controller billmanager)
    string(TOUPPER ${component} upper)
    set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
    set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component})
    set(doc ${root}/usr/share/doc/${package})
    file(WRITE ${doc}/changelog.Debian
        "bill-nextcloud (${version}) stable; urgency=medium\n\n"
        "  * What changed: /usr/share/doc/bill-nextcloud/changelog.gz.\n\n"
        " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
    gzip(${doc}/changelog.Debian)
    file(COPY_FILE ${CPACK_BN_DEBIAN}/copyright ${doc}/copyright)
    file(COPY_FILE ${CPACK_BN_DEBIAN}/${package}/lintian-overrides ${root}/overrides)
    file(MAKE_DIRECTORY ${root}/usr/share/lintian/overrides)
    file(RENAME ${root}/overrides ${root}/usr/share/lintian/overrides/${package})
endforeach()

set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/controller)
file(COPY_FILE ${CPACK_BN_DEBIAN}/../../CHANGELOG.md ${root}/usr/share/doc/bill-nextcloud/changelog)
gzip(${root}/usr/share/doc/bill-nextcloud/changelog)
file(REMOVE ${root}/usr/share/doc/bill-nextcloud/LICENSE) # `copyright` names where Debian has it
file(GLOB pages ${root}/usr/share/man/man1/*.1)
gzip(${pages})
# zsh looks for what packages bring in another folder than for what an admin does.
file(MAKE_DIRECTORY ${root}/usr/share/zsh/vendor-completions)
file(RENAME ${root}/usr/share/zsh/site-functions/_bill-nextcloud ${root}/usr/share/zsh/vendor-completions/_bill-nextcloud)
file(REMOVE_RECURSE ${root}/usr/share/zsh/site-functions)

file(MAKE_DIRECTORY ${CPACK_BN_BINARY_DIR}/debian)
execute_process(COMMAND strip --strip-all -o ${CPACK_BN_BINARY_DIR}/debian/store-reader ${root}/usr/sbin/bill-nextcloud
    COMMAND_ERROR_IS_FATAL ANY)

# Whoever built it may have had a umask of his own.
execute_process(COMMAND chmod -R u+rw,go=rX . WORKING_DIRECTORY ${CPACK_TEMPORARY_INSTALL_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
