#!/usr/bin/env python3
"""bytes_left.py NUMBER FOLDER - look for a number, as text and as the eight
bytes of a long, in every file below a folder: in its bytes as they stand, and
in everything in it that zstd has compressed (the pages of our data files).
Prints where it is; exit status 1 if it is nowhere."""

import os
import re
import struct
import subprocess
import sys

FRAME = b"\x28\xb5\x2f\xfd"


def frames(data):
    """What each zstd frame holds; what only looks like one gives nothing."""
    at = data.find(FRAME)
    while at >= 0:
        end = data.find(FRAME, at + 4)
        piece = data[at:] if end < 0 else data[at:end]
        # behind a frame stands the next page's header: zstd tells of that
        yield subprocess.run(
            ["zstd", "-dcq"], input=piece, capture_output=True, check=False
        ).stdout
        at = end


def main():
    number, folder = sys.argv[1:]
    digits = number.encode()
    wanted = re.compile(
        rb"(?<![0-9])" + digits + rb"(?![0-9])|"
        + re.escape(struct.pack("<q", int(number)))
    )
    found = False
    pages = 0
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                data = file.read()
            texts = [("as it stands", data)]
            if "_delta_log" not in path:
                inside = list(frames(data))
                pages += len(inside)
                texts += [("compressed", text) for text in inside]
            for what, text in texts:
                if wanted.search(text):
                    print(f"{path}: {what}")
                    found = True
    print(f"{pages} pages looked at", file=sys.stderr)
    sys.exit(0 if found else 1)


main()
