#!/usr/bin/env bats
# bats file_tags=asan
# Mail records made to hurt whoever reads them (lab/world/zones/hostile.example.zone, lab/lab_bad_mail.c): every e-mail
# command ends in time, crashes never, prints nothing raw, and says what a receiver would.

bats_require_minimum_version 1.5.0

setup_file() {
    "$LAB" run -- true || {
        [ $? -eq 77 ] && skip "user namespaces are not allowed here"
        return 1
    }
    local zone=$BATS_TEST_DIRNAME/../../lab/world/zones/hostile.example.zone bulk
    bulk="strings records spf-records size terms endless hosts policies policy-size key-huge key-size any-key"
    # Who publishes something, but for the further links of chains and loops.
    sed -n 's/^\([a-z][a-z-]*\)  *\(TXT\|MX\) .*/\1/p' "$zone" | sort -u >"$BATS_FILE_TMPDIR/names"
    printf '%s\n' chain1 spf-loop >>"$BATS_FILE_TMPDIR/names"
    # shellcheck disable=SC2086,SC2046 # lists of names
    "$LAB" run -- "$BATS_TEST_DIRNAME/hostile" "$BATS_FILE_TMPDIR" \
        $(sed 's/$/.hostile.example/' "$BATS_FILE_TMPDIR/names") $(printf '%s.bulk.hostile.example ' $bulk)
}

# each COMMAND: its outputs.
each() { find "$BATS_FILE_TMPDIR" -name "*.$1" | sort; }

@test "every command ends by itself, soon, and with a status that it promises" {
    local n=0 slow=0 file end ms
    for file in $(each end); do
        read -r end ms <"$file"
        n=$((n + 1))
        [ "$ms" -lt 20000 ] || { echo "$file: $ms ms" && slow=1; }
        case $file:$end in
            *.check.*:[013] | *.verify.*:[013] | *.spf.*:[03] | *.survey.*:[03]) ;;
            *) echo "$file: status $end" && cat "${file%.end}.err" && return 1 ;;
        esac
    done
    [ "$n" -ge 320 ]
    [ "$slow" -eq 0 ]
}

@test "nothing that a terminal obeys, hides or turns round, and nothing that is no UTF-8" {
    local file controls
    controls=$(printf '[\001-\010\013-\037\177]')
    for file in $(each json) $(each text) $(each err); do
        iconv -f utf-8 -t utf-8 "$file" >/dev/null || { echo "$file: no UTF-8" && return 1; }
        ! LC_ALL=C grep -q "$controls" "$file" || { echo "$file: control bytes" && return 1; }
        ! LC_ALL=C grep -qP '\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\x00' "$file" || { echo "$file: hidden characters" && return 1; }
    done
}

@test "each JSON is one object of its schema" {
    local file
    for file in $(each json); do
        case $file in
            *.check.json) want=launchready.email/1 ;;
            *.spf.json) want=launchready.spf/1 ;;
            *.verify.json) want=launchready.message/1 ;;
            *) want=launchready.spf-survey/1 ;;
        esac
        [ "$(jq -r .schema "$file")" = "$want" ] || { echo "$file" && head -c 300 "$file" "${file%.json}.json.err" && return 1; }
        [ "$(wc -c <"$file")" -lt 1000000 ]
    done
}

# spf_is RESULT NAME...: what a receiver says of mail from 203.0.113.25.
spf_is() {
    local want=$1 name
    shift
    for name; do
        echo "$name: $(jq -r .result "$BATS_FILE_TMPDIR/$name.hostile.example.spf.json"), wanted $want"
        [ "$(jq -r .result "$BATS_FILE_TMPDIR/$name.hostile.example.spf.json")" = "$want" ]
    done
}

@test "SPF: the results of RFC 7208, whatever is thrown at it" {
    spf_is permerror include-self include-loop redirect-self redirect-loop macro-self chain1 bytes-spf bytes-name \
        strings.bulk terms.bulk endless.bulk hosts.bulk spf-records.bulk
    spf_is temperror include-servfail include-refused include-silent include-broken spf-loop
    spf_is none bytes-nul bytes-mx
    spf_is fail bytes-explained records.bulk size.bulk key-huge.bulk dmarc-servfail
    spf_is pass null-and-more
    # RFC 7208 section 6.2: an explanation with bytes outside US-ASCII is none.
    [ "$(jq -r .explanation "$BATS_FILE_TMPDIR/bytes-explained.hostile.example.spf.json")" = null ]
    local most
    most=$(jq .lookups "$BATS_FILE_TMPDIR"/*.spf.json | sort -n | tail -1)
    [ "$most" -le 11 ]
}

@test "SPF: its owner is told what cannot work, and not what could not be seen" {
    local name
    for name in include-self include-loop redirect-self redirect-loop macro-self chain1 bytes-spf bytes-name \
        strings.bulk terms.bulk endless.bulk hosts.bulk spf-records.bulk; do
        [ "$(jq .permerror "$BATS_FILE_TMPDIR/$name.hostile.example.survey.json")" = true ] || { echo "$name" && return 1; }
    done
    for name in include-servfail include-refused include-silent include-broken spf-loop; do
        jq -e '.permerror == false and (.unseen | length > 0) and (.flaws | length == 0)' \
            "$BATS_FILE_TMPDIR/$name.hostile.example.survey.json" >/dev/null || { echo "$name" && return 1; }
    done
}

# statuses NAME CHECK: those of its findings, sorted, in one line.
statuses() {
    jq -r --arg check "$2" '[.audit.findings[] | select(.check == $check) | .status] | unique | join(" ")' \
        "$BATS_FILE_TMPDIR/$1.hostile.example.check.json"
}

# says STATUS CHECK NAME...
says() {
    local want=$1 check=$2 name
    shift 2
    for name; do
        echo "$check of $name: $(statuses "$name" "$check"), wanted $want"
        [ "$(statuses "$name" "$check")" = "$want" ]
    done
}

@test "what a name server fails to say is unknown, never absent and never fine" {
    for kind in servfail refused silent broken; do
        says unknown email.dmarc dmarc-$kind
        says unknown email.dmarc-policy dmarc-$kind
        says unknown email.dkim-key key-$kind
        says unknown email.spf include-$kind
        says unknown email.spf-lookups include-$kind
        says pass email.dmarc key-$kind include-$kind
        says pass email.spf dmarc-$kind key-$kind
    done
    says unknown email.dmarc dmarc-loop dmarc-chain spf-loop
    says unknown email.dkim-key key-loop key-chain
    says unknown email.spf spf-loop
    local file
    # No record of them is said to be missing, and none is offered in its place.
    for file in "$BATS_FILE_TMPDIR"/dmarc-{servfail,refused,silent,broken,loop,chain}.*.check.json; do
        jq -e 'all(.audit.findings[]; (.title | test("no DMARC record") | not)
            and ((.fix.records // [])[] | .name | startswith("_dmarc") | not))' "$file" >/dev/null || { echo "$file" && return 1; }
    done
}

@test "broken and bulky records are judged as what they are" {
    says fail email.spf bytes-spf bytes-name include-self spf-records.bulk
    says "fail warn" email.spf strings.bulk terms.bulk
    says fail email.spf-lookups chain1 hosts.bulk
    says "fail unknown" email.spf-lookups endless.bulk # read only in part
    says fail email.dmarc bytes-dmarc policies.bulk policy-size.bulk
    says fail email.dkim-key bytes-key bad-key key-size.bulk
    says fail email.mx null-and-more bytes-mx
    says warn email.mta-sts bytes-sts
    says warn email.tls-rpt bytes-sts
    says warn email.bimi bytes-sts
    says pass email.spf records.bulk size.bulk
}

@test "a message that leads to them: a key that cannot be had is temperror, one that is none permerror" {
    local name
    for name in key-servfail key-refused key-silent key-broken key-loop key-chain; do
        [ "$(jq -r '.dkim[0].result' "$BATS_FILE_TMPDIR/$name.hostile.example.verify.json")" = temperror ] || { echo "$name" && return 1; }
    done
    for name in bytes-key bad-key key-size.bulk any-key.bulk; do
        [ "$(jq -r '.dkim[0].result' "$BATS_FILE_TMPDIR/$name.hostile.example.verify.json")" = permerror ] || { echo "$name" && return 1; }
    done
    for name in dmarc-servfail dmarc-refused dmarc-silent dmarc-broken dmarc-loop include-silent; do
        [ "$(jq -r '.dmarc.result' "$BATS_FILE_TMPDIR/$name.hostile.example.verify.json")" = temperror ] || { echo "$name" && return 1; }
    done
    [ "$(jq -r '.spf.result' "$BATS_FILE_TMPDIR/include-loop.hostile.example.verify.json")" = permerror ]
}
