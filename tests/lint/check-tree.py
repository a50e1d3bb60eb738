#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the tree that a compiler does not know.

usage: check-tree.py SOURCE_ROOT RULE

Rules: includes (levels, third-party headers), banned (functions and the four seams), sizes, style (SPDX, tabs, line length), words.
Prints one line per violation, "file:line: what", and exits 1 when there was any.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1]).resolve()

# Folder -> level. A file includes its own folder and lower levels; equal levels do not see each other.
LEVELS = {
    'libcore/include/pail': 0, 'libcore/base': 1, 'libcore/crypto': 2, 'libcore/jmespath': 2, 'libcore/model': 3, 'libcore/http': 3, 'libcore/auth': 4, 'libcore/protocol': 5,
    'libcore/dynamodb': 5, 'libcore/s3': 5, 'libcore/transfer': 6, 'fs/meta': 10, 'fs/cache': 11, 'fs/write': 12, 'fs/sync': 12, 'fs/core': 13, 'fs/fuse': 14, 'tools': 20,
}
# First path component of a project include -> folder.
FOLDERS = {folder.split('/')[-1]: folder for folder in LEVELS}
# tools may see the public headers, base, and what a mount needs.
TOOLS_MAY = {'libcore/include/pail', 'libcore/base', 'libcore/crypto', 'libcore/auth', 'libcore/jmespath', 'libcore/model', 'libcore/protocol', 'fs/fuse', 'tools'}
THIRD = {
    'curl/': 'libcore/http', 'openssl/': 'libcore/crypto', 'jansson': 'libcore/base', 'libxml/': 'libcore/base', 'expat': 'libcore/base',
    'zlib': 'libcore/crypto', 'isa-l': 'libcore/crypto', 'crc': 'libcore/crypto', 'sqlite3': 'fs/meta',
    'fuse': 'fs/fuse', 'libsmartcols': 'tools',
}
BANNED = re.compile(r'(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|strtok_r|atoi|atol|strtol|strtoul|strtoll|strtoull|'
                    r'alloca|gets|localtime|gmtime|localtime_r|gmtime_r|mktime|usleep|signal|tmpnam|mktemp)\s*\(')
# What only one file may call: pattern -> files.
SEAMS = [
    (re.compile(r'(?<![\w.>])(malloc|calloc|realloc|free|strdup|strndup|aligned_alloc|posix_memalign|asprintf|vasprintf)\s*\('),
     {'libcore/base/alloc.c'}, 'memory goes through base/alloc'),
    (re.compile(r'(?<![\w.>])(getenv|secure_getenv|setenv|putenv|unsetenv)\s*\('), {'libcore/base/env.c'}, 'the environment goes through base/env'),
    (re.compile(r'(?<![\w.>])(rand|srand|random|srandom|drand48|getrandom|getentropy|arc4random)\s*\('),
     {'libcore/base/rand.c'}, 'random numbers go through base/rand'),
    (re.compile(r'(?<![\w.>])(time|clock_gettime|gettimeofday|clock|timespec_get)\s*\('),
     {'libcore/base/clock.c', 'libcore/base/thread.c'}, 'time goes through base/clock'),
    (re.compile(r'(?<![\w.>])(pthread_\w+|sleep|nanosleep|clock_nanosleep|sem_\w+|thrd_\w+)\s*\('),
     {'libcore/base/thread.c'}, 'threads and waits go through base/thread'),
    (re.compile(r'(?<![\w.>])(open|openat|creat|fopen|fdopen|opendir|unlink|unlinkat|rename|renameat|mkdir|mkdirat|rmdir|stat|lstat|fstat|fstatat|'
                r'pread|pwrite|fsync|fdatasync|ftruncate|truncate|fallocate|statvfs|flock)\s*\('),
     {'libcore/base/file_posix.c', 'libcore/base/process.c'}, 'files go through base/file'),
    (re.compile(r'(?<![\w.>])(socket|connect|bind|listen|accept|send|recv|sendto|recvfrom|sendmsg|recvmsg|getaddrinfo)\s*\('),
     {'libcore/http/curl_sockets.c', 'libcore/auth/redirect.c'}, 'the network is below http/transport'),
    (re.compile(r'(?<![\w.>])(fork|vfork|execv\w*|execl\w*|posix_spawn\w*|system|popen)\s*\('),
     {'libcore/base/process.c'}, 'processes go through base/process'),
    (re.compile(r'(?<![\w.>])(dlopen|dlmopen|dlsym|dlvsym|dlclose)\s*\('), {'libcore/base/library.c'}, 'libraries are opened by base/library'),
    (re.compile(r'(?<![\w.>])(printf|fprintf|puts|fputs|putchar|perror|exit|_exit|abort|assert)\s*\('),
     {'libcore/base/thread.c'}, 'a library does not print or exit'),
]
# Programs: they print, exit, daemonise and talk to terminals. Their own files and reasons.
PROGRAM_DIRS = ('tools/', 'fs/fuse/', 'libcore/examples/', 'libcore/model/packer/')
# A rule broken on purpose: "file rule reason" lines.
EXCEPTIONS = {}
for line in (ROOT / 'tests/lint/exceptions.txt').read_text().splitlines():
    if line.strip() and not line.startswith('#'):
        name, rule, _reason = line.split(None, 2)
        EXCEPTIONS.setdefault(rule, set()).add(name)

bad = 0


def say(path, line, text):
    global bad
    bad += 1
    print(f'{path}:{line}: {text}')


def sources(*tops, ends=('.c', '.h')):
    for top in tops:
        for path in sorted((ROOT / top).rglob('*')):
            if path.suffix in ends and path.is_file():
                yield str(path.relative_to(ROOT))


def text_of(name):
    return (ROOT / name).read_text(encoding='utf-8')


def without_comments(text):
    """Comments and string contents blanked, line structure kept."""
    def blank(match):
        token = match.group(0)
        if token[0] == '"':
            return '""' if '\n' not in token else token
        return re.sub(r'[^\n]', ' ', token)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def folder_of(name):
    parent = str(pathlib.PurePosixPath(name).parent)
    while parent not in LEVELS and parent not in ('.', ''):
        parent = str(pathlib.PurePosixPath(parent).parent)
    return parent if parent in LEVELS else None


def rule_includes():
    for name in sources('libcore', 'fs', 'tools'):
        folder = folder_of(name)
        if folder is None:
            continue
        for number, line in enumerate(text_of(name).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            kind, target = match.groups()
            if kind == '"' or target.startswith('pail/'):
                head = target.split('/')[0] if '/' in target else None
                other = FOLDERS.get(head) if head else None
                if kind == '"' and other is None:
                    if '/' in target or not target.endswith('.inc'):
                        say(name, number, f'"{target}": write project includes with their folder')
                    continue
                if other == folder:
                    continue
                if folder == 'tools' and other not in TOOLS_MAY:
                    say(name, number, f'tools may not see {other}')
                elif LEVELS[other] >= LEVELS[folder]:
                    say(name, number, f'{folder} may not include {other}: not a lower layer')
            else:
                for prefix, owner in THIRD.items():
                    if (target.startswith(prefix) or target.startswith(prefix + '.')) and folder != owner:
                        say(name, number, f'<{target}> belongs to {owner}')


def rule_banned():
    for name in sources('libcore', 'fs', 'tools'):
        program = name.startswith(PROGRAM_DIRS)
        for number, line in enumerate(without_comments(text_of(name)).splitlines(), 1):
            if line.lstrip().startswith('#'):
                continue
            match = BANNED.search(line)
            if match and not (program and match.group(1) == 'localtime_r'):  # what people read is local time
                say(name, number, f'{match.group(1)} is banned')
            for pattern, allowed, why in SEAMS:
                if program and why == 'a library does not print or exit':
                    continue
                match = pattern.search(line)
                if match and name not in allowed and name not in EXCEPTIONS.get('banned', ()) \
                        and not name.startswith('libcore/examples/'):
                    # A definition or a function-pointer member of that name is no call.
                    if re.match(r'\s*(static\s+)?[\w\s\*]*\b(int|void|bool)\s+\*?$', line[:match.start()] + ' '.rstrip()):
                        continue
                    say(name, number, f'{match.group(1)}: {why}')


def rule_sizes():
    for name in sources('libcore', 'fs', 'tools', 'tests'):
        lines = text_of(name).count('\n')
        if lines > 600 and name not in EXCEPTIONS.get('sizes', ()):
            say(name, 1, f'{lines} lines: is there one noun in it?')


def rule_style():
    for name in sources('libcore', 'fs', 'tools', 'tests'):
        text = text_of(name)
        if 'tests/fuzz/corpus' in name:
            continue
        if not text.startswith('/* SPDX-License-Identifier: Apache-2.0 */'):
            say(name, 1, 'no SPDX line')
        for number, line in enumerate(text.splitlines(), 1):
            if '\t' in line:
                say(name, number, 'tab')
            if line != line.rstrip():
                say(name, number, 'space at the end of the line')
            if len(line) > 160:
                say(name, number, f'{len(line)} columns')
            if re.search(r'\b(TODO|FIXME|XXX)\b', line):
                say(name, number, 'unfinished work')


RULES = {'includes': rule_includes, 'banned': rule_banned, 'sizes': rule_sizes, 'style': rule_style}
RULES[sys.argv[2]]()
if bad:
    print(f'{bad} violations of rule {sys.argv[2]}')
sys.exit(1 if bad else 0)
