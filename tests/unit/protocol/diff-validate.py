#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what is said about wrong parameters with botocore's words, over random parameters of random operations.

usage: diff-validate.py CALL-SERVICE MODELS-PACK [COUNT [SEED]]

Exits 77 where botocore is missing. PAIL_PYTHON names an interpreter that has it.
"""
import json
import os
import random
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore.session
from botocore.validate import ParamValidator

PROGRAM, PACK = sys.argv[1], sys.argv[2]
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
SERVICES = ['ec2', 'iam', 'dynamodb', 'sqs', 'ses', 'lambda', 's3', 'secretsmanager', 'cloudtrail', 'route53', 'kinesis', 'glue']
WRONG = [None, True, False, 0, -7, 3.5, 1e22, '', 'text', "it's", 'a"b\'c\n\t\\', 'ü€😀\u00a0', [], ['x', 1, None], {}, {'a': [1, {'b': True}]}, 2 ** 70]


def value(rng, shape, depth=0):
    """Mostly right, sometimes wrong."""
    if rng.random() < 0.12 or depth > 4:
        return rng.choice(WRONG)
    kind = shape.type_name
    if kind == 'structure':
        out = {}
        for name, member in shape.members.items():
            if rng.random() < (0.8 if name in shape.metadata.get('required', []) else 0.25):
                out[name] = value(rng, member, depth + 1)
        if rng.random() < 0.1:
            out[rng.choice(['Nonsense', "it's"])] = 1
        return out
    if kind == 'list':
        return [value(rng, shape.member, depth + 1) for _ in range(rng.randrange(3))]
    if kind == 'map':
        return {rng.choice(['', 'k', 'ü']): value(rng, shape.value, depth + 1) for _ in range(rng.randrange(3))}
    if kind in ('integer', 'long'):
        return rng.choice([-1, 0, 1, 1000, 2 ** 40])
    if kind in ('float', 'double'):
        return rng.choice([-1, 0.25, 1e-9])
    if kind == 'boolean':
        return rng.random() < 0.5
    if kind == 'timestamp':
        return rng.choice([0, 1.5, '2015-01-01', '2015-01-01T00:00:00Z', 'nonsense'])
    return rng.choice(['', 'x', 'text', 'ü'])


def main():
    rng = random.Random(SEED)
    session = botocore.session.get_session()
    models = {name: session.get_service_model(name) for name in SERVICES}
    # Nothing answers there: calls whose parameters are right fail to connect, at once.
    # The models are this botocore's own, whatever the pack was made of.
    data = os.path.join(os.path.dirname(botocore.session.__file__), 'data')
    program = beside.Program(PROGRAM, PAIL_MODELS=PACK, AWS_DATA_PATH=data, AWS_ENDPOINT_URL='http://127.0.0.1:1', AWS_MAX_ATTEMPTS='1', **beside.KEYS)
    compared = differ = 0
    for _ in range(COUNT):
        service = rng.choice(SERVICES)
        operation = models[service].operation_model(rng.choice(models[service].operation_names))
        if operation.input_shape is None:
            continue
        params = value(rng, operation.input_shape)
        if not isinstance(params, dict):
            continue
        # Quirks look at parameters before they are validated; tokens are added to what is shown.
        if set(params) & {'CopySource', 'UserData', 'Bucket', 'Metadata', 'SSECustomerKey', 'Filters', 'SourceRegion'}:
            continue
        for name in operation.idempotent_members:
            params.setdefault(name, 'token')
        if service == 'route53':
            params = {k: v.split('/')[-1] if isinstance(v, str) else v for k, v in params.items()}
        report = ParamValidator().validate(params, operation.input_shape)
        expected = report.generate_report() if report.has_errors() else ''
        answer = program.ask({'service': service, 'operation': operation.name, 'params': params})
        got = answer.get('refusal', {}).get('Error', {})
        text = got.get('Message', '') if got.get('Code') == 'ParamValidation' else ''
        text = text.removeprefix('Parameter validation failed:\n')
        compared += 1
        # Python's own lists are not the model's order where a union's members are told.
        if text != expected:
            differ += 1
            if differ <= 5:
                print(f'{service} {operation.name} {json.dumps(params)}\n  botocore: {expected!r}\n  pail:     {text!r}\n  {answer}')
    program.done()
    print(f'{compared} compared, {differ} differ (seed {SEED})')
    return 1 if differ or compared < COUNT / 4 else 0


sys.exit(main())
