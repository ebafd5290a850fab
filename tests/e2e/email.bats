#!/usr/bin/env bats
# `launchready email check` as its users see it, and the rule that what was not seen is never called absent.

bats_require_minimum_version 1.5.0

setup_file() {
    "$LAB" run -- true || {
        [ $? -eq 77 ] && skip "user namespaces are not allowed here"
        return 1
    }
}

# email SHOP PART ARGUMENTS...: with the shop's launch file.
email() {
    local shop=$1 part=$2
    shift 2
    run --separate-stderr timeout 60 "$LAB" run --shop "$shop" -- sh -c \
        'part=$1 && shift && "$LAUNCHREADY" email "$part" -c "$LAB_LAUNCH" --ca-file "$LAB_CA" "$@"' email "$part" "$@"
    echo "status $status: $stderr"
}

# ---- the answer ----

@test "the healthy shop: everything passes, and the policy is as tight as it gets" {
    email healthy check --format json
    echo "$output" | jq -c '.audit.findings[] | select(.status != "pass" and .status != "n/a") | [.check, .status, .severity, .title]'
    [ "$status" -eq 0 ]
    echo "$output" | jq -e '
        .schema == "launchready.email/1" and .domain == "shop.example" and .unseen == null and .mx == ["mx1.mail.example"]
        and (.senders | length == 1) and (.senders[0].passes_dmarc_by | sort == ["dkim", "spf-include"])
        and .dkim[0].selector == "s1" and .dkim[0].works == true and .dkim[0].bits == 2048
        and .spf.permerror == false and .spf.lookups == 1 and .dmarc.policy == "reject" and .dmarc.record_at == "shop.example"
        and .safe_to_tighten.verdict == "yes" and .selectors_unseen == 0
        and .audit.schema == "launchready.audit/1"
        and all(.audit.findings[]; .check | test("^(email\\.|audit\\.email-provider$)"))
        and ([.audit.findings[] | select((.status == "fail" or .status == "warn") and .severity != "info")] | length == 0)' >/dev/null
}

@test "the demo shop: what is wrong, what it costs, and what to paste" {
    email demo check
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "Mail of shop.example" ]
    [[ $output == *"DMARC     none"* ]]
    [[ $output == *"Tighten?  not yet"* ]]
    [[ $output == *"k2: proxied: answers 104.16.10.10 instead of a key"* ]]
    [[ $output == *"2 SPF records"*"Remove these records:"*"v=spf1 ip4:203.0.113.77 include:spf.mail.example ~all"* ]]
    [[ $output == *"p=quarantine; rua=mailto:"*"p=reject; rua=mailto:"* ]]
    [[ $output == *"grey cloud"* ]]
    # What cannot work is not called a way to pass.
    [[ $output != *"SPF by include"* ]]
    # In 80 columns, but for records: those are to be copied whole.
    local line
    while IFS= read -r line; do
        [ "${#line}" -le 80 ] || [[ $line == *v=* ]] || { echo "$line" && return 1; }
    done <<<"$output"
}

@test "the demo shop as JSON: each failure has evidence, and a way out" {
    email demo check --format json
    [ "$status" -eq 1 ]
    echo "$output" | jq -e '
        .spf.permerror == true and (.spf.records | length == 2) and .dmarc.policy == "none"
        and .senders[0].passes_dmarc_by == ["dkim"]
        and .safe_to_tighten.verdict == "not-yet" and (.safe_to_tighten.against | length >= 3)
        and ([.dkim[] | select(.state == "proxied") | .selector] | sort == ["k2", "k3"])
        and ([.audit.findings[] | select(.status == "fail" or .status == "warn") | .check] | unique | length >= 5)
        and all(.audit.findings[] | select(.status == "fail" or .status == "warn");
            (.fix.text | length > 20) and (.evidence | length > 0) and (.why | length > 20) and (.breaks | length > 20))' >/dev/null
    [ "$(echo "$output" | jq -r '.audit.findings[] | select(.check == "email.spf" and .status == "fail") | .fix.record.value')" = \
        "v=spf1 ip4:203.0.113.77 include:spf.mail.example ~all" ]
    # Findings are told apart.
    [ "$(echo "$output" | jq '[.audit.findings[].fingerprint] | length - (unique | length)')" -eq 0 ]
}

@test "without a launch file the same faults are found, and what needs one says so" {
    run --separate-stderr timeout 60 "$LAB" run --shop demo -- sh -c '"$LAUNCHREADY" email check shop.example --ca-file "$LAB_CA" --format json'
    [ "$status" -eq 1 ]
    echo "$output" | jq -e '
        ([.audit.findings[] | select(.status == "fail") | .check] | index("email.spf") and index("email.dkim-key"))
        and all(.audit.findings[] | select(.status == "unknown"); .unseen.kind == "needs")' >/dev/null
}

@test "--fail-on decides the exit status; every format that it has is written, others are refused" {
    email demo check --fail-on never
    [ "$status" -eq 0 ]
    email demo check --fail-on critical
    [ "$status" -eq 1 ]
    for format in text term json; do
        email demo check --format $format
        [ "$status" -eq 1 ]
        [ "${#output}" -gt 500 ]
    done
    email demo check --format sarif
    [ "$status" -eq 2 ]
}

@test "recorded and replayed without a network, the check says the same" {
    "$LAB" run --shop demo -- sh -c '
        "$LAUNCHREADY" email check -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json --record "$1/rec" >"$1/live.json"
        unshare --net "$LAUNCHREADY" email check -c "$LAB_LAUNCH" --replay "$1/rec" --format json >"$1/again.json"
        exit 0' sh "$BATS_TEST_TMPDIR"
    for run in live again; do
        jq -S 'del(.audit.started, .audit.duration_ms, .audit.facts_observed, .audit.slowest_fact)
            | del(.audit.findings[].duration_ms) | del(.audit.findings[].evidence[].at)' \
            "$BATS_TEST_TMPDIR/$run.json" >"$BATS_TEST_TMPDIR/$run"
    done
    [ "$(jq '.audit.findings | length' "$BATS_TEST_TMPDIR/live")" -gt 15 ]
    diff "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/again"
}

# ---- what was not seen ----

# clear SHOP: the check with a resolver that answers, kept for comparison.
clear_run() {
    "$LAB" run --shop "$1" -- sh -c '"$LAUNCHREADY" email check -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json >"$1"; exit 0' \
        sh "$BATS_TEST_TMPDIR/$1.json"
}

# The e-mail part through a resolver that loses every Nth question, with too little time to ask again often.
lossy_run() { # SHOP EVERY TIMEOUT
    "$LAB" run --shop "$1" -- sh -c '
        "$LAB_SERVER" delay 127.0.0.1:5353 192.0.2.53:53 20 "$2" >/dev/null &
        relay=$!
        sleep 0.1
        timeout 60 "$LAUNCHREADY" email check -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --resolver 127.0.0.1:5353 \
            --timeout "$3" --format json >"$1"
        status=$?
        kill $relay
        [ $status -le 3 ]' sh "$BATS_TEST_TMPDIR/$1.$2.$3.json" "$2" "$3"
}

@test "through a resolver that loses questions the healthy shop only passes or is not seen" {
    local seen=0 unseen=0 file
    for every in 2 3 5; do
        for time in 0.3 2; do lossy_run healthy $every $time; done
    done
    for file in "$BATS_TEST_TMPDIR"/healthy.*.json; do
        jq -c '.audit.findings[] | select((.status | IN("fail", "warn")) and .severity != "info") | [.check, .status, .title]' "$file"
        jq -e '.schema == "launchready.email/1" and all(.audit.findings[];
            (.status | IN("pass", "unknown", "n/a", "waived")) or .severity == "info")' "$file" >/dev/null
        jq -e 'all(.dkim[]; .state != "absent") and (.dmarc == null or .dmarc.policy == "reject")
            and (.spf == null or .spf.unseen != null or .spf.ending == "-all") and (.mx == null or (.mx | length == 1))' "$file" >/dev/null
        seen=$((seen + $(jq '[.audit.findings[] | select(.status == "pass")] | length' "$file")))
        unseen=$((unseen + $(jq '[.audit.findings[] | select(.status == "unknown")] | length' "$file")))
    done
    echo "$seen passes, $unseen unknown"
    [ "$seen" -gt 20 ]
    [ "$unseen" -gt 0 ] # otherwise the test shows nothing
}

@test "and the demo shop's faults stay what they are: none appears, and none passes" {
    clear_run demo
    for every in 2 3; do lossy_run demo $every 0.3; done
    local file
    for file in "$BATS_TEST_TMPDIR"/demo.*.*.json; do
        jq -n --slurpfile clear "$BATS_TEST_TMPDIR/demo.json" --slurpfile now "$file" -e '
            def bad: [.audit.findings[] | select((.status | IN("fail", "warn")) and .severity != "info")];
            ($clear[0] | bad | map(.check) | unique) as $faulty
            | (($now[0] | bad | map([.check, .subject])) - ($clear[0] | bad | map([.check, .subject]))) as $new
            | ([$now[0].audit.findings[] | select(.status == "pass") | .check] | map(select(IN($faulty[])))) as $gone
            | {$new, $gone} | debug | ($new == [] and $gone == [])' >/dev/null
    done
}

@test "a silent resolver: everything is unknown, in one clear line" {
    for part in "check" "check --format json"; do
        # shellcheck disable=SC2086 # words
        email healthy $part --resolver 203.0.113.119 --timeout 1
        [ "$status" -eq 3 ]
        [ -z "$output" ]
        [ "${#stderr_lines[@]}" -eq 1 ]
        [[ $stderr == *"no name server answers (asked 203.0.113.119)"* ]]
    done
    email healthy spf --resolver 203.0.113.119 --timeout 1
    [ "$status" -eq 3 ]
    [[ $output == "not seen"* ]]
    [[ $output != *"no SPF record"* ]]
}

@test "offline everything is unknown, and nothing passes unseen" {
    run --separate-stderr "$LAUNCHREADY" email check shop.example --offline --format json
    [ "$status" -eq 3 ]
    echo "$output" | jq -e '.mx == null and .spf == null and .dmarc == null and .safe_to_tighten.verdict == "unknown"
        and .audit.verdict == "incomplete" and all(.audit.findings[]; .status == "unknown")' >/dev/null
    run --separate-stderr "$LAUNCHREADY" email spf --ip 203.0.113.25 --mail-from anna@shop.example --offline --format json
    [ "$status" -eq 3 ]
    [ "$(jq -r .result <<<"$output")" = temperror ]
}

# ---- wrong words ----

# refuses PATTERN ARGUMENTS...: status 2, one line on stderr that fits, nothing on stdout.
refuses() {
    local want=$1
    shift
    run --separate-stderr "$LAUNCHREADY" email "$@"
    echo "status $status: $stderr"
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "launchready: "*$want* ]]
}

@test "bad usage is told in one line" {
    cd "$BATS_TEST_TMPDIR"
    refuses "email needs check|spf|verify|test-send"
    refuses "no part foo" foo
    refuses "give a domain" check
    refuses "give a domain" spf
    refuses "give a domain" test-send
    refuses "needs a message" verify
    refuses "public suffix" check co.uk
    refuses "needs a dot" check localhost
    refuses "is an address" check 192.0.2.1
    refuses '--ip "192.0.2.256" is not an IPv4 or IPv6 address' spf --ip 192.0.2.256 --mail-from a@shop.example
    refuses "--ip" spf --mail-from a@shop.example
    refuses "--format" check shop.example --format yaml
    refuses "takes no --only" check shop.example --only 'email.*'
    refuses "letters, digits" check "$(printf 'shop\033[31m.example')"
}

@test "a domain that does not exist is said to be that, not one without records" {
    for part in check spf; do
        run --separate-stderr "$LAB" run -- "$LAUNCHREADY" email $part no-such-shop.example
        [ "$status" -eq 2 ]
        [ -z "$output" ]
        [[ $stderr == *"no-such-shop.example does not exist"* ]]
    done
}

# ---- the contract of the SPF answer ----

@test "email spf --ip: one object with everything that the contract names" {
    local from
    for from in anna@shop.example anna@chain1.hostile.example anna@silent.bad.example anna@include-servfail.hostile.example; do
        run --separate-stderr "$LAB" run -- "$LAUNCHREADY" email spf --ip 203.0.113.25 --mail-from $from --timeout 2 --format json
        echo "$from: $output" | head -c 600
        echo "$output" | jq -e -s 'length == 1 and (.[0]
            | .schema == "launchready.spf/1"
            and (.result | IN("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"))
            and has("explanation") and (.lookups | type == "number") and (.void_lookups | type == "number")
            and (.terms | type == "array"))' >/dev/null
        case $from in
            *@shop*) want="pass 0" ;;
            *@chain1*) want="permerror 0" ;;
            *@silent*) want="none 0" ;;
            *) want="temperror 3" ;;
        esac
        [ "$(jq -r .result <<<"$output") $status" = "$want" ]
    done
}
