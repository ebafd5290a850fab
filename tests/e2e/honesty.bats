#!/usr/bin/env bats
# What could not be seen is never a pass, and never a failure.

bats_require_minimum_version 1.5.0

# Built beside the unit tests, which the release build leaves out.
find_honesty() {
    for build in debug asan release; do
        HONESTY=$BATS_TEST_DIRNAME/../../build/$build/tests/unit/honesty
        if [ -x "$HONESTY" ]; then return; fi
    done
    echo "build/debug/tests/unit/honesty is not there: ./dev test unit builds it" >&2
    return 1
}

@test "with any one observation missing, every check stays what it was or becomes unknown" {
    find_honesty
    "$LAB" run -- true || { [ $? -eq 77 ] && skip "user namespaces are not allowed here"; }
    for shop in healthy demo; do
        folder=$BATS_TEST_TMPDIR/$shop
        mkdir -p "$folder"
        "$LAB" run --shop $shop -- sh -c '
            "$LAUNCHREADY" audit -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --record "$1/rec" -q >/dev/null
            cp "$LAB_LAUNCH" "$1/launch.yaml"
            zone=$(sed -n "s/^dns: {zone: \"\(.*\)\"}/\1/p" "$LAB_LAUNCH")
            cp "$zone" "$1/zone" && sed -i "s|$zone|$1/zone|" "$1/launch.yaml"
            exit 0' sh "$folder"
        run "$HONESTY" "$folder/rec" "$folder/launch.yaml" 1
        echo "$output"
        [ "$status" -eq 0 ]
        [[ "$output" == *" 0 lies" ]]
    done
}

# Where mail is wrong in one way, an answer that does not come must not make it right, nor wrong in another way.
@test "the same of mail that is wrong in one way each" {
    find_honesty
    "$LAB" run -- true || { [ $? -eq 77 ] && skip "user namespaces are not allowed here"; }
    for fault in email.reverse-dns-generic email.dmarc-reports-external email.mx-alias email.spf-void email.dkim-proxied; do
        folder=$BATS_TEST_TMPDIR/$fault
        mkdir -p "$folder"
        "$LAB" run --fault $fault -- sh -c '
            "$LAUNCHREADY" email check -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --record "$1/rec" -q >/dev/null
            sed "/^dns:/d" "$LAB_LAUNCH" >"$1/launch.yaml"' sh "$folder"
        run "$HONESTY" "$folder/rec" "$folder/launch.yaml" 1
        echo "$fault: $output"
        [ "$status" -eq 0 ]
        [[ "$output" == *" 0 lies" ]]
    done
}
