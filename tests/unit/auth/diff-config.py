#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what we read in config and credentials files with what botocore reads.

usage: diff-config.py DUMP-CONFIG [COUNT [SEED]]

Files: random ones, every other one damaged, and the texts of the cross-SDK parser suite where PAIL_SHARED has them (their expected results are not used: botocore differs
from them on purpose, and botocore is what we follow). Exits 77 where botocore is missing. PAIL_PYTHON names an interpreter that has it.
"""
import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore.exceptions
import botocore.session

import json
import pathlib
import random
import tempfile

ROOT = pathlib.Path(os.path.abspath(__file__)).parents[3]
HEADERS = ['[default]', '[profile default]', '[profile a]', '[profile "a b"]', "[profile 'b']", '[profile a b]', '[a]', '[profile]',
           '[profile\tc]', '[profilex y]', '[sso-session s]', '[sso-sessions s]', '[services v]', '[services "v w"]', '[plugins]',
           '[profile "open]', '[profile back\\ slash]', '[profile ""]', '[ profile d ]', '[DEFAULT]']
LINES = ['region = one', 'region = two', 'Key: value', 'key =', 's3 =\n  a = 1\n  b = 2', 's3 =\n  a = 3', 's3 = plain', '# comment', '; comment', '',
         'x = y # z', 'services = v', 'aws_access_key_id = AK', '  indented = 1']


def random_file(rng):
    text = []
    for header in rng.sample(HEADERS, rng.randrange(5)):
        text.append(header)
        used = set()
        for line in rng.sample(LINES, rng.randrange(5)):
            key = line.split('=')[0].split(':')[0].strip().lower()
            if key in used and rng.random() < 0.95:  # duplicates are errors, which end the comparison
                continue
            used.add(key)
            text.append(line)
    return '\n'.join(text) + '\n'


# What has a meaning in the grammar, and what might be taken for it: other line ends and blanks, byte order marks, long letters. No NUL: it ends a name of ours; no U+0130, the one letter that gets longer in lower case.
PIECES = ['[', ']', '=', ':', '#', ';', ' ', '\t', '\n', '\r', '\r\n', '\n ', '\n\t', '"', "'", '\\', '\x0b', '\x0c', '\x1c', '\x85', '\xa0', '\u2028',
          '\ufeff', '\xfc', '\U0001f600', '%', '$', '[profile a]\n', 'a = b\n', ' c = d\n', '[[', ']]', '= =', 'DEFAULT']


def damaged(rng, text):
    """A few pieces put in, cut out, doubled or moved."""
    for _ in range(rng.randrange(1, 5)):
        at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + 12)
        text = rng.choice([text[:at] + rng.choice(PIECES) + text[at:], text[:at] + text[to:], text[:to] + text[at:],
                           text[:at] + text[to:] + text[at:to]])
    return text


def suite():
    path = pathlib.Path(os.environ.get('PAIL_SHARED') or ROOT / '../shared') / 'vectors/config/profile-parser-tests.json'
    if not path.exists():
        print(f'{path}: not found; set PAIL_SHARED to the folder that has it')
        return []
    return [(t['input'].get('configFile', ''), t['input'].get('credentialsFile', '')) for t in json.loads(path.read_text())['tests']]


def word(text):
    return '-' if text is None else text.encode().hex() or '-'


def questions(full):
    for kind, table in (('profile', 'profiles'), ('sso-session', 'sso_sessions'), ('services', 'services')):
        for name, section in full.get(table, {}).items():
            for key, value in list(section.items()) + [('no_such_key', None)]:
                if isinstance(value, dict):
                    yield kind, name, None, key, None
                    for sub, inner in value.items():
                        yield kind, name, key, sub, inner
                else:
                    yield kind, name, None, key, value


def expected(folder, config, credentials):
    """botocore's reading of the two files, which are left in the folder. None: it refuses them."""
    folder.mkdir()
    (folder / 'config').write_bytes(config.encode())
    (folder / 'credentials').write_bytes(credentials.encode())
    os.environ['AWS_CONFIG_FILE'] = str(folder / 'config')
    os.environ['AWS_SHARED_CREDENTIALS_FILE'] = str(folder / 'credentials')
    try:
        return botocore.session.Session().full_config
    except botocore.exceptions.ConfigParseError:
        return None


def compare(full, asked, answers):
    """What differs, as text; None: nothing."""
    names = next(answers)
    given = [next(answers) for _ in asked]
    if full is None or names == 'error':
        return None if full is None and names == 'error' else f'botocore {"fails" if full is None else "reads it"}, we do not agree'
    names = {bytes.fromhex(n[1:]).decode() for n in names.split()}
    if names != set(full['profiles']):
        return f'profiles {sorted(names)}, expected {sorted(full["profiles"])}'
    for question, got in zip(asked, given):
        want = '-' if question[4] is None else '=' + question[4].encode().hex()
        if got != want:
            return f'{question}: {bytes.fromhex(got[1:])}'
    return None


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20150830
    rng = random.Random(seed)
    cases = suite() + [(random_file(rng), random_file(rng) if rng.random() < 0.7 else '') for _ in range(count)]
    cases += [(damaged(rng, random_file(rng)), damaged(rng, random_file(rng)) if rng.random() < 0.3 else '') for _ in range(count)]
    readings, text = [], ''
    with tempfile.TemporaryDirectory() as top:
        for i, (config, credentials) in enumerate(cases):
            folder = pathlib.Path(top) / str(i)
            full = expected(folder, config, credentials)
            asked = [q for q in questions(full or {}) if q[1] and q[3]]  # an empty word cannot be asked for
            readings.append((full, asked))
            text += f'load {folder}/config {folder}/credentials -\n'
            text += ''.join(f'{k} {word(n)} {word(s)} {word(key)}\n' for k, n, s, key, _ in asked)
        run = subprocess.run([program], input=text.encode(), stdout=subprocess.PIPE, check=True)
    answers = iter(run.stdout.decode().split('\n'))
    bad = 0
    for (full, asked), (config, credentials) in zip(readings, cases):
        what = compare(full, asked, answers)
        if what:
            bad += 1
            print(f'config {config!r}\ncredentials {credentials!r}\n  {what}')
    print(f'{len(cases)} pairs of files, seed {seed}: {bad} differ')
    return 1 if bad else 0


sys.exit(main())
