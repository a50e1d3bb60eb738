#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the headers promise, what the symbol map exports, and what the library has must be the same.

usage: check-symbols.py SOURCE_ROOT [LIBRARY]

Reads the PAIL_API declarations of libcore/include/pail/*.h and libcore/libpail.map, and with LIBRARY
its dynamic symbols (by nm). Every difference is a line; the exit status is 1 when there was one.
"""
import pathlib
import re
import subprocess
import sys


def declared(root):
    """Functions marked PAIL_API, name -> header."""
    names = {}
    for header in sorted((root / "libcore/include/pail").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(), flags=re.S)
        text = re.sub(r"^\s*#(?:[^\\\n]|\\\n|\\.)*", " ", text, flags=re.M)
        for declaration in re.findall(r"\bPAIL_API\b([^;{]*)[;{]", text):
            # The name is what stands before the first parenthesis that is not an attribute's.
            declaration = re.sub(r"\bPAIL_(CHECK|PRINTF\([^)]*\))", " ", declaration)
            match = re.search(r"(\w+)\s*\(", declaration)
            if not match:
                sys.exit(f"{header}: PAIL_API on something that is no function: {declaration.strip()!r}")
            names[match.group(1)] = header.name
    return names


def mapped(root):
    """Names in the version script, name -> node; and whether all else is local."""
    text = re.sub(r"/\*.*?\*/", " ", (root / "libcore/libpail.map").read_text(), flags=re.S)
    names = {}
    hidden = False
    for node, body in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}", text, flags=re.S):
        scope = "global"
        for word in re.findall(r"global:|local:|[^;\s]+;", body):
            if word.endswith(":"):
                scope = word[:-1]
            elif scope == "local":
                hidden = hidden or word == "*;"
            else:
                names[word[:-1]] = node
    return names, hidden


def exported(library):
    out = subprocess.run(["nm", "-D", "--defined-only", library], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    names = set()
    for line in out.splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":  # version nodes
            names.add(name.split("@")[0])
    return names


def main():
    root = pathlib.Path(sys.argv[1])
    api = declared(root)
    nodes, hidden = mapped(root)
    wrong = []
    if not api:
        wrong.append("no PAIL_API declaration found")
    if not hidden:
        wrong.append("libpail.map: 'local: *;' is missing")
    for name in sorted(set(api) - set(nodes)):
        wrong.append(f"{name}: declared in pail/{api[name]}, not in libpail.map")
    for name in sorted(set(nodes) - set(api)):
        wrong.append(f"{name}: in libpail.map, not declared in a public header")
    if len(sys.argv) > 2:
        library = exported(sys.argv[2])
        for name in sorted(set(nodes) - library):
            wrong.append(f"{name}: in libpail.map, not in the library")
        for name in sorted(library - set(nodes)):
            wrong.append(f"{name}: exported by the library, not in libpail.map")
    for line in wrong:
        print(line)
    print(f"{len(api)} functions, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
