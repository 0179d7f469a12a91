# A quiet pass, and bulk work: the product's own classes over a real MariaDB and the sample cloud
# (a process of its own), against bare scans and wrk in the same run.
if(NOT TARGET bn_test_mariadb)
    add_subdirectory(${CMAKE_SOURCE_DIR}/tests/support/mariadb ${CMAKE_BINARY_DIR}/bench_support_mariadb)
endif()
add_library(bn_bench_stage STATIC ${CMAKE_CURRENT_LIST_DIR}/processes.cpp ${CMAKE_CURRENT_LIST_DIR}/stage.cpp)
target_compile_definitions(bn_bench_stage PRIVATE BN_FAKE_CLOUD="$<TARGET_FILE:fake-cloud>")
target_link_libraries(bn_bench_stage PUBLIC bn::controller bn_fake_panel bn_test_mariadb
    PRIVATE PkgConfig::mariadb)
foreach(name pass bulk)
    add_executable(${name}_bench ${CMAKE_CURRENT_LIST_DIR}/${name}_bench.cpp)
    target_link_libraries(${name}_bench PRIVATE bn_bench_stage)
    add_dependencies(${name}_bench fake-cloud)
endforeach()
