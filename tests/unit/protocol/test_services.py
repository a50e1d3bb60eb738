#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls of many services against moto, beside boto3: what one makes, the other must see, in the same words.

usage: test_services.py CALL-SERVICE MODELS-PACK [EXAMPLE...]

Exits 77 without boto3 or moto. PAIL_PYTHON names an interpreter that has them.
"""
import base64
import datetime
import http.server
import io
import json
import os
import struct
import subprocess
import sys
import threading
import unittest
import urllib.request
import zipfile
import zlib

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('boto3', 'moto.server')
import boto3
import botocore.config
import botocore.exceptions
import botocore.session

PROGRAM, PACK = sys.argv[1], sys.argv[2]
EXAMPLES = {os.path.basename(path).split('-')[-1]: path for path in sys.argv[3:]}
del sys.argv[1:]



class Refused(Exception):
    def __init__(self, answer):
        super().__init__(answer['error'])
        self.code = answer['code']
        self.refusal = answer.get('refusal', {})


def plain(value):
    """What boto3 gives, as call-service writes it."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, 'read'):
        return base64.b64encode(value.read()).decode()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k != 'ResponseMetadata'}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


class Case(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.server = beside.Moto()
        cls.url = cls.server.url
        cls.program = beside.Program(PROGRAM, AWS_ENDPOINT_URL=cls.url, PAIL_MODELS=PACK, **beside.KEYS)

    @classmethod
    def tearDownClass(cls):
        cls.program.done()
        cls.server.stop()

    def runTest(self):
        pass

    def ask(self, **line):
        answer = self.program.ask(line)
        if 'error' in answer:
            raise Refused(answer)
        return answer['result']

    def call(self, service, operation, **params):
        result = self.ask(service=service, operation=operation, params=params)
        self.assertEqual(result.pop('ResponseMetadata')['RetryAttempts'], 0)
        return result

    def boto(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name='us-east-1', aws_access_key_id='AKIDEXAMPLE',
                            aws_secret_access_key='secret')

    def same(self, service, operation, **params):
        """The same call by both; gives the result."""
        ours = self.call(service, operation, **params)
        method = ''.join('_' + c.lower() if c.isupper() else c for c in operation).lstrip('_')
        for a, b in (('d_b_', 'db_'), ('i_d', 'id'), ('_v2', 'v2')):
            method = method.replace(a, b)
        client = self.boto(service)
        if not hasattr(client, method):
            method = {'ListObjectsV2': 'list_objects_v2', 'DescribeDBInstances': 'describe_db_instances'}[operation]
        self.assertEqual(ours, json.loads(json.dumps(plain(getattr(client, method)(**params)))))
        return ours

    def refused(self, *args, **params):
        with self.assertRaises(Refused) as e:
            self.call(*args, **params)
        return e.exception


class Services(Case):
    def test_sts(self):
        self.same('sts', 'GetCallerIdentity')
        got = self.call('sts', 'AssumeRole', RoleArn='arn:aws:iam::123456789012:role/r', RoleSessionName='sess', DurationSeconds=900)
        self.assertEqual(sorted(got), ['AssumedRoleUser', 'Credentials', 'PackedPolicySize'])

    def test_dynamodb(self):
        table = {'TableName': 't', 'KeySchema': [{'AttributeName': 'k', 'KeyType': 'HASH'}, {'AttributeName': 's', 'KeyType': 'RANGE'}],
                 'AttributeDefinitions': [{'AttributeName': 'k', 'AttributeType': 'S'}, {'AttributeName': 's', 'AttributeType': 'N'}],
                 'BillingMode': 'PAY_PER_REQUEST'}
        self.call('dynamodb', 'CreateTable', **table)
        self.ask(service='dynamodb', wait='TableExists', params={'TableName': 't'})
        self.same('dynamodb', 'DescribeTable', TableName='t')
        for i in range(7):
            self.call('dynamodb', 'PutItem', TableName='t', Item={
                'k': {'S': 'a'}, 's': {'N': str(i)}, 'b': {'B': 'bytes'}, 'l': {'L': [{'NULL': True}, {'BOOL': False}]},
                'm': {'M': {'ü': {'N': '1.25'}}}})
        self.same('dynamodb', 'GetItem', TableName='t', Key={'k': {'S': 'a'}, 's': {'N': '3'}})
        query = {'TableName': 't', 'KeyConditionExpression': 'k = :k', 'ExpressionAttributeValues': {':k': {'S': 'a'}}}
        self.same('dynamodb', 'Query', **query, Limit=3)
        e = self.refused('dynamodb', 'PutItem', TableName='t', Item={'k': {'S': 'a'}, 's': {'N': '3'}},
                         ConditionExpression='attribute_not_exists(k)')
        self.assertEqual(str(e), 'An error occurred (ConditionalCheckFailedException) when calling the PutItem operation: '
                                 'The conditional request failed')
        pages = self.boto('dynamodb').get_paginator('query').paginate(**query, PaginationConfig={'MaxItems': 4, 'PageSize': 3})
        theirs = plain(pages.build_full_result())
        ours = self.ask(service='dynamodb', pages='Query', params=query, max_items=4, page_size=3)
        self.assertEqual(ours, theirs)
        self.assertEqual(len(ours['Items']), 4)
        rest = self.ask(service='dynamodb', pages='Query', params=query, token=theirs['NextToken'])
        self.assertEqual([i['s']['N'] for i in rest['Items']], ['4', '5', '6'])
        self.assertNotIn('NextToken', rest)
        self.call('dynamodb', 'DeleteTable', TableName='t')
        e = self.refused('dynamodb', 'DescribeTable', TableName='t')
        self.assertEqual(e.refusal['Error']['Code'], 'ResourceNotFoundException')

    def test_iam(self):
        policy = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}]}
        for name in 'anna', 'bert', 'carl', 'dora', 'emil':
            self.call('iam', 'CreateUser', UserName=name, Tags=[{'Key': 'k', 'Value': 'ä & <b>'}])
        self.same('iam', 'GetUser', UserName='anna')
        key = self.call('iam', 'CreateAccessKey', UserName='anna')['AccessKey']
        self.same('iam', 'ListAccessKeys', UserName='anna')
        self.call('iam', 'PutUserPolicy', UserName='anna', PolicyName='p', PolicyDocument=json.dumps(policy))
        got = self.same('iam', 'GetUserPolicy', UserName='anna', PolicyName='p')
        self.assertEqual(got['PolicyDocument'], policy)
        ours = self.ask(service='iam', pages='ListUsers', params={}, max_items=3, page_size=2)
        theirs = plain(self.boto('iam').get_paginator('list_users').paginate(PaginationConfig={'MaxItems': 3, 'PageSize': 2}).build_full_result())
        self.assertEqual(ours, theirs)
        rest = self.ask(service='iam', pages='ListUsers', params={}, token=ours['NextToken'])
        self.assertEqual([u['UserName'] for u in ours['Users'] + rest['Users']], ['anna', 'bert', 'carl', 'dora', 'emil'])
        self.ask(service='iam', wait='UserExists', params={'UserName': 'anna'}, delay=1, attempts=1)
        with self.assertRaises(Refused) as e:
            self.ask(service='iam', wait='UserExists', params={'UserName': 'nobody'}, delay=1, attempts=1)
        self.assertEqual(str(e.exception), 'Waiter UserExists failed: Max attempts exceeded. Previously accepted state: '
                                           'Matched expected service error code: NoSuchEntity')
        self.call('iam', 'DeleteUserPolicy', UserName='anna', PolicyName='p')
        self.call('iam', 'DeleteAccessKey', UserName='anna', AccessKeyId=key['AccessKeyId'])
        self.call('iam', 'DeleteUser', UserName='anna')
        e = self.refused('iam', 'GetUser', UserName='anna')
        try:
            self.boto('iam').get_user(UserName='anna')
        except botocore.exceptions.ClientError as theirs:
            self.assertEqual(str(e), str(theirs))
            self.assertEqual(e.refusal['Error'], theirs.response['Error'])

    def test_sqs(self):
        url = self.call('sqs', 'CreateQueue', QueueName='q', Attributes={'VisibilityTimeout': '0'})['QueueUrl']
        self.same('sqs', 'ListQueues')
        self.call('sqs', 'SendMessage', QueueUrl=url, MessageBody='hällo', MessageAttributes={
            'a': {'DataType': 'Binary', 'BinaryValue': 'x'}})
        got = self.call('sqs', 'ReceiveMessage', QueueUrl=url, MessageAttributeNames=['All'])['Messages'][0]
        self.assertEqual(got['Body'], 'hällo')
        self.assertEqual(got['MessageAttributes']['a'], {'BinaryValue': 'eA==', 'DataType': 'Binary'})
        self.call('sqs', 'DeleteMessage', QueueUrl=url, ReceiptHandle=got['ReceiptHandle'])
        self.same('sqs', 'GetQueueAttributes', QueueUrl=url, AttributeNames=['ApproximateNumberOfMessages', 'QueueArn'])
        e = self.refused('sqs', 'GetQueueUrl', QueueName='none')
        try:
            self.boto('sqs').get_queue_url(QueueName='none')
        except botocore.exceptions.ClientError as theirs:
            self.assertEqual(str(e), str(theirs))
            self.assertEqual(e.refusal['Error'], theirs.response['Error'])

    def test_ec2(self):
        image = self.boto('ec2').describe_images(Filters=[{'Name': 'name', 'Values': ['*amzn2*']}])['Images'][0]['ImageId']
        ran = self.call('ec2', 'RunInstances', ImageId=image, MinCount=1, MaxCount=1, InstanceType='t3.micro', UserData='#!/bin/sh\n',
                        TagSpecifications=[{'ResourceType': 'instance', 'Tags': [{'Key': 'Name', 'Value': 'x'}]}])
        instance = ran['Instances'][0]['InstanceId']
        self.ask(service='ec2', wait='InstanceRunning', params={'InstanceIds': [instance]}, delay=1, attempts=3)
        self.same('ec2', 'DescribeInstances', Filters=[{'Name': 'tag:Name', 'Values': ['x']}])
        got = self.same('ec2', 'DescribeInstanceAttribute', InstanceId=instance, Attribute='userData')
        self.assertEqual(base64.b64decode(got['UserData']['Value']), b'#!/bin/sh\n')
        self.same('ec2', 'DescribeSecurityGroups')
        self.same('ec2', 'DescribeVpcs')
        self.call('ec2', 'TerminateInstances', InstanceIds=[instance])
        self.ask(service='ec2', wait='InstanceTerminated', params={'InstanceIds': [instance]}, delay=1, attempts=3)
        e = self.refused('ec2', 'DescribeInstances', InstanceIds=['i-00000000000000000'])
        self.assertEqual(e.refusal['Error']['Code'], 'InvalidInstanceID.NotFound')
        ours = self.ask(service='ec2', pages='DescribeInstanceTypes', params={}, max_items=7)
        self.assertEqual(len(ours['InstanceTypes']), 7)

    def test_ses(self):
        self.call('ses', 'VerifyEmailIdentity', EmailAddress='me@example.com')
        self.same('ses', 'ListIdentities')
        sent = self.call('ses', 'SendEmail', Source='me@example.com', Destination={'ToAddresses': ['you@example.com']},
                         Message={'Subject': {'Data': 'ü'}, 'Body': {'Text': {'Data': 'a\nb & c'}}})
        self.assertTrue(sent['MessageId'])
        e = self.refused('ses', 'SendEmail', Source='other@example.com', Destination={'ToAddresses': []},
                         Message={'Subject': {'Data': ''}, 'Body': {}})
        self.assertEqual(e.refusal['Error']['Code'], 'MessageRejected')

    def test_lambda(self):
        self.call('iam', 'CreateRole', RoleName='lam', AssumeRolePolicyDocument='{}', Path='/')
        code = io.BytesIO()
        with zipfile.ZipFile(code, 'w') as z:
            z.writestr('f.py', 'def h(e, c): return e')
        zipped = base64.b64encode(code.getvalue()).decode()
        boto = self.boto('lambda')
        boto.create_function(FunctionName='f', Runtime='python3.11', Role='arn:aws:iam::123456789012:role/lam', Handler='f.h',
                             Code={'ZipFile': base64.b64decode(zipped)})
        self.same('lambda', 'GetFunctionConfiguration', FunctionName='f')
        self.same('lambda', 'ListFunctions')
        got = self.call('lambda', 'Invoke', FunctionName='f', InvocationType='DryRun', Payload='{}')
        self.assertEqual(got['StatusCode'], 204)
        e = self.refused('lambda', 'GetFunction', FunctionName='none')
        self.assertEqual(e.refusal['Error']['Code'], 'ResourceNotFoundException')

    def test_secretsmanager(self):
        made = self.call('secretsmanager', 'CreateSecret', Name='s', SecretString='täg')
        self.assertTrue(made['VersionId'])
        self.same('secretsmanager', 'GetSecretValue', SecretId='s')
        self.same('secretsmanager', 'DescribeSecret', SecretId='s')
        self.call('secretsmanager', 'CreateSecret', Name='b', SecretBinary='raw')
        self.assertEqual(self.same('secretsmanager', 'GetSecretValue', SecretId='b')['SecretBinary'], 'cmF3')
        self.assertEqual(len(self.ask(service='secretsmanager', pages='ListSecrets', params={}, page_size=1)['SecretList']), 2)

    def test_cloudtrail(self):
        self.boto('s3').create_bucket(Bucket='trail')
        self.call('cloudtrail', 'CreateTrail', Name='trail', S3BucketName='trail')
        self.same('cloudtrail', 'DescribeTrails')
        self.same('cloudtrail', 'GetTrailStatus', Name='trail')
        e = self.refused('cloudtrail', 'GetTrail', Name='nothing')
        self.assertEqual(e.refusal['Error']['Code'], 'TrailNotFoundException')

    def test_s3(self):
        self.call('s3', 'CreateBucket', Bucket='bkt')
        for key in 'a/b c+%41', 'ä"\'<>&', 'line+break', 'plain':
            self.call('s3', 'PutObject', Bucket='bkt', Key=key, Body='body of ' + key, Metadata={'k': 'v'}, ContentType='text/x')
            self.same('s3', 'GetObject', Bucket='bkt', Key=key)
            self.same('s3', 'HeadObject', Bucket='bkt', Key=key)
        self.same('s3', 'ListObjectsV2', Bucket='bkt')
        self.same('s3', 'ListObjects', Bucket='bkt', Delimiter='/')
        self.call('s3', 'CopyObject', Bucket='bkt', Key='copy', CopySource={'Bucket': 'bkt', 'Key': 'a/b c+%41'})
        self.same('s3', 'GetObject', Bucket='bkt', Key='copy')
        self.call('s3', 'PutBucketTagging', Bucket='bkt', Tagging={'TagSet': [{'Key': 'a', 'Value': '<&>\r\n'}]})
        self.same('s3', 'GetBucketTagging', Bucket='bkt')
        self.same('s3', 'GetBucketLocation', Bucket='bkt')
        self.same('s3', 'GetBucketAcl', Bucket='bkt')
        params = {'Bucket': 'bkt'}
        ours = self.ask(service='s3', pages='ListObjectsV2', params=params, max_items=3, page_size=2)
        theirs = plain(self.boto('s3').get_paginator('list_objects_v2').paginate(
            **params, PaginationConfig={'MaxItems': 3, 'PageSize': 2}).build_full_result())
        self.assertEqual(ours, theirs)
        url = self.ask(service='s3', presign='GetObject', params={'Bucket': 'bkt', 'Key': 'a/b c+%41'}, expires=60)
        self.assertEqual(urllib.request.urlopen(url).read(), b'body of a/b c+%41')
        got = self.call('s3', 'DeleteObjects', Bucket='bkt', Delete={'Objects': [{'Key': 'line+break'}, {'Key': 'plain'}]})
        self.assertEqual(sorted(o['Key'] for o in got['Deleted']), ['line+break', 'plain'])
        self.ask(service='s3', wait='ObjectNotExists', params={'Bucket': 'bkt', 'Key': 'plain'}, delay=1, attempts=1)
        for args in ('GetObject', {'Key': 'none'}), ('HeadObject', {'Key': 'none'}), ('GetBucketPolicy', {}):
            e = self.refused('s3', args[0], Bucket='bkt', **args[1])
            method = ''.join('_' + c.lower() if c.isupper() else c for c in args[0]).lstrip('_')
            with self.assertRaises(botocore.exceptions.ClientError) as theirs:
                getattr(self.boto('s3'), method)(Bucket='bkt', **args[1])
            self.assertEqual(str(e), str(theirs.exception))
            self.assertEqual(e.refusal['Error'], theirs.exception.response['Error'])

    def example(self, name, *args):
        if name not in EXAMPLES:
            self.skipTest(f'example {name} was not given')
        env = dict(os.environ, AWS_ENDPOINT_URL=self.url, PAIL_MODELS=PACK, **beside.KEYS)
        return subprocess.run([EXAMPLES[name], *args], env=env, capture_output=True, text=True, timeout=60)

    def test_example_users(self):
        self.boto('iam').create_user(UserName='older')
        got = self.example('users', 'newer', 'older')
        self.assertEqual((got.stdout, got.returncode), ('newer: arn:aws:iam::123456789012:user/newer\nolder: was there\n', 0), got.stderr)
        for name in 'newer', 'older':
            self.boto('iam').delete_user(UserName=name)

    def test_example_instances(self):
        image = self.boto('ec2').describe_images(Filters=[{'Name': 'name', 'Values': ['*amzn2*']}])['Images'][0]['ImageId']
        got = self.example('instances', image)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertRegex(got.stdout, r'(?m)^i-[0-9a-f]+ running$')
        self.assertEqual(self.example('instances', 'ami-00000000').returncode, 0)

    def test_others(self):
        zone = self.call('route53', 'CreateHostedZone', Name='example.com.', CallerReference='1')['HostedZone']['Id']
        self.assertTrue(zone.startswith('/hostedzone/'))
        self.same('route53', 'GetHostedZone', Id=zone)
        self.same('route53', 'ListResourceRecordSets', HostedZoneId=zone)
        self.call('sns', 'CreateTopic', Name='top')
        self.same('sns', 'ListTopics')
        self.call('kms', 'CreateKey')
        self.assertEqual(len(self.same('kms', 'ListKeys')['Keys']), 1)
        self.call('logs', 'CreateLogGroup', logGroupName='g')
        self.same('logs', 'DescribeLogGroups')
        self.call('ssm', 'PutParameter', Name='p', Value='v', Type='String')
        self.same('ssm', 'GetParameter', Name='p')
        self.call('cloudformation', 'CreateStack', StackName='st', TemplateBody=json.dumps(
            {'Resources': {'q': {'Type': 'AWS::SQS::Queue', 'Properties': {'QueueName': 'cfq'}}}}))
        got = self.same('cloudformation', 'GetTemplate', StackName='st')
        self.assertIn('Resources', got['TemplateBody'])
        self.same('cloudformation', 'DescribeStacks')
        self.call('cloudwatch', 'PutMetricData', Namespace='n', MetricData=[{'MetricName': 'm', 'Value': 1.5}] * 200)
        self.call('sesv2', 'CreateContactList', ContactListName='l')
        self.same('sesv2', 'ListContactLists')
        self.call('kinesis', 'CreateStream', StreamName='ks', ShardCount=1)
        self.same('kinesis', 'DescribeStreamSummary', StreamName='ks')
        self.call('apigateway', 'CreateRestApi', name='api')
        self.same('apigateway', 'GetRestApis')
        self.same('rds', 'DescribeDBInstances')


def frame(kind, name, payload, content='application/json'):
    """One message of an event stream."""
    headers = b''
    for key, value in ((':message-type', kind), (':event-type' if kind == 'event' else ':exception-type', name), (':content-type', content)):
        headers += bytes([len(key)]) + key.encode() + b'\7' + struct.pack('>H', len(value)) + value.encode()
    prelude = struct.pack('>II', len(headers) + len(payload) + 16, len(headers))
    message = prelude + struct.pack('>I', zlib.crc32(prelude)) + headers + payload
    return message + struct.pack('>I', zlib.crc32(message))


STREAMS = {
    'InvokeWithResponseStream': ('lambda', {'FunctionName': 'f', 'Payload': '{}'}, 'EventStream', frame(
        'event', 'PayloadChunk', b'part one, ', 'application/octet-stream') + frame('event', 'PayloadChunk', b'part two', 'application/octet-stream') +
        frame('event', 'InvokeComplete', b'{"ErrorCode": "none"}')),
    'SelectObjectContent': ('s3', {'Bucket': 'b', 'Key': 'k', 'Expression': 'select *', 'ExpressionType': 'SQL', 'InputSerialization': {'CSV': {}},
                                   'OutputSerialization': {'CSV': {}}}, 'Payload', frame(
        'event', 'Records', b'1,a\n', 'application/octet-stream') + frame('event', 'Stats', (
            b'<Stats><BytesScanned>7</BytesScanned><BytesProcessed>8</BytesProcessed></Stats>'), 'text/xml') + frame('event', 'End', b'')),
    'StartLiveTail': ('logs', {'logGroupIdentifiers': ['arn:aws:logs:us-east-1:123456789012:log-group:g']}, 'responseStream', frame(
        'event', 'initial-response', b'{}') + frame('event', 'sessionStart', b'{"requestId": "r", "sessionId": "s"}') + frame(
        'event', 'sessionUpdate', '{"sessionMetadata": {"sampled": false}, "sessionResults": [{"message": "hällo"}]}'.encode())),
    'GetLogObject': ('logs', {'logObjectPointer': 'p'}, 'fieldStream', frame(
        'event', 'initial-response', b'{}') + frame('event', 'fields', b'{"data": "eA=="}')),
}


class Streamer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        target = self.headers.get('X-Amz-Target', '').rpartition('.')[2]
        name = target or ('InvokeWithResponseStream' if 'functions' in self.path else 'SelectObjectContent')
        body = STREAMS[name][3]
        self.send_response(200)
        self.send_header('Content-Type', 'application/vnd.amazon.eventstream')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Events(unittest.TestCase):
    """Streams of events of the services that people use most: all are answers."""
    maxDiff = 4000
    CORE = 's3 dynamodb sts iam ec2 ses sesv2 sqs sns lambda secretsmanager ssm kms cloudtrail cloudwatch logs events stepfunctions route53 ecr ecs ' \
           'cloudformation autoscaling rds sso sso-oidc signin'

    def test_which(self):
        session, found = botocore.session.get_session(), set()
        for service in set(self.CORE.split()) & set(session.get_available_services()):
            model = session.get_service_model(service)
            for name in model.operation_names:
                op = model.operation_model(name)
                self.assertFalse(op.has_event_stream_input, f'{service} {name} sends events')
                if op.has_event_stream_output:
                    found.add(name)
        self.assertLessEqual(found, set(STREAMS))

    def test_answers(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Streamer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f'http://127.0.0.1:{server.server_port}'
        program = beside.Program(PROGRAM, AWS_ENDPOINT_URL=url, PAIL_MODELS=PACK, **beside.KEYS)
        for name, (service, params, member, _) in STREAMS.items():
            client = boto3.client(service, endpoint_url=url, region_name='us-east-1', aws_access_key_id='AKIDEXAMPLE', aws_secret_access_key='secret',
                                  config=botocore.config.Config(inject_host_prefix=False))
            if name not in client.meta.service_model.operation_names:
                continue  # an older botocore
            theirs = getattr(client, botocore.xform_name(name))(**params)
            theirs = [plain(e) for e in theirs[member]]
            ours = program.ask({'service': service, 'operation': name, 'params': params})
            self.assertIn('result', ours, ours)
            self.assertEqual(ours['result'][member], theirs, name)
            self.assertTrue(theirs)
        program.done()
        server.shutdown()
        server.server_close()


if __name__ == '__main__':
    unittest.main()
