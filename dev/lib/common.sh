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

# 75 -> "1:15".
minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }
