#!/usr/bin/env bats
# What is said about mail servers, and what is not when this machine may not talk to them.

bats_require_minimum_version 1.5.0

setup() {
    "$LAB" run -- true || { [ $? -eq 77 ] && skip "user namespaces are not allowed here"; }
}

# The e-mail checks in the lab after some command there; $1: that command, $2: the checks.
audit_after() {
    "$LAB" run -- sh -c "$1
        exec \"\$LAUNCHREADY\" audit -c \"\$LAB_LAUNCH\" --ca-file \"\$LAB_CA\" --only '$2' --format json --timeout 3"
}

@test "a port 25 that nobody answers on is this network's doing: unknown, in plain words, and no failure" {
    run --separate-stderr audit_after 'ip address del 203.0.113.25/32 dev lo
        ip address del 2001:db8:25::25/128 dev lo
        ip route add blackhole 203.0.113.25/32; ip -6 route add blackhole 2001:db8:25::25/128 2>/dev/null' \
        'email.mx,email.mx-tls'
    jq -c .findings <<<"$output"
    for check in email.mx email.mx-tls; do
        jq -e --arg check $check '[.findings[] | select(.check == $check)] as $f
            | ($f | length) == 1 and $f[0].status == "unknown"
            and ($f[0].title | contains("most likely this network blocks it"))
            and ($f[0].fix.text | contains("Hosting providers and homes block outgoing port 25"))
            and ($f[0].fix.text | contains("from a machine that may send mail"))' <<<"$output"
    done
}

@test "without IPv6 here the mail server is judged over IPv4, and passes" {
    run --separate-stderr audit_after 'ip address del 2001:db8:25::25/128 dev lo
        ip -6 route add unreachable 2001:db8:25::25/128 2>/dev/null' 'email.mx,email.mx-tls,email.dane'
    jq -c .findings <<<"$output"
    jq -e 'all(.findings[]; .status == "pass")' <<<"$output"
}

@test "nothing is ever sent: the dialogue ends before DATA" {
    run --separate-stderr "$LAB" run -- sh -c '
        "$LAUNCHREADY" audit -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --only "email.mx" --record "$LAB_DIR/rec" -q >/dev/null
        cat "$LAB_DIR/rec/facts.jsonl"'
    grep -q '"kind":"smtp","key":"mx1.mail.example 203.0.113.25 to=postmaster@shop.example,support@shop.example"' <<<"$output"
    [ "$(grep -c '"354' <<<"$output")" -eq 0 ]
}
