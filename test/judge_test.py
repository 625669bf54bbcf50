#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: judge_test.py

Tests test/judge.py: what it makes of what a program printed, of its status, and of the
list of known failures.
"""
import unittest

import judge

ASSERTION = '''Random seed: 0x1
==== Test Assertion Failure ====
  x86/a_test.c:12: size == 0
  pid=1 tid=1 errno=0 - Success
  size was 4096
'''
HARNESS = '''TAP version 13
1..2
ok 1 good.case
not ok 2 bad.case
# FAILED
'''
PLAN = ['a_test', 'a_test -s 1', '60', 'default', '']


def verdict(end, log, boot='default', plan=None, built=('a_test',), known=None):
    found = judge.judge(boot, plan or PLAN, built, end, log, 'boot.sh: the guest is gone\n')
    return judge.excuse(*found, known)


class Verdicts(unittest.TestCase):
    def test_pass(self):
        self.assertEqual(verdict(['0', '3'], ''), ('PASS', ''))

    def test_assertion(self):
        self.assertEqual(verdict(['254', '3'], ASSERTION), ('FAIL', 'x86/a_test.c:12: size == 0; size was 4096'))

    def test_assertion_with_eacces(self):
        """In a program of its own, and in a case of the harness, which goes on."""
        log = ASSERTION.replace('errno=0', 'errno=13')
        why = 'x86/a_test.c:12: size == 0; size was 4096'
        self.assertEqual(verdict(['4', '3'], log), ('FAIL', why))
        self.assertEqual(verdict(['0', '3'], log + 'ok 1 a.case # SKIP\n'), ('FAIL', why))

    def test_usage(self):
        self.assertEqual(verdict(['0', '3'], "a_test: invalid option -- 'x'\nusage: a_test [-h]\n")[0], 'FAIL')

    def test_no_case_that_is_not_skipped(self):
        log = 'TAP version 13\nok 1 a.one # SKIP no memory\nok 2 a.two # SKIP no memory\n'
        self.assertEqual(verdict(['0', '3'], log), ('SKIP', 'no memory'))
        self.assertEqual(verdict(['0', '3'], log + 'ok 3 a.three\n'), ('PASS', ''))

    def test_case_of_harness(self):
        self.assertEqual(verdict(['1', '3'], HARNESS), ('FAIL', 'not ok: bad.case'))

    def test_status_alone(self):
        self.assertEqual(verdict(['139', '3'], ''), ('FAIL', 'exit status 139'))

    def test_killed(self):
        self.assertEqual(verdict(['137', '60'], ''), ('FAIL', 'killed after 60 s'))

    def test_guest_ended_in_it(self):
        self.assertEqual(verdict(None, '')[1], 'the guest ended in it: boot.sh: the guest is gone')

    def test_guest_ended_before(self):
        self.assertEqual(verdict(None, None)[0], 'FAIL')

    def test_not_built(self):
        self.assertEqual(verdict(None, None, built=()), ('FAIL', 'the program is not built'))

    def test_skipped_cases(self):
        log = ('ok 1 a.case\nok 2 a.b.one # SKIP no memory\nok 3 b # SKIP no KVM_MAP_MEMORY\n'
               'ok 4 a.b.two # SKIP no memory\nok 5 a.b.three # SKIP no time\n')
        self.assertEqual(list(judge.skipped_cases('default', log)),
                         [('SKIP', 'a.b.*', '2 cases: no memory'), ('FAIL', 'b', 'no KVM_MAP_MEMORY'),
                          ('SKIP', 'a.b.three', 'no time')])

    def test_skip_of_the_list(self):
        self.assertEqual(verdict(None, None, plan=PLAN[:4] + ['too slow']), ('SKIP', 'too slow'))

    def test_skip_of_the_program(self):
        self.assertEqual(verdict(['4', '1'], '1..0 # SKIP - needs a CPU\n'), ('SKIP', 'needs a CPU'))

    def test_skip_for_want_of_the_ioctl(self):
        log = '1..0 # SKIP Requirement not met: kvm_has_cap(KVM_CAP_MAP_MEMORY)\n'
        self.assertEqual(verdict(['4', '1'], log)[0], 'FAIL')
        self.assertEqual(verdict(['4', '1'], log, boot='npt=0')[0], 'SKIP')


class Skips(unittest.TestCase):
    skips = judge.read_skips('# comment\nnpt | x86/*_test,npt=0 | no TDP\n* | a_test | no memory\n')

    def expect(self, want, *args):
        self.assertEqual(judge.expect_skip(*args, self.skips)[0], want)

    def test_listed(self):
        self.expect('SKIP', 'npt', 'x86/b_test,npt=0', 'SKIP', 'there is no TDP here')
        self.expect('SKIP', 'ept', 'a_test', 'SKIP', 'no memory')

    def test_not_listed(self):
        self.expect('FAIL', 'ept', 'x86/b_test,npt=0', 'SKIP', 'there is no TDP here')
        self.expect('FAIL', 'npt', 'x86/b_test', 'SKIP', 'there is no TDP here')
        self.expect('FAIL', 'npt', 'a_test', 'SKIP', 'no time')

    def test_others(self):
        self.expect('PASS', 'npt', 'b_test', 'PASS', '')
        self.assertEqual(judge.expect_skip('npt', 'b_test', 'SKIP', 'no time', None), ('SKIP', 'no time'))

    def test_list_without_text(self):
        for line in ('npt | a_test', 'npt | a_test | '):
            with self.assertRaises(ValueError):
                judge.read_skips(line + '\n')


class Known(unittest.TestCase):
    known = ('x86/a_test.c:12: size == 0', False)

    def test_same_text(self):
        self.assertEqual(verdict(['254', '3'], ASSERTION, known=self.known)[0], 'SKIP')

    def test_another_text(self):
        text = ASSERTION.replace(':12:', ':13:')
        self.assertEqual(verdict(['254', '3'], text, known=self.known)[0], 'FAIL')

    def test_crash(self):
        self.assertEqual(verdict(['139', '3'], '', known=self.known)[0], 'FAIL')

    def test_pass_is_reported(self):
        self.assertIn('take it out', verdict(['0', '3'], '', known=self.known)[1])

    def test_pass_of_what_fails_sometimes(self):
        self.assertEqual(verdict(['0', '3'], '', known=(self.known[0], True)), ('PASS', ''))

    def test_list(self):
        known = judge.read_known('# comment\n\na | t:1: x || y\nb | u | sometimes\n')
        self.assertEqual(known, {'a': ('t:1: x || y', False), 'b': ('u', True)})

    def test_list_without_text(self):
        with self.assertRaises(ValueError):
            judge.read_known('x86/a_test\n')
        with self.assertRaises(ValueError):
            judge.read_known('x86/a_test | text | often\n')


class Ktap(unittest.TestCase):
    def test_lines(self):
        lines = ['PASS npt a', 'FAIL npt b it broke', 'SKIP ept c too slow', '2 passed']
        self.assertEqual(list(judge.ktap(lines)), [
            'KTAP version 1', '1..3', 'ok 1 npt:a', 'not ok 2 npt:b # it broke',
            'ok 3 ept:c # SKIP too slow'])


if __name__ == '__main__':
    unittest.main()
