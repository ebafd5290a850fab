#!/usr/bin/env bats
# bats file_tags=asan
# What strangers and tired people send: wrong names, wrong files, and servers that misbehave.

bats_require_minimum_version 1.5.0

setup_file() {
    "$LAB" run -- true || {
        [ $? -eq 77 ] && skip "user namespaces are not allowed here"
        return 1
    }
}

# refuses STATUS PATTERN ARGUMENTS...: one line on stderr that fits, nothing on stdout.
refuses() {
    local want_status=$1 want=$2
    shift 2
    run --separate-stderr timeout 60 "$LAUNCHREADY" "$@"
    echo "status $status: $stderr"
    [ "$status" -eq "$want_status" ]
    [ "$output" = "" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ "$stderr" == "launchready: "* ]]
    [[ "$stderr" == *$want* ]]
}

# in_lab ARGUMENTS...: an audit in the lab, as JSON in $output, with a time limit of its own.
in_lab() {
    run --separate-stderr timeout 120 "$LAB" run -- sh -c '"$LAUNCHREADY" audit "$@" --ca-file "$LAB_CA" --format json --timeout 2' audit "$@"
    echo "status $status: $stderr"
    echo "$output" | jq -c '.findings[]? | select(.status == "fail") | [.check, .subject, .title]' | head -20
}

# found CHECK TEXT: a failure or warning of the check whose title or evidence holds the text.
found() {
    echo "$output" | jq -e --arg check "$1" --arg text "$2" '
        any(.findings[]; .check == $check and (.status == "fail" or .status == "warn")
            and ((.title + " " + ([.evidence[].value] | join(" "))) | ascii_downcase | contains($text | ascii_downcase)))' >/dev/null
}

# Nothing that a terminal would obey, and nothing that is no UTF-8.
clean() {
    ! printf '%s' "$1" | LC_ALL=C grep -q '[[:cntrl:]]' || ! printf '%s' "$1" | LC_ALL=C tr -d '\n' | LC_ALL=C grep -q '[[:cntrl:]]'
    printf '%s' "$1" | iconv -f utf-8 -t utf-8 >/dev/null
}

@test "names that cannot be audited get one line" {
    refuses 2 "is an address" audit 192.0.2.1
    refuses 2 "is an address" audit 2001:db8::1
    refuses 2 "is an address" audit 'https://[2001:db8::1]/'
    refuses 2 ":8443" audit https://shop.example:8443/
    refuses 2 "port" audit shop.example:8443
    refuses 2 "user name" audit https://me:secret@shop.example/
    [[ "$stderr" != *secret* ]]
    refuses 2 "253" audit "$(printf 'abcdefghi.%.0s' $(seq 30))example"
    refuses 2 "63" audit "$(printf 'a%.0s' $(seq 70)).example"
    refuses 2 "needs a dot" audit localhost
    refuses 2 "missing" audit ''
    refuses 2 "public suffix" audit co.uk
    refuses 2 "UTF-8" audit "$(printf '\377\376.example')"
    refuses 2 "not ftp" audit ftp://shop.example/
    refuses 2 "mail address" audit me@shop.example
    refuses 2 "letters, digits" audit "$(printf 'shop\033[31m.example')"
    clean "$stderr"
}

@test "a domain that does not exist, an international one, one without a network" {
    run --separate-stderr "$LAB" run -- "$LAUNCHREADY" audit no-such-shop.example
    [ "$status" -eq 2 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ "$stderr" == *"no-such-shop.example does not exist"* ]]
    run --separate-stderr "$LAB" run -- "$LAUNCHREADY" audit 'bücher.example'
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"xn--bcher-kva.example does not exist"* ]]
    run --separate-stderr unshare --user --map-root-user --net "$LAUNCHREADY" audit shop.example --resolver 192.0.2.53 --timeout 2
    [ "$status" -eq 3 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ "$stderr" == *"no name server answers"* ]]
}

@test "a resolver that is silent" {
    run --separate-stderr "$LAB" run -- "$LAUNCHREADY" audit shop.example --resolver 203.0.113.119 --timeout 1
    [ "$status" -eq 3 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ "$stderr" == *"no name server answers (asked 203.0.113.119)"* ]]
}

@test "a URL with a path audits the site and says so" {
    run --separate-stderr timeout 60 "$LAUNCHREADY" audit https://shop.example/cart --offline --format json
    [ "$(echo "$output" | jq -r .target)" = shop.example ]
    [[ "$stderr" == *'"/cart" is not looked at'* ]]
}

@test "offline, everything outside is unknown and nothing passes unseen" {
    run --separate-stderr "$LAUNCHREADY" audit shop.example --offline --format json
    [ "$status" -eq 3 ]
    [ "$(echo "$output" | jq -r .verdict)" = incomplete ]
    [ "$(echo "$output" | jq '[.findings[] | select(.status == "pass" and (.check | IN("audit.waivers", "secrets.launch-file") | not))] | length')" -eq 0 ]
}

@test "servers that never answer, drip, or close" {
    in_lab silent.bad.example
    found routes.reachable ""
    in_lab drip.bad.example
    found routes.reachable ""
    in_lab closes.bad.example
    found routes.reachable ""
    in_lab refuses.bad.example
    found routes.reachable ""
    in_lab half.bad.example
    found routes.reachable ""
    in_lab garbage.bad.example
    found routes.reachable ""
}

@test "headers and bodies without end, broken and bomb-like compression" {
    in_lab endless-head.bad.example
    [ "$status" -ge 1 ] && [ "$status" -le 3 ]
    found routes.reachable ""
    for host in endless-body broken-gzip gzip-bomb; do
        in_lab $host.bad.example
        [ "$status" -ge 0 ] && [ "$status" -le 3 ]
        echo "$output" | jq -e '.verdict' >/dev/null
    done
}

@test "redirects to a file, to a private address, to itself" {
    in_lab to-file.bad.example
    found routes.chain-length "file:"
    in_lab to-private.bad.example
    found routes.chain-length "private"
    in_lab to-itself.bad.example
    found routes.chain-length "circle"
}

@test "names that point to private addresses are reported, not visited" {
    in_lab private.bad.example
    found dns.private-address "10.0.0.1"
    in_lab loopback.bad.example
    found dns.private-address "127.0.0.1"
}

@test "escape sequences, NUL and invalid UTF-8 never reach the terminal" {
    for host in strange strange-names many-names; do
        for format in text json markdown html; do
            run --separate-stderr timeout 60 "$LAB" run -- sh -c '"$LAUNCHREADY" audit "$1" --ca-file "$LAB_CA" --timeout 2 --format "$2" --evidence' \
                audit $host.bad.example $format
            [ "$status" -ge 0 ] && [ "$status" -le 3 ]
            [ "${#output}" -gt 100 ]
            clean "$output"
            clean "$stderr"
        done
    done
}

@test "name servers that lie, loop, send too much or nonsense" {
    in_lab cname-loop.bad.example
    [ "$status" -ge 1 ] && [ "$status" -le 3 ]
    for host in dns-silent dns-liar dns-big dns-endless dns-broken; do
        in_lab $host.bad.example
        [ "$status" -ge 1 ] && [ "$status" -le 3 ]
    done
}

@test "launch files that cannot be read" {
    cd "$BATS_TEST_TMPDIR"
    : >empty.yaml
    refuses 2 "empty.yaml:1:1: the file is empty" audit -c empty.yaml
    refuses 2 "cannot open missing.yaml" audit -c missing.yaml
    refuses 2 "is not a file" audit -c .
    head -c 2000000 /dev/zero | tr '\0' '#' >huge.yaml
    refuses 2 "larger than" audit -c huge.yaml
    printf 'site: shop.example\nai: &a {b: *a}\n' >cyclic.yaml
    refuses 2 "cyclic.yaml:2" audit -c cyclic.yaml
    printf 'site: shop.example\nhsots: []\n' >typo.yaml
    refuses 2 'typo.yaml:2:1: there is no key "hsots"; did you mean "hosts"?' audit -c typo.yaml
    printf 'site: shop.example\0\n' >nul.yaml
    refuses 2 "NUL" audit -c nul.yaml
    printf 'site: shop.example\n' >other.yaml
    refuses 2 "is about shop.example" audit other.example -c other.yaml
}

@test "a full disk and a closed pipe are said" {
    run --separate-stderr sh -c '"$LAUNCHREADY" audit shop.example --offline >/dev/full'
    [ "$status" -eq 3 ]
    [[ "$stderr" == *"No space left"* ]]
    run --separate-stderr bash -c '"$LAUNCHREADY" audit shop.example --offline --format json | true; exit ${PIPESTATUS[0]}'
    [ "$status" -eq 3 ] || [ "$status" -eq 1 ]
    run --separate-stderr "$LAUNCHREADY" audit shop.example --offline -o /nonexistent/report.html
    [ "$status" -eq 3 ]
    [[ "$stderr" == *"/nonexistent/report.html"* ]]
}

@test "patterns that fit no check, and a recording that is none" {
    refuses 2 "--only dsn.* fits no check" audit shop.example --only 'dsn.*'
    refuses 2 "--skip x fits no check" audit shop.example --skip x
    refuses 3 "cannot open" audit --replay /nonexistent
    cd "$BATS_TEST_TMPDIR"
    mkdir rec
    echo '{}' >rec/audit.json
    refuses 3 "not the head of a recording" audit --replay rec
}
