#!/usr/bin/env bats
# The catalogue: `launchready checks` and `launchready explain`.

bats_require_minimum_version 1.5.0

@test "docs/checks.md is what the catalogue says" {
    "$LAUNCHREADY" checks --format markdown >"$BATS_TEST_TMPDIR/checks.md"
    diff -u "$BATS_TEST_DIRNAME/../../docs/checks.md" "$BATS_TEST_TMPDIR/checks.md" ||
        { echo "to update it: launchready checks -o docs/checks.md"; false; }
}

@test "checks lists one line a check, and only what is asked for" {
    all=$("$LAUNCHREADY" checks | wc -l)
    [ "$all" -ge 160 ]
    [ "$("$LAUNCHREADY" checks --format json | jq '.checks | length')" -eq "$all" ]
    [ "$("$LAUNCHREADY" checks --only tls | grep -vc '^tls\.')" -eq 0 ]
    [ "$("$LAUNCHREADY" checks --skip tls | grep -c '^tls\.')" -eq 0 ]
    [ "$("$LAUNCHREADY" checks --stage 7 --format json | jq '[.checks[].stage] | unique == [7]')" = true ]
}

@test "a pattern that fits nothing is a mistake" {
    run --separate-stderr "$LAUNCHREADY" checks --only nothing.such
    [ "$status" -eq 2 ]
    [[ "$stderr" == "launchready: no check fits --only"* ]]
}

@test "explain tells all of one check" {
    run --separate-stderr "$LAUNCHREADY" explain routes.chain-length
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "routes.chain-length" ]
    [[ "$output" == *"Passes when"*"Why it matters"*"What breaks"*"How to fix"* ]]
    [ "$("$LAUNCHREADY" explain tls.valid --format json | jq -r .schema)" = launchready.check/1 ]
}

@test "a mistyped id gets a suggestion" {
    run --separate-stderr "$LAUNCHREADY" explain routes.chain-lenght
    [ "$status" -eq 2 ]
    [ "$stderr" = "launchready: no check is called routes.chain-lenght, did you mean routes.chain-length?" ]
    run --separate-stderr "$LAUNCHREADY" explain $'\033[31m'
    [ "$status" -eq 2 ]
    [[ "$stderr" != *$'\033'* ]]
}
