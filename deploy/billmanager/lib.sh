# Shared by install and uninstall. Sourced, never run.
#
# Words
#   root      the folder that stands for /: empty on a live system, --root DIR else
#   mgr       the panel's folder below it, /usr/local/mgr5
#   target    a path as it is on the live system, without root
#   manifest  <mgr>/var/bill-nextcloud/manifest: what we installed, `file <sha256> <mode> <target>`
#             or `dir <target>`, one a line; the only proof that a file is ours
#   journal   <mgr>/var/bill-nextcloud/transaction/journal: what was done so far in this run, in
#             order. It is read backwards to undo a run that failed, or that was killed: the next
#             run does that first.
#   replaced  <mgr>/var/bill-nextcloud/replaced-<date>: the Python module, as it was
#
# Every change of the system goes through put_file, put_saved, move_away, drop and make_dir: they write the
# journal first, change second. A file is written beside its target and renamed: nobody ever sees
# half of one. Needs bash 4.2, coreutils, util-linux.
# shellcheck shell=bash disable=SC2034,SC2154  # what the two scripts use of it differs; `here` is theirs

export LC_ALL=C
umask 077
# A bundle brings what a host may lack of them; what is started of the panel sees nothing of that.
host_path=$PATH
brought=$here/../../../libexec/bill-nextcloud/bundle/tools
[[ ! -d $brought ]] || PATH=$brought:$PATH
self=$(basename "$0")

root='' mgr=/usr/local/mgr5 assume_yes=no dry_run=no restart_panel=no
state='' manifest='' journal='' saved='' work='' in_transaction=no

bold='' green='' red='' yellow='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'
fi

heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
say() { printf '   %s\n' "$*"; }
good() { printf '   %s%s%s\n' "$green" "$*" "$plain"; }
warn() { printf '   %sWARNING: %s%s\n' "$yellow" "$*" "$plain"; }
die() { # what, remedy lines...
    printf '%s%s: %s%s\n' "$red" "$self" "$1" "$plain" >&2
    shift
    (($# == 0)) || printf '   -> %s\n' "$@" >&2
    exit 1
}

# Prints the comment block at the top of the calling script: its --help.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

ask() { # question; yes with --yes, no without a terminal
    local answer
    [[ $assume_yes == yes ]] && return 0
    [[ -t 0 ]] || return 1
    read -r -p "   $1 [y/N] " answer
    [[ $answer == [yY]* ]]
}

live() { [[ -z $root ]]; }

# --yes answers for our files only: it does not restart somebody's panel.
panel_restart_wanted() { # what for
    live || return 1
    [[ $restart_panel == no ]] || return 0
    [[ $assume_yes == no ]] && ask "Let the panel $1 now? (it restarts within seconds; running tasks go on)"
}

# ---- options and places

normal_path() { # option, value: an absolute path without trailing slash, or death
    [[ $2 == /* ]] || die "$1 needs an absolute path, not '$2'"
    # The panel's folder goes into units and the configuration.
    [[ $1 == --root || $2 != *[!A-Za-z0-9._/+-]* ]] || die "$1: '$2' has characters other than letters, digits and ._/+-"
    [[ $2 != *[[:cntrl:]]* ]] || die "$1: a path cannot hold control characters"
    realpath -m -s -- "$2"
}

set_places() {
    state=$root$mgr/var/bill-nextcloud
    manifest=$state/manifest
    journal=$state/transaction/journal
    saved=$state/transaction/saved
}

check_panel() {
    [[ -z $root || -d $root ]] || die "there is no folder $root" "give --root a folder that holds a system"
    if live && ((EUID != 0)); then
        die "this needs root: the panel starts its modules as root and wants them owned by root" \
            "sudo $0 $*"
    fi
    if [[ ! -e $root$mgr/bin/core && ! -e $root$mgr/sbin/mgrctl ]]; then
        die "there is no BILLmanager in $root$mgr (neither bin/core nor sbin/mgrctl)" \
            "run this on the panel's host, or name its folder with --prefix-mgr"
    fi
    if [[ ! -d $root$mgr/processing && ! -d $root$mgr/etc/xml && ! -e $root$mgr/etc/billmgr.conf ]]; then
        warn "$root$mgr has the core of a panel, but no processing/, etc/xml/ or etc/billmgr.conf: is it BILLmanager?"
    fi
}

system_name() { # "debian 12 (Debian family)"
    local id='' like='' version='' line
    if [[ -r $root/etc/os-release ]]; then
        while IFS= read -r line; do
            line=${line//\"/}
            case $line in
                ID=*) id=${line#ID=} ;;
                ID_LIKE=*) like=${line#ID_LIKE=} ;;
                VERSION_ID=*) version=${line#VERSION_ID=} ;;
            esac
        done <"$root/etc/os-release"
    fi
    case " $id $like " in
        *" astra "*) echo "$id $version (Astra)" ;;
        *" debian "* | *" ubuntu "*) echo "$id $version (Debian family)" ;;
        *" rhel "* | *" centos "* | *" almalinux "* | *" fedora "*) echo "$id $version (Red Hat family)" ;;
        *) echo "unknown ${id:-system} $version" ;;
    esac
}

# A symbolic link on the way must not lead out of --root.
inside_root() { # path
    live && return 0
    local real
    real=$(realpath -m -- "$(dirname -- "$1")")
    [[ $real/ == "$(realpath -- "$root")"/* ]]
}

# ---- what is there

sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }
mode_of() { stat -c %a -- "$1"; }
there() { [[ -e $1 || -L $1 ]]; }

manifest_sum() { # target -> the checksum that we installed, or nothing
    [[ -r $manifest ]] || return 0
    awk -v want="$1" '$1 == "file" { path = $0; sub(/^file [^ ]+ [^ ]+ /, "", path)
                                     if (path == want) { print $2; exit } }' "$manifest"
}

is_ours() { # target: a plain file, byte for byte what the manifest says
    local sum
    sum=$(manifest_sum "$1")
    [[ -n $sum && -f $root$1 && ! -L $root$1 && $sum == "$(sum_of "$root$1")" ]]
}

# ---- one run at a time; a run that was cut short is undone first

take_lock() {
    while true; do
        (umask 022 && mkdir -p -- "$(dirname -- "$state")")
        mkdir -p -- "$state"
        chmod 0700 -- "$state"
        exec 9>"$state/lock"
        flock -n 9 || die "another install or uninstall is running" "wait for it to end"
        # The run that we waited for may have taken the folder with it.
        [[ ! -e $state/lock || $(stat -L -c %i /proc/self/fd/9) != "$(stat -c %i -- "$state/lock")" ]] || break
    done
    locked=yes
}

# However the run ends: a folder that holds nothing but the lock goes.
let_go() {
    [[ -z $work ]] || rm -rf -- "$work"
    [[ $locked == yes ]] || return 0
    rm -f -- "$state/lock"
    rmdir -- "$state" 2>/dev/null || true
}
locked=no
trap let_go EXIT

recover() {
    if [[ ! -e $journal ]]; then
        rm -rf -- "$state/transaction"
        return 0
    fi
    warn "an earlier run was cut short: undoing what it did"
    undo || die "not everything could be put back" "see the messages above; $journal says what is left"
    good "undone"
}

begin() {
    rm -rf -- "$state/transaction"
    mkdir -p -- "$saved"
    : >"$journal"
    in_transaction=yes
    trap 'undo_and_leave 1' ERR
    trap 'undo_and_leave 130' INT
    trap 'undo_and_leave 143' TERM HUP
    trap 'left_early' EXIT
    set -E
}

commit() {
    flush
    # The rename is the point of no return: without a journal there is nothing to undo.
    mv -fT -- "$journal" "$state/transaction/done"
    in_transaction=no
    trap - ERR INT TERM HUP
    trap let_go EXIT
    rm -rf -- "$state/transaction"
}

left_early() {
    local status=$?
    [[ $in_transaction == no ]] || undo_and_leave "$((status == 0 ? 1 : status))"
}

undo_and_leave() {
    trap - ERR INT TERM HUP EXIT
    in_transaction=no
    printf '%s%s: something failed midway; putting everything back%s\n' "$red" "$self" "$plain" >&2
    if undo; then
        printf '%s: nothing was changed\n' "$self" >&2
    else
        printf '%s: not everything could be put back; run this again: it goes on from %s\n' "$self" "$journal" >&2
    fi
    let_go
    exit "$1"
}

# What was written so far is on the disk: of our file systems, not of the whole machine where that can be told.
flush() { sync -f -- "$state" "$root/etc" "$root/usr" 2>/dev/null || sync; }

note() { # one line of the journal, on the disk before the change that it tells of
    # The end mark tells a whole line from one that a power cut left half written.
    printf '%s\t%s\t%s\t.\n' "$1" "$2" "${3:--}" >>"$journal"
    sync -d -- "$journal" 2>/dev/null || sync
}

undo() {
    local lines kind path other mark failed=0 i
    mapfile -t lines <"$journal"
    for ((i = ${#lines[@]} - 1; i >= 0; i--)); do
        IFS=$'\t' read -r kind path other mark <<<"${lines[i]}"
        # A change whose line is not whole was never begun.
        [[ $mark == . ]] || continue
        case $kind in
            put) undo_put "$path" "$other" || failed=1 ;;
            move) undo_move "$path" "$other" || failed=1 ;;
            back) if there "$root$path" && ! there "$other"; then mv -T -- "$root$path" "$other" || failed=1; fi ;;
            # Only what this run has copied or moved there; the moved has just gone back.
            copies) ((failed == 1)) || rm -rf -- "$path" || failed=1 ;;
            mkdir) rmdir -- "$root$path" 2>/dev/null || true ;;
        esac
    done
    flush
    ((failed == 0)) && rm -rf -- "$state/transaction"
}

undo_move() { # target, where it was moved to: the only copy there is
    there "$2" || return 0 # back already, or never moved
    if there "$root$1"; then
        warn "$root$1 stands again where ours was moved from: move it away. What was there is in $2"
        return 1
    fi
    mv -T -- "$2" "$root$1"
}

undo_put() { # target, old or new
    local copy=$saved$1
    rm -f -- "$root$1.bill-nextcloud-new"
    if [[ $2 == new ]]; then
        rm -f -- "$root$1"
    else
        cp -a -T -- "$copy" "$root$1.bill-nextcloud-old" &&
            mv -fT -- "$root$1.bill-nextcloud-old" "$root$1"
    fi
}

# ---- changes

make_dir() { # target: it and its missing parents, root-owned, 0755
    local path=$1 missing=() i
    while [[ -n $path && $path != / && ! -d $root$path ]]; do
        missing+=("$path")
        path=$(dirname -- "$path")
    done
    for ((i = ${#missing[@]} - 1; i >= 0; i--)); do
        note mkdir "${missing[i]}"
        mkdir -- "$root${missing[i]}"
        chmod 0755 -- "$root${missing[i]}"
        dirs_made+=("${missing[i]}")
    done
}

keep_for_undo() { # target
    if there "$root$1"; then
        mkdir -p -- "$(dirname -- "$saved$1")"
        cp -a -T -- "$root$1" "$saved$1"
        note put "$1" old
    else
        note put "$1" new
    fi
}

own() { ((EUID != 0)) || chown root:root -- "$1"; }

put_file() { # source, target, mode
    local new=$root$2.bill-nextcloud-new
    make_dir "$(dirname -- "$2")"
    keep_for_undo "$2"
    cp -T -- "$1" "$new"
    own "$new"
    chmod "$3" -- "$new"
    mv -fT -- "$new" "$root$2"
}

put_saved() { # saved file or link, target: as it was, with owner, mode and times
    make_dir "$(dirname -- "$2")"
    keep_for_undo "$2"
    cp -a -T -- "$1" "$root$2.bill-nextcloud-new"
    mv -fT -- "$root$2.bill-nextcloud-new" "$root$2"
}

drop() { # target
    keep_for_undo "$1"
    rm -f -- "$root$1"
}

move_away() { # target, full path to move it to (one file system: a rename)
    mkdir -p -- "$(dirname -- "$2")"
    note move "$1" "$2"
    mv -T -- "$root$1" "$2"
}

move_back() { # full path, target
    make_dir "$(dirname -- "$2")"
    note back "$2" "$1"
    mv -T -- "$1" "$root$2"
}

dirs_made=()

# ---- the Python module that was here before

python_files=(processing/pmnextcloud etc/xml/billmgr_mod_pmnextcloud.xml
    skins/common/plugin-logo/billmanager-plugin-pmnextcloud.png)
python_folder=src/pmnextcloud

# Is the file at processing/pmnextcloud the Python module (it is a link to its pmnextcloud.py, or a copy)?
python_program() {
    local path=$root$mgr/processing/pmnextcloud first
    if [[ -L $path && $(readlink -- "$path") == *pmnextcloud.py ]]; then return 0; fi
    [[ -f $path ]] || return 1
    IFS= read -r first < <(tr -d '\0' <"$path" | head -n 1 | cut -c 1-200) || true
    [[ $first == '#!'*python* ]]
}

python_source() { [[ -f $root$mgr/$python_folder/src/pmnextcloud.py || -f $root$mgr/$python_folder/pmnextcloud.py ]]; }

# Its forms: the plugin's name, and one of its own message keys that ours does not have.
python_xml() {
    local path=$root$mgr/etc/xml/billmgr_mod_pmnextcloud.xml
    [[ -f $path ]] && grep -q 'plugin name="pmnextcloud"' "$path" && grep -q 'msg_error_open_colission_error\|BILLmanager team' "$path"
}

is_python_file() { # target
    case ${1#"$mgr"/} in
        processing/pmnextcloud) python_program ;;
        etc/xml/billmgr_mod_pmnextcloud.xml) python_xml ;;
        # The logo has no mark of its own: it is theirs when the module is.
        skins/common/plugin-logo/billmanager-plugin-pmnextcloud.png) python_program || python_source || python_xml ;;
        *) return 1 ;;
    esac
}
