# Durable events, replay: against SQLite alone in the same run.
add_executable(events_bench ${CMAKE_SOURCE_DIR}/tests/bench/events_bench.cpp)
target_link_libraries(events_bench PRIVATE bn::state SQLite::SQLite3 fmt::fmt Threads::Threads)
