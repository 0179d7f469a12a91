# Shared by dev/check-packages and dev/check-bundle: roots to install into, and how what holds there is said. Sourced after
# common.sh, never run. The caller sets `clean`, the root that is looked at.
# shellcheck shell=bash disable=SC2154  # set by common.sh and the caller
skip() {
    say "skipped: $*"
    exit 77
}

can_make_roots() {
    ((EUID == 0)) || skip "this needs root"
    unshare -m true 2>/dev/null || skip "there are no mount namespaces here"
}

# make_base SUITE PLACE: a minimal Debian in PLACE/base, made once; 1: it could not be, and says why.
make_base() {
    local suite=$1 place=$2 mirror=http://deb.debian.org/debian log=$root/build/logs/base-$1.log proxy
    mkdir -p "$place" build/logs
    [[ ! -e $place/made ]] || return 0
    command -v debootstrap >/dev/null || { say "there is no debootstrap"; return 1; }
    # What apt is told of a way out of here, debootstrap and the root's own apt are told as well.
    apt-config dump Acquire::http::Proxy >"$place/proxy"
    proxy=$(sed -n 's/^Acquire::http::Proxy "\(.*\)";$/\1/p' "$place/proxy")
    rm -rf -- "$place/base"
    unshare -m --propagation private env ${proxy:+http_proxy="$proxy"} debootstrap --variant=minbase "$suite" "$place/base" "$mirror" >"$log" 2>&1 ||
        { tail -n 5 "$log"; say "debootstrap could not make it from $mirror (above, whole log: $log)"; return 1; }
    cp "$place/proxy" "$place/base/etc/apt/apt.conf.d/99proxy"
    rm -f "$place/base/etc/apt/apt.conf.d/docker-clean"
    : >"$place/made"
}

# writable_copy BASE MEMORY: what is written above BASE goes into memory; sets `clean`. In a mount namespace of one's own.
writable_copy() {
    mkdir -p "$2"
    mount -t tmpfs tmpfs "$2"
    mkdir "$2/up" "$2/work" "$2/here"
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/up,workdir=$2/work" "$2/here"
    clean=$2/here
}

# The rest of what a root needs. Its devices are its own: nothing that is done to them reaches those of this machine. No
# /run/systemd: what runs here is not reached either.
mount_system() {
    local device
    mount -t proc proc "$clean/proc"
    mount -t tmpfs -o mode=0755 tmpfs "$clean/dev"
    for device in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do mknod -m 0666 "$clean/dev/${device% *}" c 1 "${device#* }"; done
    mknod -m 0666 "$clean/dev/tty" c 5 0
    ln -s /proc/self/fd "$clean/dev/fd"
    ln -s fd/0 "$clean/dev/stdin"
    ln -s fd/1 "$clean/dev/stdout"
    ln -s fd/2 "$clean/dev/stderr"
    mkdir -m 1777 "$clean/dev/shm"
    mount -t tmpfs tmpfs "$clean/run"
    mount -t tmpfs -o mode=1777 tmpfs "$clean/tmp"
}

# What is mounted into a root must never be what this machine lives on.
devices_here() { find /dev -xdev \( -type c -o -type b -o -type l \) -printf '%p %M %l\n' | LC_ALL=C sort; }
same_devices() { diff <(devices_here) - <<<"$devices"; }

checks=0
holds() { # what, command...
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        checks=$((checks + 1))
        say "ok  $what"
    else
        printf '%s\n' "$said" | tail -n 20
        die "does not hold: $what ($*)"
    fi
}
says() { # pattern, command...: it does, however it ends
    local said
    said=$("${@:2}" 2>&1) || true
    [[ $said == *"$1"* ]] || { printf 'it says: %s\n' "$said"; return 1; }
}
gone() { [[ ! -e $clean$1 && ! -L $clean$1 ]]; }
there() { [[ -e $clean$1 ]]; }
within() { # seconds, command...
    local deadline=$((SECONDS + $1))
    until "${@:2}" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || { "${@:2}"; return 1; }
        sleep 0.2
    done
}

# Processes of ours end with the script.
started=()
finish() {
    local code=$? pid
    trap - EXIT
    for pid in ${started[@]+"${started[@]}"}; do kill "$pid" 2>/dev/null || true; done
    wait
    exit "$code"
}

# start_cloud PLACE: the sample cloud; PLACE/cloud.url, PLACE/ca.pem. Its password: SAMPLE_PANEL_PASSWORD.
start_cloud() {
    rm -f "$1/cloud.url"
    build/release/tests/fakes/cloud/fake-cloud --listen 127.0.0.1:0 --control 127.0.0.1:0 --profile 25 --groups start,pro,staff \
        --admin-password-env SAMPLE_PANEL_PASSWORD --ca-out "$1/ca.pem" --url-out "$1/cloud.url" --control-out "$1/control.url" >"$1/cloud.log" 2>&1 &
    started+=($!)
    within 20 test -s "$1/cloud.url"
}
