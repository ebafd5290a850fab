#!/usr/bin/env bats
# A real message, through real mail servers: what is proven, and in which words each fault is told.

lab() { "$LAB" "$@"; }

setup() {
    LAB=${LAB:-$BATS_TEST_DIRNAME/../../lab/lab}
    LAUNCHREADY=${LAUNCHREADY:-$BATS_TEST_DIRNAME/../../build/release/launchready}
    export LAB LAUNCHREADY
    if [ ! -x /usr/lib/postfix/sbin/master ] || [ ! -x /usr/lib/dovecot/imap ]; then skip "no mail servers: ./dev setup mail"; fi
}

# send LAB-OPTIONS -- OPTIONS: one test send; its JSON is $output, then a line with its exit status.
send() {
    options=
    while [ "$1" != -- ]; do options="$options $1"; shift; done
    shift
    # shellcheck disable=SC2086,SC2016 # a list of options; the variables are the lab's
    run lab run $options -- bash -c '
        "$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json "$@"
        echo "exit $?"' test-send "$@"
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "$status" -eq 0 ]
    result=${lines[-2]}
    code=${lines[-1]}
}

# is FILTER: jq on the result is true.
is() { jq -e "$1" <<<"$result" >/dev/null || { echo "not so: $1"; echo "$result"; return 1; }; }

# problem WORD EXIT TEXT: the first problem is that, in those words, and there is something to do about it.
problem() {
    [ "$code" = "exit $2" ] || { echo "$code"; echo "$result"; return 1; }
    is ".problems[0].problem == \"$1\" and (.problems[0].fix | length > 20)"
    jq -r '.problems[0].text' <<<"$result" | grep -F -- "$3" || { echo "$result"; return 1; }
}

@test "the healthy shop's message arrives and passes; the record stays, the message goes" {
    run lab run --mail -- bash -c '
        "$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json >"$LAB_DIR/result"
        echo "exit $?"
        cat "$LAB_DIR/result"
        grep -c "^Subject: launchready test message $(jq -r .token "$LAB_DIR/result")" "$LAB_DIR/.launchready/email-proof.eml"
        find "$LAB_DIR/post/boxes" -path "*/cur/*" -o -path "*/new/*" | wc -l
        grep -rlF -e "$SMTP_PASSWORD" -e "$BOX_PASSWORD" "$LAB_DIR/.launchready" "$LAB_DIR/result" | wc -l
        "$LAUNCHREADY" audit -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json \
            --only email.test-send,email.inbox-placement,email.alignment,handover.email-evidence |
            jq -c "[.findings[].status]"'
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "exit 0" ]
    result=${lines[1]}
    is '.schema == "launchready.test-send/1" and .outcome == "proven" and .problems == []'
    is '.arrived_ms >= 0 and .arrived_ms < 60000 and .folder == "INBOX" and .junk == false'
    is '.results.spf == {result: "pass", domain: "shop.example", client_ip: "203.0.113.25", aligned: true, reason: .results.spf.reason}'
    is '.results.dkim[0].result == "pass" and .results.dkim[0].domain == "shop.example" and .results.dkim[0].selector == "s1"'
    is '.results.dmarc.result == "pass" and .results.dmarc.policy == "reject" and .results.dmarc.dkim_aligned'
    is '.results.tls and (.server_said | test("^250 .*queued as"))'
    [ "${lines[2]}" = 1 ]
    [ "${lines[3]}" = 0 ]
    [ "${lines[4]}" = 0 ]
    [ "${lines[5]}" = '["pass","pass","pass","pass"]' ]
}

@test "the record that the lab lays beside the launch file is what a real send writes" {
    run lab run --mail -- bash -c '
        plain() { jq -S "del(.at, .token, .server_said, .arrived_ms)" "$LAB_DIR/.launchready/email-proof.json"; }
        plain >"$LAB_DIR/laid"
        "$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA" >"$LAB_DIR/result" || exit
        plain >"$LAB_DIR/written"
        diff "$LAB_DIR/laid" "$LAB_DIR/written"'
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "so it is for the demo shop, whose two SPF records a real message shows" {
    run lab run --mail --shop demo -- bash -c '
        plain() { jq -S "del(.at, .token, .server_said, .arrived_ms)" "$LAB_DIR/.launchready/email-proof.json"; }
        plain >"$LAB_DIR/laid"
        "$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA" >"$LAB_DIR/result"
        [ $? -eq 1 ] || exit
        plain >"$LAB_DIR/written"
        diff "$LAB_DIR/laid" "$LAB_DIR/written"'
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "STARTTLS serves as well, on both sides; for people it is told in a few lines" {
    run lab run --mail-fault starttls -- bash -c '"$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA"'
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "PROVEN  mail from hello@shop.example to probe@box.example" ]
    grep -F 'smtp.mail.example port 587' <<<"$output"
    grep -E 'Arrived +after [0-9.]+ s, in INBOX of box.example' <<<"$output"
    [[ "$output" != *Problem* ]]
}

@test "only its own message is deleted, and with --keep not even that" {
    run lab run --mail -- bash -c '
        for keep in --keep "" --keep; do
            "$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA" $keep >"$LAB_DIR/result" || exit
            find "$LAB_DIR/post/boxes" -path "*/cur/*" -o -path "*/new/*" | wc -l
        done'
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "$status" -eq 0 ]
    [ "${lines[*]}" = "1 1 2" ]
}

@test "no DKIM signature" {
    send --mail-fault no-dkim --
    problem dkim 1 "the message is not signed"
    is '.outcome == "failing" and .results.dkim == [] and .results.spf.result == "pass"'
}

@test "a selector without a key" {
    send --mail-fault wrong-selector --
    problem dkim 1 "s9._domainkey.shop.example does not exist"
}

@test "another key than the published one" {
    send --mail-fault key-mismatch --
    problem dkim 1 "is not the one that made the signature"
}

@test "a footer added on the way" {
    send --mail-fault footer --
    problem dkim 1 "text was added after the signed body"
    is '.problems[0].fix | test("footer")'
}

@test "SPF that does not name the sender" {
    send --mail-fault spf-not-covering --
    problem spf 1 "SPF fail for shop.example, from 203.0.113.77"
    is '.problems[0].fix | test("ip4:203.0.113.77")'
}

@test "DMARC, when SPF and DKIM pass for another domain" {
    send --mail-fault misaligned --
    problem dmarc 1 "not aligned"
    is '.results.spf.result == "pass" and .results.dkim[0].result == "pass" and .results.dmarc.result == "fail"'
}

@test "greylisting: it comes later, and where it waited is said" {
    send --mail-fault greylisting --
    [ "$code" = "exit 0" ]
    is '.arrived_ms >= 3000 and (.notes | any(test("greylisting") and test("mx.box.example")))'
}

@test "greylisting longer than the wait" {
    send --mail-fault greylisting -- --wait 1
    problem not-arrived 3 "did not arrive within 1 s"
    is '.problems[0].fix | test("greylists")'
}

@test "the outgoing server puts it off" {
    send --mail-fault deferred --
    problem deferred 3 "Greylisted, try again in five minutes"
    is '.handed_over == false'
}

@test "the outgoing server rejects the recipient: its own words" {
    send --mail-fault rejected --
    problem rejected 3 "rejects the recipient probe@box.example: \"550 5.7.1"
    is '.problems[0].text | test("Your account is limited to confirmed recipients")'
}

@test "a refused log-in, there and at the mailbox" {
    send --mail-fault login-refused --
    problem login 3 'refuses to log in mailer@shop.example: "535 5.7.8'
    send --mail-fault mailbox-login-refused --
    problem mailbox 3 "AUTHENTICATIONFAILED"
    is '.handed_over'
}

@test "no TLS: nothing is logged in to, and the password stays here" {
    send --mail-fault no-tls --
    problem no-tls 3 "offers no TLS"
    is '.problems[0].text | test("no password was sent")'
}

@test "a certificate of another host" {
    send --mail-fault wrong-certificate --
    problem certificate 3 "does not cover the name smtp.mail.example"
}

@test "an outgoing server that is not there" {
    send -- # without --mail nobody listens
    problem connection 3 "smtp.mail.example port 465 refuses connections"
}

@test "servers that take the connection and stay silent, on either side" {
    run lab run --mail -- bash -c '
        cd "$LAB_DIR"
        try() {
            printf "version: 1\nsite: shop.example\nemail: {test: {smtp: \"%s\", user: mailer@shop.example, password: \"%s\", " \
                "$1" "\${SMTP_PASSWORD}" >try.yaml
            printf "from: hello@shop.example, to: probe@box.example, mailbox: \"%s\", mailbox_password: \"%s\"}}\n" \
                "$2" "\${BOX_PASSWORD}" >>try.yaml
            "$LAUNCHREADY" email test-send -c try.yaml --ca-file "$LAB_CA" --timeout 1 --format json |
                jq -r ".problems[0] | .problem, .text"
        }
        try smtp://silent.bad.example:80 imaps://box.example
        try smtps://smtp.mail.example imap://silent.bad.example:80'
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    [ "${lines[0]}" = connection ]
    grep -F "silent.bad.example port 80 accepts the connection but does not greet" <<<"${lines[1]}"
    [ "${lines[2]}" = mailbox ]
    grep -F "silent.bad.example port 80 accepts the connection but does not greet" <<<"${lines[3]}"
}

@test "junk: it arrived and passes, and is not seen" {
    send --mail-fault junk --
    problem junk 1 "went to Junk, not to the inbox"
    is '.junk and .folder == "Junk" and .results.dmarc.result == "pass"'
}

@test "a message that never comes, and a user who does not wait" {
    send --mail-fault lost -- --wait 2
    problem not-arrived 3 "queued as"
    run lab run --mail-fault lost -- bash -c '
        cp "$LAB_DIR/.launchready/email-proof.json" "$LAB_DIR/before"
        timeout -s INT 3 "$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json
        cmp "$LAB_DIR/before" "$LAB_DIR/.launchready/email-proof.json" && echo kept'
    result=${lines[0]}
    is '.outcome == "interrupted" and .handed_over and .record == null'
    [ "${lines[1]}" = kept ]
}

@test "by hand: the message is sent, saved by a person, and judged" {
    run lab run --mail-fault no-mailbox -- bash -c '
        ready() { "$LAUNCHREADY" email test-send -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json "$@"; }
        ready; echo "exit $?"
        "$LAUNCHREADY" audit -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json --only email.test-send | jq -r ".findings[].status"
        for i in $(seq 50); do message=$(find "$LAB_DIR/post/boxes" -path "*/new/*"); [ "$message" ] && break; sleep 0.1; done
        ready --eml "$message"; echo "exit $?"
        "$LAUNCHREADY" audit -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json \
            --only email.test-send,email.inbox-placement | jq -c "[.findings[] | [.check, .status]] | sort | map(.[1])"
        printf "From: a@elsewhere.example\nSubject: x\n\nx\n" >"$LAB_DIR/other.eml"
        ready --eml "$LAB_DIR/other.eml" 2>&1; echo "exit $?"
        ready --eml "$LAB_DIR/none.eml" 2>&1; echo "exit $?"'
    if [ "$status" -eq 77 ]; then skip "user namespaces are not allowed here"; fi
    result=${lines[0]}
    is '.problems[0].problem == "by-hand" and (.problems[0].fix | test("--eml"))'
    [ "${lines[1]}" = "exit 3" ]
    [ "${lines[2]}" = unknown ]
    result=${lines[3]}
    is '.outcome == "proven" and .by_hand and .results.dmarc.result == "pass"'
    [ "${lines[4]}" = "exit 0" ]
    [ "${lines[5]}" = '["unknown","pass"]' ]
    grep -F "is from elsewhere.example, not from shop.example" <<<"${lines[6]}"
    [ "${lines[7]}" = "exit 2" ]
    [ "${lines[9]}" = "exit 2" ]
}

@test "without email.test it says what to add; a wrong one is bad usage; --offline sends nothing" {
    cd "$BATS_TEST_TMPDIR"
    printf 'version: 1\nsite: shop.example\n' >none.yaml
    run "$LAUNCHREADY" email test-send -c none.yaml
    [ "$status" -eq 3 ]
    grep -F 'test: {smtp:' <<<"$output"
    printf 'version: 1\nsite: shop.example\nemail: {test: {smtp: "http://smtp.example", from: a@shop.example, to: b@box.example}}\n' >bad.yaml
    run "$LAUNCHREADY" email test-send -c bad.yaml
    [ "$status" -eq 2 ]
    grep -F 'email.test.smtp must be smtps://HOST or smtp://HOST' <<<"$output"
    printf 'version: 1\nsite: shop.example\nemail: {test: {smtp: "smtps://smtp.example", from: "a b@shop.example", to: b@box.example}}\n' >bad.yaml
    run "$LAUNCHREADY" email test-send -c bad.yaml
    [ "$status" -eq 2 ]
    printf 'version: 1\nsite: shop.example\nemail: {test: {smtp: "smtps://smtp.example", from: a@shop.example, to: b@box.example}}\n' >good.yaml
    run "$LAUNCHREADY" email test-send -c good.yaml --offline
    [ "$status" -eq 3 ]
    [ ! -e .launchready ]
}
