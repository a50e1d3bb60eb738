#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the declarations of public headers, with their comments, into a manual page.

usage: fill.py INCLUDE_DIR PAGE.scd

Writes the page with each line "@functions NAME.h@" replaced: what is between the header's opening comment and
its end, as literal text, a heading for each section. So pages cannot say anything else than headers do.
"""
import pathlib
import re
import sys
import textwrap

WIDTH = 76
KEPT = "\xa0"  # a blank where no line may end


def fill(text, first, others):
    lines = textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False,
                          break_on_hyphens=False)
    return lines.replace(KEPT, " ")


def code_of(text):
    """The header without its page, guards, C++ and the macros that only compilers need."""
    text = re.sub(r"\A.*?^extern \"C\" \{\n#endif\n", "", text, count=1, flags=re.S | re.M)
    text = re.sub(r"\n#ifdef __cplusplus\n\}\n#endif\n#endif\s*\Z", "\n", text)
    text = re.sub(r"^#ifdef __cplusplus\n.*?^#else\n(.*?)^#endif\n", r"\1", text, flags=re.S | re.M)
    text = re.sub(r"^(static inline [^{;]*\))\n\{.*?^\}", r"\1;", text, flags=re.S | re.M)
    return re.sub(r"^(/\*[^\n]*\*/\n)?#define PAIL_(API|CHECK|PRINTF).*\n", "", text, flags=re.M)


def declaration(match):
    plain = re.sub(r"\b(PAIL_API|PAIL_CHECK)\b|\bPAIL_PRINTF\([^)]*\)", "", match.group(0))
    plain = re.sub(r"\s+", " ", plain).strip().replace(" ;", ";")
    plain = re.sub(r"\* (?=\w)", "*", plain)
    return fill(re.sub(r"(?<!,) ", KEPT, plain), "", "    ")


def comment(match):
    indent, body = match.group(1), match.group(2)
    words = re.sub(r"\s*\n[ \t]*\*?[ \t]?", " ", body).strip()
    if re.search(r"\n\s*\*\s\s+\S", body):  # laid out by hand
        return match.group(0)
    return fill(f"/* {words}{KEPT}*/", indent, indent + "   ")


def section(title, text):
    text = re.sub(r"^PAIL_API\b[^;{]*;", declaration, text, flags=re.M)
    text = re.sub(r"^([ \t]*)/\*(.*?)\*/$", comment, text, flags=re.S | re.M)
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    if not text:
        return []
    return ([f"## {title}", ""] if title else []) + ["```", *text.splitlines(), "```", ""]


def functions(header):
    parts = re.split(r"^/\* -{4} (.*?) ?-{2,}[\s-]*\*/\n", code_of(header.read_text()), flags=re.M)
    lines = section("", parts[0])
    for title, text in zip(parts[1::2], parts[2::2]):
        lines += section(title, text)
    return lines


def main():
    include = pathlib.Path(sys.argv[1])
    for line in pathlib.Path(sys.argv[2]).read_text().splitlines():
        match = re.fullmatch(r"@functions (\w+\.h)@", line)
        for out in functions(include / match.group(1)) if match else [line]:
            print(out)


if __name__ == "__main__":
    main()
