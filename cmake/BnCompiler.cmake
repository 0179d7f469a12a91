# Language, warnings, hardening, sanitizers: everything that a target of ours shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(BN_CCACHE ccache)
if(BN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${BN_CCACHE})
endif()

# Two builds of one commit in two folders have equal bytes: no path of this machine in what is shipped. Builds for
# development keep it: debuggers and reports of coverage look sources up by it.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
endif()

add_library(bn_options INTERFACE)
target_include_directories(bn_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(bn_options INTERFACE
    -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Wunused
    -Woverloaded-virtual -Wpedantic -Wconversion -Wsign-conversion -Wmisleading-indentation
    -Wextra-semi -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(bn_options INTERFACE
        -fcoroutines -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wuseless-cast)
endif()
if(BN_WERROR)
    target_compile_options(bn_options INTERFACE -Werror)
endif()

find_program(BN_MOLD mold)
if(BN_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

if(BN_SANITIZE STREQUAL "address")
    # Without the two checks that stand before every access through a pointer: they are a third of
    # the build's time, and AddressSanitizer stops at a null access as well.
    add_compile_options(-fsanitize=address,undefined -fno-sanitize=null,alignment
        -fno-sanitize-recover=all -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS)
    add_link_options(-fsanitize=address,undefined)
elseif(BN_SANITIZE STREQUAL "thread")
    # Asio's fences: GCC warns for each, and -Werror would stop on it.
    add_compile_options(-fsanitize=thread -Wno-tsan -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
elseif(NOT BN_SANITIZE STREQUAL "")
    message(FATAL_ERROR "BN_SANITIZE is '${BN_SANITIZE}'; use '', 'address' or 'thread'")
endif()

if(BN_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND BN_SANITIZE STREQUAL "")
    add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection
        -D_GLIBCXX_ASSERTIONS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now)
endif()
