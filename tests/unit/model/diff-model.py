#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything the pack says about every service, against botocore's own reading of its files.

usage: diff-model.py DUMP-MODEL PACK [SERVICE...]

Exits 77 where botocore cannot be imported or is not the one that the pack was made of (PAIL_PYTHON names a Python that has it).
"""
import json
import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('botocore')
import botocore
import botocore.loaders
import botocore.model

DUMP, PACK = sys.argv[1:3]
LOADER = botocore.loaders.create_loader()
TYPES = ['', 'structure', 'list', 'map', 'string', 'integer', 'long', 'float', 'double', 'boolean', 'blob', 'timestamp']
LOCATIONS = ['', 'uri', 'querystring', 'header', 'headers', 'statusCode']
TIMESTAMPS = ['', 'iso8601', 'rfc822', 'unixTimestamp']
TRAITS = ['required', 'flattened', 'wrapper', 'box', 'sensitive', 'streaming', 'requiresLength', 'eventstream', 'event', 'eventpayload',
          'eventheader', 'document', 'union', 'jsonvalue', 'idempotencyToken', 'hostLabel', 'xmlAttribute', 'exception', 'fault',
          'senderFault', 'retryable', 'throttling', 'deprecated', 'sparse', 'synthetic', 'endpointdiscoveryid']
FLAGS = ['deprecated', 'idempotent', 'readonly', 'httpChecksumRequired', 'requestChecksumRequired', 'unsignedPayload', 'endpointdiscovery',
         'endpointdiscovery.required', 'endpointoperation']
MATCHERS = ['path', 'pathAll', 'pathAny', 'status', 'error']
STATES = ['success', 'failure', 'retry']
# What a shape or a reference may have. Of the others one would like to know.
KNOWN = {*TRAITS, 'type', 'members', 'member', 'key', 'value', 'documentation', 'max', 'min', 'enum', 'required', 'error', 'pattern', 'retryable',
         'timestampFormat', 'deprecatedMessage', 'deprecatedSince', 'payload', 'locationName', 'location', 'xmlNamespace', 'queryName',
         'contextParam', 'resultWrapper', 'shape', 'xmlOrder', 'default'}
unknown = set()


def pairs(text):
    """Objects that repeat keys are lists of pairs."""
    return json.loads(text, object_pairs_hook=lambda p: [v for _, v in p] if p and len({k for k, _ in p}) < len(p) or
                      p and p[0][0] == '' else dict(p))


def truth(d, *keys):
    return [k for k in keys if d.get(k) is True]


def view(shapes, ref, member=None, required=False):
    """The fields of a dumped shape, from a reference."""
    d = {**shapes[ref['shape']], **{k: v for k, v in ref.items() if k != 'shape'}}
    unknown.update(k for k in d if k not in KNOWN)
    traits = set(truth(d, *TRAITS[1:]))
    if required:
        traits.add('required')
    error, retry, xmlns = d.get('error') or {}, d.get('retryable'), d.get('xmlNamespace') or {}
    traits.update(truth(error, 'fault', 'senderFault'))
    if retry is not None:
        traits.add('retryable')
        traits.update(truth(retry, 'throttling'))
    if 'endpointdiscoveryid' in d:
        traits.add('endpointdiscoveryid')
    out = {'name': ref['shape'], 'member': member, 'type': TYPES.index(d['type']) or None,
           'location': LOCATIONS.index(d.get('location', '')) or None, 'timestamp': TIMESTAMPS.index(d.get('timestampFormat', '')) or None,
           'traits': sorted(TRAITS.index(t) for t in traits), 'locationName': d.get('locationName'), 'queryName': d.get('queryName'),
           'payload': d.get('payload'), 'resultWrapper': d.get('resultWrapper'), 'uri': xmlns.get('uri'), 'prefix': xmlns.get('prefix'),
           'contextParam': d.get('contextParam', {}).get('name'), 'pattern': d.get('pattern'), 'required': d.get('required'), 'enum': d.get('enum'),
           'code': (error.get('code') or ref['shape']) if d.get('exception') else None, 'status': error.get('httpStatusCode'),
           'deprecatedMessage': d.get('deprecatedMessage'), 'deprecatedSince': d.get('deprecatedSince'),
           'doc': d.get('documentation') or None}
    for key in ('min', 'max'):
        out[key] = str(d[key]) if key in d else None
    return {k: v for k, v in out.items() if v is not None}


def service(model, name):
    m, wrapped = model['metadata'], botocore.model.ServiceModel(model, name)
    keys = ('apiVersion', 'serviceId', 'serviceFullName', 'serviceAbbreviation', 'endpointPrefix', 'globalEndpoint', 'signatureVersion',
            'jsonVersion', 'targetPrefix', 'uid', 'xmlNamespace', 'checksumFormat', 'protocols', 'auth')
    out = {k: m.get(k) for k in keys}
    out.update(name=name, signingName=wrapped.signing_name, protocol=wrapped.resolved_protocol, h2=m.get('protocolSettings', {}).get('h2'),
               queryCompatible=1 if wrapped.is_query_compatible else None, deprecated=1 if model.get('deprecated') else None,
               clientParams={k: v['type'] for k, v in model.get('clientContextParams', {}).items()}, doc=model.get('documentation') or None)
    return {k: v for k, v in out.items() if v is not None}


def shapes_of(model):
    shapes = model['shapes']
    wrapped = botocore.model.ServiceModel(model, 'x')
    for name, d in shapes.items():
        members = [view(shapes, ref, key, key in d.get('required', ())) for key, ref in d.get('members', {}).items()]
        members += [view(shapes, d[key], key) for key in ('member', 'key', 'value') if key in d]
        one = {'self': view(shapes, {'shape': name}), 'members': members or {}}
        if 'code' in one['self']:
            one['for_error'] = wrapped.shape_for_error_code(one['self']['code']).name
        yield one


def flags_of(op):
    found = set(truth(op, *FLAGS)) | set(truth(op.get('httpChecksum', {}), 'requestChecksumRequired'))
    if 'endpointdiscovery' in op:
        found.add('endpointdiscovery')
        if op['endpointdiscovery'].get('required'):
            found.add('endpointdiscovery.required')
    return sorted(FLAGS.index(f) for f in found)


def flat(params, key):
    """name, value, name, value: as pairs() leaves the dump's objects."""
    if not params:
        return {}
    if len(params) == 1:
        (name, v), = params.items()
        return {'name': name, key: v.get(key)}
    return [x for name, v in params.items() for x in (name, v.get(key))]


def operations_of(model, examples):
    for name, op in model['operations'].items():
        checksum = op.get('httpChecksum', {})
        out = {'name': name, 'wire': op['name'], 'cli': botocore.xform_name(name, '-'), 'method': op['http']['method'], 'uri': op['http']['requestUri'],
               'code': op['http'].get('responseCode'), 'flags': flags_of(op), 'hostPrefix': op.get('endpoint', {}).get('hostPrefix'),
               'authtype': op.get('authtype'), 'auth': op.get('auth'), 'requestAlgorithmMember': checksum.get('requestAlgorithmMember'),
               'requestValidationModeMember': checksum.get('requestValidationModeMember'), 'responseAlgorithms': checksum.get('responseAlgorithms'),
               'encodings': op.get('requestcompression', {}).get('encodings'), 'deprecatedMessage': op.get('deprecatedMessage'),
               'deprecatedSince': op.get('deprecatedSince'), 'errors': [view(model['shapes'], e) for e in op.get('errors', ())] or {},
               'static': flat(op.get('staticContextParams'), 'value'), 'context': flat(op.get('operationContextParams'), 'path'),
               'doc': op.get('documentation') or None, 'examples': examples.get(name) or None}
        for key in ('input', 'output'):
            out[key] = view(model['shapes'], op[key]) if key in op else None
        yield {k: v for k, v in out.items() if v is not None}


def load(name, kind):
    try:
        return LOADER.load_service_model(name, kind)
    except (botocore.exceptions.DataNotFoundError, botocore.exceptions.UnknownServiceError):
        return {}


def listed(v):
    return v if isinstance(v, list) or v is None else [v]


def paginators_of(name):
    for op, p in load(name, 'paginators-1').get('pagination', {}).items():
        out = {k: listed(p.get(k)) for k in ('input_token', 'output_token', 'result_key', 'non_aggregate_keys')}
        out.update(operation=op, limit_key=p.get('limit_key'), more_results=p.get('more_results'))
        yield {k: v for k, v in out.items() if v is not None}


def waiters_of(name):
    for key, wait in load(name, 'waiters-2').get('waiters', {}).items():
        acceptors = [{k: v for k, v in (('matcher', MATCHERS.index(a['matcher']) or None), ('state', STATES.index(a['state']) or None),
                                        ('argument', a.get('argument')), ('expected', a['expected'])) if v is not None}
                     for a in wait['acceptors']]
        out = {'name': key, 'cli': botocore.xform_name(key, '-'), 'operation': wait['operation'], 'description': wait.get('description'),
               'delay': wait['delay'], 'maxAttempts': wait['maxAttempts'], 'acceptors': acceptors}
        yield {k: v for k, v in out.items() if v is not None}


bad = 0


def compare(where, got, want):
    if got == want:
        return
    if isinstance(got, dict) and isinstance(want, dict):
        for k in {**got, **want}:
            compare(f'{where}.{k}', got.get(k), want.get(k))
    elif isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        for i, (g, e) in enumerate(zip(got, want)):
            compare(f'{where}[{i}]', g, e)
    else:
        bad += 1
        if bad < 30:
            print(f'{where}: {json.dumps(got)[:300]}, expected {json.dumps(want)[:300]}')


def main():
    with open(PACK, 'rb') as f:
        made_of = f.read(80)[48:].rstrip(b'\0').decode()
    if made_of != botocore.__version__:
        print(f'the pack is of botocore {made_of}, here is {botocore.__version__}')
        sys.exit(77)
    names = sys.argv[3:] or LOADER.list_available_services('service-2')
    ops = 0
    for name in names:
        line = subprocess.run([DUMP, PACK, name], check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout
        got = pairs(line)
        model = load(name, 'service-2')
        want = service(model, name)
        want.update(shapes=list(shapes_of(model)), operations=list(operations_of(model, load(name, 'examples-1').get('examples', {}))),
                    paginators=list(paginators_of(name)), waiters=list(waiters_of(name)))
        for op in got['operations']:
            if op and 'examples' in op:
                op['examples'] = json.loads(op['examples'])
        ops += len(want['operations'])
        compare(name, got, want)
    print(f'{len(names)} services, {ops} operations: {bad} differences; not carried: {", ".join(sorted(unknown)) or "nothing"}')
    sys.exit(1 if bad else 0)


main()
