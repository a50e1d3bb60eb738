#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up the results of meson's test logs (*.json) and pytest's reports (*.xml) in a folder.

Shows the end of what failed tests of meson said (pytest has shown its own), names what was skipped and what failed, and prints "N passed, N failed, N skipped" as the last line. Exits 1 when something failed or
nothing was run.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

LINES = 40  # of a failed test's output

passed, failed, skipped = 0, [], []
folder = pathlib.Path(sys.argv[1])
for log in sorted(folder.glob('*.json')):
    for line in log.read_text().splitlines():
        test = json.loads(line)
        result = test['result']
        if result in ('OK', 'EXPECTEDFAIL'):
            passed += 1
        elif result == 'SKIP':
            skipped.append(f"{log.stem}: {test['name']}")
        else:
            failed.append(f"{log.stem}: {test['name']}: {result}")
            output = (test.get('stdout', '') + test.get('stderr', '')).splitlines()
            print(f"---- {test['name']}: {result}", *output[-LINES:], sep='\n')
for report in sorted(folder.glob('*.xml')):
    for case in ElementTree.parse(report).iter('testcase'):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find('failure') is not None or case.find('error') is not None:
            failed.append(name)
        elif case.find('skipped') is not None:
            skipped.append(f"{name}: {case.find('skipped').get('message')}")
        else:
            passed += 1
for text in skipped:
    print('skipped:', text)
for text in failed:
    print('FAILED:', text)
print(f'{passed} passed, {len(failed)} failed, {len(skipped)} skipped')
sys.exit(1 if failed or not passed else 0)
