#!/usr/bin/env bats
# The audit as its users see it: healthy and demo shop, the JSON contract, recording, waivers, selection.

bats_require_minimum_version 1.5.0

setup_file() {
    "$LAB" run -- true || {
        [ $? -eq 77 ] && skip "user namespaces are not allowed here"
        return 1
    }
}

# audit SHOP ARGUMENTS...: with the shop's launch file.
audit() {
    local shop=$1
    shift
    run --separate-stderr timeout 120 "$LAB" run --shop "$shop" -- sh -c \
        '"$LAUNCHREADY" audit -c "$LAB_LAUNCH" --ca-file "$LAB_CA" "$@"' audit "$@"
    echo "status $status: $stderr"
}

@test "the healthy shop is ready: nothing above info" {
    audit healthy --format json
    echo "$output" | jq -c '.findings[] | select(.status != "pass" and .status != "n/a") | [.check, .status, .severity, .subject, .title]'
    [ "$(echo "$output" | jq '[.findings[] | select((.status == "fail" or .status == "warn") and .severity != "info")] | length')" -eq 0 ]
    [ "$(echo "$output" | jq -r .verdict)" = ready ]
    [ "$status" -eq 0 ]
}

@test "the healthy shop without a launch file: no finding above info, but points that need one" {
    run --separate-stderr timeout 60 "$LAB" run -- sh -c '"$LAUNCHREADY" audit shop.example --ca-file "$LAB_CA" --format json'
    echo "$output" | jq -c '.findings[] | select(.status != "pass" and .status != "n/a") | [.check, .status, .severity, .subject, .title]'
    [ "$(echo "$output" | jq '[.findings[] | select((.status == "fail" or .status == "warn") and .severity != "info")] | length')" -eq 0 ]
    [ "$(echo "$output" | jq -r .verdict)" = incomplete ]
    [ "$status" -eq 3 ]
    [ "$(echo "$output" | jq '[.findings[] | select(.status == "unknown" and .unseen.kind != "needs")] | length')" -eq 0 ]
}

@test "the demo shop is not ready, with findings of every class and five things to do first" {
    audit demo --format json
    [ "$status" -eq 1 ]
    [ "$(echo "$output" | jq -r .verdict)" = not-ready ]
    for class in launch-blocker security deliverability performance; do
        [ "$(echo "$output" | jq --arg class $class '[.findings[] | select(.status == "fail" and .risk == $class)] | length')" -gt 0 ]
    done
    [ "$(echo "$output" | jq '[.findings[] | select(.status == "fail") | .check] | unique | length')" -ge 15 ]
    # Its mail: several SPF records, a policy that only watches, and the newsletter's keys behind the edge.
    for check in email.spf email.dmarc-policy email.dkim-key; do
        echo "$output" | jq -e --arg check $check 'any(.findings[]; .check == $check and (.status | IN("fail", "warn")))' >/dev/null
    done
    [ "$(echo "$output" | jq '.first | length')" -eq 5 ]
}

@test "the JSON keeps its contract" {
    audit demo --format json
    echo "$output" | jq -e '
        .schema == "launchready.audit/1" and .target == "shop.example"
        and (.started | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$")) and (.duration_ms | type == "number")
        and (.verdict | IN("not-ready", "incomplete", "ready-with-risks", "ready"))
        and all(.stages[]; (.stage | type == "number") and (.name | type == "string")
            and ([.passed, .failed, .warned, .unknown, .not_applicable, .waived] | all(type == "number")))
        and all(.findings[];
            (.check | test("^[a-z]+\\.[a-z0-9-]+$")) and (.stage >= 1 and .stage <= 7)
            and (.risk | IN("launch-blocker", "security", "deliverability", "performance"))
            and (.severity | IN("critical", "high", "medium", "low", "info"))
            and (.status | IN("pass", "warn", "fail", "unknown", "n/a", "waived"))
            and ([.subject, .title, .why, .breaks, .fix_by, .fingerprint] | all(type == "string"))
            and (.effort_minutes | type == "number") and (.evidence | type == "array")
            and (.fix | has("text") and has("record") and has("command")))
        and all(.findings[] | select(.status == "fail"); (.fix.text | length) > 20 and (.evidence | length) > 0)' >/dev/null
    # No two findings share a fingerprint.
    [ "$(echo "$output" | jq '[.findings[].fingerprint] | length - (unique | length)')" -eq 0 ]
}

@test "recorded and replayed without a network, the audit says the same" {
    "$LAB" run --shop demo -- sh -c '
        "$LAUNCHREADY" audit -c "$LAB_LAUNCH" --ca-file "$LAB_CA" --format json --record "$1/rec" >"$1/live.json"
        unshare --net "$LAUNCHREADY" audit -c "$LAB_LAUNCH" --replay "$1/rec" --format json >"$1/again.json"
        exit 0' sh "$BATS_TEST_TMPDIR"
    [ -s "$BATS_TEST_TMPDIR/rec/facts.jsonl" ]
    for run in live again; do
        jq -S '[.findings[] | [.check, .status, .subject, .title]] | sort' "$BATS_TEST_TMPDIR/$run.json" >"$BATS_TEST_TMPDIR/$run"
    done
    [ "$(jq length "$BATS_TEST_TMPDIR/live")" -gt 50 ]
    diff "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/again"
}

@test "--only, --skip and --stage choose, and a choice never makes ready" {
    audit healthy --only 'tls.*' --skip tls.key --format json
    [ "$(echo "$output" | jq -r '[.findings[].check | split(".")[0]] | unique | join(" ")')" = tls ]
    [ "$(echo "$output" | jq '[.findings[] | select(.check == "tls.key")] | length')" -eq 0 ]
    [ "$(echo "$output" | jq -r .verdict)" = incomplete ]
    audit healthy --stage 5 --format json
    [ "$(echo "$output" | jq -r '[.findings[].stage] | unique | join(" ")')" = 5 ]
}

@test "a baseline accepts until its day" {
    audit demo --only 'edge.exposed-files' --format json
    [ "$status" -eq 1 ]
    printf '{"accepted":[{"check":"edge.exposed-files","reason":"moving","owner":"founder","until":"2999-01-01"}]}' >"$BATS_TEST_TMPDIR/ok.json"
    audit demo --only 'edge.exposed-files' --format json --baseline "$BATS_TEST_TMPDIR/ok.json"
    [ "$(echo "$output" | jq '[.findings[] | select(.status == "waived")] | length')" -gt 0 ]
    [ "$status" -ne 1 ]
    printf '{"accepted":[{"check":"edge.exposed-files","reason":"moving","owner":"founder","until":"2020-01-01"}]}' >"$BATS_TEST_TMPDIR/old.json"
    audit demo --only 'edge.exposed-files' --format json --baseline "$BATS_TEST_TMPDIR/old.json"
    [ "$status" -eq 1 ]
    echo "$output" | jq -e 'any(.findings[]; .check == "audit.waivers" and (.title | contains("expired")))' >/dev/null
}

@test "--fail-on decides the exit status" {
    audit demo --only edge.headers --fail-on critical --format json
    [ "$status" -ne 1 ]
    audit demo --only edge.headers --fail-on low --format json
    [ "$status" -eq 1 ]
}

@test "interrupted, it prints what it has and exits with 130" {
    run --separate-stderr "$LAB" run -- sh -c '
        "$LAUNCHREADY" audit silent.bad.example --ca-file "$LAB_CA" --timeout 20 --format json &
        pid=$!
        sleep 2
        kill -INT $pid
        wait $pid'
    [ "$status" -eq 130 ]
    [ "$(echo "$output" | jq .interrupted)" = true ]
}

@test "every format is written, and in 80 columns where people read it" {
    for format in term text markdown html sarif junit github; do
        audit demo --format $format
        [ "$status" -eq 1 ]
        [ "${#output}" -gt 500 ]
    done
    audit demo --format sarif
    echo "$output" | jq -e '.version == "2.1.0" and all(.runs[0].results[];
        .locations[0].physicalLocation.artifactLocation.uri | test("^[^:]+$"))' >/dev/null
    audit demo --format html -o "$BATS_TEST_TMPDIR/r.html"
    grep -q '</html>' "$BATS_TEST_TMPDIR/r.html"
    run ! grep -q '<script' "$BATS_TEST_TMPDIR/r.html"
}

@test "init writes a launch file that audits cleanly, and never over another" {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p repo/db/migrate repo/.github/workflows repo/.git
    printf 'gem "rails"\ngem "pg"\n' >repo/Gemfile
    : >repo/.env.example
    : >repo/.github/workflows/ci.yml
    cd repo
    run --separate-stderr "$LAB" run -- sh -c '
        "$LAUNCHREADY" init shop.example --ca-file "$LAB_CA" && "$LAUNCHREADY" audit --ca-file "$LAB_CA" --format json >audit.json'
    echo "status $status: $stderr"
    [[ "$output" == *"Ruby on Rails"* ]]
    [[ "$output" == *"Could not know"* ]]
    grep -q '^canonical: https://shop.example$' launchready.yaml
    grep -q '{path: db/migrate, engine: postgres}' launchready.yaml
    grep -q 'name: api.shop.example, role: api' launchready.yaml
    grep -q '^  selectors: \[s1\]$' launchready.yaml
    [ "$(jq -r .verdict audit.json)" = incomplete ]
    run --separate-stderr "$LAUNCHREADY" init shop.example --offline
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"is there already"* ]]
}
