# The Debian 12 packages that the project needs; sourced by dev/setup. One line a group, so that
# docs/dependencies.md can be read beside it.
packages_build=(
    g++ cmake ninja-build pkg-config ccache mold git ca-certificates openssl curl
    libboost1.81-dev libboost-url1.81-dev
    libcurl4-openssl-dev libssl-dev
    libsqlite3-dev libcereal-dev libsodium-dev libmariadb-dev
    libspdlog-dev libfmt-dev libexpected-dev
    prometheus-cpp-dev libcli11-dev libtomlplusplus-dev libsimdjson-dev nlohmann-json3-dev libpugixml-dev libutfcpp-dev libcctz-dev libidn2-dev
)
packages_test=(
    mariadb-server mariadb-client sqlite3
    libgtest-dev libgmock-dev librapidcheck-dev libyaml-cpp-dev
    clang-format-14 clang-tidy-16 clang-tools-14 clang-14 clang-16 libclang-rt-16-dev gcovr python3 shellcheck
    jq socat procps systemd bash-completion man-db zsh prometheus python3-yaml logrotate
)
packages_bench=(
    libbenchmark-dev wrk python3-requests
)
packages_package=(
    dpkg-dev file lintian debootstrap docker-compose
    patchelf rpm busybox-static
)
