#!/bin/sh
# Inside the namespaces: lays out the network, starts the servers, and becomes the command.
#
# The servers live in a process namespace whose first process gets SIGKILL when this process, and so the command that it
# becomes, is gone - however it went. Nothing needs a trap.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

LAB_DIR=$LAB_CACHE/run
mount -t tmpfs -o mode=755 lab "$LAB_DIR"
export LAB_DIR LAB_SITE=shop.example LAB_RESOLVER=192.0.2.53
export LAB_CA="$LAB_DIR/ca.pem" LAB_LAUNCH="$LAB_DIR/launchready.yaml"

LAUNCHREADY_TOKEN=$(cat "$LAB_CACHE/authority/keys/token")
SMTP_PASSWORD=$(cat "$LAB_CACHE/authority/keys/smtp-password")
BOX_PASSWORD=$(cat "$LAB_CACHE/authority/keys/box-password")
export LAUNCHREADY_TOKEN SMTP_PASSWORD BOX_PASSWORD
# What the command learns about this internet must not be taken for the real one later, nor the other way round.
export XDG_CACHE_HOME="$LAB_DIR/cache/user" XDG_STATE_HOME="$LAB_DIR/state" XDG_CONFIG_HOME="$LAB_DIR/config"

# Lines "ADDRESS # remark": each becomes an address of the loopback interface.
sed -n 's/^\([0-9a-f:.][0-9a-f:.]*\).*/address add \1 dev lo nodad/p; 1i link set lo up' "$lab/world/addresses" |
    sed 's/^\(address add [0-9.]*\) dev lo nodad$/\1 dev lo/' | ip -batch -

# The same authority under every run's own roof, so that configurations name one place.
cp -r "$LAB_CACHE/authority/." "$LAB_DIR/"
mkdir "$LAB_DIR/log" "$LAB_DIR/cache"
# shellcheck disable=SC2046 # a list of names
"$lab/world.sh" "$LAB_DIR" "$lab/shops/$LAB_SHOP" $(for fault in $LAB_FAULTS; do echo "$lab/faults/$fault"; done
    for fault in $LAB_MAIL_FAULTS; do echo "$lab/post-faults/$fault"; done)

printf 'nameserver %s\n' "$LAB_RESOLVER" >"$LAB_DIR/resolv.conf"
mount --bind "$LAB_DIR/resolv.conf" /etc/resolv.conf || {
    echo "lab: /etc/resolv.conf is not there to be covered by the lab's" >&2
    exit 2
}

setpriv --pdeathsig KILL unshare --pid --fork --kill-child "$lab/serve.sh" >"$LAB_DIR/log/serve" 2>&1 </dev/null &
# shellcheck disable=SC2046 # a list of addresses
"$LAB_SERVER" wait 10 $(cat "$LAB_DIR/ready" ${LAB_MAIL:+"$LAB_DIR/post/ready"}) || {
    echo "lab: the servers did not start; their logs:" >&2
    tail -n 20 "$LAB_DIR"/log/* >&2
    exit 2
}
exec "$@"
