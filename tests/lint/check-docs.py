#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every exported function is documented: by a comment beside it in its header, and on a manual page.

usage: check-docs.py SOURCE_ROOT

Beside means: in the same paragraph (no blank line between), before the declaration or in it. A manual page
has the functions of the headers that it includes with "@functions NAME.h@", and those that it names in bold.
Every header begins with a page about its noun and says what its threads may do. Each difference is a line.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
wrong = []


def exported():
    text = re.sub(r"/\*.*?\*/", " ", (root / "libcore/libpail.map").read_text(), flags=re.S)
    return set(re.findall(r"\b(pail_\w+);", text))


def declarations(text):
    """(line number, name, declared text with the rest of its last line) of each PAIL_API function."""
    for match in re.finditer(r"^PAIL_API\b[^;{]*[;{][^\n]*", text, flags=re.M):
        plain = re.sub(r"\bPAIL_(CHECK|PRINTF\([^)]*\))|/\*.*?\*/", " ", match.group(0))
        yield match.start(), re.search(r"(\w+)\s*\(", plain).group(1), match.group(0)


def beside(text, start, declared):
    if "/*" in declared:
        return True
    paragraph = text[:start].rsplit("\n\n", 1)[-1]
    return any(not re.match(r"\s*-+ ", c) for c in re.findall(r"^/\*(.*?)\*/", paragraph, flags=re.S | re.M))


def main():
    where = {}
    for header in sorted((root / "libcore/include/pail").glob("*.h")):
        text = header.read_text()
        page = re.search(r"/\*\n(.*?)\*/", text, flags=re.S)
        if not page or f"pail/{header.name}" not in page.group(1).splitlines()[0]:
            wrong.append(f"{header.name}: does not begin with a page about its noun")
        elif not re.search(r"\bthread|\bAs\s+(?:\*\s+)?in\s+(?:\*\s+)?<pail/", page.group(1)):
            wrong.append(f"{header.name}: its page does not say what threads may do")
        for start, name, declared in declarations(text):
            where[name] = header.name
            if not beside(text, start, declared):
                line = text.count("\n", 0, start) + 1
                wrong.append(f"{header.name}:{line}: {name} has no comment beside it")
    paged, included = set(), set()
    for page in sorted((root / "packaging/man/lib").glob("*.3.scd")):
        text = page.read_text()
        included |= set(re.findall(r"^@functions (\w+\.h)@$", text, flags=re.M))
        paged |= set(re.findall(r"\*(pail_\w+)\*", text))
        for name in re.findall(r"\*(pail_\w+)\*\(\)", text):
            if name not in where:
                wrong.append(f"{page.name}: there is no {name}")
    for header in sorted(included - {h.name for h in (root / "libcore/include/pail").glob("*.h")}):
        wrong.append(f"there is no {header} to include")
    for name in sorted(exported()):
        if name not in where:
            wrong.append(f"{name}: in no public header")
        elif where[name] not in included and name not in paged:
            wrong.append(f"{name}: on no manual page")
    for line in wrong:
        print(line)
    print(f"{len(where)} functions, {len(wrong)} gaps")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
