# The HTTP engine against libcurl's own loop.
add_executable(client_bench ${CMAKE_SOURCE_DIR}/tests/bench/client_bench.cpp
    ${CMAKE_SOURCE_DIR}/tests/unit/ocs/loopback_server.cpp)
target_link_libraries(client_bench PRIVATE bn_options bn::ocs bn_asio CURL::libcurl OpenSSL::SSL fmt::fmt)
