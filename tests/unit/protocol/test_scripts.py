#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scripts of boto3's users, in C: each program of libcore/examples beside the same in Python. Both run against moto, fresh for each of
them, and must print the same; then boto3 looks at what the program in C left behind.

usage: test_scripts.py MODELS-PACK EXAMPLE...

Exits 77 without boto3 or moto. PAIL_PYTHON names an interpreter that has them.
"""
import contextlib
import decimal
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import unittest
import urllib.request
import zipfile

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('boto3', 'moto.server')
import boto3
from boto3.dynamodb.conditions import Attr, Key

PACK = sys.argv[1]
EXAMPLES = {os.path.basename(path).split('-')[-1]: path for path in sys.argv[2:]}
del sys.argv[1:]
os.environ.update(beside.KEYS, PAIL_MODELS=PACK)



# ---- The same in Python -----------------------------------------------------------------------------

def keys(user):
    iam = boto3.client('iam')
    iam.create_user(UserName=user, Path='/staff/')
    iam.get_waiter('user_exists').wait(UserName=user)
    id = iam.create_access_key(UserName=user)['AccessKey']['AccessKeyId']
    for status in 'Active', 'Inactive':
        for key in iam.list_access_keys(UserName=user)['AccessKeyMetadata']:
            print(key['AccessKeyId'], key['Status'])
        iam.update_access_key(UserName=user, AccessKeyId=id, Status='Inactive')
    iam.delete_access_key(UserName=user, AccessKeyId=id)
    iam.delete_user(UserName=user)


def profile(name, policy):
    iam = boto3.client('iam')
    trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.get_waiter('instance_profile_exists').wait(InstanceProfileName=name)
    made = iam.get_instance_profile(InstanceProfileName=name)['InstanceProfile']
    print(made['Arn'], made['Roles'][0]['Arn'], made['Roles'][0]['AssumeRolePolicyDocument']['Statement'][0]['Principal']['Service'], sep='\n')


def role(arn, bucket, key):
    keys = boto3.client('sts').assume_role(RoleArn=arn, RoleSessionName='example', DurationSeconds=900)['Credentials']
    print('access key:', keys['AccessKeyId'])
    session = boto3.Session(keys['AccessKeyId'], keys['SecretAccessKey'], keys['SessionToken'])
    print(f"{key}: {session.client('s3').head_object(Bucket=bucket, Key=key)['ContentLength']} bytes")


def address(image):
    ec2 = boto3.client('ec2')
    id = ec2.run_instances(ImageId=image, InstanceType='t3.micro', MinCount=1, MaxCount=1, TagSpecifications=[
        {'ResourceType': 'instance', 'Tags': [{'Key': 'Name', 'Value': 'example'}]}])['Instances'][0]['InstanceId']
    ec2.get_waiter('instance_running').wait(InstanceIds=[id])
    ip = ec2.allocate_address(Domain='vpc')
    link = ec2.associate_address(InstanceId=id, AllocationId=ip['AllocationId'])
    seen = ec2.describe_addresses(AllocationIds=[ip['AllocationId']])
    ec2.disassociate_address(AssociationId=link['AssociationId'])
    print(seen['Addresses'][0]['InstanceId'], 'was at', ip['PublicIp'])
    ec2.release_address(AllocationId=ip['AllocationId'])
    ec2.terminate_instances(InstanceIds=[id])
    ec2.get_waiter('instance_terminated').wait(InstanceIds=[id])
    print(id, 'is gone')


def mail(sender, to):
    ses = boto3.client('ses')
    ses.verify_email_identity(EmailAddress=sender)
    ses.create_template(Template={'TemplateName': 'hello', 'SubjectPart': 'Hello', 'TextPart': 'Hi {{name}}'})
    ses.update_template(Template={'TemplateName': 'hello', 'SubjectPart': 'Hello {{name}}', 'TextPart': 'Hi {{name}}',
                                  'HtmlPart': '<p>Hi <b>{{name}}</b></p>'})
    print(ses.get_template(TemplateName='hello')['Template']['SubjectPart'])
    sent = ses.send_templated_email(Source=sender, Destination={'ToAddresses': [to]}, Template='hello', TemplateData='{"name": "Anna"}')
    print('sent as', sent['MessageId'])


def queue(name, *texts):
    sqs = boto3.client('sqs')
    url = sqs.create_queue(QueueName=name, Attributes={'VisibilityTimeout': '30'})['QueueUrl']
    for text in texts:
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageAttributes={'from': {'DataType': 'String', 'StringValue': 'example'}})
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=['All']).get('Messages'):
        for m in messages:
            print(f"{m['Body']} ({m['MessageAttributes']['from']['StringValue']})")
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m['ReceiptHandle'])


def invoke(function, text):
    answer = boto3.client('lambda').invoke(FunctionName=function, Payload=text)
    print(answer['StatusCode'], answer['Payload'].read().decode())
    if 'FunctionError' in answer:
        print('error:', answer['FunctionError'])


def secret(name):
    sm = boto3.client('secretsmanager')
    try:
        got = sm.get_secret_value(SecretId=name)
    except sm.exceptions.ResourceNotFoundException:
        print(name, 'is new')
        sm.create_secret(Name=name, SecretString='open sesame')
        got = sm.get_secret_value(SecretId=name)
    print(f"{got['Name']}: {got['SecretString']}")


def trail(user):
    pages = boto3.client('cloudtrail').get_paginator('lookup_events')
    for page in pages.paginate(LookupAttributes=[{'AttributeKey': 'Username', 'AttributeValue': user}]):
        for event in page['Events']:
            print(int(event['EventTime'].timestamp()), event['EventName'], event['Resources'][0]['ResourceName'])


def dynamodb(name):
    db = boto3.resource('dynamodb')
    table = db.create_table(TableName=name, BillingMode='PAY_PER_REQUEST', KeySchema=[
        {'AttributeName': 'artist', 'KeyType': 'HASH'}, {'AttributeName': 'year', 'KeyType': 'RANGE'}], AttributeDefinitions=[
        {'AttributeName': 'artist', 'AttributeType': 'S'}, {'AttributeName': 'year', 'AttributeType': 'N'}])
    table.wait_until_exists()
    with table.batch_writer() as w:
        for i in range(40):
            w.put_item(Item={'artist': 'Nina' if i % 2 else 'Miles', 'year': 1950 + i, 'price': decimal.Decimal('9.90'), 'labels': {'blue'}})
    for item in table.query(KeyConditionExpression=Key('artist').eq('Miles') & Key('year').gte(1970))['Items']:
        print('Miles', item['year'], item['price'])
    for year in 1951, 1951, 2051:
        try:
            got = table.update_item(Key={'artist': 'Nina', 'year': year}, ConditionExpression=Attr('artist').exists(), ReturnValues='UPDATED_NEW',
                                    UpdateExpression='SET sold = if_not_exists(sold, :z) + :o', ExpressionAttributeValues={':z': 0, ':o': 1})
            print(f"Nina {year}: {got['Attributes']['sold']} sold")
        except db.meta.client.exceptions.ConditionalCheckFailedException:
            print(f'Nina {year}: there is no such record')
    table.delete()
    table.wait_until_not_exists()


# ---- Both -------------------------------------------------------------------------------------------

class Trail(http.server.BaseHTTPRequestHandler):
    """LookupEvents, which moto does not have: two pages."""

    def log_message(self, *args):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        assert self.headers['X-Amz-Target'].endswith('.LookupEvents') and asked['LookupAttributes'][0]['AttributeKey'] == 'Username'
        user, second = asked['LookupAttributes'][0]['AttributeValue'], asked.get('NextToken') == 'two'
        events = [{'EventId': str(i), 'EventName': f'Event{i}', 'EventTime': 1700000000 + i, 'Username': user,
                   'Resources': [{'ResourceType': 'AWS::S3::Bucket', 'ResourceName': f'bücket-{i}'}]} for i in ((2, 3) if second else (0, 1))]
        body = json.dumps(dict({'Events': events}, **({} if second else {'NextToken': 'two'}))).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/x-amz-json-1.1')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def masked(text):
    """Made-up ids in the order in which they come."""
    seen = {}
    pattern = r'\b(AKIA\w+|ASIA\w+|LKIA\w+|i-[0-9a-f]{8,}|eipalloc-\w+|\d+\.\d+\.\d+\.\d+|[0-9a-z]{16,}-[-0-9a-z]+)\b'
    return re.sub(pattern, lambda m: seen.setdefault(m.group(0), f'<{len(seen)}>'), text)


class Scripts(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.server = beside.Moto()
        cls.url = cls.server.url
        cls.post('config', json.dumps({'lambda': {'use_docker': False}}).encode())

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    @classmethod
    def post(cls, path, body=b''):
        request = urllib.request.Request(f'{cls.url}/moto-api/{path}', body, {'Content-Type': 'application/json'}, method='POST')
        urllib.request.urlopen(request).read()

    def both(self, script, *args, prepare=lambda: None, url=None):
        """Runs both, the one in C last. Gives what was printed."""
        os.environ['AWS_ENDPOINT_URL'] = url or self.url
        if script.__name__ not in EXAMPLES:
            self.skipTest(f'example {script.__name__} was not given')
        out = io.StringIO()
        self.post('reset')
        prepare()
        with contextlib.redirect_stdout(out):
            script(*args)
        self.post('reset')
        prepare()
        got = subprocess.run([EXAMPLES[script.__name__], *args], capture_output=True, text=True, timeout=120)
        self.assertEqual((got.returncode, got.stderr), (0, ''))
        self.assertEqual(masked(got.stdout), masked(out.getvalue()))
        self.assertTrue(got.stdout)
        return got.stdout

    def test_keys(self):
        out = self.both(keys, 'anna')
        self.assertEqual([line.split()[1] for line in out.splitlines()], ['Active', 'Inactive'])
        self.assertEqual(boto3.client('iam').list_users()['Users'], [])

    def test_profile(self):
        document = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:Get*', 'Resource': '*'}]}
        arn = 'arn:aws:iam::123456789012:policy/read'
        self.both(profile, 'web', arn, prepare=lambda: boto3.client('iam').create_policy(PolicyName='read', PolicyDocument=json.dumps(document)))
        attached = boto3.client('iam').list_attached_role_policies(RoleName='web')['AttachedPolicies']
        self.assertEqual([p['PolicyArn'] for p in attached], [arn])
        made = boto3.client('iam').get_instance_profile(InstanceProfileName='web')['InstanceProfile']
        self.assertEqual(made['Roles'][0]['RoleName'], 'web')

    def test_role(self):
        def prepare():
            s3 = boto3.client('s3')
            s3.create_bucket(Bucket='bkt')
            s3.put_object(Bucket='bkt', Key='k', Body=b'12345')
        out = self.both(role, 'arn:aws:iam::123456789012:role/r', 'bkt', 'k', prepare=prepare)
        self.assertIn('k: 5 bytes\n', out)

    def test_address(self):
        os.environ['AWS_ENDPOINT_URL'] = self.url
        image = boto3.client('ec2').describe_images(Filters=[{'Name': 'name', 'Values': ['*amzn2*']}])['Images'][0]['ImageId']
        self.both(address, image)
        ec2 = boto3.client('ec2')
        self.assertEqual(ec2.describe_addresses()['Addresses'], [])
        self.assertEqual(ec2.describe_instances()['Reservations'][0]['Instances'][0]['State']['Name'], 'terminated')

    def test_mail(self):
        self.both(mail, 'me@example.com', 'you@example.com')
        template = boto3.client('ses').get_template(TemplateName='hello')['Template']
        self.assertEqual(template['HtmlPart'], '<p>Hi <b>{{name}}</b></p>')
        self.assertEqual(boto3.client('ses').get_send_quota()['SentLast24Hours'], 1)

    def test_queue(self):
        out = self.both(queue, 'q', 'höllo', 'a "b" {c} %s', '3')
        self.assertEqual(len(out.splitlines()), 3)
        # The reverse: what boto3 sends, the program takes out.
        sqs = boto3.client('sqs')
        url = sqs.get_queue_url(QueueName='q')['QueueUrl']
        sqs.send_message(QueueUrl=url, MessageBody='from Python', MessageAttributes={'from': {'DataType': 'String', 'StringValue': 'boto3'}})
        got = subprocess.run([EXAMPLES['queue'], 'q'], capture_output=True, text=True, timeout=60)
        self.assertEqual((got.stdout, got.stderr), ('from Python (boto3)\n', ''))

    def test_invoke(self):
        def prepare():
            boto3.client('iam').create_role(RoleName='lam', AssumeRolePolicyDocument='{}')
            code = io.BytesIO()
            with zipfile.ZipFile(code, 'w') as z:
                z.writestr('f.py', 'def h(e, c): return e')
            boto3.client('lambda').create_function(FunctionName='f', Runtime='python3.11', Handler='f.h', Code={'ZipFile': code.getvalue()},
                                                   Role='arn:aws:iam::123456789012:role/lam')
        self.both(invoke, 'f', '{"a": 1}', prepare=prepare)

    def test_secret(self):
        self.assertEqual(self.both(secret, 'cave'), 'cave is new\ncave: open sesame\n')
        self.assertEqual(boto3.client('secretsmanager').get_secret_value(SecretId='cave')['SecretString'], 'open sesame')
        out = self.both(secret, 'old', prepare=lambda: boto3.client('secretsmanager').create_secret(Name='old', SecretString='täg'))
        self.assertEqual(out, 'old: täg\n')

    def test_trail(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Trail)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        out = self.both(trail, 'anna', url=f'http://127.0.0.1:{server.server_port}')
        server.shutdown()
        server.server_close()
        self.assertEqual(len(out.splitlines()), 4)

    def test_dynamodb(self):
        out = self.both(dynamodb, 'music')
        self.assertIn('Miles 1970 9.90\n', out)
        self.assertEqual(boto3.client('dynamodb').list_tables()['TableNames'], [])


if __name__ == '__main__':
    unittest.main()
