# What a program was built of, for `bill-nextcloud version`: one small source, written anew only when what it says has
# changed. So a commit compiles one file, and the rest of the world stays as it is.
include_guard()

# Flags that everything is compiled with. Without the mapping of folders (BnCompiler): it names them, and two builds of
# one commit in two folders have equal bytes.
string(TOUPPER "${CMAKE_BUILD_TYPE}" bn_type)
get_directory_property(bn_flags COMPILE_OPTIONS)
list(FILTER bn_flags EXCLUDE REGEX "-prefix-map=")
list(JOIN bn_flags " " bn_flags)
string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${bn_type}}" bn_own_flags)
string(STRIP "${bn_own_flags} ${bn_flags}" bn_flags)
set(bn_build_info ${CMAKE_BINARY_DIR}/generated/build_info.cpp)
add_custom_target(bn_look_at_commit
    COMMAND ${CMAKE_COMMAND} -D "SOURCE=${CMAKE_SOURCE_DIR}" -D "OUT=${bn_build_info}" -D "VERSION=${PROJECT_VERSION}"
            -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" -D "TYPE=${CMAKE_BUILD_TYPE}" -D "FLAGS=${bn_flags}"
            -P ${CMAKE_SOURCE_DIR}/cmake/build_info.cmake
    BYPRODUCTS ${bn_build_info}
    COMMENT "Which commit this is"
    VERBATIM)
add_library(bn_build_info STATIC ${bn_build_info})
add_library(bn::build_info ALIAS bn_build_info)
target_link_libraries(bn_build_info PRIVATE bn_options)
add_dependencies(bn_build_info bn_look_at_commit)
