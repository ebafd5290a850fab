#!/bin/sh
# world.sh DIR OVERLAY...: writes zones, configurations and pages of this run into DIR, and signs the zones.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift

# A shop may stand on faults: its lines "use NAME".
overlays=
for overlay; do
    overlays="$overlays $(sed -n "s|^use |$lab/faults/|p" "$overlay" | tr '\n' ' ') $overlay"
done

# The proof of a test send has a date: @file:now@, or in a fault @file:long-ago@.
date -u +%Y-%m-%dT%H:%M:%SZ >"$dir/now"
date -u -d '42 days ago' +%Y-%m-%dT%H:%M:%SZ >"$dir/long-ago"

# shellcheck disable=SC2046 # names without spaces
(cd "$lab/world" && find . -type d) | (cd "$dir" && xargs mkdir -p)
# shellcheck disable=SC2086,SC2046 # lists of names
awk -v dir="$dir" -f "$lab/world.awk" $overlays templates=1 $(find "$lab/world" -type f -o -type l)

# What the owner has written down about the zone: what is live now, and what a fault adds.
cat "$dir/zones/shop.example.zone" "$dir/documented.more" >"$dir/documented.zone"

# zones/signed has lines "FILE ORIGIN KEYS INCEPTION EXPIRY", the last two in days from now.
now=$(date +%s)
sed 's/#.*//' "$dir/zones/signed" | {
    while read -r file origin keys from until; do
        [ -n "$file" ] || continue
        cp "$dir/zones/$file" "$dir/zones/$file.unsigned"
        ldns-signzone -o "$origin" -i $((now + from * 86400)) -e $((now + until * 86400)) -f "$dir/zones/$file" \
            "$dir/zones/$file.unsigned" "$dir/keys/$keys.ksk" "$dir/keys/$keys.zsk" &
    done
    wait
}
