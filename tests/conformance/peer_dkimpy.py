#!/usr/bin/python3
"""dkimpy as a peer: see peer.h for what it is asked. The only one of the three that signs with Ed25519."""
import sys

import dkim

folder = sys.argv[1]
record = open(folder + "/record", "rb").read()
pem = open(folder + "/private.pem", "rb").read()
raw_key = open(folder + "/private.raw", "rb").read()  # base64 of Ed25519's 32 bytes; empty for RSA


def look(name, timeout=5):
    return record


def main():
    into, out = sys.stdin.buffer, sys.stdout.buffer
    for line in into:
        words = line.split()
        text = into.read(int(words[-1]))
        try:
            if words[0] == b"V":
                answer = b"pass" if dkim.DKIM(text).verify(dnsfunc=look) else b"fail"
            else:
                names = words[4].split(b":")
                answer = dkim.sign(text, b"s1", b"shop.example", raw_key or pem,
                                   canonicalize=(words[1], words[2]), include_headers=names,
                                   length=words[3] != b"-1",
                                   signature_algorithm=b"ed25519-sha256" if raw_key else b"rsa-sha256")
        except Exception as e:  # its own words, whatever kind they are
            answer = b"error " + repr(e).encode() if words[0] == b"V" else b""
            print(repr(e), file=sys.stderr)
        out.write(b"%d\n%s" % (len(answer), answer))
        out.flush()


main()
