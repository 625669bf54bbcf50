#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: coverage.py LINUX OBJECTS UNREACHED DUMP ...

Lists the lines between the commits "base" and HEAD of the repository LINUX, in
arch/x86/kvm and virt/kvm, that are code and did not run. Each DUMP is what
test/guest.sh prints of a boot: a tar archive of the kernel's counters, in base64.
OBJECTS is where that kernel was built.

UNREACHED says of lines why no test can run them, "file | line's text | reason"; one
that has no entry and an entry that names no such line are each an error, and the
exit status is 1. A line whose reason begins with "race" may run or not.
"""
import base64
import collections
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

PARTS = ('arch/x86/kvm', 'virt/kvm')


def added_lines(linux):
    """{file: the numbers of the lines that the series adds}"""
    diff = subprocess.run(['git', '-C', linux, 'diff', '-U0', 'base', 'HEAD', '--', *PARTS],
                          check=True, capture_output=True, text=True).stdout
    lines = collections.defaultdict(set)
    for line in diff.splitlines():
        if line.startswith('+++ b/'):
            name = line[6:]
        match = re.match(r'@@ -\S+ \+(\d+)(?:,(\d+))? @@', line)
        if match:
            first, nr = int(match[1]), int(match[2] or 1)
            lines[name].update(range(first, first + nr))
    return lines


def unpack(dump, directory):
    """Writes the counters of a boot to a directory, under the names of their objects."""
    with open(dump, 'rb') as file:
        data = base64.b64decode(file.read())
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            match = re.search(r'/((?:%s)/.*\.gcda)$' % '|'.join(PARTS), member.name)
            if not match or not member.isfile():
                continue
            path = os.path.join(directory, match[1])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as file:
                file.write(tar.extractfile(member).read())
            yield match[1]


def count(linux, objects, dump, counts):
    """Adds to counts[file][line] how often the line ran in a boot."""
    with tempfile.TemporaryDirectory() as directory:
        for name in unpack(dump, directory):
            path = os.path.join(directory, name)
            notes = name[:-len('gcda')] + 'gcno'
            os.symlink(os.path.abspath(os.path.join(objects, notes)), os.path.join(directory, notes))
            out = subprocess.run(['gcov', '--json-format', '--stdout', path],
                                 check=True, capture_output=True, cwd=directory).stdout
            data = json.loads(out)
            for file in data['files']:
                source = os.path.join(data['current_working_directory'], file['file'])
                source = os.path.relpath(os.path.realpath(source), os.path.realpath(linux))
                for line in file['lines']:
                    counts[source][line['line_number']] += line['count']


def read_unreached(name):
    entries = {}
    with open(name, encoding='utf-8') as file:
        for line in file:
            fields = [field.strip() for field in line.split(' | ')]
            if line.strip() and not line.startswith('#'):
                source, text, reason = fields
                entries[source, text] = reason
    return entries


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    linux, objects, unreached, *dumps = sys.argv[1:]
    counts = collections.defaultdict(collections.Counter)
    for dump in dumps:
        count(linux, objects, dump, counts)

    entries, used, unexplained = read_unreached(unreached), set(), 0
    total = reached = 0
    for source, numbers in sorted(added_lines(linux).items()):
        with open(os.path.join(linux, source), encoding='utf-8') as file:
            texts = file.read().splitlines()
        code = sorted(numbers & counts[source].keys())
        total += len(code)
        for number in code:
            if counts[source][number]:
                reached += 1
                continue
            key = source, texts[number - 1].strip()
            reason = entries.get(key)
            used.add(key)
            unexplained += not reason
            print(f'{source}:{number}: {key[1]}   [{reason or "not reached"}]')

    used |= {key for key, reason in entries.items() if reason.startswith('race')}
    for source, text in sorted(entries.keys() - used):
        print(f'{unreached} names a line that is reached, or gone: {source} | {text}')
    print(f'{reached} of {total} lines ran, {total - reached - unexplained} have a reason not to, '
          f'{unexplained} have none')
    return 1 if unexplained or entries.keys() - used else 0


if __name__ == '__main__':
    sys.exit(main())
