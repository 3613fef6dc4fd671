#!/bin/sh
# `sudo infusion-bot COMMAND ...`: a command of the bot with the settings, the secrets and the account of its service.
set -eu
name=infusion-bot
etc=/etc/$name
[ "$(id -u)" = 0 ] || { echo "infusion-bot: must be run as root; it becomes the account of the service itself" >&2; exit 1; }

export DATA_DIR=/var/lib/$name CACHE_DIR=/var/cache/$name
# As systemd reads it: lines NAME=value, with or without quotation marks.
if [ -e $etc/env ]; then
    while IFS= read -r line || [ -n "$line" ]; do
        case "$line" in [A-Z]*=*) ;; *) continue ;; esac
        value=${line#*=}
        case "$value" in \"*\" | \'*\') value=${value#?} value=${value%?} ;; esac
        export "${line%%=*}=$value"
    done <$etc/env
fi
# In the environment, which the account and root alone can read: the files are root's.
for file in "$etc"/secrets/*; do
    [ -f "$file" ] || continue
    export "$(basename "$file" | tr '[:lower:]' '[:upper:]')=$(cat "$file")"
done
cd /var/lib/$name 2>/dev/null || cd /
exec runuser -u $name -- /opt/$name/current/bin/infusion-bot "$@"
