#!/bin/sh
# Installs the bot, or another release of it, on a server with systemd, as a system account. May be run again at any time:
# what is there already stays, and secrets that came since are passed on.
#
#   sudo deploy/install.sh [--without-model] [--no-start] [WHEEL]     install that wheel (default: the newest in dist/)
#   sudo deploy/install.sh --back                                     the release before, again
#
# Beside the wheel it takes the locks of this folder's repository. A store that is there is backed up before the release changes.
# --root DIR: below another root, without accounts and services, for an image or a trial. PYTHON=...: another Python than python3.
set -eu
umask 022

name=infusion-bot
root='' model=yes start=yes back=no wheel=''
here=$(cd "$(dirname "$0")" && pwd)
repository=$(dirname "$here")
python=${PYTHON:-python3}

fail() { echo "install.sh: $*" >&2; exit 1; }
say() { echo "== $*"; }

while [ $# -gt 0 ]; do
    case "$1" in
        --root) root=${2:?--root needs a folder}; shift ;;
        --without-model) model=no ;;
        --no-start) start=no ;;
        --back) back=yes ;;
        -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) fail "$1 is no option; --help shows them" ;;
        *) wheel=$1 ;;
    esac
    shift
done

opt=$root/opt/$name etc=$root/etc/$name units=$root/etc/systemd/system backups=$root/var/backups/$name
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "must be run as root"
[ -n "$root" ] || [ -d /run/systemd/system ] || fail "systemd does not run here; --root DIR installs files alone"

# -- parts ------------------------------------------------------------------------------------------------------------

account() {
    [ -z "$root" ] || return 0
    getent passwd $name >/dev/null || useradd --system --no-create-home --home-dir /var/lib/$name --shell /usr/sbin/nologin $name
}

settings() {
    install -d -m 755 "$units" "$root/usr/local/sbin"
    install -d -m 700 "$etc" "$etc/secrets"
    [ -e "$etc/env" ] || install -m 600 "$here/env.example" "$etc/env"
    if [ ! -s "$etc/secrets/webhook_secret" ]; then
        (umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$etc/secrets/webhook_secret")
    fi
    chmod 600 "$etc/env"
    find "$etc/secrets" -type f -exec chmod 600 {} +
}

# Every file in secrets/ becomes a credential of the unit, and the setting of its name is read from it.
services() {
    install -m 644 "$here/$name.service" "$units/$name.service"
    install -m 755 "$here/as-service.sh" "$root/usr/local/sbin/$name"
    install -d -m 755 "$units/$name.service.d"
    {
        echo "# Written by install.sh from the files in /etc/$name/secrets; run it again after a change."
        echo "[Service]"
        for file in "$etc/secrets"/*; do
            secret=$(basename "$file")
            case "$secret" in *[!a-z_]*) fail "$file: only names like telegram_bot_token are settings" ;; esac
            [ -s "$file" ] || fail "$file is empty; fill it, or take it away"
            echo "LoadCredential=$secret:/etc/$name/secrets/$secret"
            echo "Environment=$(echo "$secret" | tr '[:lower:]' '[:upper:]')_FILE=%d/$secret"
        done
    } >"$units/$name.service.d/secrets.conf.new"
    mv "$units/$name.service.d/secrets.conf.new" "$units/$name.service.d/secrets.conf"
}

# A release is an environment of its own; a link says which one runs, so that the one before is a link away.
release() {
    [ -n "$wheel" ] || wheel=$(find "$repository/dist" -name "infusion_bot-*.whl" -printf '%T@ %p\n' 2>/dev/null | sort -n | tail -1 | cut -d' ' -f2-)
    [ -f "$wheel" ] || fail "there is no wheel; make one with: make dist"
    "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
        || fail "$python is not Python 3.11 or newer with venv (Debian: apt-get install python3-venv)"
    locks=$repository/requirements.txt
    [ $model = no ] || locks="$locks $repository/bot/app/commands/model-requirements.txt"
    # shellcheck disable=SC2086  # two paths, and the repository's folder is asked to have no space in its name
    hash=$(cat "$wheel" $locks | sha256sum | cut -c1-8)
    made=$opt/releases/$(basename "$wheel" | cut -d- -f2)-$hash
    if [ ! -e "$made/complete" ]; then
        say "installing $(basename "$wheel") into $made"
        rm -rf "$made"
        install -d -m 755 "$opt/releases"
        "$python" -m venv "$made"
        for lock in $locks; do
            "$made/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes --no-deps -r "$lock"
        done
        "$made/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps "$wheel"
        "$made/bin/infusion-bot" --version >"$made/complete"
    fi
}

back_up() {
    [ -z "$root" ] || return 0
    [ -e "/var/lib/$name/$name.db" ] || [ -e "$etc/secrets/database_url" ] || return 0
    [ -e "$opt/current" ] && [ "$(readlink "$opt/current")" != "$made" ] || return 0
    install -d -m 700 -o $name -g $name "$backups"
    file=$backups/before-$(basename "$made")-$(date -u +%Y%m%dT%H%M%SZ).db
    say "backing the store up to $file"
    "$root/usr/local/sbin/$name" db backup "$file" || fail "the store was not backed up, so nothing was changed"
    # Words of patients may be in them: the last three are enough.
    find "$backups" -name 'before-*.db' -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- | xargs -r rm -f --
}

switch() {
    current=$(readlink "$opt/current" 2>/dev/null || true)
    if [ "$current" != "$made" ]; then
        [ -z "$current" ] || ln -sfn "$current" "$opt/previous"
        ln -sfn "$made" "$opt/current.new"
        mv -T "$opt/current.new" "$opt/current"
        say "$name is now $(cat "$made/complete")"
    fi
    for old in "$opt"/releases/*; do
        case "$old" in "$made" | "$(readlink "$opt/previous" 2>/dev/null || true)") ;; *) rm -rf "$old" ;; esac
    done
}

run() {
    [ -z "$root" ] || return 0
    systemctl daemon-reload
    systemctl enable --quiet $name
    if [ $start = yes ]; then
        say "starting it; what the wheel did not bring it learns now, and answers danger meanwhile (journalctl -fu $name)"
        systemctl restart $name
        systemctl --no-pager --lines 0 status $name
    fi
}

# -- what is asked for --------------------------------------------------------------------------------------------------

if [ $back = yes ]; then
    made=$(readlink "$opt/previous" 2>/dev/null) || fail "there is no release before this one"
    [ -e "$made/complete" ] || fail "$made is not whole"
else
    release
fi
account
settings
back_up
services
switch
run
[ -e "$etc/secrets/telegram_bot_token" ] || say "no Telegram yet: put the token into /etc/$name/secrets/telegram_bot_token, run this again"
say "done"
