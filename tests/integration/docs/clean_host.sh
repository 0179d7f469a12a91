#!/usr/bin/env bash
# clean_host.sh BASE SOURCE: a host as the texts know it, in namespaces of its own; run by clean_host.py.
# Nothing that a command does there reaches this machine: /etc, /usr, /var, /root, /opt and the source tree are
# written to memory, /tmp, /run and /mnt are empty ones, all else can only be read. There is no network but
# its own loopback, and no other process.
# Then runs what lies in BASE/commands, one file after the other, in one shell.
set -eu
umask 022
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /mnt
stage=/mnt/stage
mkdir -p $stage/base $stage/fakes $stage/db $stage/tests $stage/source $stage/module
cp "$BN_MODULE" "$(dirname "$BN_MODULE")/ncsync" "$(dirname "$BN_MODULE")/nclink" "$BN_PAYMENTS" $stage/module
mount --bind "$1" $stage/base
mount --bind "$2" $stage/source
mount --bind "$BN_FAKES" $stage/fakes
mount --bind "$BN_DB" $stage/db
mount --bind "$BN_DOCS_TESTS" $stage/tests
: >$stage/program && mount --bind "$BN_BIN" $stage/program
base=$stage/base source=$stage/source BN_FAKES=$stage/fakes BN_BIN=$stage/program
up=$stage/up && mkdir -p "$up" && mount -t tmpfs tmpfs "$up"
over() { # folder [where]
    local name=${1//\//_}
    mkdir -p "$up/$name.up" "$up/$name.work"
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$up/$name.up,workdir=$up/$name.work" "${2:-$1}"
}
tree=$stage/bill-nextcloud && mkdir -p "$tree"
over "$source" "$tree"
for folder in /etc /usr /var /root /opt; do over "$folder"; done
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=0755 tmpfs /run
mount -o remount,bind,ro /
mkdir -p /run/mysqld /mnt/backup /mnt/archive
ln -s $stage/db/s /run/mysqld/mysqld.sock
rm -rf /etc/bill-nextcloud /var/lib/bill-nextcloud* /usr/local/mgr5 /root/.my.cnf
! getent passwd bill-nextcloud >/dev/null || userdel bill-nextcloud
python3 - <<'P'
import fcntl, socket, struct  # the loopback interface up: there may be no `ip` here
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x49))
P

# What stands for programs of a real host that cannot run here.
stand_in() { cat >"/usr/local/bin/$1" && chmod 755 "/usr/local/bin/$1"; }
printf '#!/bin/sh\nexec python3 "%s/systemctl.py" "$@"\n' $stage/tests | stand_in systemctl
printf '#!/bin/sh\ncat /run/bill-nextcloud.journal\n' | stand_in journalctl
for pager in less man; do command -v $pager >/dev/null || printf '#!/bin/sh\ncat >/dev/null\n' | stand_in $pager; done
mkdir -p /etc/bash_completion.d /usr/local/share/zsh/site-functions
# shellcheck disable=SC2016
command -v sudo >/dev/null || printf '#!/bin/sh\nexec "$@"\n' | stand_in sudo
mkdir -p "$tree/build" && mount -t tmpfs tmpfs "$tree/build"
built=$tree/build/release && mkdir -p "$built/cli" "$built/pmnextcloud" "$built/tests"
put() { mkdir -p "$(dirname "$2")" && : >"$2" && chmod 755 "$2" && mount --bind "$1" "$2"; }
put "$BN_BIN" "$built/cli/bill-nextcloud"
ln -s $BN_FAKES "$built/tests/fakes"
# Building takes minutes and is tested by being done. What is said to be built is there; options must exist.
for program in setup build test demo format tidy bench mutate simulate fuzz chaos contract package check-packages check-reproducible bundle check-bundle; do
    cp "$tree/dev/$program" "$tree/dev/real-$program"
    cat >"$tree/dev/$program" <<'P'
#!/bin/sh
for word; do
    grep -q -e "^# .*$word" "$0-real" 2>/dev/null || grep -q -e "^# .*$word" "$(dirname "$0")/real-$(basename "$0")" ||
        grep -q "\"name\": \"$word\"" "$(dirname "$0")/../CMakePresets.json" || { echo "$0: no option $word" >&2; exit 1; }
done
P
done
# cmake --install build/release --prefix P: the programs, and what deploy/ installs by its own rules.
real_cmake=$(command -v cmake)
stand_in cmake <<P
#!/bin/bash
set -eu
[[ \$# -ge 4 && \$1 == --install && \$2 == build/release && \$3 == --prefix && ( \$# == 4 || \$5 == --strip ) ]] || { echo "cmake \$*: not known here" >&2; exit 1; }
work=\$(mktemp -d)
printf 'cmake_minimum_required(VERSION 3.25)\nproject(x NONE)\nadd_subdirectory($tree/deploy deploy)\n' >\$work/CMakeLists.txt
"$real_cmake" -G Ninja -S \$work -B \$work/b >/dev/null
"$real_cmake" --install \$work/b --prefix "\$4"
mkdir -p "\$4/sbin" && : >"\$4/sbin/bill-nextcloud" && chmod 755 "\$4/sbin/bill-nextcloud"
mount --bind "$BN_BIN" "\$4/sbin/bill-nextcloud"
mkdir -p "\$4/libexec/bill-nextcloud" && cp $stage/module/* "\$4/libexec/bill-nextcloud"
P

# The clouds that the panel's servers name, with a certificate that this host believes.
if [[ -n ${BN_CLOUD_ARGS:-} ]]; then
    # shellcheck disable=SC2086
    "$BN_FAKES/cloud/fake-cloud" --listen 127.0.0.1:8443 --control 127.0.0.1:8444 --admin-password-env BN_CLOUD_PASSWORD \
        --ca-out "$base/ca.pem" --url-out "$base/cloud.url" $BN_CLOUD_ARGS >"$base/cloud.log" 2>&1 &
    for _ in {1..200}; do [[ ! -s $base/cloud.url ]] || break; sleep 0.05; done
    cat "$base/ca.pem" >>/etc/ssl/certs/ca-certificates.crt
fi
cd "$tree"
set +eu
exec 9>"$base/done"
for file in "$base"/commands/*; do
    number=${file##*/}
    eval "$(cat "$file")" >"$base/out/$number" 2>&1 </dev/null
    code=$?
    echo "$number $code" >&9
    allowed=" $(cat "$base/allowed/$number") "
    [[ $allowed == *" $code "* ]] || break
done
exit 0
