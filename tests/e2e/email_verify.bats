#!/usr/bin/env bats
# bats file_tags=asan
# `launchready email verify`: real messages against a real name server, and files that are no messages.

bats_require_minimum_version 1.5.0

DATA=$BATS_TEST_DIRNAME/../conformance/data/dkim

# The signer's zone, with its published keys, and the reverse names of two servers.
setup_file() {
    PATH=$PATH:/usr/sbin command -v nsd >/dev/null || skip "nsd is not installed (./dev setup lab)"
    local dir=$BATS_FILE_TMPDIR port=$((20000 + RANDOM % 20000))
    {
        printf '%s\n' '$TTL 60' '@ SOA ns hostmaster 1 60 60 60 60' '@ NS ns' 'ns A 127.0.0.1' '@ MX 10 mail' \
            '@ TXT "v=spf1 ip4:203.0.113.5 -all"' 'mail A 203.0.113.5' '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@football.example.com"'
        sed '/^$/q' "$DATA/rfc8463/stalwart-001.txt" | while read -r name value; do
            [ -z "$name" ] || printf '%s. TXT "%s" "%s"\n' "$name" "${value:0:200}" "${value:200}"
        done
    } >"$dir/football"
    printf '%s\n' '$TTL 60' '@ SOA ns.football.example.com. hostmaster 1 60 60 60 60' '@ NS ns.football.example.com.' \
        '5 PTR mail.football.example.com.' >"$dir/reverse"
    printf '%s\n' '$TTL 60' '@ SOA ns hostmaster 1 60 60 60 60' '@ NS ns' 'ns A 127.0.0.1' '@ MX 10 out' 'out A 203.0.113.77' \
        '@ TXT "v=spf1 ip4:203.0.113.77 -all"' >"$dir/service"
    cat >"$dir/nsd.conf" <<END
server:
  ip-address: 127.0.0.1
  port: $port
  username: ""
  chroot: ""
  zonesdir: "$dir"
  database: ""
  pidfile: "$dir/nsd.pid"
  xfrdfile: "$dir/xfrd"
  zonelistfile: "$dir/zonelist"
  logfile: "$dir/nsd.log"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: football.example.com
  zonefile: football
zone:
  name: service.example
  zonefile: service
zone:
  name: 113.0.203.in-addr.arpa
  zonefile: reverse
END
    PATH=$PATH:/usr/sbin nsd -c "$dir/nsd.conf"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -s "$dir/nsd.pid" ] && dig +time=1 +tries=1 -p "$port" @127.0.0.1 football.example.com soa | grep -q SOA && break
        sleep 0.2
    done
    export PORT=$port
}

teardown_file() {
    [ ! -s "$BATS_FILE_TMPDIR/nsd.pid" ] || kill "$(cat "$BATS_FILE_TMPDIR/nsd.pid")"
}

setup() {
    M=$BATS_TEST_TMPDIR/message.eml
}

verify() {
    run --separate-stderr timeout 60 "$LAUNCHREADY" email verify "$@" --resolver "127.0.0.1:$PORT" --timeout 2
    echo "status $status: $output $stderr"
}

# get EXPRESSION WANTED: of the JSON in $output.
get() {
    local got
    got=$(jq -r "$1" <<<"$output")
    echo "$1: $got"
    [ "$got" = "$2" ]
}

# received ADDRESS NAME: what the receiver wrote above the message.
received() {
    printf 'Return-Path: <%s>\nReceived: from %s (%s [%s])\n\tby mx.box.example (Postfix) with ESMTPS id 1;\n\tFri, 11 Jul 2003 21:00:40 -0700\n' \
        "${3:-joe@football.example.com}" "$2" "$2" "$1"
}

@test "RFC 8463: both signatures pass, in the order of the message, and DMARC by them" {
    verify "$DATA/rfc8463/signed.eml" --format json
    [ "$status" -eq 0 ]
    get .schema launchready.message/1
    get '[.dkim[] | [.domain, .selector, .result, .algorithm] | join(" ")] | join("; ")' \
        "football.example.com brisbane pass ed25519-sha256; football.example.com test pass rsa-sha256"
    get .spf.result none
    get '.dmarc | [.result, .policy, .aligned_by] | join(" ")' "pass reject dkim"
    get .arc.result none
}

@test "from its own server: everything passes, by both ways, and no rule is broken" {
    { received 203.0.113.5 mail.football.example.com; cat "$DATA/rfc8463/signed.eml"; } >"$M"
    verify "$M" --format json
    [ "$status" -eq 0 ]
    get '[.spf.result, .spf.ip, .spf.mail_from, .spf.aligned] | join(" ")' "pass 203.0.113.5 joe@football.example.com true"
    get .dmarc.aligned_by spf+dkim
    get '.rules | length' 0
    get '.received[0] | [.by, .encrypted, .judged] | join(" ")' "mx.box.example true true"
}

@test "through a service whose bounces are its own: DKIM alone carries it" {
    { received 203.0.113.77 out.service.example b1@service.example; cat "$DATA/rfc8463/signed.eml"; } >"$M"
    verify "$M" --format json
    [ "$status" -eq 0 ]
    get '[.spf.result, .spf.aligned, .dmarc.result, .dmarc.aligned_by] | join(" ")' "pass false pass dkim"
    get '[.rules[].id] | join(" ")' ptr
}

@test "a footer breaks both signatures, and it is said that it was a footer" {
    { received 203.0.113.77 out.service.example b1@service.example; cat "$DATA/rfc8463/signed.eml"; echo "-- "; echo "sent by a list"; } >"$M"
    verify "$M" --format json
    [ "$status" -eq 1 ]
    get '[.dkim[].result] | join(" ")' "fail fail"
    get '[.dkim[].body_hash] | join(" ")' "fail fail"
    get '.dmarc | [.result, .policy, .aligned_by] | join(" ")' "fail reject "
    verify "$M"
    [ "$status" -eq 1 ]
    [[ "$output" == *"DMARC fail"* ]]
    [[ "$output" == *Hint*[Ff]ooter* || "$output" == *Hint*added* ]]
}

@test "a changed subject breaks them too, and the field is named" {
    sed 's/^Subject: .*/Subject: [list] Is dinner ready?/' "$DATA/rfc8463/signed.eml" >"$M"
    verify "$M"
    [ "$status" -eq 1 ]
    [[ "$output" == *"Subject was changed"* ]]
    [[ "$output" == *"DMARC fail, as far as this file shows"* ]]
}

@test "an address that the record does not name" {
    { received 203.0.113.99 x.example; sed '/^DKIM-Signature/,/^From/{/^From/!d}' "$DATA/rfc8463/signed.eml"; } >"$M"
    verify "$M" --format json
    [ "$status" -eq 1 ]
    get '[.spf.result, .dmarc.result, (.dkim | length)] | join(" ")' "fail fail 0"
    get '[.rules[].id] | join(" ")' "authentication from-alignment ptr"
    # by hand it is another one
    verify "$M" --format json --client-ip 203.0.113.5
    [ "$status" -eq 0 ]
    get '[.spf.result, .dmarc.result] | join(" ")' "pass pass"
    # and a bounce has no sender: the greeting counts, which publishes nothing
    verify "$M" --format json --client-ip 203.0.113.5 --mail-from '<>' --helo mail.football.example.com
    [ "$status" -eq 1 ]
    get '[.spf.result, .spf.domain] | join(" ")' "none mail.football.example.com"
}

@test "a name server that does not answer is no verdict" {
    { received 203.0.113.5 mail.football.example.com; cat "$DATA/rfc8463/signed.eml"; } >"$M"
    run --separate-stderr timeout 60 "$LAUNCHREADY" email verify "$M" --resolver 127.0.0.1:9 --timeout 500ms --format json
    echo "status $status: $output $stderr"
    [ "$status" -eq 3 ]
    get '[.spf.result, .dkim[0].result, .dkim[1].result, .dmarc.result] | join(" ")' "temperror temperror temperror temperror"
    get '[.rules[] | select(.status == "broken")] | length' 0
    run --separate-stderr timeout 60 "$LAUNCHREADY" email verify "$M" --offline --format json
    [ "$status" -eq 3 ]
}

@test "newsletters have rules of their own" {
    { received 203.0.113.5 mail.football.example.com; cat "$DATA/rfc8463/signed.eml"; } >"$M"
    verify "$M" --format json --bulk
    [ "$status" -eq 0 ]
    get '[.rules[].id] | join(" ")' one-click
    # unsubscribe fields that no signature covers
    { received 203.0.113.5 mail.football.example.com
      printf 'List-Unsubscribe: <https://football.example.com/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n'
      cat "$DATA/rfc8463/signed.eml"; } >"$M"
    verify "$M" --format json
    get .bulk true
    get '[.rules[].id] | join(" ")' one-click
    [[ "$output" == *"no DKIM signature that passes covers"* ]]
}

@test "a mailbox: one line of JSON each, a summary in the text, the worst status" {
    for subject in "Is dinner ready?" "Changed"; do
        echo "From joe@football.example.com Fri Jul 11 21:00:37 2003"
        sed "s/^Subject: .*/Subject: $subject/" "$DATA/rfc8463/signed.eml"
        echo
    done >"$M"
    verify "$M" --format json
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 2 ]
    [ "$(jq -r '.schema + " " + (.index | tostring) + " " + .dmarc.result' <<<"$output" | paste -sd ,)" = \
        "launchready.message/1 1 pass,launchready.message/1 2 fail" ]
    verify "$M"
    [ "$status" -eq 1 ]
    [[ "$output" == *"2 messages: 1 pass, 1 fail, 0 could not be decided"* ]]
}

@test "from a pipe, and into a file" {
    run --separate-stderr sh -c 'timeout 60 "$1" email verify - --resolver "127.0.0.1:$3" -o "$4" --format json <"$2"' sh \
        "$LAUNCHREADY" "$DATA/rfc8463/signed.eml" "$PORT" "$BATS_TEST_TMPDIR/out.json"
    [ "$status" -eq 0 ]
    [ "$output" = "" ]
    [ "$(jq -r .dmarc.result "$BATS_TEST_TMPDIR/out.json")" = pass ]
}

@test "a recording gives the same answer without a network" {
    verify "$DATA/rfc8463/signed.eml" --format json --record "$BATS_TEST_TMPDIR/rec"
    [ "$status" -eq 0 ]
    local recorded=$output
    run --separate-stderr "$LAUNCHREADY" email verify "$DATA/rfc8463/signed.eml" --replay "$BATS_TEST_TMPDIR/rec" --format json
    [ "$status" -eq 0 ]
    [ "$output" = "$recorded" ]
}

@test "forty signatures: sixteen are looked at, and the rest is said" {
    { for _ in $(seq 38); do printf 'DKIM-Signature: v=1; a=rsa-sha256; d=service.example; s=x; h=from; bh=AAAA; b=AAAA\n'; done
      cat "$DATA/rfc8463/signed.eml"; } >"$M"
    verify "$M" --format json
    get '[(.dkim | length), .dkim_total] | join(" ")' "16 40"
    verify "$M"
    [[ "$output" == *"24 more signatures were not looked at"* ]]
}

@test "foreign bytes are shown harmless" {
    { received 203.0.113.99 x.example; printf 'From: "\033[31mred\033]0;title\007" <a@football.example.com>\nSubject: \xff\xfe\033[2J\xe2\x80\xae\nMessage-ID: <\033>\n\nhi\n'; } >"$M"
    verify "$M"
    [ "$status" -eq 1 ]
    [[ "$output" != *$'\033'* ]]
    [[ "$output" != *$'\007'* ]]
    [[ "$output" != *$'\xe2\x80\xae'* ]]
    verify "$M" --format json
    jq -e . <<<"$output" >/dev/null
    [[ "$output" != *$'\033'* ]]
}

# refuses PATTERN ARGUMENTS...: exit 2, one line that fits, nothing on stdout.
refuses() {
    local want=$1
    shift
    verify "$@"
    [ "$status" -eq 2 ]
    [ "$output" = "" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ "$stderr" == "launchready: "*$want* ]]
}

@test "what is no message is one line and exit 2" {
    : >"$BATS_TEST_TMPDIR/empty"
    head -c 200000 /dev/urandom >"$BATS_TEST_TMPDIR/random"
    printf '\n\n\n' >"$BATS_TEST_TMPDIR/blank"
    { cat "$DATA/rfc8463/signed.eml"; yes "a line of forty characters, more or less" | head -c 41943040; } >"$BATS_TEST_TMPDIR/big"
    refuses "is empty" "$BATS_TEST_TMPDIR/empty"
    refuses "is empty" "$BATS_TEST_TMPDIR/blank"
    refuses "not a message" "$BATS_TEST_TMPDIR/random"
    refuses "bytes" "$BATS_TEST_TMPDIR/big"
    refuses "is not a file" "$BATS_TEST_TMPDIR"
    refuses "No such file" "$BATS_TEST_TMPDIR/missing"
    refuses "not an IPv4 or IPv6 address" "$DATA/rfc8463/signed.eml" --client-ip mail.example
    refuses "needs a message"
}

@test "twenty megabytes are read in a moment" {
    { received 203.0.113.5 mail.football.example.com; cat "$DATA/rfc8463/signed.eml"; yes "a line of forty characters, more or less" | head -c 20971520; } >"$M"
    run --separate-stderr timeout 20 "$LAUNCHREADY" email verify "$M" --resolver "127.0.0.1:$PORT" --format json
    [ "$status" -eq 0 ]
    get '[.spf.result, .dkim[0].result, .dmarc.aligned_by] | join(" ")' "pass fail spf"
}
