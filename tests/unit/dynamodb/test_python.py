#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random values and conditions, converted here and by boto3; and the table of wire.c against botocore's model.

usage: test_python.py CONVERT [SEED [COUNT]]

PAIL_PYTHON names an interpreter that has boto3; without one the test is skipped."""
import base64
import decimal
import json
import os
import pathlib
import random
import re
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('boto3')
import boto3.dynamodb.conditions as conditions
import botocore.session
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from boto3.exceptions import DynamoDBNeedsKeyConditionError

SERIALIZER, DESERIALIZER = TypeSerializer(), TypeDeserializer()


# ---- Values: what is asked, and the same in Python --------------------------------------------------

def number(r):
    digits = ''.join(r.choice('0123456789') for _ in range(r.choice([1, 2, 5, 20, 37, 38, 39, 45])))
    if r.random() < 0.3:
        digits = digits.rstrip('0') + '0' * r.randrange(8) or '0'
    if r.random() < 0.5:
        at = r.randrange(len(digits) + 1)
        digits = digits[:at] + '.' + digits[at:]
    if not digits.strip('.'):
        digits = '0'
    exponent = r.choice(['', '', f'e{r.randrange(-10, 10)}', f'E{r.randrange(-215, 180):+}', f'e{r.randrange(-130, 130)}'])
    return r.choice(['', '-', '+']) + digits + exponent


def scalar(r):
    kind = r.choice('nbiddsB')
    if kind == 'n':
        return ['n'], None
    if kind == 'b':
        v = r.random() < 0.5
        return ['b', v], v
    if kind == 'i':
        v = r.choice([0, 1, -1, 2**63 - 1, -2**63, r.randrange(-10**6, 10**6)])
        return ['i', v], v
    if kind == 'd':
        v = number(r)
        return ['d', v], decimal.Decimal(v)
    if kind == 's':
        v = ''.join(r.choice('aä€😀" \\\n') for _ in range(r.randrange(5)))
        return ['s', v], v
    v = bytes(r.randrange(256) for _ in range(r.randrange(5)))
    return ['B', base64.b64encode(v).decode()], v


def value(r, depth=3):
    kind = r.random()
    if depth == 0 or kind < 0.5:
        if r.random() < 0.02:
            return ['f', 1.5], 1.5
        return scalar(r)
    if kind < 0.65:
        pairs = [value(r, depth - 1) for _ in range(r.randrange(4))]
        return ['l', [a for a, _ in pairs]], [b for _, b in pairs]
    if kind < 0.8:
        pairs = {r.choice(['a', 'b', 'SS', 'N', 'ü', '']): value(r, depth - 1) for _ in range(r.randrange(4))}
        return ['m', {k: a for k, (a, _) in pairs.items()}], {k: b for k, (_, b) in pairs.items()}
    name, kinds = r.choice([('SS', 's'), ('NS', 'id'), ('BS', 'B')])
    pairs = []
    for _ in range(r.randrange(1, 5)):
        while True:
            a, b = scalar(r)
            if a[0] in kinds:
                break
        pairs.append((a, b))
    return [name, [a for a, _ in pairs]], {b for _, b in pairs}


def as_json(typed):
    """boto3's typed value as ours is printed; sets in an order of their own."""
    (kind, v), = typed.items()
    if kind == 'B':
        v = base64.b64encode(v).decode()
    elif kind == 'BS':
        v = sorted(base64.b64encode(b).decode() for b in v)
    elif kind in ('SS', 'NS'):
        v = sorted(v)
    elif kind == 'L':
        v = [as_json(e) for e in v]
    elif kind == 'M':
        v = {k: as_json(e) for k, e in v.items()}
    return {kind: v}


def sorted_sets(typed):
    """The same of what is printed."""
    (kind, v), = typed.items()
    if kind in ('BS', 'SS', 'NS'):
        v = sorted(v)
    elif kind == 'L':
        v = [sorted_sets(e) for e in v]
    elif kind == 'M':
        v = {k: sorted_sets(e) for k, e in v.items()}
    return {kind: v}


def canonical(typed):
    """Numbers by value: a set keeps another of two equal ones than boto3's."""
    (kind, v), = typed.items()
    if kind == 'NS':
        v = sorted(str(decimal.Decimal(n).normalize(decimal.Context(prec=60))) for n in v)
        v = ['0' if n == '-0' else n for n in v]
    elif kind == 'L':
        v = [canonical(e) for e in v]
    elif kind == 'M':
        v = {k: canonical(e) for k, e in v.items()}
    return {kind: v}


def check_value(ask, r):
    question, plain = value(r)
    try:
        typed = as_json(SERIALIZER.serialize(plain))
    except decimal.DecimalException as e:
        typed = {'error': re.search(r"decimal\.(\w+)", str(e)).group(1)}
    except TypeError as e:
        typed = {'error': str(e)}
    answer = ask(['value', question])
    if isinstance(answer, dict):
        # Of two things that are wrong each may find another first; most values have one.
        assert 'error' in typed, (question, answer, typed)
        if json.dumps(question).count('"d"') + json.dumps(question).count('"f"') == 1:
            assert typed['error'] in answer['error'], (question, answer, typed)
        return
    assert 'error' not in typed, (question, answer, typed)
    assert canonical(sorted_sets(answer[0])) == canonical(typed), (question, answer, typed)
    assert answer[1] == answer[0], (question, answer)


# ---- Conditions -------------------------------------------------------------------------------------

NAMES = ['a', 'b.c', 'l[0]', 'l[0].x[12]', 'size', 'a-b', '%s', 'ü', '[1]', 'a]', 'a[b', 'a..b', 'x[y]z', ']', 'a[0]]b', '#a:b']


def attribute(r, key):
    name = r.choice(NAMES)
    if key and r.random() < 0.97:
        return ['key', name], conditions.Key(name)
    return ['attr', name], conditions.Attr(name)


def condition(r, key, depth=4):
    kind = r.random()
    if depth and kind < 0.2:
        (a, x), (b, y) = condition(r, key, depth - 1), condition(r, key, depth - 1)
        return ['and', a, b], x & y
    if depth and kind < 0.3 and not key:
        (a, x), (b, y) = condition(r, key, depth - 1), condition(r, key, depth - 1)
        return ['or', a, b], x | y
    if depth and kind < 0.4 and not key:
        a, x = condition(r, key, depth - 1)
        return ['not', a], ~x
    name, attr = attribute(r, key)
    if r.random() < 0.1 and name[0] == 'attr':
        name, attr = ['size', name], attr.size()
        op = r.choice(['eq', 'lt', 'gte', 'between'])
    else:
        op = r.choice(['eq', 'lt', 'lte', 'gt', 'gte', 'begins_with', 'between'] + (['ne', 'contains', 'attribute_type', 'exists', 'not_exists', 'in']
                      if name[0] == 'attr' else []))
    if op in ('exists', 'not_exists'):
        return [op, name], getattr(attr, op)()
    if op == 'in':
        pairs = [scalar(r) for _ in range(r.randrange(4))]
        return ['in', name, [a for a, _ in pairs]], attr.is_in([b for _, b in pairs])
    (a, x), (b, y) = scalar(r), scalar(r)
    if op == 'between':
        return [op, name, ['val', a], ['val', b]], attr.between(x, y)
    if r.random() < 0.1:
        other, y = attribute(r, False)
        return [op, name, other], getattr(attr, op)(y)
    return [op, name, ['val', a]], getattr(attr, op)(x)


def written_value(question):
    """As one writes it down; None: only a program can."""
    kind, v = question[0], question[-1]
    if kind == 'n':
        return 'null'
    if kind in 'bi':
        return json.dumps(v)
    if kind == 'd':
        return v if v != '-0' and re.fullmatch(r'-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?', v) else None
    return json.dumps(v, ensure_ascii=False).replace('%', '%%') if kind == 's' else None


def written(c):
    """A condition in DynamoDB's words."""
    signs = {'eq': '=', 'ne': '<>', 'lt': '<', 'lte': '<=', 'gt': '>', 'gte': '>='}
    functions = {'begins_with': 'begins_with', 'contains': 'contains', 'attribute_type': 'attribute_type', 'exists': 'attribute_exists',
                 'not_exists': 'attribute_not_exists', 'size': 'size'}
    kind = c[0]
    if kind in ('attr', 'key'):
        return c[1] if re.fullmatch(r'[\w.\[\]$@][-\w.\[\]$@]*', c[1], re.A) and not c[1].startswith('[') else None
    if kind == 'val':
        return written_value(c[1])
    parts = [written_value(v) for v in c[2]] if kind == 'in' else [written(part) for part in c[1:]]
    if kind == 'in':
        parts = [written(c[1])] + parts if parts else [None]
    if None in parts:
        return None
    if kind in signs:
        return f'{parts[0]} {signs[kind]} {parts[1]}'
    if kind in functions:
        return f"{functions[kind]}({', '.join(parts)})"
    if kind == 'between':
        return f'{parts[0]} between {parts[1]} AND {parts[2]}'
    if kind == 'in':
        return f"{parts[0]} IN ({', '.join(parts[1:])})"
    return f'(not ({parts[0]}))' if kind == 'not' else f'({parts[0]} {kind.upper()} {parts[1]})'


def check_condition(ask, r):
    builder = conditions.ConditionExpressionBuilder()
    question, expected, names, values = {}, {}, {}, {}
    members = [('condition', 'ConditionExpression', False)] if r.random() < 0.5 else \
        [('filter', 'FilterExpression', False), ('key', 'KeyConditionExpression', True)]
    try:
        for name, member, key in members:
            question[name], c = condition(r, key)
            built = builder.build_expression(c, is_key_condition=key)
            expected[member] = built.condition_expression
            names.update(built.attribute_name_placeholders)
            values.update(built.attribute_value_placeholders)
        if names:
            expected['ExpressionAttributeNames'] = names
        if values:
            expected['ExpressionAttributeValues'] = {k: as_json(SERIALIZER.serialize(v)) for k, v in values.items()}
    except DynamoDBNeedsKeyConditionError as e:
        expected = {'error': re.sub(r"<class '[\w.]*\.(\w+)'>", r'\1', str(e))}
    except decimal.DecimalException:
        return
    answer = ask(['expr', question])
    assert answer == expected, f'{json.dumps(question)}\n{answer}\n{expected}'
    texts = {k: written(c) for k, c in question.items()}
    if None in texts.values() or 'error' in expected:
        return 0
    answer = ask(['expr', texts])
    assert answer == expected, f'{json.dumps(texts)}\n{answer}\n{expected}'
    return 1


# ---- The table of paths -----------------------------------------------------------------------------

def check_paths():
    source = (pathlib.Path(__file__).parents[3] / 'libcore/dynamodb/wire.c').read_text()
    tables = {name: set(re.findall(r'"([^"]+)"', body)) for name, body in re.findall(r'(\w+)_paths\[\] = \{(.*?)\};', source, re.S)}
    model = botocore.session.get_session().get_service_model('dynamodb')
    found = {'input': set(), 'output': set()}

    def walk(shape, path, seen, to):
        if shape.name == 'AttributeValue':
            to.add('.'.join(path))
        elif shape.name not in seen:
            seen = seen | {shape.name}
            if shape.type_name == 'structure':
                for k, m in shape.members.items():
                    walk(m, path + [k], seen, to)
            elif shape.type_name == 'list':
                walk(shape.member, path + ['[]'], seen, to)
            elif shape.type_name == 'map':
                walk(shape.value, path + ['*'], seen, to)

    for name in model.operation_names:
        op = model.operation_model(name)
        for shape, to in [(op.input_shape, 'input'), (op.output_shape, 'output')] + [(s, 'output') for s in op.error_shapes]:
            if shape is not None:
                walk(shape, [], frozenset(), found[to])
    # Parts of transactions are one row for all kinds of them.
    merged = {re.sub(r'^TransactItems\.\[\]\.\w+\.', 'TransactItems.[].*.', p) for p in found['input']}
    # Older models have less.
    assert merged <= tables['input'], merged - tables['input']
    assert found['output'] <= tables['output'], found['output'] - tables['output']


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 3000
    check_paths()
    program = beside.Program(sys.argv[1])
    r = random.Random(seed)
    texts = 0
    for _ in range(count):
        check_value(program.ask, r)
        texts += check_condition(program.ask, r) or 0
    assert texts > count / 10
    program.done()
    print(f'{count} values and as many conditions are as in boto3, {texts} of them written out as well')


if __name__ == '__main__':
    main()
