# SPDX-License-Identifier: Apache-2.0
"""moto's server for run: its clock stands still and its chance can be seeded, so that two commands which send the same get the same answers.

usage: motod.py PORT
"""
import datetime
import logging
import random
import sys
import uuid

import moto.core.utils
from moto.moto_api._internal import mock_random

NOW = datetime.datetime(2031, 2, 27, 23, 6, 40)  # later than the clients' clock: nothing has expired

moto.core.utils.utcnow = lambda: NOW
moto.core.utils.unix_time = lambda when=None: ((when or NOW) - datetime.datetime(1970, 1, 1)).total_seconds()
uuid.uuid4 = lambda: mock_random.uuid4()
uuid.uuid1 = lambda *_: mock_random.uuid4()
for name in ('choice', 'choices', 'randint', 'random', 'randrange', 'sample', 'shuffle', 'getrandbits', 'uniform'):
    setattr(random, name, getattr(mock_random, name))
logging.getLogger('werkzeug').setLevel(logging.ERROR)

from moto.server import main  # noqa: E402 (only now: the services take the clock and the chance when they are loaded)

main(['-H', '127.0.0.1', '-p', sys.argv[1]])
