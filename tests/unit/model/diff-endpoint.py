#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random endpoint parameters through our rules and through botocore's EndpointProvider.

usage: diff-endpoint.py RESOLVE-ENDPOINT PACK CASES-PER-SERVICE [SERVICE...]

PAIL_SEED repeats a run. Exits 77 where botocore cannot be imported or is not the one that the pack was made of.
"""
import json
import os
import random
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore
import botocore.loaders
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

RESOLVE, PACK, CASES = sys.argv[1], sys.argv[2], int(sys.argv[3])
SEED = int(os.environ.get('PAIL_SEED', '1'))
LOADER = botocore.loaders.create_loader()
PARTITIONS = LOADER.load_data('partitions')
REGIONS = [r for p in PARTITIONS['partitions'] for r in p['regions']] + ['us-east-1'] * 20 + ['us-west-2'] * 5 + [
    'us-mars-7', 'cn-moon-1', 'eu-isoe-west-9', 'xx', 'a b', '', 'us-east-1-', '-x', 'us-gov-x-1', 'us-iso-a-1', 'Us-East-1', 'fips-us-east-1']
URLS = ['https://example.com', 'http://localhost:9000', 'https://10.0.1.2:8443/base/path', 'https://[::1]:9000/', 'http://host/a/../b//c/', 'https://h/?q=1',
        'ftp://x', 'nonsense', 'https://h:99999', 'https://user@host/p q/%20', 'https://beta.example.com/x;y', 'https://1.2.3.999', 'https://h/#f', 'HTTPS://H']
BUCKETS = ['bucket', 'my-bucket', 'my.bucket', 'my.bucket.', 'Bucket', 'bu', 'a_b', '1.2.3.4', 'x' * 64, 'bucket-with-ünicode', 'b--usw2-az1--x-s3',
           'b--use1-az4--x-s3', 'bucket--abcd--x-s3', 'b--x-s3', 'n--usw2-az1--xa-s3', 'test-accessp-e0000075o000000000000000000000000--op-s3',
           'test--op-s3', '-', '', 'a' * 22 + 'o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3', 'foo bar', 'b/c', '{x}']
SERVICES = ['s3', 's3-outposts', 's3-object-lambda', 'dynamodb', 'kinesis', 'sns', 'lambda', 'events', 'ec2', 'sts', 'iam', 'x']
RESOURCES = ['accesspoint/ap', 'accesspoint:ap', 'accesspoint:ap:extra', 'outpost/op-01234567890123456/accesspoint/ap', 'outpost:op-01234567890123456:bucket:b',
             'stream/s1', 'table/t1', 'accesspoint', 'a', '', 'accesspoint/A_B', 'outpost/e-x/accesspoint/ap', 'accesspoint/myap.mrap', 'stream/x/consumer/y:1',
             'table/a/index/b', 'queue']


def arn(rng):
    partition = rng.choice(['aws', 'aws', 'aws', 'aws-cn', 'aws-us-gov', 'zz', ''])
    region = rng.choice(REGIONS + ['', '', ''])
    account = rng.choice(['123456789012', '123456789012', '999999999999', '', 'acc_ount', '12345'])
    return f'arn:{partition}:{rng.choice(SERVICES)}:{region}:{account}:{rng.choice(RESOURCES)}'


def literals(node, out):
    """Texts that the rules compare with."""
    if isinstance(node, dict):
        if node.get('fn') == 'stringEquals':
            out.update(a for a in node['argv'] if isinstance(a, str) and '{' not in a)
        for v in node.values():
            literals(v, out)
    elif isinstance(node, list):
        for v in node:
            literals(v, out)


def text_for(name, rng, words):
    kind = name.lower()
    if kind == 'region':
        return rng.choice(REGIONS)
    if kind == 'endpoint':
        return rng.choice(URLS)
    if 'arn' in kind or rng.random() < 0.25:
        return rng.choice([arn(rng), arn(rng), arn(rng), 'x', 'arn:aws', ''])
    if kind == 'accountid':
        return rng.choice(['123456789012', '1', 'not valid', ''])
    if words and rng.random() < 0.5:
        return rng.choice(words)
    return rng.choice(BUCKETS + words)


def params_for(rules, rng, words):
    out = {}
    for name, p in rules['parameters'].items():
        kind = p['type'].lower()
        if kind == 'boolean':
            if rng.random() < 0.7:
                out[name] = rng.random() < 0.25
        elif rng.random() < (0.9 if name == 'Region' else 0.2 if name == 'Endpoint' else 0.65):
            out[name] = text_for(name, rng, words) if kind == 'string' else [arn(rng) for _ in range(rng.randrange(3))]
    if rng.random() < 0.01 and out:
        del out[rng.choice(list(out))]
    return out


def oracle(provider, params):
    """(result, known): known is False where botocore trips over itself."""
    params = {k: tuple(v) if isinstance(v, list) else v for k, v in params.items()}
    try:
        e = provider.resolve_endpoint(**params)
    except EndpointProviderError as ex:
        return {'error': str(ex)}, True
    except Exception as ex:
        return {'error': repr(ex)}, False
    return {'url': e.url, 'properties': e.properties, 'headers': e.headers}, True


def main():
    with open(PACK, 'rb') as f:
        made_of = f.read(80)[48:].rstrip(b'\0').decode()
    if made_of != botocore.__version__:
        print(f'the pack is of botocore {made_of}, here is {botocore.__version__}')
        sys.exit(77)
    rng = random.Random(SEED)
    names = sys.argv[4:] or LOADER.list_available_services('endpoint-rule-set-1')
    cases, lines = [], []
    for service in names:
        rules = LOADER.load_service_model(service, 'endpoint-rule-set-1')
        words = set()
        literals(rules['rules'], words)
        provider = EndpointProvider(rules, PARTITIONS)
        for _ in range(CASES):
            params = params_for(rules, rng, sorted(words))
            cases.append((service, params, *oracle(provider, params)))
            lines.append(json.dumps({'service': service, 'params': params}))
    out = subprocess.run([RESOLVE, PACK], input='\n'.join(lines) + '\n', stdout=subprocess.PIPE, check=True, encoding='utf-8').stdout.splitlines()
    bad = urls = tripped = 0
    for (service, params, want, known), line in zip(cases, out, strict=True):
        got = json.loads(line)
        urls += 'url' in want
        tripped += not known
        if 'No endpoint found for parameters' in want.get('error', '') and 'No endpoint found for parameters' in got.get('error', ''):
            continue
        if known and got != want:
            bad += 1
            if bad < 20:
                print(f'{service} {json.dumps(params)}:\n  {json.dumps(got)}\n  expected {json.dumps(want)}')
    print(f'seed {SEED}: {len(names)} services, {len(cases)} cases, {urls} with a URL, {tripped} that botocore itself cannot: {bad} differences')
    sys.exit(1 if bad or not urls else 0)


main()
