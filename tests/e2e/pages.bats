#!/usr/bin/env bats
# Man pages and completions, made from the table of commands.

bats_require_minimum_version 1.5.0

setup_file() {
    PAGES=$(dirname "$LAUNCHREADY")/src/cli/pages
    export PAGES
}

available() { "$LAUNCHREADY" help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p'; }

# complete_bash WORD...: what bash offers after these words, on one line.
complete_bash() {
    bash -c '. "$PAGES/launchready"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _launchready; echo "${COMPREPLY[*]}"' \
        - launchready "$@"
}

@test "every available command has a man page, and no other" {
    for name in $(available); do
        [ -f "$PAGES/launchready-$name.1" ]
    done
    [ "$(find "$PAGES" -name 'launchready-*.1' | wc -l)" -eq "$(available | wc -l)" ]
}

@test "the man pages hold what help says, and no roff mistakes" {
    for page in "$PAGES"/*.1; do
        run --separate-stderr groff -man -Tutf8 -ww "$page"
        [ "$status" -eq 0 ]
        [ "$stderr" = "" ]
    done
    for name in $(available); do
        "$LAUNCHREADY" help "$name" | grep -o -- '--[a-z-]*' | sort -u | while read -r option; do
            grep -q -- "$(printf %s "$option" | sed 's/-/\\\\-/g')" "$PAGES/launchready-$name.1" ||
                { echo "$name: $option"; false; }
        done
        grep -qF "launchready\\-$name" "$PAGES/launchready.1"
    done
}

@test "bash completes commands" {
    [ "$(complete_bash ver)" = version ]
    [ "$(complete_bash help ver)" = version ]
    [[ " $(complete_bash '') " == *" help version "* ]]
    [[ " $(complete_bash '') " != *" deploy "* ]]
}

@test "bash completes options and their values" {
    [ "$(complete_bash version --form)" = --format ]
    [ "$(complete_bash version --format '')" = "text json" ]
    [ "$(complete_bash version --log-format j)" = json ]
    touch "$BATS_TEST_TMPDIR/out.json"
    [ "$(complete_bash version --output "$BATS_TEST_TMPDIR/o")" = "$BATS_TEST_TMPDIR/out.json" ]
    [ "$(complete_bash version -o "$BATS_TEST_TMPDIR/o")" = "$BATS_TEST_TMPDIR/out.json" ]
    [ "$(complete_bash version --resol)" = "" ]
}

@test "zsh reads its completions" {
    zsh -n "$PAGES/_launchready"
    head -1 "$PAGES/_launchready" | grep -qx '#compdef launchready'
}

@test "fish completes commands, options and values" {
    offers() { fish --no-config -c "source '$PAGES/launchready.fish'; complete -C '$1'" | cut -f1; }
    [ "$(offers 'launchready ver')" = version ]
    [ "$(offers 'launchready version --form')" = --format ]
    [ "$(offers 'launchready version --format j')" = json ]
}
