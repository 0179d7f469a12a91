# The diff of a million accounts against one read of both states.
add_executable(diff_bench ${CMAKE_CURRENT_LIST_DIR}/diff_bench.cpp)
target_link_libraries(diff_bench PRIVATE bn_options bn::reconciler fmt::fmt)
