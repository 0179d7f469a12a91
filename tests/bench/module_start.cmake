# How soon the panel's module has answered, against a Python process that only imports requests.
add_executable(module_start_bench ${CMAKE_CURRENT_LIST_DIR}/module_start_bench.cpp)
target_link_libraries(module_start_bench PRIVATE bn_options fmt::fmt)
target_compile_definitions(module_start_bench PRIVATE BN_MODULE="$<TARGET_FILE:pmnextcloud>")
add_dependencies(module_start_bench pmnextcloud)
