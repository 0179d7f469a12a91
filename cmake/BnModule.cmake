# bn_module(name LINK <targets>): the folder's sources as the static library bn_<name>, with the
# alias bn::<name>. Test code uses bn_test.
include_guard()

function(bn_module name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    add_library(bn_${name} STATIC ${arg_SOURCES})
    add_library(bn::${name} ALIAS bn_${name})
    target_link_libraries(bn_${name} PUBLIC bn_options ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
    bn_use_pch(bn_${name} std asio)
endfunction()

# bn_test(name LABEL <label> SOURCES ... LINK ... [SERIAL] [TIMEOUT s]): one GoogleTest program,
# registered as one ctest test.
function(bn_test name)
    cmake_parse_arguments(arg "SERIAL" "LABEL;TIMEOUT" "SOURCES;LINK;ENV" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE bn_options ${arg_LINK} bn_test_places GTest::gtest_main GTest::gmock)
    bn_use_pch(${name} test test_asio)
    set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 8)
    add_test(NAME ${name} COMMAND ${name})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    if(name IN_LIST BN_THREAD_TESTS)
        list(APPEND arg_LABEL threads)
    endif()
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "${arg_ENV}")
    if(arg_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()
