#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random expressions and documents, asked here and of Python's jmespath: results and messages are equal.

usage: test_python.py JMES [SEED [COUNT]]

PAIL_PYTHON names an interpreter that has jmespath; without one the test is skipped."""
import json
import os
import random
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('jmespath')
import jmespath

FUNCTIONS = {'abs': 1, 'avg': 1, 'ceil': 1, 'contains': 2, 'ends_with': 2, 'floor': 1, 'join': 2, 'keys': 1, 'length': 1, 'map': 2, 'max': 1,
             'max_by': 2, 'merge': 2, 'min': 1, 'min_by': 2, 'not_null': 2, 'reverse': 1, 'sort': 1, 'sort_by': 2, 'starts_with': 2, 'sum': 1,
             'to_array': 1, 'to_number': 1, 'to_string': 1, 'type': 1, 'values': 1, 'nope': 1}
TOKENS = ['.', '*', '[', ']', '[]', '[?', '(', ')', '{', '}', ',', ':', '|', '||', '&', '&&', '!', '!=', '==', '=', '<', '<=', '>', '>=', '@',
          'a', 'b', '"a"', "'x'", '`1`', '0', '-1', '-', '#', 'length', ' ', 'ü']


def scalar(r):
    return r.choice([None, True, False, 0, 1, -3, 2.5, 1e20, 10**20, '', 'a', 'b', 'ü', 'x y', '7', ' 1.5', "it's", '"', '\n'])


def document(r, depth=3):
    kind = r.random()
    if depth == 0 or kind < 0.3:
        return scalar(r)
    if kind < 0.6:
        same = r.random() < 0.5
        first = document(r, depth - 1)
        return [first if same and r.random() < 0.5 else document(r, depth - 1) for _ in range(r.randrange(4))]
    return {k: document(r, depth - 1) for k in r.sample(['a', 'b', 'c', 'd e'], r.randrange(4))}


def literal(r):
    return '`' + json.dumps(document(r, 1), ensure_ascii=r.random() < 0.5).replace('`', '\\`') + '`'


def expression(r, depth=4):
    sub = lambda: expression(r, depth - 1)  # noqa: E731
    if depth == 0 or r.random() < 0.15:
        return r.choice(['a', 'b', 'c', '"d e"', '@', '*', literal(r), "'a'", "'b'", '[0]', '[*]', '[]'])
    kind = r.randrange(15)
    if kind == 0:
        return f'{sub()}.{r.choice(["a", "b", "*"])}'
    if kind == 1:
        return f'{sub()}[{r.choice(["0", "1", "-1", "*", "", "1:", ":-1", "::2", "::-1", "-2:9", "5:0:-1", "::0"])}]'
    if kind == 2:
        return f'{sub()}[?{sub()}]'
    if kind == 3:
        return f'{sub()} {r.choice(["==", "!=", "<", "<=", ">", ">="])} {sub()}'
    if kind == 4:
        return f'{sub()} {r.choice(["||", "&&", "|"])} {sub()}'
    if kind == 5:
        return f'!{sub()}'
    if kind == 6:
        return f'({sub()})'
    if kind == 7:
        return '[' + ', '.join(sub() for _ in range(r.randrange(1, 4))) + ']'
    if kind == 8:
        return '{' + ', '.join(f'{r.choice("xyz")}: {sub()}' for _ in range(r.randrange(1, 4))) + '}'
    if kind == 9:
        return f'{sub()}.[{sub()}]'
    if kind == 10:
        return f'{sub()}.{r.choice(["a", "b"])}.{{x: {sub()}}}'
    name = r.choice(list(FUNCTIONS))
    n = FUNCTIONS[name] if r.random() < 0.95 else r.randrange(4)
    args = [sub() for _ in range(n)]
    if args and name in ('map', 'sort_by', 'max_by', 'min_by') and r.random() < 0.95:
        args[0 if name == 'map' else -1] = '&' + sub()
    return f'{name}({", ".join(args)})'


def broken(r):
    if r.random() < 0.5:
        return ''.join(r.choice(TOKENS) for _ in range(r.randrange(0, 8)))
    text = expression(r, 3)
    at = r.randrange(len(text))
    return text[:at] + r.choice(TOKENS + ['']) + text[at + r.randrange(2):]


def python(text, doc):
    try:
        return json.dumps(jmespath.search(text, doc))
    except RecursionError:
        return None
    except Exception as e:  # whatever it raises is what people see
        return '!' + json.dumps(str(e))


# Python compares where the language says null; its texts about types of its own say nothing to us.
PYTHON_ONLY = ('not JSON serializable', 'object is not', 'has no attribute', 'object has no', 'unhashable', '_Expression', 'unsupported operand', 'must be str',
               'not supported between instances', 'int too large', 'dictionary update', 'out of range', 'cannot convert')


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 20000
    r = random.Random(seed)
    cases = [(expression(r) if r.random() < 0.8 else broken(r), document(r)) for _ in range(count)]
    text = ''.join(json.dumps(c) + '\n' for c in cases)
    out = subprocess.run([sys.argv[1]], input=text, capture_output=True, text=True, check=True).stdout.split('\n')
    bad = ok = 0
    for (text, doc), got in zip(cases, out):
        want = python(text, doc)
        if want is None or 'An expression reference' in got or 'In function merge()' in got or any(x in want for x in PYTHON_ONLY):
            continue
        ok += 1
        if got != want:
            bad += 1
            if bad <= 10:
                print(f'{text}\n  of {json.dumps(doc)}\n  got  {got}\n  want {want}')
    print(f'seed {seed}: {ok} compared, {bad} differ')
    return 1 if bad or ok < count / 2 else 0


sys.exit(main())
