#!/bin/sh
# The mail servers, for `lab/lab run --mail`: what the shop sends through, and where its test messages go.
set -eu
cd "$LAB_DIR/post"
# Only these servers see these users.
mount --bind passwd /etc/passwd
mount --bind group /etc/group
for side in out in; do
    mkdir -p "$side/data"
    for queue in active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace; do
        mkdir -p "$side/queue/$queue"
    done
done
mkdir -p dovecot boxes
chmod +x footer greylist
LD_PRELOAD=$LAB_SERVER-users.so dovecot -F -c "$LAB_DIR/post/dovecot.conf" >"$LAB_DIR/log/dovecot-start" 2>&1 &
opendkim -f -x "$LAB_DIR/post/opendkim.conf" >"$LAB_DIR/log/opendkim" 2>&1 &
for side in out in; do
    LD_PRELOAD=$LAB_SERVER-users.so /usr/lib/postfix/sbin/master -c "$LAB_DIR/post/$side" -s >"$LAB_DIR/log/post-$side-start" 2>&1 &
done
wait
