# count-tap.awk - sums a TAP text: "passed failed skipped", then the names of what was skipped.
# -v status=N is the exit status of the program that wrote it: a crash after the last line is a failure too.
/^1\.\.[0-9]+/ { split($1, ends, /\.\./); planned += ends[2] }
/^ok / {
    if (match($0, /# *[Ss][Kk][Ii][Pp]/)) {
        skipped++
        names = names substr($0, 4) "\n"
    } else {
        passed++
    }
}
/^not ok / { failed++ }
END {
    missing = planned - passed - failed - skipped
    if (missing > 0)
        failed += missing
    else if (status != 0 && failed == 0)
        failed++
    printf "%d %d %d\n%s", passed, failed, skipped, names
}
