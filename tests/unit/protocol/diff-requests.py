#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what goes over the wire with botocore's requests, for random parameters of random operations.

usage: diff-requests.py CALL-SERVICE MODELS-PACK [COUNT [SEED]]

Both send to a server here that writes requests down and refuses them. Exits 77 where botocore is missing; PAIL_PYTHON names an
interpreter that has it.
"""
import base64
import http.server
import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree
import zlib

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore
import botocore.exceptions

import differential

if tuple(int(n) for n in botocore.__version__.split('.')[:2]) < (1, 44):
    print(f'botocore {botocore.__version__} is too old: it cuts fractions of seconds off')
    sys.exit(77)

SERVICES = ['iam', 'dynamodb', 'sqs', 'ses', 'lambda', 's3', 'secretsmanager', 'cloudtrail', 'route53', 'kinesis', 'cloudfront', 'sesv2',
            'sns', 'apigateway', 'autoscaling', 'logs', 'ssm', 'glacier', 'elasticache', 'batch', 's3control', 'ec2', 'rds', 'cloudformation', 'ecs', 'eks', 'stepfunctions', 'events', 'kms',
            'cloudwatch', 'cognito-idp', 'sts', 'polly', 'iot', 'pinpoint']
# Ours alone: what SDKs say about themselves, when, and how the connection is kept. botocore sends a body's sum in a trailer or
# chunks where we send a header.
NOT_COMPARED = {'host', 'user-agent', 'authorization', 'x-amz-date', 'amz-sdk-invocation-id', 'amz-sdk-request', 'connection', 'accept-encoding',
                'content-length', 'x-amz-content-sha256', 'expect', 'transfer-encoding', 'x-amz-trailer', 'x-amz-decoded-content-length',
                'x-amz-sdk-checksum-algorithm', 'content-encoding', 'x-amz-security-token'}
requests = []


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        if self.headers.get('Transfer-Encoding') == 'chunked':
            body = b''
            while True:
                size = int(self.rfile.readline().split(b';')[0], 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    break
        requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(403)
        self.send_header('Content-Length', '0')
        self.end_headers()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = answer

    def log_message(self, *args):
        pass


def value(rng, shape, depth=0):
    kind = shape.type_name
    if kind == 'structure':
        out = {}
        names = list(shape.members)
        if getattr(shape, 'is_tagged_union', False):
            names = [rng.choice(names)]
        required = shape.metadata.get('required', [])
        for name in names:
            if name in required or len(names) == 1 or (depth < 4 and rng.random() < 0.4):
                out[name] = value(rng, shape.members[name], depth + 1)
        return out
    if kind == 'list':
        least = max(int(shape.metadata.get('min', 0)), depth < 6)
        return [value(rng, shape.member, depth + 1) for _ in range(rng.randrange(least, least + 2))]
    if kind == 'map':
        keys = ('k', 'a b') if depth else ('k',)
        return {k: value(rng, shape.value, depth + 1) for k in keys[:rng.randrange(3)]}
    if kind in ('integer', 'long'):
        return rng.choice([1, 7, 1000]) + int(shape.metadata.get('min', 0))
    if kind in ('float', 'double'):
        return rng.choice([0.25, 3, 1e-9, 1e22])
    if kind == 'boolean':
        return rng.random() < 0.5
    if kind == 'timestamp':
        return rng.choice([0, 1440938160, 1440938160.25, '2015-01-01', '2015-01-01T00:00:00.5Z'])
    if shape.enum if hasattr(shape, 'enum') else False:
        return rng.choice(shape.enum)
    text = rng.choice(['text', 'a b+c', 'ü&<>"\'', 'x/y?z=%41', '2'])
    return text + 'x' * max(0, int(shape.metadata.get('min', 0)) - len(text))


def plain(params, operation):
    """Names that must be fit for hosts and buckets."""
    for name, shape in (operation.input_shape.members if operation.input_shape else {}).items():
        if name in params and (name in ('Bucket', 'AccountId') or shape.serialization.get('hostLabel')):
            params[name] = '123456789012' if name == 'AccountId' else 'bucket'
        if name in params and name == 'Metadata':
            params[name] = {'k': 'v'}
        if name in params and shape.serialization.get('location') in ('header', 'headers') and isinstance(params[name], (str, dict)):
            params[name] = {'k': 'v'} if isinstance(params[name], dict) else 'x' * max(3, len(params[name]))
    return params


def tree(element):
    return (element.tag, sorted(element.attrib.items()), (element.text or '').strip(), [tree(e) for e in element])


def body_of(body, headers):
    if headers.get('x-amz-decoded-content-length') and b'\r\n' in body:
        body = body.split(b'\r\n', 1)[1][:int(headers['x-amz-decoded-content-length'])]
    if body[:1] == b'<':
        try:
            return tree(xml.etree.ElementTree.fromstring(body))
        except xml.etree.ElementTree.ParseError:
            pass
    return body


def normal(request):
    method, path, headers, body = request
    path, _, query = path.partition('?')
    kept = {k: v for k, v in headers.items() if k not in NOT_COMPARED}
    raw, body = body, body_of(body, headers)
    # Two spellings of one document have two sums; each must be its own.
    if 'x-amz-checksum-crc32' in kept and isinstance(body, tuple):
        kept['x-amz-checksum-crc32'] = base64.b64decode(kept['x-amz-checksum-crc32']) == zlib.crc32(raw).to_bytes(4, 'big')
    if kept.get('accept') == '*/*':
        del kept['accept']
    # We name the type of XML documents, and none for raw bytes; botocore the other way round.
    if isinstance(body, tuple) or (not body and kept.get('content-type') in (None, 'application/xml')):
        kept.pop('content-type', None)
    return method, path, sorted(urllib.parse.parse_qsl(query, keep_blank_values=True)), kept, body


def compare(run, service, client, operation):
    params = plain(value(run.rng, operation.input_shape), operation) if operation.input_shape else {}
    for name in operation.idempotent_members:
        params[name] = 'token-token-token-token-token-token-token'
    if {'SSECustomerKey', 'CopySourceSSECustomerKey', 'CopySource'} & set(params) or operation.has_event_stream_input:
        return None
    requests.clear()
    try:
        client._make_api_call(operation.name, differential.plain_params(params))
    except botocore.exceptions.ClientError:
        pass
    except Exception:  # what botocore does not send has nothing to be compared with
        return None
    theirs = list(requests)
    requests.clear()
    answer = run.ask(service, operation, params)
    ours = list(requests)
    if ours and theirs and normal(ours[-1]) == normal(theirs[-1]):
        return []
    return [f'{service} {operation.name} {json.dumps(params)[:400]}'] + [
        f'  pail:     {str(a)[:700]}\n  botocore: {str(b)[:700]}'
        for a, b in zip(normal(ours[-1]) if ours else [answer], normal(theirs[-1]) if theirs else ['nothing']) if a != b]


differential.Run(sys.argv, SERVICES, Recorder).main(compare)
