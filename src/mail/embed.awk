# A text file as a C string: awk -v name=NAME -f embed.awk FILE > FILE.c
BEGIN { printf "#include \"core/str.h\"\n\nextern const char %s[];\nconst char %s[] =\n", name, name }
{
    gsub(/\\/, "\\\\"); gsub(/"/, "\\\"")
    printf "    \"%s\\n\"\n", $0
}
END { print "    \"\";" }
