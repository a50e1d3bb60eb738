# SPDX-License-Identifier: Apache-2.0
"""Random operations, by call-service and by botocore, against a server of the test: the frame of diff-answers.py and diff-requests.py."""
import http.server
import json
import os
import random
import sys
import threading

import beside
import botocore.config
import botocore.exceptions
import botocore.session


def plain_params(params):
    """A copy that shares nothing: botocore's handlers change what they are given."""
    return json.loads(json.dumps(params))


class Run:
    """PROGRAM, MODELS-PACK, how many operations and the seed are the test's arguments. Both sides have the models of this botocore, whatever
    the pack was made of, and try once."""

    def __init__(self, argv, services, handler):
        self.count = int(argv[3]) if len(argv) > 3 else 400
        self.seed = int(argv[4]) if len(argv) > 4 else 1
        self.rng = random.Random(self.seed)
        self.services = services
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f'http://127.0.0.1:{server.server_port}'
        data = os.path.join(os.path.dirname(botocore.session.__file__), 'data')
        self.program = beside.Program(argv[1], PAIL_MODELS=argv[2], AWS_DATA_PATH=data, AWS_ENDPOINT_URL=self.url, AWS_MAX_ATTEMPTS='1', **beside.KEYS)
        self.session = botocore.session.get_session()
        self.clients = {}

    def client(self, service):
        if service not in self.clients:
            config = botocore.config.Config(retries={'total_max_attempts': 1}, inject_host_prefix=False)
            self.clients[service] = self.session.create_client(
                service, endpoint_url=self.url, region_name='us-east-1', aws_access_key_id=beside.KEYS['AWS_ACCESS_KEY_ID'],
                aws_secret_access_key=beside.KEYS['AWS_SECRET_ACCESS_KEY'], config=config)
        return self.clients[service]

    def ask(self, service, operation, params):
        return self.program.ask({'service': service, 'operation': operation.name, 'params': params})

    def main(self, compare):
        """compare(run, service, client, operation) gives None for what cannot be compared, else the lines that tell the difference, [] where
        there is none. Exits."""
        compared, differ, skipped = 0, 0, 0
        while compared + skipped < self.count:
            service = self.rng.choice(self.services)
            client = self.client(service)
            model = client.meta.service_model
            lines = compare(self, service, client, model.operation_model(self.rng.choice(model.operation_names)))
            if lines is None:
                skipped += 1
                continue
            compared += 1
            differ += bool(lines)
            if lines and differ <= 6:
                print(*lines, sep='\n')
        self.program.done()
        print(f'{compared} compared, {differ} differ, {skipped} skipped (seed {self.seed})')
        sys.exit(1 if differ or compared < self.count / 4 else 0)
