# Shared by the bundle's install and uninstall, and by the scripts of the RPM. Sourced, never run; POSIX sh, and busybox is
# enough.
#
# Words
#   root        the folder that stands for /: empty on a live system
#   opt         where the bundle's own folder is; nowhere else, its programs name their loader by it
#   host-files  what the bundle has outside of that folder, a line each: kind, path, file of the bundle
#                 link  a symbolic link to the file, which may be a folder
#                 copy  a copy: what systemd reads has to be there before /opt is
#                 keep  a copy, unless something is there: the admin may have changed it
# shellcheck shell=sh disable=SC2034  # what the scripts use of it differs
opt=/opt/bill-nextcloud
tools=libexec/bill-nextcloud/bundle
self=bill-nextcloud
root=''

say() { printf '   %s\n' "$*"; }
die() { # what, remedy lines...
    printf '%s: %s\n' "$self" "$1" >&2
    shift
    [ $# -eq 0 ] || printf '   -> %s\n' "$@" >&2
    exit 1
}
there() { [ -e "$1" ] || [ -L "$1" ]; }
live() { [ -z "$root" ]; }
has() { command -v "$1" >/dev/null 2>&1; }
systemd_runs() { live && [ -d /run/systemd/system ]; }

need_root() {
    [ -z "$root" ] || [ -d "$root" ] || die "there is no folder $root"
    [ "$(id -u)" -eq 0 ] || die "this needs root" "sudo $0"
}

# Is what stands there ours: a link into the bundle, or what the installed bundle has?
is_ours() { # kind, path, file
    if [ "$1" = link ]; then
        [ -L "$root$2" ] && [ "$(readlink "$root$2")" = "$opt/$3" ]
    else
        [ -f "$root$2" ] && [ ! -L "$root$2" ] && cmp -s "$root$2" "$root$opt/$3"
    fi
}

# The user and the folders, as the files for systemd have them.
user_and_folders() {
    if live && has systemd-sysusers; then
        systemd-sysusers bill-nextcloud.conf || true
    fi
    user_there || make_user
    user_there || die "the user bill-nextcloud could not be made" "make it by hand"
    grep '^d ' "$root$opt/lib/tmpfiles.d/bill-nextcloud.conf" | while read -r _ path mode owner group; do
        [ -d "$root$path" ] || say "+ $root$path"
        mkdir -p "$root$path"
        chmod "$mode" "$root$path"
        chown "$(id_in passwd "$owner"):$(id_in group "$group")" "$root$path"
    done
}
user_there() { if live; then id -u bill-nextcloud >/dev/null 2>&1; else grep -q '^bill-nextcloud:' "$root/etc/passwd" 2>/dev/null; fi; }
id_in() { # passwd or group, name: as that system has it
    if live; then echo "$2"; else awk -F : -v name="$2" '$1 == name { print $3 }' "$root/etc/$1"; fi
}
make_user() {
    say "+ the user bill-nextcloud"
    if live && has useradd; then
        useradd --system --user-group --home-dir /var/lib/bill-nextcloud --no-create-home --shell "$(nologin_shell)" \
            --comment 'bill-nextcloud controller' bill-nextcloud
    else # busybox, or a tree of a system that is not running
        id=$(free_id)
        printf 'bill-nextcloud:x:%s:%s:bill-nextcloud controller:/var/lib/bill-nextcloud:%s\n' "$id" "$id" "$(nologin_shell)" >>"$root/etc/passwd"
        printf 'bill-nextcloud:x:%s:\n' "$id" >>"$root/etc/group"
        if [ -e "$root/etc/shadow" ]; then printf 'bill-nextcloud:!*:::::::\n' >>"$root/etc/shadow"; fi
    fi
}
nologin_shell() { if [ -x "$root/usr/sbin/nologin" ]; then echo /usr/sbin/nologin; else echo /sbin/nologin; fi; }
free_id() { # of the system's range, free as a user's and as a group's
    mkdir -p "$root/etc"
    touch "$root/etc/passwd" "$root/etc/group"
    cat "$root/etc/passwd" "$root/etc/group" | awk -F : '{ used[$3] = 1 } END { for (id = 998; id > 100 && used[id]; id--); print id }'
}

# After the files are there: the service runs on with the new program, if it ran; nothing is started or switched on.
after() {
    user_and_folders
    if live && has restorecon; then restorecon -RF "$opt" 2>/dev/null || true; fi
    # A panel that has our module gets the new one, from the installer that knows what is ours.
    if live && [ -e /usr/local/mgr5/var/bill-nextcloud/manifest ]; then
        "$opt/share/bill-nextcloud/billmanager/install" --yes </dev/null ||
            say "the panel's part is not up to date (see above). Then run: /usr/share/bill-nextcloud/billmanager/install"
    fi
    if systemd_runs; then
        systemctl --system daemon-reload >/dev/null || true
        if systemctl --quiet is-active bill-nextcloud.service; then
            systemctl restart bill-nextcloud.service ||
                say "the service does not start: journalctl -u bill-nextcloud, bill-nextcloud check"
        fi
    fi
    if ! there "$root/etc/bill-nextcloud/config.toml"; then
        say "next, /etc/bill-nextcloud/config.toml: see \"Set it up\" in /usr/share/doc/bill-nextcloud/README.md;"
        say "on the host of a panel: /usr/share/bill-nextcloud/billmanager/install"
    fi
}

# Before the files go: the panel's part, by the script of Debian's package; then the service.
before_removal() {
    live || return 0
    "$opt/$tools/panel-remove" remove
    if systemd_runs; then systemctl --quiet disable --now bill-nextcloud.service 2>/dev/null || true; fi
}

what_stays() {
    for kept in /etc/bill-nextcloud /var/log/bill-nextcloud /var/lib/bill-nextcloud /var/lib/bill-nextcloud-anchor; do
        there "$root$kept" || continue
        case $kept in
            /var/lib/*) say "kept: $root$kept. Nobody else knows which accounts are ours; if that is never needed again: rm -r $root$kept" ;;
            *) say "kept: $root$kept" ;;
        esac
    done
}
