#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C11 and as C++17; every other header compiles alone as the project's C.
# usage: check-headers.sh SOURCE_ROOT
set -u
root=$1
bad=0
CC=${CC:-cc}
for h in "$root"/libcore/include/pail/*.h; do
    $CC -std=c11 -pedantic -Wall -Wextra -Werror -I"$root/libcore/include" -fsyntax-only -x c "$h" || { echo "$h: not C11"; bad=1; }
    if command -v c++ >/dev/null 2>&1; then
        c++ -std=c++17 -Wall -Wextra -Werror -I"$root/libcore/include" -fsyntax-only -x c++ "$h" || { echo "$h: not C++17"; bad=1; }
    fi
done
for h in "$root"/libcore/*/*.h "$root"/fs/*/*.h "$root"/tools/*.h "$root"/tools/*/*.h; do
    case $h in *'*'*) continue ;; esac
    $CC -std=gnu11 -D_GNU_SOURCE -DPAIL_BUILD=1 -Wall -Wextra -Wno-unused-parameter -I"$root/libcore/include" -I"$root/libcore" -I"$root/fs" \
        -I"$root/tools" -I"$root" $(pkg-config --cflags fuse3 sqlite3 libxml-2.0 2>/dev/null) -fsyntax-only -x c "$h" 2>"${TMPDIR:-/tmp}/pail-header.$$" ||
        { cat "${TMPDIR:-/tmp}/pail-header.$$"; echo "$h: does not compile alone"; bad=1; }
done
rm -f "${TMPDIR:-/tmp}/pail-header.$$"
command -v c++ >/dev/null 2>&1 || echo "note: no C++ compiler: the C++17 half was not checked"
exit $bad
