#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: coverage.py LINUX OBJECTS UNREACHED DUMP ...

Lists the lines between the commits "base" and HEAD of the repository LINUX, in SOURCES,
that are code and did not run. Each DUMP is what test/guest.sh prints of a boot: a tar
archive of the kernel's counters, in base64. OBJECTS is where that kernel was built.

UNREACHED says of lines why no test can run them, "file | function | line's text | reason",
where "*" is all lines of a function that didn't run. A line that has no entry and an entry
that names no such line are each an error, as is a C file that isn't counted, and the exit
status is 1. A line whose reason begins with "race" may run or not.
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

COUNTED = ('arch/x86/kvm', 'virt/kvm', 'mm')
# The model of the TDX module isn't for the kernel, but a part of the tests.
SOURCES = (*COUNTED, 'arch/x86/include', 'include')


def added_lines(linux):
    """{file: the numbers of the lines that the series adds}"""
    diff = subprocess.run(['git', '-C', linux, 'diff', '-U0', '--histogram', 'base', 'HEAD', '--', *SOURCES],
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
            match = re.search(r'/((?:%s)/.*\.gcda)$' % '|'.join(COUNTED), member.name)
            if not match or not member.isfile():
                continue
            path = os.path.join(directory, match[1])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as file:
                file.write(tar.extractfile(member).read())
            yield match[1]


def count(linux, objects, dump, counts, functions):
    """Adds to counts[file][line] how often the line ran in a boot, of functions[file][line]."""
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
                    functions[source][line['line_number']] = line.get('function_name', '?')


def read_unreached(name):
    entries = {}
    with open(name, encoding='utf-8') as file:
        for line in file:
            fields = [field.strip() for field in line.split(' | ')]
            if line.strip() and not line.startswith('#'):
                source, function, text, reason = fields
                entries[source, function, text] = reason
    return entries


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    linux, objects, unreached, *dumps = sys.argv[1:]
    counts = collections.defaultdict(collections.Counter)
    functions = collections.defaultdict(dict)
    for dump in dumps:
        count(linux, objects, dump, counts, functions)

    entries, used, errors = read_unreached(unreached), set(), []
    total = reached = 0
    for source, numbers in sorted(added_lines(linux).items()):
        if source.endswith('.c') and source not in counts:
            errors.append(f'{source} is not counted: see counted_objects() in scripts/kernel.sh')
        with open(os.path.join(linux, source), encoding='utf-8') as file:
            texts = file.read().splitlines()
        code = sorted(numbers & counts[source].keys())
        total += len(code)
        for number in code:
            if counts[source][number]:
                reached += 1
                continue
            function, text = functions[source][number], texts[number - 1].strip()
            key = source, function, text
            if key not in entries:
                key = source, function, '*'
            used.add(key)
            if key not in entries:
                errors.append(f'{source}:{number}: no reason why this did not run')
            print(f'{source}:{number}: {function}: {text}   [{entries.get(key, "not reached")}]')

    used |= {key for key, reason in entries.items() if reason.startswith('race')}
    errors += [f'{unreached} names a line that is reached, or gone: {" | ".join(key)}'
               for key in sorted(entries.keys() - used)]
    for error in errors:
        print(error)
    print(f'{reached} of {total} lines ran, {len(errors)} errors')
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main())
