# SPDX-License-Identifier: Apache-2.0
"""One large file and 10,000 small ones up and down: `pail s3 cp` beside s5cmd, rclone and AWS CLI, in turn, on one server."""
import os
import pathlib
import random
import resource
import shutil
import statistics
import subprocess
import time

FILES, SMALL, FOLDERS = 10000, 4096, 100
DIRECTIONS = ('large up', 'large down', 'small up', 'small down')


def make(folder, mib):
    """The source: a large file, and a tree. Random, so that nobody gains by compressing."""
    rng = random.Random(1)
    block = rng.randbytes(1 << 20)
    with open(folder / 'large', 'wb') as f:
        for i in range(mib):
            f.write(i.to_bytes(8, 'big') + block[8:])
    for d in range(FOLDERS):
        (folder / f'small/d{d:03}').mkdir(parents=True)
        for i in range(FILES // FOLDERS):
            (folder / f'small/d{d:03}/f{i:03}').write_bytes(rng.randbytes(SMALL))


class Tool:
    def __init__(self, program):
        self.program = program

    def large(self, source, target):
        return [*self.start(), source, target]

    def tree(self, source, target):
        return [*self.start(), '--recursive', source, target]


class Pail(Tool):
    name = 'pail'

    def start(self):
        return [self.program, 's3', 'cp', '--quiet']


class Aws(Tool):
    name = 'aws'

    def start(self):
        return [self.program, 's3', 'cp', '--quiet']


class S5cmd(Tool):
    name = 's5cmd'

    def start(self):
        return [self.program, '--log', 'error', 'cp']

    def tree(self, source, target):
        return [*self.start(), source + '*' if source.startswith('s3:') else source, target]


class Rclone(Tool):
    name = 'rclone'

    def large(self, source, target):
        return [self.program, 'copyto', '-q', '--s3-no-check-bucket', '--s3-upload-concurrency', '8', '--transfers', '16', self.named(source), self.named(target)]

    def tree(self, source, target):
        return [self.program, 'copy', '-q', '--s3-no-check-bucket', '--transfers', '16', '--checkers', '16', self.named(source), self.named(target)]

    def named(self, side):
        return side.replace('s3://', 'r:')


def tools(build):
    """Those that are installed."""
    found = [Pail(str(build / 'tools/pail'))]
    for kind in (S5cmd, Rclone, Aws):
        path = shutil.which(kind.name) if kind is not Aws else shutil.which('aws', path='/usr/local/bin:/usr/bin:/bin')
        if path:
            found.append(kind(path))
        else:
            print(f'left out: {kind.name} is not installed')
    return found


def peak(pid):
    try:
        for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
            if line.startswith('VmHWM'):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def run(server, argv, env):
    """Wall and CPU seconds, requests, MiB at most."""
    server.reset()
    before, begun, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0
    child = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL)
    while True:
        try:
            child.wait(0.02)
            break
        except subprocess.TimeoutExpired:
            most = max(most, peak(child.pid))
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode:
        raise RuntimeError(f'{" ".join(argv)}: exit status {child.returncode}')
    return {'wall': wall, 'cpu': after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 'requests': server.requests(), 'peak': most}


def warm(folder, mib):
    """Memory for files, as the machine below has it ready: whoever comes first would pay for the others."""
    with open(folder / 'warm', 'wb') as f:
        for _ in range(mib):
            f.write(bytes(1 << 20))
    (folder / 'warm').unlink()


def once(server, tool, direction, source, folder, env, serial):
    remote = f's3://bench/transfer-{tool.name}-{serial}'
    # Left until the end: where many files were removed just now, ext4 makes new ones slowly, for whoever comes next.
    back = folder / f'back-{tool.name}-{serial}'
    back.mkdir(exist_ok=True)
    if 'down' in direction:
        warm(back, (source / 'large').stat().st_size >> 20)
    argv = {
        'large up': lambda: tool.large(str(source / 'large'), remote + '.large'),
        'large down': lambda: tool.large(remote + '.large', str(back / 'large')),
        'small up': lambda: tool.tree(str(source / 'small') + '/', remote + '/'),
        'small down': lambda: tool.tree(remote + '/', str(back) + '/'),
    }[direction]()
    result = run(server, argv, env)
    if direction == 'small down' and sum(len(files) for _, _, files in os.walk(back)) != FILES:
        raise RuntimeError(f'{tool.name}: not all files came back')
    if direction == 'large down' and (back / 'large').stat().st_size != (source / 'large').stat().st_size:
        raise RuntimeError(f'{tool.name}: the file is not whole')
    (back / 'large').unlink(missing_ok=True)
    return result


def show(direction, mib, results):
    print(f'\n{direction}' + (f' ({mib} MiB)' if 'large' in direction else f' ({FILES} files of {SMALL} bytes)'))
    rows = {name: {k: statistics.median(r[k] for r in runs) for k in runs[0]} for name, runs in results.items() if runs}
    for name, m in rows.items():
        rate = f'{mib * 1.048576 / m["wall"]:7.0f} MB/s' if 'large' in direction else f'{FILES / m["wall"]:7.0f} files/s'
        print(f'  {name:8} {m["wall"]:8.2f} s {rate}  CPU {m["cpu"]:7.2f} s  {int(m["requests"]):6} requests  peak {m["peak"]:5.0f} MiB')
    for name, m in rows.items():
        if name != 'pail' and 'pail' in rows:
            print(f'  pail / {name}: rate {m["wall"] / rows["pail"]["wall"]:.2f}x  CPU {rows["pail"]["cpu"] / m["cpu"]:.2f}x')


def report(server, build, rounds, mib, folder, keys):
    """Two objects of a kind are kept at most: servers hold them in memory."""
    source = folder / 'transfer'
    source.mkdir()
    make(source, mib)
    env = {'PATH': '/usr/local/bin:/usr/bin:/bin', 'HOME': str(folder), 'AWS_ACCESS_KEY_ID': keys[0], 'AWS_SECRET_ACCESS_KEY': keys[1], 'AWS_REGION': 'us-east-1',
           'AWS_DEFAULT_REGION': 'us-east-1', 'AWS_ENDPOINT_URL': server.url, 'S3_ENDPOINT_URL': server.url, 'AWS_EC2_METADATA_DISABLED': 'true', 'LC_ALL': 'C.UTF-8',
           'RCLONE_CONFIG_R_TYPE': 's3', 'RCLONE_CONFIG_R_PROVIDER': 'Other', 'RCLONE_CONFIG_R_ENV_AUTH': 'true', 'RCLONE_CONFIG_R_ENDPOINT': server.url,
           'RCLONE_CONFIG_R_REGION': 'us-east-1', 'RCLONE_CONFIG_R_FORCE_PATH_STYLE': 'true'}
    found = tools(build)
    pail = found[0].program
    # Debian's AWS CLI knows the endpoint only from its command line.
    aws = next((t for t in found if t.name == 'aws'), None)
    if aws:
        aws.start = lambda: [aws.program, '--endpoint-url', server.url, 's3', 'cp', '--quiet']
    results = {d: {t.name: [] for t in found} for d in DIRECTIONS}
    for serial in range(rounds):
        for direction in DIRECTIONS:
            for tool in found[serial % len(found):] + found[:serial % len(found)]:
                try:
                    results[direction][tool.name].append(once(server, tool, direction, source, folder, env, serial))
                except RuntimeError as error:
                    print(f'  {error}')
                if direction == 'large down':
                    subprocess.run([pail, 'rm', '--quiet', f's3://bench/transfer-{tool.name}-{serial}.large'], env=env, check=False)
    for direction in DIRECTIONS:
        show(direction, mib, results[direction])
