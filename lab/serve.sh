#!/bin/sh
# The servers of the lab, each in the foreground with its log in $LAB_DIR/log. This is process 1 of its namespace.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
cd "$LAB_DIR"
for zone in root registry one two others; do
    nsd -d -c "$LAB_DIR/nsd/$zone.conf" >"log/nsd-$zone" 2>&1 &
done
unbound -d -p -c "$LAB_DIR/unbound.conf" >log/unbound 2>&1 &
nginx -c "$LAB_DIR/nginx/nginx.conf" -e "$LAB_DIR/log/nginx" >>log/nginx 2>&1 &
"$LAB_SERVER" shop 127.0.0.1:8080 "$LAB_DIR/shop.conf" "$LAB_DIR/site" >log/shop 2>&1 &
# shellcheck disable=SC2046 # a list of words
"$LAB_SERVER" bad $(sed 's/#.*//' "$LAB_DIR/bad.conf") >log/bad 2>&1 &
# shellcheck disable=SC2046 # a list of words
"$LAB_SERVER" mail "$LAB_DIR/mail.conf" >log/mail 2>&1 &
if [ -n "${LAB_MAIL:-}" ]; then unshare --mount "$lab/post.sh" >log/post 2>&1 & fi
wait
