#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: judge.py HOST BOOT WORK LOGS KNOWN [SKIPS]
       judge.py --ktap < RESULTS

Judges the tests of a boot, which test/run.sh ran: prints a line PASS, FAIL or SKIP with
host, name and reason for each line of WORK/plan, and SKIP, or FAIL, for the cases that are
skipped in a program that passes. WORK/list has the programs that were
built, WORK/ends the status and the seconds of those that ended, WORK/err what
host/boot.sh said, LOGS what each printed.

KNOWN lists failures that have nothing to do with the series, as they occur on the kernel
without it: name | text of the failure | sometimes, or nothing. A failure with that text
is a SKIP, with another it is a FAIL. A PASS says that the entry is obsolete, but for
those that fail sometimes.

SKIPS lists what a program, or cases of it, may say that keeps it from running on a host:
HOST | NAME | text, the first two of them patterns with * and ?. Without that text, a SKIP is
a FAIL, as what doesn't run any more may hide anything.

--ktap prints such lines as KTAP, version 1.
"""
import fnmatch
import os
import re
import sys


def read(path):
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def last_line(text, default=''):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else default


def reason(log, status):
    """Why the program failed, in one line: what its log says, or its status."""
    where, cases, last = '', [], ''
    lines = iter(log.splitlines())
    for line in lines:
        if 'Test Assertion Failure' in line and not where:
            where = next(lines, '').strip()
        elif line.startswith('not ok '):
            cases.append((line.split() + ['', '', '', ''])[3])
        elif line.strip() and not re.match(r'#|ok |[0-9]+\.\.|Killed$', line):
            last = line
    out = status
    if where:
        out = where + '; ' + last
    elif not cases and last:
        out = status + '; ' + last
    if cases:
        out = 'not ok: ' + ' '.join(cases) + ('; ' + out if where else '')
    return re.sub(r'\s+', ' ', out).strip()[:400]


def skip_reason(log):
    for line in log.splitlines():
        found = re.match(r'1\.\.0 # SKIP[ -]*(.+)', line) or re.match(r'ok .*# SKIP[ -]*(.+)', line)
        if found:
            return found.group(1)
    return last_line(log)


def verdict_of_skip(boot, why):
    """Without the ioctl that all this is about, something keeps the kernel from it, or else
    it's a failure."""
    if any(off in boot for off in ('npt=0', 'ept=0', 'tdp_mmu=0')):
        return 'SKIP'
    return 'FAIL' if 'MAP_MEMORY' in why else 'SKIP'


def skipped_cases(boot, log):
    """The cases of a program on the harness that say that they can't run; those of a
    fixture's variant that do so for the same reason are one line, "variant.*"."""
    groups = {}
    for line in log.splitlines():
        found = re.match(r'ok [0-9]+ (\S+) +# SKIP[ -]*(.*)', line)
        if found:
            group = found.group(1).rpartition('.')[0], found.group(2)
            groups.setdefault(group, []).append(found.group(1))
    for (variant, why), cases in groups.items():
        name, why = (cases[0], why) if len(cases) == 1 else (variant + '.*', f'{len(cases)} cases: {why}')
        yield verdict_of_skip(boot, why), name, why


def judge(boot, plan, built, end, log, err):
    """The verdict of a line of the plan, and why."""
    name, skip = plan[0], plan[4]
    if skip:
        return 'SKIP', skip
    if name not in built:
        return 'FAIL', 'the program is not built'
    if end is None and log is not None:
        return 'FAIL', 'the guest ended in it: ' + last_line(err)
    if end is None:
        return 'FAIL', 'not run, the guest ended before: ' + last_line(err)
    return judge_end(boot, plan[2], end[0], log or '')


def judge_end(boot, limit, status, log):
    """The same of a program that ended."""
    if status == '137':
        return 'FAIL', reason(log, 'killed after %s s' % limit)
    # An assertion that fails while errno is EACCES makes the program, or its case, a skip.
    if status not in ('0', '4') or 'Test Assertion Failure' in log:
        return 'FAIL', reason(log, 'exit status ' + status)
    # Who doesn't know an option says how to use it, and may call that a success.
    if re.search('^usage: ', log, re.MULTILINE | re.IGNORECASE):
        return 'FAIL', 'it printed its usage'
    cases = re.findall('^ok [0-9]+ .*', log, re.MULTILINE)
    if status == '4' or cases and all('# SKIP' in case for case in cases):
        return verdict_of_skip(boot, skip_reason(log)), skip_reason(log)
    return 'PASS', ''


def read_known(text):
    known = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith('#'):
            name, failure, *often = [field.strip() for field in line.split(' | ')]
            if not failure or often not in ([], ['sometimes']):
                raise ValueError('not "name | text" or "name | text | sometimes": ' + line)
            known[name] = failure, bool(often)
    return known


def excuse(verdict, why, known):
    """What becomes of a verdict if the failure is known."""
    if known is None or verdict == 'SKIP':
        return verdict, why
    failure, sometimes = known
    if verdict == 'PASS':
        return 'PASS', why if sometimes else 'is known to fail, and does not: take it out of the list'
    if failure in why:
        return 'SKIP', 'fails without the series too: ' + why
    return 'FAIL', why + ' (known to fail with another text: ' + failure + ')'


def read_skips(text):
    skips = []
    for line in text.splitlines():
        if line.strip() and not line.startswith('#'):
            fields = [field.strip() for field in line.split(' | ')]
            if len(fields) != 3 or not fields[2]:
                raise ValueError('not "host | name | text": ' + line)
            skips.append(fields)
    return skips


def expect_skip(host, name, verdict, why, skips):
    """What becomes of a verdict if it is a SKIP; skips is None if nobody knows them."""
    if verdict != 'SKIP' or skips is None:
        return verdict, why
    for of_host, of_name, text in skips:
        if fnmatch.fnmatchcase(host, of_host) and fnmatch.fnmatchcase(name, of_name) and text in why:
            return verdict, why
    return 'FAIL', 'skipped, which test/skips does not have: ' + why


def judge_boot(host, boot, work, logs, known_list, skips_list=None):
    skips = read_skips(read(skips_list)) if skips_list else None
    ends = {}
    for line in read(work + '/ends').splitlines():
        name, *end = line.split()
        ends[name] = end
    built = {line.split('\t')[0] for line in read(work + '/list').splitlines()}
    known = read_known(read(known_list))
    for line in read(work + '/plan').splitlines():
        plan = line.split('\t')
        name = plan[0]
        path = os.path.join(logs, name.replace('/', '_'))
        log = read(path) if os.path.exists(path) else None
        verdict, why = judge(boot, plan, built, ends.get(name), log, read(work + '/err'))
        if not plan[4]:
            verdict, why = expect_skip(host, name, verdict, why, skips)
        verdict, why = excuse(verdict, why, known.get(name))
        print(' '.join(filter(None, (verdict, host, name, why))))
        if verdict == 'PASS':
            for verdict, case, why in skipped_cases(boot, log or ''):
                verdict, why = expect_skip(host, name, verdict, why, skips)
                print(verdict, host, name + ':' + case, why)


def ktap(lines):
    rows = [line.split(' ', 3) for line in lines if re.match('(PASS|FAIL|SKIP) ', line)]
    yield 'KTAP version 1'
    yield '1..%d' % len(rows)
    for number, (verdict, host, *rest) in enumerate(rows, 1):
        name, why = (rest + ['', ''])[:2]
        name, why = (host, '') if not rest else (host + ':' + name.strip(), why.strip())
        comment = ' # SKIP ' + why if verdict == 'SKIP' else ' # ' + why if why else ''
        yield ('not ok' if verdict == 'FAIL' else 'ok') + ' %d %s' % (number, name) + comment


def main(args):
    if args == ['--ktap']:
        print('\n'.join(ktap(sys.stdin.read().splitlines())))
    elif len(args) in (5, 6) and not args[0].startswith('-'):
        judge_boot(*args)
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
