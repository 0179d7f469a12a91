# The panel's read on a real MariaDB: against bare flat scans and a JOIN in the same run.
if(NOT TARGET bn_test_mariadb)
    add_subdirectory(${CMAKE_SOURCE_DIR}/tests/support/mariadb ${CMAKE_BINARY_DIR}/bench_support_mariadb)
endif()
add_executable(panel_bench ${CMAKE_SOURCE_DIR}/tests/bench/panel_bench.cpp)
target_link_libraries(panel_bench PRIVATE bn::bm_reader bn_fake_panel bn_test_mariadb
    PkgConfig::mariadb fmt::fmt)
