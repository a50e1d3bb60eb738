# SPDX-License-Identifier: Apache-2.0
"""What a command costs before it does anything: `sts get-caller-identity` through AWS CLI v2 and through pail, in turn, against one server on the loopback; and
the commands that send nothing. Rounds are interleaved, so that both meet the same machine."""
import http.server
import os
import shutil
import statistics
import subprocess
import threading
import time

ANSWER = (b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn>'
          b'<UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>')


class Sts(http.server.BaseHTTPRequestHandler):
    """Answers every request with the same identity, and looks at the peak memory of who asks: rusage would tell that of the bench, from before exec."""
    protocol_version = 'HTTP/1.1'
    client, peak = 0, 0

    def do_POST(self):
        with open(f'/proc/{Sts.client}/status') as status:
            Sts.peak = next(int(line.split()[1]) for line in status if line.startswith('VmHWM'))
        self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(200)
        self.send_header('Content-Type', 'text/xml')
        self.send_header('Content-Length', str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


def once(argv, env):
    """(wall ms, CPU ms, peak KiB when it asked the server) of one run."""
    Sts.peak = 0
    started = time.monotonic()
    child = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL)
    Sts.client = child.pid
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f'{argv}: exit status {child.returncode}')
    return wall * 1000, (used.ru_utime + used.ru_stime) * 1000, Sts.peak


def report(build, rounds):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Sts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent', 'AWS_ACCESS_KEY_ID': 'a', 'AWS_SECRET_ACCESS_KEY': 'b', 'AWS_DEFAULT_REGION': 'us-east-1',
           'AWS_REGION': 'us-east-1', 'AWS_PAGER': '', 'LC_ALL': 'C.UTF-8'}
    words = ['--endpoint-url', f'http://127.0.0.1:{server.server_port}', 'sts', 'get-caller-identity']
    pail = str(build / 'tools/pail')
    aws = shutil.which('aws', path='/usr/local/bin:/usr/bin:/bin')
    lines = {'pail --version': [pail, '--version'], 'pail --help': [pail, '--help'], 'pail --completion bash': [pail, '--completion', 'bash'],
             'pail sts get-caller-identity': [pail, *words]}
    if aws:
        lines['aws sts get-caller-identity'] = [aws, *words]
    else:
        print('left out: aws is not installed')
    samples = {name: [] for name in lines}
    for _ in range(max(rounds, 3)):
        for name, argv in lines.items():
            samples[name] += [once(argv, env) for _ in range(1 if argv[0] == aws else 5)]
    server.shutdown()
    print('\ncommands (loopback, medians)')
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in samples.items()}
    least = {name: min(row[1] for row in rows) for name, rows in samples.items()}  # the machine's other work adds, it never takes away
    for name, (wall, cpu, peak) in middle.items():
        print(f'  {name:30} {wall:8.1f} ms  CPU {cpu:8.1f} ms (least {least[name]:.1f})' + (f'  peak {peak / 1024:6.1f} MiB' if peak else ''))
    print(f'  pail --version: {least["pail --version"]:.1f} ms of CPU; wanted: at most 3')
    if aws:
        ours, theirs = middle['pail sts get-caller-identity'], middle['aws sts get-caller-identity']
        print(f'  aws / pail: wall {theirs[0] / ours[0]:.0f}x  CPU {theirs[1] / ours[1]:.0f}x  peak {theirs[2] / ours[2]:.1f}x; wanted: wall at least 50x, peak 5x')
