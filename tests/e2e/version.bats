#!/usr/bin/env bats
# The program starts.

@test "the program starts" {
    run "$LAUNCHREADY"
    [ "$status" -eq 0 ]
}
