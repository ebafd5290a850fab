#!/usr/bin/env bats
# bats file_tags=asan
# What the program says to wrong words, and where it writes.

bats_require_minimum_version 1.5.0

# says STATUS LINE ARGUMENTS...: exactly that line on stderr, nothing on stdout.
says() {
    local want_status=$1 want=$2
    shift 2
    run --separate-stderr "$LAUNCHREADY" "$@"
    [ "$status" -eq "$want_status" ]
    [ "$output" = "" ]
    [ "$stderr" = "launchready: $want" ]
}

@test "without a command it says what to try" {
    says 2 "what shall it do? Try: launchready audit shop.example, or launchready help"
}

@test "a mistyped command gets a suggestion" {
    says 2 "unknown command adit, did you mean audit?" adit
}

@test "a domain instead of a command" {
    says 2 "unknown command shop.example; to audit a site: launchready audit shop.example" shop.example
}

@test "an option before the command" {
    says 2 "expected a command before --format; see launchready help" --format json version
}

@test "a mistyped option gets a suggestion" {
    says 2 "unknown option --formt, did you mean --format?" version --formt json
}

@test "an option that this command does not take" {
    says 2 "version takes no --resolver" version --resolver 192.0.2.53
}

@test "a value outside the list" {
    says 2 "--format yaml: expected text|json" version --format yaml
}

@test "a missing value" {
    says 2 "--output needs a value: FILE" version --output
}

@test "a word too many" {
    says 2 "version takes no argument, but got shop.example" version shop.example
}

@test "a command that is planned but not there yet" {
    says 2 "deploy is not available yet in this version; see launchready help" deploy
}

@test "terminal escapes in words are shown, not obeyed" {
    run --separate-stderr "$LAUNCHREADY" $'\033[31mred\007'
    [ "$status" -eq 2 ]
    [[ "$stderr" != *$'\033'* ]]
    [[ "$stderr" != *$'\007'* ]]
    [[ "$stderr" == *'\x1b'* ]]
}

@test "help lists the commands on stdout, in 80 columns" {
    run --separate-stderr "$LAUNCHREADY" help
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    [[ "$output" == *"launchready audit shop.example"* ]]
    [[ "$output" == *"130   interrupted"* ]]
    while IFS= read -r line; do [ "${#line}" -le 80 ]; done <<<"$output"
}

@test "--help, -h and help say the same of a command" {
    one=$("$LAUNCHREADY" help version)
    [ "$one" = "$("$LAUNCHREADY" version --help)" ]
    [ "$one" = "$("$LAUNCHREADY" version -h)" ]
    [[ "$one" == *"--format FORMAT"* ]]
    [[ "$one" == *"Examples:"* ]]
}

@test "every command has a help of at most 80 columns" {
    n=0
    for name in $("$LAUNCHREADY" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        "$LAUNCHREADY" help "$name" | while IFS= read -r line; do
            [ "${#line}" -le 80 ] || { echo "$name: $line"; false; }
        done
        n=$((n + 1))
    done
    [ "$n" -ge 2 ]
}

@test "the version as text and as JSON" {
    run -0 "$LAUNCHREADY" --version
    [[ "$output" =~ ^launchready\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    "$LAUNCHREADY" version --format json |
        jq -e '.schema == "launchready.version/1" and (.version | test("^[0-9.]+$")) and (.libraries | length >= 4)'
}

@test "--output writes a file whole, --output - to stdout" {
    "$LAUNCHREADY" version --output "$BATS_TEST_TMPDIR/v.json"
    jq -e .version "$BATS_TEST_TMPDIR/v.json"
    [ "$("$LAUNCHREADY" version --output -)" = "$("$LAUNCHREADY" version)" ]
}

@test "a folder that is not there" {
    says 3 "cannot write $BATS_TEST_TMPDIR/no/v.txt: No such file or directory" version -o "$BATS_TEST_TMPDIR/no/v.txt"
}

@test "a full disk is one line and exit 3" {
    run --separate-stderr sh -c '"$LAUNCHREADY" version >/dev/full'
    [ "$status" -eq 3 ]
    [ "$stderr" = "launchready: cannot write to standard output: No space left on device" ]
    says 3 "cannot write /dev/full: No space left on device" version -o /dev/full
}

@test "a pipe that nobody reads is one line and exit 3" {
    run --separate-stderr bash -c 'exec 3> >(exec true); wait $!; "$LAUNCHREADY" version >&3'
    [ "$status" -eq 3 ]
    [ "$stderr" = "launchready: cannot write to standard output: Broken pipe" ]
}

@test "a closed stdout is one line and exit 3" {
    run --separate-stderr sh -c '"$LAUNCHREADY" version >&-'
    [ "$status" -eq 3 ]
    [ "$stderr" = "launchready: cannot write to standard output: Bad file descriptor" ]
}
