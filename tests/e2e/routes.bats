#!/usr/bin/env bats
# The routing map: every entry point with its hops, in each format, and the zone behind it.

bats_require_minimum_version 1.5.0

setup_file() {
    "$LAB" run -- true || {
        [ $? -eq 77 ] && skip "user namespaces are not allowed here"
        return 1
    }
}

# routes FAULT ARGUMENTS...: with the shop's launch file; FAULT may be empty.
routes() {
    local fault=$1
    shift
    # shellcheck disable=SC2086 # no fault, no option
    run --separate-stderr timeout 60 "$LAB" run ${fault:+--fault "$fault"} -- sh -c \
        '"$LAUNCHREADY" routes -c "$LAB_LAUNCH" --ca-file "$LAB_CA" "$@"' routes "$@"
    echo "status $status: $stderr"
}

@test "every entry point is followed to its page, over both families" {
    routes "" --format json
    [ "$status" -eq 0 ]
    [ "$(jq -r .schema <<<"$output")" = launchready.routes/1 ]
    [ "$(jq '[.routes[] | select(.end != "page")] | length' <<<"$output")" -eq 0 ]
    # http and https, apex and www, front page and deep link, IPv4 and IPv6
    [ "$(jq '[.routes[] | select(.start | test("^https?://(www.)?shop.example/"))] | length' <<<"$output")" -eq 16 ]
    [ "$(jq -r '[.routes[] | select(.start == "http://www.shop.example/") | .final_url] | unique[]' <<<"$output")" = https://shop.example/ ]
    [ "$(jq '[.routes[] | select(.start | startswith("http://www.")) | .hops | length] | unique == [2]' <<<"$output")" = true ]
    [ "$(jq '[.hosts[] | select(.name == "app.shop.example") | .records[].type] | sort == ["A", "AAAA"]' <<<"$output")" = true ]
}

@test "campaign tags are the same all the way" {
    routes "" --format json
    [ "$(jq '[.routes[] | select(.start | test("http://www.*utm_source")) | (.start | split("example/")[1]) == (.final_url | split("example/")[1])] | unique == [true]' <<<"$output")" = true ]
}

@test "a circle is shown as one, and ends" {
    routes routes.chain-length-loop --format json
    [ "$status" -eq 0 ]
    [ "$(jq -r '[.routes[] | select(.start == "https://shop.example/") | .end] | unique[]' <<<"$output")" = loop ]
}

@test "text, Markdown and picture hold each start" {
    routes ""
    [ "$status" -eq 0 ]
    [[ "$output" == *"301 -> https://shop.example/"* ]]
    routes "" --format markdown
    [[ "$output" == *'| `http://www.shop.example/` | IPv4 | 301 `https://shop.example/`'* ]]
    routes "" --format dot
    [[ "$output" == digraph* ]]
    [[ "$output" == *'"http://www.shop.example/" -> "https://shop.example/" [label="301"];'* ]]
}

@test "the zone is one that a name server takes, and holds what the shop publishes" {
    routes "" --zone
    [ "$status" -eq 0 ]
    echo "$output" >"$BATS_TEST_TMPDIR/zone"
    PATH=$PATH:/usr/sbin nsd-checkzone shop.example "$BATS_TEST_TMPDIR/zone"
    grep -q '^www.shop.example. 300 IN CNAME shop.example.$' "$BATS_TEST_TMPDIR/zone"
    grep -q '^_dmarc.shop.example. 300 IN TXT "v=DMARC1' "$BATS_TEST_TMPDIR/zone"
    grep -q '^s1._domainkey.shop.example. 300 IN TXT "v=DKIM1' "$BATS_TEST_TMPDIR/zone"
}

@test "a domain that does not exist is one line and exit 2" {
    run --separate-stderr timeout 60 "$LAB" run -- sh -c '"$LAUNCHREADY" routes no-such-shop.example'
    [ "$status" -eq 2 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
}
