#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: figures_test.py

Breaks a copy of the tree in each way that scripts/figures.py is to notice, and looks
whether it does.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))


class Tree(unittest.TestCase):
    def setUp(self):
        self.tree = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.tree)
        shutil.copy(os.path.join(TOP, 'README.md'), self.tree)
        for name in 'docs', 'bench', 'scripts':
            shutil.copytree(os.path.join(TOP, name), os.path.join(self.tree, name))
        shutil.copytree(os.path.join(TOP, 'bases'), os.path.join(self.tree, 'bases'),
                        ignore=lambda _, names: [n for n in names if re.match(r'0+[1-9]', n)])

    def figures(self, *options):
        return subprocess.run([sys.executable, os.path.join(self.tree, 'scripts/figures.py'), *options],
                              capture_output=True, text=True, check=False)

    def change(self, path, old, new):
        path = os.path.join(self.tree, path)
        with open(path, encoding='utf-8') as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace(old, new, 1))

    def spoil(self, path, pattern):
        """Change the last digit of the number in the first match's group. Returns old and new."""
        with open(os.path.join(self.tree, path), encoding='utf-8') as file:
            match = re.search(pattern, file.read())
        self.assertIsNotNone(match, f'{path}: {pattern}')
        old = match.group(1)
        new = old[:-1] + str((int(old[-1]) + 1) % 10)
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        self.change(path, match.group(), match.group()[:start] + new + match.group()[end:])
        return old, new

    def assert_bad(self, *words):
        run = self.figures()
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        for word in words:
            self.assertIn(word, run.stdout)

    def test_tree_is_consistent(self):
        run = self.figures()
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, '', ''))

    def test_number_in_a_sentence(self):
        old, new = self.spoil('README.md', r'(\d+) faults are left of')
        self.assert_bad(f'README.md: {old}, not {new}')

    def test_number_with_a_space(self):
        old, new = self.spoil('README.md', r'faults are left of (\d+ \d{3})')
        self.assert_bad(f'{old}, not {new}')
        self.assertEqual(self.figures('--write').returncode, 0)
        self.assertEqual(self.figures().returncode, 0)

    def test_number_with_a_space_and_decimals(self):
        old, new = self.spoil('docs/tdx.md', r'\| (\d+ \d{3}\.\d) \|')
        self.assert_bad(f'{old}, not {new}')

    def test_cover_letter(self):
        old, new = self.spoil('bases/7.3/40-tdx/0000-cover-letter.patch', r'no KVM_MAP_MEMORY .* (\d+\.\d)\n')
        self.assert_bad(f'{old}, not {new}')
        self.assertEqual(self.figures('--write').returncode, 1)

    def test_sentence_that_is_gone(self):
        self.change('README.md', 'faults are left of', 'faults remain of')
        self.assert_bad('is there 0 times')
        self.assertEqual(self.figures('--write').returncode, 1)

    def test_number_in_a_table(self):
        self.spoil('README.md', r'map-memory=write +(\d+) ')
        self.assert_bad('README.md: a table differs')

    def test_report(self):
        self.change('bench/bench.txt', 'instructions', 'cycles')
        self.assert_bad('bench/bench.txt')

    def test_picture(self):
        self.change('docs/vmm.svg', 'faults', 'Faults')
        self.assert_bad('docs/vmm.svg')

    def test_results(self):
        old, new = self.spoil('bench/results/vmm.tsv', r'boot-prealloc\toff\t(\d+)\t')
        self.assert_bad('bench/vmm.txt', 'docs/vmm.svg', 'README.md: a table',
                        f'{int(new):_}, not {int(old):_}'.replace('_', ' '))

    def test_unknown_name(self):
        self.change('docs/figures.list', "walk['zero page']", "walk['zero pages']")
        self.assertNotEqual(self.figures().returncode, 0)

    def test_unknown_table(self):
        self.change('README.md', '<!-- table vmm -->', '<!-- table qemu -->')
        self.assertNotEqual(self.figures().returncode, 0)

    def test_option(self):
        self.assertEqual(self.figures('--wrong').returncode, 2)


if __name__ == '__main__':
    unittest.main()
