#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what is read out of random answers with what botocore reads out of them.

usage: diff-answers.py CALL-SERVICE MODELS-PACK [COUNT [SEED]]

A server here answers every operation with a random result of its output shape, or a random error. Exits 77 where botocore is
missing; PAIL_PYTHON names an interpreter that has it.
"""
import base64
import datetime
import http.server
import json
import os
import sys
from xml.sax.saxutils import escape

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore.exceptions

import differential

SERVICES = ['iam', 'dynamodb', 'sqs', 'ses', 'lambda', 'secretsmanager', 'cloudtrail', 'route53', 'kinesis', 'cloudfront', 'sesv2', 'sns',
            'apigateway', 'autoscaling', 'logs', 'ssm', 'glacier', 's3', 'ec2', 'cloudformation', 'stepfunctions', 'cognito-idp', 'sts']
TEXTS = ['text', '', 'a b  c', 'ü€😀', '<&>"\'', ' blanks ', 'line\nbreak', '2', 'true']
answer = None


class Answerer(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def respond(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = respond

    def log_message(self, *args):
        pass


def moment(rng, form):
    t = datetime.datetime(2015, 8, 30, 12, 36, rng.randrange(60), tzinfo=datetime.timezone.utc)
    if form == 'rfc822':
        return t.strftime('%a, %d %b %Y %H:%M:%S GMT')
    if form == 'unixtimestamp':
        return rng.choice([int(t.timestamp()), t.timestamp() + 0.25, t.timestamp() + 0.123])
    return t.strftime('%Y-%m-%dT%H:%M:%S') + rng.choice(['Z', '.5Z', '.123456Z', '+02:00'])


def scalar(rng, shape, default_form):
    kind = shape.type_name
    if kind in ('integer', 'long'):
        return rng.choice([0, -1, 7, 2 ** 31, 2 ** 53 + 1] if kind == 'long' else [0, -1, 7])
    if kind in ('float', 'double'):
        return rng.choice([0.5, -1.25, 3.0, 1e22, 1e-7])
    if kind == 'boolean':
        return rng.random() < 0.5
    if kind == 'timestamp':
        return moment(rng, shape.serialization.get('timestampFormat', default_form))
    if kind == 'blob':
        return base64.b64encode(rng.choice([b'', b'x', b'\0\xff\xfe'])).decode()
    return rng.choice(TEXTS)


def located(shape):
    return shape.serialization.get('location') in ('header', 'headers', 'statusCode')


def members(rng, shape, depth):
    names = [n for n, m in shape.members.items() if not located(m) and not m.serialization.get('eventstream')]
    if shape.is_tagged_union:
        return [rng.choice(names)] if names else []
    return [n for n in names if depth < 5 and rng.random() < 0.5]


def as_json(rng, shape, depth=0):
    kind = shape.type_name
    if kind == 'structure':
        if shape.is_document_type:
            return rng.choice([{'a': [1, None]}, 'x'])
        out = {}
        for n in members(rng, shape, depth):
            m = shape.members[n]
            out[m.serialization.get('name', n)] = None if rng.random() < 0.05 and not shape.is_tagged_union else as_json(rng, m, depth + 1)
        if rng.random() < 0.1 and not shape.is_tagged_union:
            out['unknownToTheModel'] = {'x': 1}
        return out
    if kind == 'list':
        return [as_json(rng, shape.member, depth + 1) for _ in range(rng.randrange(3))]
    if kind == 'map':
        return {k: as_json(rng, shape.value, depth + 1) for k in ('k', 'ü')[:rng.randrange(3)]}
    return scalar(rng, shape, 'unixtimestamp')


def text(value):
    return escape(json.dumps(value) if isinstance(value, (bool, float)) else str(value))


def as_xml(rng, shape, name, depth=0):
    kind, flat = shape.type_name, shape.serialization.get('flattened')
    if kind == 'structure':
        inner = ''.join(as_xml(rng, shape.members[n], shape.members[n].serialization.get('name', n), depth + 1)
                        for n in members(rng, shape, depth) if not shape.members[n].serialization.get('xmlAttribute'))
        if rng.random() < 0.1 and not shape.is_tagged_union:
            inner += '<unknownToTheModel><x>1</x></unknownToTheModel>'
        return f'<{name}>{inner}</{name}>'
    if kind == 'list':
        item = shape.member.serialization.get('name', name if flat else 'member')
        inner = ''.join(as_xml(rng, shape.member, item, depth + 1) for _ in range(rng.randrange(3)))
        return inner if flat else f'<{name}>{inner}</{name}>'
    if kind == 'map':
        entry = name if flat else 'entry'
        inner = ''
        for k in ('k', 'ü')[:rng.randrange(3)]:
            inner += f'<{entry}>' + f'<{shape.key.serialization.get("name", "key")}>{k}</{shape.key.serialization.get("name", "key")}>'
            inner += as_xml(rng, shape.value, shape.value.serialization.get('name', 'value'), depth + 1) + f'</{entry}>'
        return inner if flat else f'<{name}>{inner}</{name}>'
    return f'<{name}>{text(scalar(rng, shape, "iso8601"))}</{name}>'


def headers_of(rng, shape):
    out = {}
    for n, m in shape.members.items():
        name = m.serialization.get('name', n)
        if m.serialization.get('location') == 'header' and rng.random() < 0.5:
            if m.type_name == 'list':
                out[name] = 'a, b'
            elif not m.serialization.get('jsonvalue'):
                value = scalar(rng, m, 'rfc822')
                out[name] = 'text' if m.type_name == 'string' else json.dumps(value) if not isinstance(value, str) else value
        elif m.serialization.get('location') == 'headers' and rng.random() < 0.5:
            out[name + 'k'] = 'v'
    return out


def make_answer(rng, operation):
    protocol = operation.service_model.resolved_protocol
    shape = operation.output_shape
    headers = {'x-amzn-RequestId': 'RID'}
    if rng.random() < 0.2:
        shapes = operation.error_shapes or operation.service_model.error_shapes
        error = rng.choice(shapes).error_code if shapes and rng.random() < 0.8 else 'NoModelKnowsThis'
        status = rng.choice([400, 404, 403])
        if 'json' in protocol:
            return status, headers, json.dumps({'__type': 'x#' + error, rng.choice(['message', 'Message']): rng.choice(TEXTS), 'Code': 'c'}
                                               if protocol == 'json' else {'code': error, 'message': 'm'}).encode()
        inner = f'<Code>{error}</Code><Message>{escape(rng.choice(TEXTS))}</Message><Extra/>'
        if protocol == 'ec2':
            return status, headers, f'<Response><Errors><Error>{inner}</Error></Errors><RequestID>q</RequestID></Response>'.encode()
        if operation.service_model.service_name == 's3':
            return status, headers, f'<Error>{inner}<RequestId>q</RequestId></Error>'.encode()
        return status, headers, f'<ErrorResponse><Error>{inner}</Error><RequestId>q</RequestId></ErrorResponse>'.encode()
    if shape is None:
        return 200, headers, b'{}' if protocol == 'json' else b'<R/>' if protocol in ('query', 'ec2') else b''
    if protocol.startswith('rest'):
        headers.update(headers_of(rng, shape))
        payload = shape.serialization.get('payload')
        if payload:
            member = shape.members[payload]
            if member.type_name in ('blob', 'string'):
                return 200, headers, rng.choice([b'', b'raw'])
            body = as_json(rng, member) if protocol == 'rest-json' else as_xml(rng, member, member.serialization.get('name', payload))
        else:
            body = as_json(rng, shape) if protocol == 'rest-json' else as_xml(rng, shape, 'Root')
        return 200, headers, (json.dumps(body) if protocol == 'rest-json' else body).encode()
    if protocol == 'json':
        return 200, headers, json.dumps(as_json(rng, shape)).encode()
    wrapper = shape.serialization.get('resultWrapper')
    if protocol == 'query':
        return 200, headers, (f'<R>{as_xml(rng, shape, wrapper or "Result")}<ResponseMetadata><RequestId>q</RequestId></ResponseMetadata></R>').encode()
    return 200, headers, as_xml(rng, shape, 'Response').replace('</Response>', '<requestId>q</requestId></Response>').encode()


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, 'read'):
        return base64.b64encode(value.read()).decode()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def request_params(shape, depth=0):
    """Something that passes."""
    kind = shape.type_name
    if kind == 'structure':
        names = shape.metadata.get('required', [])
        if shape.is_tagged_union:
            names = list(shape.members)[:1]
        return {n: 'bucket' if n == 'Bucket' else request_params(shape.members[n], depth + 1) for n in names}
    if kind == 'list':
        return [request_params(shape.member, depth + 1) for _ in range(int(shape.metadata.get('min', 0)))]
    if kind == 'map':
        return {}
    if kind in ('integer', 'long', 'float', 'double'):
        return int(shape.metadata.get('min', 0)) + 1
    if kind == 'boolean':
        return True
    if kind == 'timestamp':
        return 0
    return 'x' * max(3, int(shape.metadata.get('min', 0)))


def compare(run, service, client, operation):
    global answer
    if operation.has_event_stream_output or operation.has_event_stream_input:
        return None
    # We look at the sums of SQS; botocore's own exception to this one also takes errors for locations.
    if operation.name in ('SendMessage', 'ReceiveMessage', 'GetBucketLocation'):
        return None
    params = request_params(operation.input_shape) if operation.input_shape else {}
    answer = make_answer(run.rng, operation)
    try:
        theirs = plain(client._make_api_call(operation.name, differential.plain_params(params)))
    except botocore.exceptions.ClientError as e:
        theirs = plain(e.response)
    except Exception:  # parameters it does not send, answers it does not read
        return None
    try:
        theirs = json.loads(json.dumps(theirs))
    except TypeError:  # elements of its XML library, left behind where an error's name comes twice
        return None
    got = run.ask(service, operation, params)
    ours = got.get('result') or got.get('refusal') or got
    for side in ours, theirs:
        metadata = side.pop('ResponseMetadata', {})
        for name in 'date', 'server':
            metadata.get('HTTPHeaders', {}).pop(name, None)
        # In front or behind, retried or not: told elsewhere.
        for name in 'MaxAttemptsReached', 'RetryAttempts':
            metadata.pop(name, None)
        side['metadata'] = metadata
    if ours == theirs and list(ours) == list(theirs):
        return []
    return [f'{service} {operation.name} {answer}'] + [
        f'  {key}\n    pail:     {str(ours.get(key))[:600]}\n    botocore: {str(theirs.get(key))[:600]}'
        for key in dict.fromkeys(list(ours) + list(theirs)) if ours.get(key) != theirs.get(key)]


differential.Run(sys.argv, SERVICES, Answerer).main(compare)
