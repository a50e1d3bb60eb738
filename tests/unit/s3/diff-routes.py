#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares where we send requests for buckets, and how they are signed, with what botocore's rule set says, for random settings and names.

usage: diff-routes.py ROUTES [COUNT [SEED]]

Exits 77 where botocore is missing. PAIL_PYTHON names an interpreter that has it.
"""
import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore.exceptions
import botocore.session
from botocore.endpoint_provider import EndpointProvider

import random

REGIONS = ['us-east-1', 'us-east-1', 'us-west-2', 'eu-west-1', 'cn-north-1', 'cn-moon-7', 'us-gov-west-1', 'us-iso-east-1', 'us-isob-east-1',
           'eu-isoe-west-1', 'us-isof-south-1', 'eusc-de-east-1', 'eusc-fr-east-1', 'aws-global', 'aws-cn-global', 'moon', 'us-east-1.x', 'a_b', '-']
URLS = ['-'] * 8 + ['http://localhost:9000', 'https://s3.example.com', 'http://10.0.0.1:80/x', 'https://[::1]:8443', 'https://h.example/pre/fix',
                    'http://h.example/pre/', 'https://s3-accelerate.amazonaws.com', 'ftp://h', 'https://h.example:443/', 'http://h.example/?q=1']
FLAGS = {'f': 'UseFIPS', 'd': 'UseDualStack', 'a': 'Accelerate', 'p': 'ForcePathStyle', 'g': 'UseGlobalEndpoint', 'o': 'UseArnRegion',
         'm': 'DisableMultiRegionAccessPoints', 'n': 'DisableAccessPoints', 'x': 'DisableS3ExpressSessionAuth', 'c': 'UseS3ExpressControlEndpoint',
         'l': 'UseObjectLambdaEndpoint'}
NAMES = ['bkt', 'my-bucket', 'a.b', 'with.dots.in', 'Upper', 'under_score', 'ab', 'a' * 63, 'a' * 64, '10.0.0.1', '999.999.9.9', '-x-', 'a..b', 'a.b.',
         'xn--x', 'b--usw2-az1--x-s3', 'b--abcd-ab1--x-s3', 'b--test-ab1--xa-s3', 'b--use1-az12--x-s3', 'b--test1234-ab1--x-s3', 'b--usw2-az1234--xa-s3',
         'B--usw2-az1--x-s3', 'b.c--usw2-az1--x-s3', 'b--x-s3', '--x-s3', '--xa-s3', 'b--12345678901234567890--x-s3',
         'test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3', 'test-accessp-e0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3',
         'test-accessp-e0b1d075431d83bebde8xz5w8ijx1qzlbp3i3ebeta0--op-s3', 'test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3ebeta0--op-s3',
         'test-accessp-h0000075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3', 'short--op-s3', 'ap-alias-s3alias', 'arn:', 'arn:aws', 'arn:aws:s3:::', 'a:b:c']


def arn(rng):
    pick = rng.choice
    sep = pick([':', '/'])
    resource = sep.join(pick([['accesspoint', 'ap1'], ['accesspoint', 'mfzwi23gnjvgw.mrap'], ['accesspoint'], ['accesspoint', ''], ['accesspoint', 'a', 'b'],
                              ['outpost', 'op-1', 'accesspoint', 'ap'], ['outpost', 'op-1', 'accesspoint'], ['outpost', 'op-1'], ['outpost'],
                              ['outpost', 'o_p', 'accesspoint', 'ap'], ['outpost', 'op-1', 'accesspoint', 'ap', 'x'], ['outpost', 'op', 'bucket', 'b'],
                              ['bucket', 'x'], ['', 'x'], ['x'], ['accesspoint', 'a_p'], ['accesspoint', '*']]))
    return ':'.join(['arn', pick(['aws', 'aws', 'aws', 'aws-cn', 'aws-us-gov', '']),
                     pick(['s3', 's3', 's3', 's3-object-lambda', 's3-object-lambda', 's3-outposts', 's3-outposts', 'sqs', '']),
                     pick(['us-west-2', 'us-west-2', 'us-east-1', 'eu-west-1', 'cn-north-1', '', 'us_x']),
                     pick(['123456789012', '123456789012', '123_', '', 'x.y']), resource])


def settings(rng):
    rare = rng.random() < 0.3
    bucket = arn(rng) if rng.random() < 0.45 else rng.choice(NAMES + ['-'])
    flags = ''.join(f for f in FLAGS if rng.random() < (0.3 if rare else 0.08))
    if rng.random() < 0.3:
        flags += 'g'
    return rng.choice(REGIONS), bucket, rng.choice(URLS), flags or '-'


def theirs(provider, region, bucket, url, flags):
    params = {FLAGS[f]: True for f in flags if f in FLAGS}
    if 'UseArnRegion' in params:
        params['UseArnRegion'] = False
    for name, value in (('Region', region), ('Bucket', bucket), ('Endpoint', url)):
        if value != '-':
            params[name] = value
    try:
        e = provider.resolve_endpoint(**params)
    except botocore.exceptions.EndpointProviderError as error:
        return '! ' + str(error)
    schemes = [f"{s['name']}:{s['signingName']}:{s.get('signingRegion') or ','.join(s['signingRegionSet'])}" for s in e.properties['authSchemes']]
    return ' '.join([e.url] + schemes)


def same(ours, botocores, question):
    region, bucket, url, flags = question
    if ours.startswith('! Custom endpoint') and url in ('ftp://h', 'http://h.example/?q=1'):
        return True  # we refuse it before anything else
    if botocores.startswith('! No endpoint found') or botocores.startswith('! Endpoint could not be resolved'):
        return ours.startswith('! ')
    if url == 'http://10.0.0.1:80/x' and f'//{bucket}.10.0.0.1' in botocores:
        return f'//10.0.0.1/x/{bucket}' in ours  # a name before an address leads nowhere
    if '.[::1]' in botocores:
        return True  # likewise
    a, b = ours.split(' '), botocores.split(' ')
    if a[0] == '!' or b[0] == '!':
        return ours == botocores
    for text in ((':80', 'http:'), (':443', 'https:')):  # the default port may be left out
        if b[0].startswith(text[1]):
            b[0] = b[0].replace(text[0] + '/', '/')
            if b[0].endswith(text[0]):
                b[0] = b[0][:-len(text[0])]
    return a[0].rstrip('/') == b[0].rstrip('/') and a[1:] == b[1:]


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    loader = botocore.session.Session().get_component('data_loader')
    provider = EndpointProvider(loader.load_service_model('s3', 'endpoint-rule-set-1'), loader.load_data('partitions'))
    questions = sorted({settings(rng) for _ in range(count * 2)})
    rng.shuffle(questions)
    questions = questions[:count]
    out = subprocess.run([sys.argv[1]], input=''.join(' '.join(q) + '\n' for q in questions), stdout=subprocess.PIPE, text=True, check=True).stdout
    answers = out.splitlines()
    assert len(answers) == len(questions), (len(answers), len(questions))
    bad = routes = 0
    for q, ours in zip(questions, answers):
        botocores = theirs(provider, *q)
        routes += not botocores.startswith('!')
        if not same(ours, botocores, q):
            bad += 1
            if bad <= 20:
                print(f'{" ".join(q)}\n  ours:     {ours}\n  botocore: {botocores}')
    print(f'{len(questions)} questions, {routes} with an endpoint, {bad} differences')
    return bad > 0


sys.exit(main())
