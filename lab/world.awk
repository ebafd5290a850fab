# Writes the lab's files from their templates: awk -v dir=DIR -f world.awk OVERLAY... @ TEMPLATE...
#
# In a template, a block is what stands between the lines "# <name>" and "# </name>" (";" and "<!-- -->" also start a
# remark). An overlay (a shop, a fault) replaces blocks:
#     [path name]     what follows takes the block's place
#     [path +name]    what follows is added after the block
#     [path *]        what follows is the whole file
# Lines that start with "# " are the overlay's own remarks, and empty lines before a head are dropped.
# A template "x.two.y" follows the overlays of "x.y" where it has none of its own.
# @DIR@ is the run's folder; @file:PATH@ is the first line of that file in it.

FILENAME == "@" { next }

# ---- overlays ----
!templates && FNR == 1 { key = ""; empty = "" }
!templates && /^\[[^ ]+ [^ ]+\]$/ {
    split(substr($0, 2, length($0) - 2), head, " ")
    mode = substr(head[2], 1, 1) == "+" ? "+" : ""
    key = head[1] " " substr(head[2], mode == "+" ? 2 : 1)
    if (mode == "") text[key] = ""
    wanted[key] = FILENAME
    empty = ""
    set[key] = set[key] (mode == "" ? "=" : "")
    next
}
!templates && /^# / { next }
!templates && /^use / && key == "" { next }
!templates && /^[ \t]*$/ { empty = empty "\n"; next }
!templates {
    $0 = empty $0
    empty = ""
    if (key == "" && $0 ~ /[^ \t]/) fail(FILENAME ": this line stands before the first [path block]: " $0)
    if (mode == "+") more[key] = more[key] $0 "\n"
    else text[key] = text[key] $0 "\n"
    next
}

# ---- templates ----
FNR == 1 {
    finish()
    path = FILENAME
    sub(/^.*\/world\//, "", path)
    out = dir "/" path
    like = path
    sub(/\.two\./, ".", like)
    whole = (path " *") in wanted
    if (whole) { used[path " *"] = 1; emit(text[path " *"]) }
    skipping = 0; block = ""
}
whole { next }
match($0, /^[ \t]*(#|;|\/\/|<!--) <\/?[a-z0-9-]+>( -->)?[ \t]*$/) {
    name = $0
    gsub(/^[^<]*(<!-- )?<\/?|>.*$/, "", name)
    if ($0 ~ /<\//) {
        if (name != block) fail(FILENAME ":" FNR ": </" name "> ends nothing")
        if (key in more) emit(more[key])
        block = ""; skipping = 0
    } else {
        if (block != "") fail(FILENAME ":" FNR ": <" name "> inside <" block ">")
        block = name
        key = (((path " " name) in wanted) ? path : like) " " name
        if (key in wanted) used[key] = 1
        if (set[key] != "") { emit(text[key]); skipping = 1 }
    }
    next
}
!skipping { emit($0 "\n") }
END {
    finish()
    for (k in wanted) if (k ~ / \*$/ && !(k in used)) { # a file that no template is behind
        path = substr(k, 1, length(k) - 2); out = dir "/" path; used[k] = 1
        folder = out
        sub(/\/[^\/]*$/, "", folder)
        system("mkdir -p '" folder "'")
        emit(text[k]); finish()
    }
    for (k in wanted) if (!(k in used)) fail(wanted[k] ": there is no block [" k "]")
    exit status
}

function emit(s,    before, name, line) {
    while (match(s, /@(DIR|file:[^@ ]+)@/)) {
        before = substr(s, 1, RSTART - 1); name = substr(s, RSTART + 1, RLENGTH - 2); s = substr(s, RSTART + RLENGTH)
        line = dir
        if (name != "DIR") {
            sub(/^file:/, "", name)
            if ((getline line < (dir "/" name)) <= 0) fail(path ": cannot read @file:" name "@")
            close(dir "/" name)
        }
        printf "%s%s", before, line > out
    }
    printf "%s", s > out
}
function finish() {
    if (block != "") fail(path ": <" block "> does not end")
    if (out != "") close(out)
    out = ""
}
function fail(what) { print "lab: " what > "/dev/stderr"; status = 2; exit 2 }
