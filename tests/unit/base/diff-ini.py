#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares base/ini.h with botocore's reader on made-up and mutated files.

diff-ini.py DUMP-PROGRAM [COUNT [SEED]]; exit 77 (skipped) where botocore cannot be imported. A
difference prints the file's text and both results. PAIL_PYTHON names the interpreter.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
from botocore.configloader import raw_config_parse
from botocore.exceptions import ConfigParseError

BASES = [
    '[default]\nregion = us-east-1\noutput: json\n\n[profile dev]\nregion=eu-west-1\ns3 =\n'
    '  addressing_style = path\n  max_concurrent_requests = 20\n'
    'role_arn = arn:aws:iam::123456789012:role/x\n',
    '[DEFAULT]\nregion = a\ns3 =\n  x = 1\n[a]\n[b]\nregion = b\n[DEFAULT]\noutput = text\n',
    '# comment\n; another\n[default]\naws_access_key_id = AKIDEXAMPLE\n'
    'aws_secret_access_key = a=b:c\n    # inside\n    more\n\n    still more\n\n\n[x]\n',
    '[services local]\ndynamodb =\n  endpoint_url = http://localhost:8000\n'
    's3 =\n  endpoint_url = http://localhost:9000\n',
    '[a]\n  indented = 1\n  other = 2\n    deeper\n back = 3\n',
]
LINES = [
    '[a]', '[a', 'a]', '[]', '[]]', '[b] tail', '[x]y]', '[DEFAULT]', '[default]', '[ a ]',
    'k = v', 'K = w', 'k', 'k:', 'k=', '= v', ': v', 'k : v = w', 'k = v # no comment',
    's3 =', 'a = b', 'a b', '# c', '; c', '', 'key\u00c4 = \u00d6', 'key\u00e4 = 1',
    'a=\x0b b', 'p = q\x1cr', '\ufeff[a]', 'n =\u2028 x = y', '\u00a0', 'x\u3000=\u3000y',
    '%(a)s = %(k)s', 'nul\x00 = \x00', '"q" = "v"', 'a = [b]', 'a =\\', '\u01c5 = dz',
    '\u1e9e = s',
]
INDENTS = ['', '', '', ' ', '  ', '    ', '\t', '\u00a0', '\u3000 ', '\x0c', '\x1f']
ENDS = ['\n'] * 12 + ['\r\n', '\r', '\n\n', '\x0b\n', ' \n', '']
BYTES = [
    b'\xff', b'\xc3', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xc0\x80', b'\r', b'\n', b' ',
    b'=', b':', b'[', b']', b'#', b'\0', b'\xc2\x85', b'\xe2\x80\xa9', b'\x1d', b'\t',
]


def made_up(rnd):
    text = ''
    if rnd.random() < 0.9:
        text = rnd.choice(['[a]', '[z]', '[DEFAULT]', '# c\n[a]']) + '\n'
    for _ in range(rnd.randrange(12)):
        line = rnd.choice(LINES)
        if rnd.random() < 0.5:
            line = 'k%d %s %s' % (rnd.randrange(9), rnd.choice('=:'), rnd.choice(['', line]))
        text += rnd.choice(INDENTS) + line + rnd.choice(ENDS)
    return text.encode()


def mutated(rnd):
    lines = rnd.choice(BASES).splitlines(True)
    for _ in range(rnd.randrange(4)):
        i = rnd.randrange(len(lines))
        what = rnd.randrange(5)
        if what == 0:
            lines.insert(i, rnd.choice(INDENTS) + rnd.choice(LINES) + rnd.choice(ENDS))
        elif what == 1 and len(lines) > 1:
            del lines[i]
        elif what == 2:
            lines[i] = rnd.choice(INDENTS) + lines[i]
        elif what == 3:
            lines[i] = lines[i].lstrip()
        else:
            lines[i], lines[0] = lines[0], lines[i]
    data = ''.join(lines).encode()
    for _ in range(rnd.choice([0, 0, 1, 2])):
        at = rnd.randrange(len(data) + 1)
        data = data[:at] + rnd.choice(BYTES) + data[at + rnd.randrange(2):]
    return data


def botocore_dump(path):
    try:
        parsed = raw_config_parse(path)
    except ConfigParseError:
        return None
    return [[name, [[key, [list(p) for p in value.items()] if isinstance(value, dict) else value]
                    for key, value in section.items()]] for name, section in parsed.items()]


def pairs_to_lists(pairs):
    return [list(p) for p in pairs]


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rnd = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        names = ['%05d' % i for i in range(count)]
        texts = [b.encode() for b in BASES]
        texts += [rnd.choice([made_up, mutated])(rnd) for _ in range(count - len(texts))]
        for name, text in zip(names, texts):
            with open(os.path.join(folder, name), 'wb') as f:
                f.write(text)
        lines = subprocess.run([os.path.abspath(program)] + names, cwd=folder, check=True,
                               stdout=subprocess.PIPE).stdout.decode().split('\n')[:-1]
        if len(lines) != len(names):
            print('%d results for %d files' % (len(lines), len(names)))
            return 1
        bad = parsed = 0
        for name, text, line in zip(names, texts, lines):
            theirs = botocore_dump(os.path.join(folder, name))
            ours = json.loads(line, object_pairs_hook=pairs_to_lists)
            parsed += theirs is not None
            if ours != theirs:
                bad += 1
                if bad <= 5:
                    print('%s: %r\n  botocore: %r\n  pail:     %r' % (name, text, theirs, ours))
    print('seed %d: %d files, %d of them parse, %d differ' % (seed, count, parsed, bad))
    return 1 if bad or parsed < count // 10 else 0


sys.exit(main())
