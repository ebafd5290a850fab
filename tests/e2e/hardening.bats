#!/usr/bin/env bats
# The release program carries what the OpenSSF compiler hardening guide asks for.

@test "position independent, bound at start, read-only after, no executable stack" {
    readelf -hW "$LAUNCHREADY" | grep -q 'Type: *DYN (Position-Independent Executable'
    readelf -lW "$LAUNCHREADY" | grep -q GNU_RELRO
    readelf -lW "$LAUNCHREADY" | grep GNU_STACK | grep -q ' RW '
    flags=$(readelf -dW "$LAUNCHREADY" | grep FLAGS)
    [[ "$flags" == *BIND_NOW* ]]
    [[ "$flags" == *PIE* ]]
}

@test "stack protector and checked string functions" {
    symbols=$(nm -D "$LAUNCHREADY")
    [[ "$symbols" == *__stack_chk_fail* ]]
    [[ "$symbols" == *__snprintf_chk* || "$symbols" == *__vsnprintf_chk* ]]
}

@test "no library is looked for where a stranger could put one" {
    [ "$(readelf -dW "$LAUNCHREADY" | grep -cE 'RPATH|RUNPATH')" -eq 0 ]
}
