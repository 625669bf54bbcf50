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

    def assert_bad(self, *words):
        run = self.figures()
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        for word in words:
            self.assertIn(word, run.stdout)

    def test_tree_is_consistent(self):
        run = self.figures()
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, '', ''))

    def test_number_in_a_sentence(self):
        self.change('README.md', '2 faults are left of 33 214', '3 faults are left of 33 214')
        self.assert_bad('README.md: 2, not 3')

    def test_number_with_a_space(self):
        self.change('README.md', '2 faults are left of 33 214', '2 faults are left of 33 215')
        self.assert_bad('33 214, not 33 215')
        self.assertEqual(self.figures('--write').returncode, 0)
        self.assertEqual(self.figures().returncode, 0)

    def test_number_with_a_space_and_decimals(self):
        self.change('docs/tdx.md', '| 1 577.5 |', '| 1 577.4 |')
        self.assert_bad('1 577.5, not 1 577.4')

    def test_cover_letter(self):
        self.change('bases/7.3/40-tdx/0000-cover-letter.patch', ' 149.6', ' 144.2')
        self.assert_bad('149.6, not 144.2')
        self.assertEqual(self.figures('--write').returncode, 1)

    def test_sentence_that_is_gone(self):
        self.change('README.md', 'faults are left of', 'faults remain of')
        self.assert_bad('is there 0 times')
        self.assertEqual(self.figures('--write').returncode, 1)

    def test_number_in_a_table(self):
        self.change('README.md', '12163', '12164')
        self.assert_bad('README.md: a table differs')

    def test_report(self):
        self.change('bench/bench.txt', 'instructions', 'cycles')
        self.assert_bad('bench/bench.txt')

    def test_picture(self):
        self.change('docs/vmm.svg', 'faults', 'Faults')
        self.assert_bad('docs/vmm.svg')

    def test_results(self):
        self.change('bench/results/vmm.tsv', '\t12163\t', '\t12161\t')
        self.assert_bad('bench/vmm.txt', 'docs/vmm.svg', 'README.md: a table', '12 161, not 12 163')

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
