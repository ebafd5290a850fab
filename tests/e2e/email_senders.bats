#!/usr/bin/env bats
# Who sends for the shop, from real name servers: the table of providers, its replacement, and the number of questions.

bats_require_minimum_version 1.5.0

setup_file() {
    "$LAB" run -- true || {
        [ $? -eq 77 ] && skip "user namespaces are not allowed here"
        return 1
    }
}

table() { # a table that knows the lab's own mail host
    cat <<'END'
version: 1
date: 2099-01-01
providers:
- id: lab-mail
  name: Lab Mail
  receives: true
  paths: [dkim, spf-apex]
  mx: [mail.example]
  spf: [spf.mail.example]
  selectors: [s1]
  telling_selectors: [s1]
  records:
  - {host: "@", type: TXT, value: "v=spf1 include:spf.mail.example ~all", needed: true}
  - {host: s1._domainkey, type: TXT, value: "v=DKIM1; p={key}", needed: true}
  console: its console
  source: the lab
  date: 2026-11-24
END
}

@test "another table is used when it is named" {
    table >"$BATS_TEST_TMPDIR/table.yaml"
    run --separate-stderr timeout 60 "$LAB" run -- sh -c '
        "$LAUNCHREADY" audit shop.example --ca-file "$LAB_CA" --only audit.email-provider --format json --providers "$1"' \
        sh "$BATS_TEST_TMPDIR/table.yaml"
    echo "$status $output $stderr"
    [ "$(jq -r '.findings[0].title' <<<"$output")" = \
        "Mail comes in at Lab Mail; mail may be sent by Lab Mail" ]
    [[ "$(jq -r '.findings[0].evidence[].value' <<<"$output")" == *"passes DMARC by DKIM and SPF by include:spf.mail.example"* ]]
}

@test "a mistake in the table is told with its place, before anything is asked" {
    table | sed 's/  mx:/  mxx:/' >"$BATS_TEST_TMPDIR/table.yaml"
    run --separate-stderr "$LAUNCHREADY" email check shop.example --offline --providers "$BATS_TEST_TMPDIR/table.yaml"
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"table.yaml:8:3: a provider has no key \"mxx\", did you mean mx?"* ]]
    run --separate-stderr "$LAUNCHREADY" email check shop.example --offline --providers "$BATS_TEST_TMPDIR/none.yaml"
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"none.yaml"* ]]
}

@test "without a launch file every well-known selector is asked for, in at most 150 questions" {
    run --separate-stderr timeout 60 "$LAB" run -- sh -c '
        "$LAUNCHREADY" email check shop.example --ca-file "$LAB_CA" --format json --record "$1"' sh "$BATS_TEST_TMPDIR/seen"
    echo "$status $stderr"
    [ "$(jq -r '.audit.findings[] | select(.check == "email.dkim-key") | .status' <<<"$output")" = pass ]
    local questions selectors
    questions=$(jq -r 'select(.kind == "dns") | .key' "$BATS_TEST_TMPDIR/seen/facts.jsonl" | wc -l)
    selectors=$(jq -r 'select(.kind == "dns") | .key' "$BATS_TEST_TMPDIR/seen/facts.jsonl" | grep -c '^TXT .*_domainkey')
    echo "$questions questions, $selectors selectors"
    [ "$questions" -le 150 ]
    [ "$selectors" -ge 75 ]
}
