#!/usr/bin/env bats
# The lab itself: its internet answers, its faults change what is seen, and nothing of it is left behind.

lab() { "$BATS_TEST_DIRNAME/../../lab/lab" "$@"; }

setup() {
    run lab run -- true
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "$status" -eq 0 ]
}

@test "a name resolves through the resolver, validated from the root" {
    run lab run -- sh -c 'dig +short shop.example A; dig shop.example | grep "flags:.* ad"'
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = 104.16.10.10 ]
    [ "${lines[1]}" = 104.16.10.11 ]
}

@test "the root, the registry and the shop's servers each answer for their own zone only" {
    run lab run -- sh -c '
        dig +norecurse @198.41.0.4 shop.example | grep "^example.*NS.*a.nic.example"
        dig +norecurse @192.0.2.10 shop.example | grep "^shop.example.*NS.*ns1.dns.example"
        dig +norecurse @198.51.100.65 shop.example | grep "flags: qr aa"
        dig @192.0.2.53 nothing-here.example | grep NXDOMAIN'
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 4 ]
}

@test "the shop is served over HTTP/2 under the lab's authority, on both families, and not without it" {
    run lab run -- sh -c '
        for family in 4 6; do
            curl -s$family --cacert "$LAB_CA" -o "$LAB_DIR/page" -w "%{http_code} %{http_version}\n" https://shop.example/
        done
        grep -o "<h1>.*</h1>" "$LAB_DIR/page"
        curl -s https://shop.example/ || echo "refused: $?"'
    [ "${lines[0]}" = "200 2" ]
    [ "${lines[1]}" = "200 2" ]
    [ "${lines[2]}" = "<h1>Mugs made by hand</h1>" ]
    [ "${lines[3]}" = "refused: 60" ]
}

@test "from every entry point one redirect leads to the page, with path and query" {
    run lab run -- sh -c '
        for start in http://shop.example http://www.shop.example https://www.shop.example https://shop.example; do
            curl -sL --cacert "$LAB_CA" -o /dev/null -w "%{http_code} %{num_redirects} %{url_effective}\n" \
                "$start/products/blue-mug?utm_source=mail"
        done'
    page="https://shop.example/products/blue-mug?utm_source=mail"
    [ "${lines[0]}" = "200 1 $page" ]
    [ "${lines[1]}" = "200 1 $page" ]
    [ "${lines[2]}" = "200 1 $page" ]
    [ "${lines[3]}" = "200 0 $page" ]
}

@test "signing in opens the account; a wrong password and a stranger are turned away" {
    run lab run -- sh -c '
        ask() { curl -s --cacert "$LAB_CA" -b "$LAB_DIR/jar" -c "$LAB_DIR/jar" -o "$LAB_DIR/body" -w "%{http_code}\n" "$@"; }
        site=https://app.shop.example
        ask $site/account
        ask $site/login
        token=$(sed -n "s/.*name=\"csrf\" value=\"\(.*\)\".*/\1/p" "$LAB_DIR/body")
        ask -d "csrf=$token" -d email=probe@shop.example -d password=wrong $site/login
        ask -d "csrf=$token" -d email=probe@shop.example -d password=lab-visitor $site/login
        ask $site/account
        grep -o "Signed in as [^ ]*" "$LAB_DIR/body"'
    [ "${lines[*]}" = "302 200 401 303 200 Signed in as probe@shop.example.</p>" ]
}

@test "the registry and the mail server answer" {
    run lab run -- sh -c '
        curl -s --cacert "$LAB_CA" https://data.iana.org/rdap/dns.json | grep -o "https://rdap[^\"]*"
        curl -s --cacert "$LAB_CA" https://rdap.nic.example/domain/shop.example | grep -o "client transfer prohibited"
        openssl s_client -connect mx1.mail.example:25 -starttls smtp -CAfile "$LAB_CA" </dev/null 2>/dev/null |
            grep "Verify return code"'
    [ "${lines[0]}" = "https://rdap.nic.example/" ]
    [ "${lines[1]}" = "client transfer prohibited" ]
    [[ "${lines[2]}" == *"0 (ok)" ]]
}

@test "a fault changes one thing" {
    run lab run --fault routes.permanent -- curl -sI --cacert build/lab/run/ca.pem https://www.shop.example/
    [[ "${lines[0]}" == *302* ]]
    run lab run --fault dns.www-resolves -- dig +short www.shop.example
    [ -z "$output" ]
    run lab run --fault tls.expiry -- sh -c '
        openssl s_client -connect api.shop.example:443 -servername api.shop.example </dev/null 2>/dev/null |
            openssl x509 -noout -checkend 604800'
    [ "$status" -eq 1 ]
}

@test "the demo shop sends visitors round and shows its secrets" {
    run lab run --shop demo -- sh -c '
        curl -sL --cacert "$LAB_CA" -o /dev/null -w "%{num_redirects}\n" http://www.shop.example/
        curl -s --cacert "$LAB_CA" https://shop.example/.env | grep -c PASSWORD'
    [ "${lines[*]}" = "3 2" ]
}

@test "misbehaving hosts misbehave" {
    run lab run -- sh -c '
        curl -s -m 1 http://silent.bad.example/; echo "silent $?"
        curl -s -m 1 http://drip.bad.example/; echo "drip $?"
        curl -s -o /dev/null --cacert "$LAB_CA" -w "%{redirect_url}\n" https://to-private.bad.example/
        curl -s --compressed http://broken-gzip.bad.example/; echo "gzip $?"
        curl -s http://closes.bad.example/; echo "closes $?"
        dig +tcp @203.0.113.121 dns-big.bad.example TXT | grep -c "TXT"
        dig +tries=1 +time=1 +short @203.0.113.119 shop.example >/dev/null; echo "dns $?"'
    [ "${lines[0]}" = "silent 28" ]
    [ "${lines[1]}" = "drip 28" ]
    [ "${lines[2]}" = "http://10.0.0.1/internal" ]
    [[ "${lines[3]}" == *"gzip "[1-9]* ]]
    [ "${lines[4]}" = "closes 52" ]
    [ "${lines[5]}" -gt 200 ]
    [ "${lines[6]}" = "dns 9" ]
}

@test "the command's exit status comes through, and an unknown fault is named" {
    run lab run -- sh -c 'exit 42'
    [ "$status" -eq 42 ]
    run lab run --fault dns.nonsense -- true
    [ "$status" -eq 2 ]
    [[ "$output" == *"no such fault: dns.nonsense"* ]]
}

@test "nothing is left behind, however the lab ends" {
    servers() { pgrep -f "$BATS_TEST_TMPDIR/cache" || true; }
    export LAB_CACHE=$BATS_TEST_TMPDIR/cache
    "$BATS_TEST_DIRNAME/../../lab/lab" run -- sh -c "touch $BATS_TEST_TMPDIR/up && exec sleep 300" &
    for _ in $(seq 300); do
        [ ! -e "$BATS_TEST_TMPDIR/up" ] || break
        sleep 0.1
    done
    [ -n "$(servers)" ]
    kill -KILL $!
    wait $! || true
    for _ in $(seq 100); do
        [ -n "$(servers)" ] || break
        sleep 0.1
    done
    [ -z "$(servers)" ]
    [ -z "$(ls "$LAB_CACHE/run")" ]
}

@test "where user namespaces are not allowed it says how to allow them" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/unshare"
    chmod +x "$BATS_TEST_TMPDIR/bin/unshare"
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" run lab run -- true
    [ "$status" -eq 77 ]
    [[ "$output" == *"sysctl -w kernel.unprivileged_userns_clone=1"* ]]
}

@test "every fault has a name, a first line that says what it does" {
    for file in "$BATS_TEST_DIRNAME"/../../lab/faults/*; do
        head -1 "$file" | grep -q '^# .....'
    done
    run lab faults
    [ "${#lines[@]}" -gt 80 ]
}

@test "a message leaves the shop's mail server signed, and is in the mailbox with the address that it came from" {
    run lab run --mail -- bash -c '
        send() { curl -sS --cacert "$LAB_CA" "$1" --user "mailer@shop.example:$SMTP_PASSWORD" --ssl-reqd \
            --mail-from hello@shop.example --mail-rcpt probe@box.example -T -; }
        letter="From: hello@shop.example\r\nTo: probe@box.example\r\nSubject: %s\r\n\r\nhello\r\n"
        printf "$letter" first | send smtps://smtp.mail.example:465
        printf "$letter" second | send smtp://smtp.mail.example:587
        for i in $(seq 50); do [ "$(find "$LAB_DIR/post/boxes" -path "*/new/*" | wc -l)" = 2 ] && break; sleep 0.1; done
        for uid in 1 2; do
            curl -sS --cacert "$LAB_CA" "imaps://box.example/INBOX;UID=$uid" --user "probe@box.example:$BOX_PASSWORD"
        done >"$LAB_DIR/seen"
        grep -c "^Subject: \(first\|second\)" "$LAB_DIR/seen"
        grep -c "^Received: from mx1.mail.example (mx1.mail.example \[203.0.113.25\])" "$LAB_DIR/seen"
        grep -c "d=shop.example; s=s1" "$LAB_DIR/seen"'
    [ "$status" -eq 0 ]
    [ "$output" = "2
2
2" ]
}

@test "no mail server is left behind" {
    export LAB_CACHE=$BATS_TEST_TMPDIR/cache # so that other labs are not taken for this one
    run lab run --mail -- sh -c 'echo "$LAB_DIR"; ls "$LAB_DIR/post/out/queue/pid/master.pid"'
    [ "$status" -eq 0 ]
    [ ! -e "${lines[0]}/post" ]
    for i in $(seq 50); do pgrep -f "${lines[0]}/post" >/dev/null || break; sleep 0.1; done
    [ -z "$(pgrep -f "${lines[0]}/post")" ]
}
