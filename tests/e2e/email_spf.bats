#!/usr/bin/env bats
# `launchready email spf`: a receiver's answer, and the tree with its costs, from real name servers.

bats_require_minimum_version 1.5.0

setup_file() {
    "$LAB" run -- true || {
        [ $? -eq 77 ] && skip "user namespaces are not allowed here"
        return 1
    }
}

# spf SHOP ARGUMENTS...
spf() {
    local shop=$1
    shift
    run --separate-stderr timeout 60 "$LAB" run --shop "$shop" -- sh -c '"$LAUNCHREADY" email spf "$@"' spf "$@"
    echo "status $status: $output $stderr"
}

@test "an address that the record names passes, and it is said by which term" {
    spf healthy --ip 203.0.113.25 --mail-from anna@shop.example --helo mx.mail.example --format json
    [ "$status" -eq 0 ]
    [ "$(jq -r .schema <<<"$output")" = launchready.spf/1 ]
    [ "$(jq -r .result <<<"$output")" = pass ]
    [ "$(jq .lookups <<<"$output")" -eq 1 ]
    [ "$(jq .void_lookups <<<"$output")" -eq 0 ]
    [ "$(jq -r '.terms[0] | .term, .matched, .result, .record.terms[0].term, .record.terms[0].matched' <<<"$output" | paste -sd ' ')" = \
        "include:spf.mail.example true pass ip4:203.0.113.25 true" ]
}

@test "IPv6, and IPv4 written as IPv6" {
    spf healthy --ip 2001:db8:25::25 --mail-from anna@shop.example --format json
    [ "$(jq -r .result <<<"$output")" = pass ]
    spf healthy --ip ::ffff:203.0.113.25 --mail-from anna@shop.example --format json
    [ "$(jq -r .result <<<"$output")" = pass ]
}

@test "another address fails, with status 0: that is a result" {
    spf healthy --ip 203.0.113.99 --mail-from anna@shop.example
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "fail  203.0.113.99 may not send for shop.example" ]]
}

@test "a bounce: the name of the greeting is asked" {
    spf healthy --ip 203.0.113.25 --mail-from '' --helo mail.example --format json
    [ "$status" -eq 0 ]
    [ "$(jq -r '.result, .domain' <<<"$output" | paste -sd ' ')" = "pass mail.example" ]
}

@test "the survey: what each term costs, and how it ends" {
    spf healthy shop.example --format json
    [ "$status" -eq 0 ]
    [ "$(jq -r '.schema, .lookups, .ending, .permerror, (.flaws | length)' <<<"$output" | paste -sd ' ')" = \
        "launchready.spf-survey/1 1 -all false 0" ]
    [ "$(jq -r '.terms[0].record.domain' <<<"$output")" = spf.mail.example ]
}

@test "two records: broken, and both are shown" {
    spf demo shop.example
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == broken* ]]
    [[ $output == *"2 SPF records"* ]]
    [[ $output == *"v=spf1 ip4:203.0.113.77 ~all"* ]]
}

@test "a name server that stays silent is temperror and status 3, never none" {
    spf healthy --ip 203.0.113.25 --mail-from anna@shop.example --resolver 203.0.113.250 --timeout 1 --format json
    [ "$status" -eq 3 ]
    [ "$(jq -r .result <<<"$output")" = temperror ]
    spf healthy shop.example --resolver 203.0.113.250 --timeout 1 --format json
    [ "$status" -eq 3 ]
    [ "$(jq -r '.unseen | length > 0' <<<"$output")" = true ]
    [ "$(jq '.flaws | length' <<<"$output")" -eq 0 ]
}

@test "bad addresses are bad usage" {
    for words in "--ip 192.0.2.256 --mail-from anna@shop.example" "--ip 192.0.2.1 --mail-from anna@" \
        "--mail-from anna@shop.example" "--ip 192.0.2.1 --mail-from=" "shop..example" "localhost"; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$LAUNCHREADY" email spf $words
        echo "$words: status $status: $stderr"
        [ "$status" -eq 2 ]
        [ -z "$output" ]
    done
}

@test "the address of a page or of a person is no domain" {
    for name in https://shop.example/ shop.example/about anna@shop.example; do
        run --separate-stderr "$LAUNCHREADY" email spf "$name" --offline
        [ "$status" -eq 2 ]
        [[ $stderr == *"\"$name\" is not a domain, as in shop.example"* ]]
    done
}
