#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our signatures with botocore's, byte for byte, over random requests, and bodies in chunks with theirs.

usage: diff-sign.py SIGN-REQUESTS [COUNT [SEED]]

Exits 77 where botocore is missing. PAIL_PYTHON names an interpreter that has it.
"""
import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.httpchecksum

import datetime
import hashlib
import io
import random
from unittest import mock
from urllib.parse import quote

HOSTS = ['https://bucket.s3.us-east-1.amazonaws.com', 'http://127.0.0.1:9000', 'https://EXAMPLE.com:8443', 'http://[::1]:80', 'https://h']
TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
# White space of Unicode is left out: Python trims it from header values, which are bytes on the wire.
ODD = ''.join(chr(c) for c in range(0x21, 0x7f)) + 'äßé€漢字😀'


def word(rng, alphabet, most):
    return ''.join(rng.choice(alphabet) for _ in range(rng.randrange(most + 1)))


def random_bytes(rng, most):
    return bytes(rng.randrange(256) for _ in range(rng.randrange(most + 1)))


def random_path(rng):
    parts = []
    for _ in range(rng.randrange(6)):
        kind = rng.randrange(5)
        if kind == 0:
            parts.append(rng.choice(['.', '..', '', 'a', 'a.b', '...', '-_~']))
        elif kind == 1:
            parts.append(word(rng, 'abcXYZ019-_.~', 8))
        else:
            parts.append(quote(random_bytes(rng, 12), safe="!$&'()*+,;=:@~" if kind == 2 else '~'))
    path = '/' + '/'.join(parts)
    return path + rng.choice(['', '/', '//'])


def random_query(rng, presign):
    pairs, names = [], set()
    for _ in range(rng.choice([0, 0, 1, 2, 5, 40])):
        if not presign:
            name, value = quote(random_bytes(rng, 6), safe='~'), quote(random_bytes(rng, 6), safe='~')
            pairs.append(name if not value and rng.random() < 0.5 else f'{name}={value}')
            continue
        # botocore takes a presigned URL's query apart as text and puts it together again: UTF-8, no name twice, no empty ones.
        name, value = quote(word(rng, ODD + ' \x01', 6), safe='~'), quote(word(rng, ODD + ' \n', 6), safe='~')
        if name and name not in names:
            pairs.append(f'{name}={value}')
            names.add(name)
    return '&'.join(pairs)


def random_headers(rng):
    headers = []
    for _ in range(rng.choice([0, 1, 3, 8, 50])):
        name = rng.choice(['x-amz-meta-', 'X-Amz-', 'Content-', 'If-', 'te', 'Range', 'Date', 'User-Agent', 'Cache-Control'])
        if name[-1] == '-':
            name += word(rng, 'abcXYZ-', 5) + rng.choice('xyz')
        if name.lower() in ('x-amz-date', 'x-amz-content-sha256', 'date', 'content-type'):
            continue
        value = rng.choice(['', ' ', '  ', '\t']).join(word(rng, ODD, 6) for _ in range(rng.randrange(4)))
        headers.append((name, rng.choice(['', ' ']) + value))
    return headers


class Case:
    def __init__(self, rng):
        self.s3 = rng.random() < 0.5
        self.presign = rng.random() < 0.4
        self.method = rng.choice(METHODS)
        self.url = rng.choice(HOSTS)
        self.path = random_path(rng)
        self.query = random_query(rng, self.presign)
        self.headers = random_headers(rng)
        # Bodies are moved into the query by botocore when it presigns; ours are somebody else's business.
        self.body = b'' if self.presign else random_bytes(rng, 30)
        self.time = rng.randrange(4102444800)
        self.expires = rng.choice([1, 3600, 604800])
        self.token = rng.choice([None, None, word(rng, ODD[:94], 40) + 'x'])
        self.secret = word(rng, ODD[:94], 60) + 's'
        self.region = rng.choice(['us-east-1', 'eu-central-1', 'r'])
        self.chunks = None
        if self.s3 and not self.presign and rng.random() < 0.2:  # botocore has a checksum behind the body over https only
            self.url = self.url.replace('http:', 'https:')
            self.body = rng.randbytes(rng.randrange(2000))
            self.chunks = rng.choice(['CRC32', 'SHA1', 'SHA256']), rng.randrange(1, 1000)
        self.service = 's3' if self.s3 else rng.choice(['sts', 'dynamodb', 'execute-api'])

    def ours(self):
        digest = 'UNSIGNED-PAYLOAD' if self.s3 and self.presign else TRAILER if self.chunks else hashlib.sha256(self.body).hexdigest()
        lines = [f'method {self.method}', f'url {self.url}', 'path ' + self.path.encode().hex(), 'query ' + self.query.encode().hex(),
                 f'time {self.time}', f'expires {self.expires}', f'secret {self.secret}', f'region {self.region}',
                 f'service {self.service}', f'hash {digest}']
        lines += ['header ' + f'{n}:{v}'.encode().hex() for n, v in self.headers]
        lines += [f'token {self.token}'] if self.token else []
        lines += ['s3'] if self.s3 else []
        lines += ['presign'] if self.presign else []
        if self.chunks:
            lines += [f'algorithm {self.chunks[0]}', f'chunk {self.chunks[1]}', 'body ' + self.body.hex()]
        return '\n'.join(lines) + '\n\n'

    def theirs(self):
        credentials = botocore.credentials.Credentials('AKIDEXAMPLE', self.secret, self.token)
        url = self.url + self.path + ('?' + self.query if self.query else '')
        request = botocore.awsrequest.AWSRequest(method=self.method, url=url, data=self.body)
        for name, value in self.headers:
            request.headers[name] = value
        if self.chunks:
            request.context['checksum'] = {'request_algorithm': {'in': 'trailer', 'algorithm': self.chunks[0].lower()}}
        args = [credentials, self.service, self.region]
        if self.presign:
            kind = botocore.auth.S3SigV4QueryAuth if self.s3 else botocore.auth.SigV4QueryAuth
            args.append(self.expires)
        else:
            kind = botocore.auth.S3SigV4Auth if self.s3 else botocore.auth.SigV4Auth
        now = datetime.datetime.fromtimestamp(self.time, datetime.timezone.utc).replace(tzinfo=None)
        with mock.patch('botocore.auth.get_current_datetime', return_value=now):
            signer = kind(*args)
            if self.presign:
                request.context['timestamp'] = now.strftime('%Y%m%dT%H%M%SZ')
            signer.add_auth(request)
        if self.chunks:
            kind = getattr(botocore.httpchecksum, {'CRC32': 'Crc32Checksum', 'SHA1': 'Sha1Checksum', 'SHA256': 'Sha256Checksum'}[self.chunks[0]])
            body = botocore.httpchecksum.AwsChunkedWrapper(io.BytesIO(self.body), kind, 'x-amz-checksum-' + self.chunks[0].lower(), self.chunks[1])
            return request.headers['Authorization'] + ' ' + body.read().hex()
        return request.url.split('?', 1)[1] if self.presign else request.headers['Authorization']


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10500
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20150830
    rng = random.Random(seed)
    cases = [Case(rng) for _ in range(count)]
    text = ''.join(case.ours() for case in cases)
    got = subprocess.run([program], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout.decode().split('\n')[:-1]
    if len(got) != count:
        print(f'{len(got)} answers to {count} requests')
        return 1
    bad = 0
    for case, ours in zip(cases, got):
        theirs = case.theirs()
        if ours != theirs:
            bad += 1
            if bad <= 5:
                print(f'{vars(case)}\n  ours:   {ours}\n  theirs: {theirs}')
    print(f'{count} requests, {sum(c.presign for c in cases)} of them presigned, {sum(c.chunks is not None for c in cases)} in chunks, seed {seed}: {bad} differ')
    return 1 if bad else 0


sys.exit(main())
