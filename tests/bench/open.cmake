# How soon a paid order's login works, with all processes real. A script; its program is a wrapper
# that knows where this build's programs are.
file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/open_bench
    CONTENT "#!/bin/sh
export BN_SOURCE='${CMAKE_SOURCE_DIR}' BN_BIN='$<TARGET_FILE:bill-nextcloud>'
export BN_FAKES='${CMAKE_BINARY_DIR}/tests/fakes' BN_MODULE='$<TARGET_FILE:pmnextcloud>'
exec python3 '${CMAKE_CURRENT_LIST_DIR}/open_latency.py'
"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
