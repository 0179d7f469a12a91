# Shared by the scripts in dev/. Sourced, never run: sets `root` (the project's folder, also the
# working directory), colours on a terminal, and the few words that the scripts speak with.
# shellcheck shell=bash disable=SC2034
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1

bold='' green='' red='' yellow='' reset=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' reset=$'\e[0m'
fi

jobs=${BN_JOBS:-$(nproc)}

# What packages and the bundle bring: cmake installs them.
packaged_programs=(bill-nextcloud pmnextcloud ncsync nclink pmwebpay)
# What the demo runs, and what a build's time is measured with.
demo_programs=(bill-nextcloud pmnextcloud fake-cloud sample-panel fake-panel fake-mgrctl fake-panel-runner)

# SOURCE_DATE_EPOCH is what is given, else the time of the last commit: one commit, equal bytes.
date_of_commit() {
    export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -c safe.directory='*' log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
}

# build_release LOG: what is packaged, in build/release.
build_release() {
    local log=$1 built=0
    mkdir -p build/logs
    cmake --preset release >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "cmake failed (above)"; }
    build_with_progress build/release "$log" "${packaged_programs[@]}" || built=$?
    ((built == 0)) || { tail -n 30 "$log" >&2; die "the build failed (above, whole log: $log)"; }
}

heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$reset"; }
say() { printf '   %s\n' "$*"; }
warn() { printf '   %s%s%s\n' "$yellow" "$*" "$reset"; }
die() {
    printf '%s%s: %s%s\n' "$red" "$(basename "$0")" "$*" "$reset" >&2
    exit 1
}

# Prints the comment block at the top of the calling script: its --help.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# Every tracked file, and every new one that git would not ignore, that matches the patterns.
# A work tree of another user (sudo) is fine.
project_files() {
    git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "$@" |
        while IFS= read -r file; do [[ -f $file ]] && printf '%s\n' "$file"; done | sort -u
}

# Temporary files of this run lie in a folder that goes with it, however its parts end; the folder of a
# run that was killed goes with the next run. A command called by another has a folder in that one's.
# Sets TMPDIR and a trap for EXIT.
own_temp() {
    local all=${TMPDIR:-/tmp} old
    if [[ ${all##*/} == bn-run-* ]]; then # held by the caller: to wait for it would be for ever
        TMPDIR=$(mktemp -d "$all/bn-part-XXXXXX") || exit 1
        chmod 0711 "$TMPDIR"
    else
        exec {all_runs}<"$all"
        flock "$all_runs"
        for old in "$all"/bn-run-*/; do
            [[ -d $old ]] || continue
            # shellcheck disable=SC2094  # opened for its lock only
            (flock -n 9 && rm -rf --one-file-system -- "$old") 9<"$old" || true
        done
        TMPDIR=$(mktemp -d "$all/bn-run-XXXXXX") || exit 1
        chmod 0711 "$TMPDIR" # tests that become another user pass through
        export TMPDIR
        exec {this_run}<"$TMPDIR"
        flock "$this_run"
        exec {all_runs}<&-
    fi
    trap 'rm -rf --one-file-system -- "$TMPDIR"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# 75 -> "1:15".
minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# build_with_progress FOLDER LOG TARGET...: builds with ninja and says how much is left: first from the
# last build of this folder, then from the speed so far; on a terminal in one line that changes, else
# in a line every 15 seconds. Exit code: ninja's.
build_with_progress() {
    local folder=$1 log=$2 begin=$SECONDS said=$SECONDS line='' code=0 finished=0 steps seconds last_steps last_seconds
    shift 2
    local pattern='^\[([0-9]+)/([0-9]+)\]' memory=$folder/last-build
    steps=$(ninja -C "$folder" -n "$@" 2>/dev/null | grep -cE "$pattern" || true)
    if ((steps == 0)); then
        say "nothing to build"
    elif read -r last_steps last_seconds 2>/dev/null <"$memory"; then
        say "$steps steps, about $(minutes $((last_seconds * steps / last_steps))): the last build's $last_steps took $(minutes "$last_seconds")"
    else
        say "$steps steps; how long that takes here is known after the first few"
    fi
    while :; do
        code=0
        IFS= read -r -t 5 line || code=$?
        if ((code > 0 && code <= 128)); then break; fi
        if ((code == 0)); then
            printf '%s\n' "$line" >>"$log"
            [[ $line == 'exit '* ]] && { code=${line#exit }; break; }
            if [[ $line =~ $pattern ]]; then finished=${BASH_REMATCH[1]} steps=${BASH_REMATCH[2]}; fi
        fi
        seconds=$((SECONDS - begin))
        if [[ -t 1 ]]; then
            printf '\r\e[K   %s of %s, %s, %s' "$finished" "$steps" "$(minutes "$seconds")" "$(left_over "$finished" "$steps" "$seconds")"
        elif ((SECONDS - said >= 15)); then
            said=$SECONDS
            say "$finished of $steps, $(minutes "$seconds"), $(left_over "$finished" "$steps" "$seconds")"
        fi
    done < <(ninja -C "$folder" -j "$jobs" "$@" 2>&1 && echo 'exit 0' || echo "exit $?")
    [[ -t 1 ]] && printf '\r\e[K'
    seconds=$((SECONDS - begin))
    if ((code == 0)); then
        say "built in $(minutes "$seconds")"
        ((finished >= 20)) && echo "$finished $seconds" >"$memory"
    fi
    return "$code"
}

left_over() { # finished, steps, seconds so far
    if (($1 < 4)); then echo "too early to say how long"; else echo "about $(minutes $(($3 * ($2 - $1) / $1))) left"; fi
}
