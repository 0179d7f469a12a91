# Precompiled headers. Each is made once a build folder and shared by all targets that want it:
# std (the standard library, fmt, expected), asio, and both with GoogleTest for tests. GCC takes one
# only where macros, -f options and optimisation are those it was made with; a difference is a
# warning (-Winvalid-pch), and the source is compiled without.
include_guard()

# Unity builds: a library's sources in a few files. Helpers in anonymous namespaces must not clash:
# arch_unity names those that do. Test programs are left out: their helpers may be named alike.
set(CMAKE_UNITY_BUILD ${BN_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)
if(BN_UNITY)
    # GCC takes what an included source keeps to itself for a header's.
    target_compile_options(bn_options INTERFACE -Wno-subobject-linkage)
endif()

# libfmt's target defines it (it means something on Windows only), and some targets do without libfmt.
set(bn_pch_definitions FMT_SHARED)

# What is a program's object anyway, and position independent as well, so that programs, tests and
# libraries share the precompiled headers. There is no shared library here.
set(CMAKE_CXX_COMPILE_OPTIONS_PIC -fPIE)

function(bn_pch kind)
    cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
    add_library(bn_pch_${kind} OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch/empty.cpp)
    target_link_libraries(bn_pch_${kind} PRIVATE bn_options ${arg_LINK})
    target_compile_definitions(bn_pch_${kind} PRIVATE ${bn_pch_definitions})
    set_target_properties(bn_pch_${kind} PROPERTIES POSITION_INDEPENDENT_CODE OFF UNITY_BUILD OFF)
    target_compile_options(bn_pch_${kind} PRIVATE -fPIE -fpch-preprocess)
    # Without the path of this work tree: a compiler cache then finds it for all of them.
    target_precompile_headers(bn_pch_${kind} PRIVATE <cmake/pch/${kind}.hpp>)
endfunction()

bn_pch(std)
bn_pch(asio LINK bn_asio)
if(BN_TESTS)
    bn_pch(test LINK GTest::gmock)
    bn_pch(test_asio LINK bn_asio GTest::gmock)
endif()

# The target's sources are compiled with the precompiled header `plain`, or with `with_asio` when the
# target links Asio.
function(bn_use_pch target plain with_asio)
    get_target_property(links ${target} LINK_LIBRARIES)
    set(kind ${plain})
    if(bn_asio IN_LIST links)
        set(kind ${with_asio})
    endif()
    if(NOT TARGET bn_pch_${kind})
        return()
    endif()
    target_compile_definitions(${target} PRIVATE ${bn_pch_definitions})
    target_compile_options(${target} PRIVATE -fpch-preprocess)
    target_precompile_headers(${target} REUSE_FROM bn_pch_${kind})
endfunction()
