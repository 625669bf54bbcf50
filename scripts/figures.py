#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: figures.py [--keep | --write | --values]

Every figure in README.md, docs/ and the cover letters comes from what was measured
last, which is in bench/results: first-touch.tsv (make run), bench.tsv (make bench),
vmm.tsv (make vmm), tdx.tsv (make tdx). Without an option, compares, says what is wrong
and exits with 1.

--keep    first take the results that are in build/report, then as --write
--write   write what follows from the results; the cover letters, whose source is
          build/linux, are only compared
--values  print the names that docs/figures.list may use

What is written and compared:
  bench/bench.txt, bench/vmm.txt           the reports
  docs/*.svg                               the pictures, by gnuplot
  between <!-- table NAME --> and <!-- end -->, in README.md and docs/*.md, tables
  the numbers in the sentences of docs/figures.list

A line of docs/figures.list is a file, a tab, and a text that the file has, in which
{EXPRESSION}, in Python, stands for a number: see Results for the names, up() and
down() for rounding. Numbers of four digits and more may have spaces in the file.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from figures_results import Results, Row, down, up

RESULTS = 'bench/results'
LIST = 'docs/figures.list'
NUMBER = r'\d{1,3}(?: \d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?'

# What is made from which results: file, results, command that prints it.
REPORTS = {
    'bench/bench.txt': ('bench.tsv', 'bench/bench-read.awk bench/bench.awk', ''),
    'bench/vmm.txt': ('vmm.tsv', 'bench/vmm.awk', ''),
}
# Picture: script, and what it reads, each made from results by awk.
PICTURES = {
    'docs/first-touch.svg': ('bench/first-touch.gp', {'first-touch.tsv': None}),
    'docs/bench.svg': ('bench/bench.gp', {'sizes.tsv': ('bench.tsv', 'bench/bench-read.awk bench/bench.awk', 'sizes=1')}),
    'docs/vmm.svg': ('bench/vmm.gp', {'vmm-bars.tsv': ('vmm.tsv', 'bench/vmm.awk', 'bars=1')}),
}
# The tables in Markdown: results, awk script, its variables.
TABLES = {
    'vmm': ('vmm.tsv', 'bench/vmm.awk', 'only=boot boot-prealloc restore fork'),
    'first-touch': ('first-touch.tsv', 'bench/first-touch.awk', ''),
}


def awk(directory, results, script, variables):
    command = ['awk', '-F', '\t']
    if variables:
        command += ['-v', variables]
    for name in script.split():
        command += ['-f', name]
    return subprocess.run(command + [os.path.join(directory, results)], check=True, capture_output=True, text=True).stdout


def picture(directory, script, inputs):
    """The text of a picture, without what says when it was made."""
    with tempfile.TemporaryDirectory() as work:
        for name, source in inputs.items():
            with open(os.path.join(work, name), 'w', encoding='utf-8') as out:
                if source:
                    out.write(awk(directory, *source))
                else:
                    with open(os.path.join(directory, name), encoding='utf-8') as results:
                        out.write(results.read())
        subprocess.run(['gnuplot', os.path.abspath(script)], check=True, cwd=work)
        svg = os.path.basename(script).replace('.gp', '.svg')
        with open(os.path.join(work, svg), encoding='utf-8') as made:
            return made.read()


def made_by(svg):
    """Which gnuplot made it: another one draws the same in other words."""
    found = re.search(r'Produced by (GNUPLOT [\w. ]+?) *(?:</desc>|$)', svg, re.M)
    return found.group(1) if found else None


def fill_tables(text, tables):
    """What stands between the markers, in a block of its own, is replaced."""
    def table(match):
        name = match.group(1)
        if name not in tables:
            raise KeyError('there is no table ' + name)
        return '<!-- table %s -->\n```\n%s```\n<!-- end -->' % (name, tables[name])

    return re.sub(r'<!-- table ([\w-]+) -->\n.*?<!-- end -->', table, text, flags=re.S)


def spaced(number):
    """As it would be written in a sentence."""
    text = str(int(number)) if number == int(number) else repr(round(number, 4))
    return text


def grouped(text):
    whole, dot, rest = text.partition('.')
    return re.sub(r'(?<=\d)(?=(\d{3})+$)', ' ', whole) + dot + rest


def check_sentence(text, sentence, names):
    """Returns the text with the right numbers, and what was wrong or None."""
    parts = re.split(r'\{(.*?)\}', sentence)
    # Words may be anywhere on two lines.
    pattern = ''.join('(' + NUMBER + ')' if i % 2 else
                      re.sub(r'(\\ |\\\n)+', r'\\s+', re.escape(part))
                      for i, part in enumerate(parts))
    found = list(re.finditer(pattern, text))
    if len(found) != 1:
        return text, 'is there %d times' % len(found)
    match, wrong = found[0], []
    for i in range(len(parts) // 2, 0, -1):
        value = spaced(eval(parts[2 * i - 1], {'__builtins__': {}}, names))  # pylint: disable=eval-used
        have = match.group(i)
        if float(have.replace(' ', '')) != float(value):
            want = grouped(value) if ' ' in have or ' ' in text[match.start():match.end()] and \
                re.search(r'\d \d{3}', text[match.start():match.end()]) else value
            wrong.append('%s, not %s' % (want, have))
            text = text[:match.start(i)] + want + text[match.end(i):]
    return text, '; '.join(reversed(wrong)) or None


def names_of(results):
    names = {k: v for k, v in vars(results).items()}
    names.update(up=up, down=down, min=min, max=max)
    return names


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Checker:
    def __init__(self, write):
        self.write = write
        self.bad = 0

    def complain(self, what):
        print('figures: ' + what)
        self.bad += 1

    def put(self, path, have, want, what):
        if have == want:
            return
        if self.write and not path.startswith('bases/'):
            with open(path, 'w', encoding='utf-8') as out:
                out.write(want)
            print('wrote    ' + path)
        else:
            self.complain('%s: %s' % (path, what))

    def reports(self):
        for path, source in REPORTS.items():
            self.put(path, read(path) if os.path.exists(path) else '', awk(RESULTS, *source),
                     'differs from %s/%s' % (RESULTS, source[0]))

    def pictures(self):
        for path, source in PICTURES.items():
            have = read(path) if os.path.exists(path) else ''
            want = picture(RESULTS, *source)
            if not self.write and made_by(have) != made_by(want):
                print('figures: %s was made by %s, here is %s: not compared' %
                      (path, made_by(have), made_by(want)))
                continue
            self.put(path, have, want, 'differs from what %s draws of %s' % (source[0], RESULTS))

    def documents(self, names):
        tables = {name: awk(RESULTS, *source) for name, source in TABLES.items()}
        texts = {}
        for path in ['README.md'] + sorted('docs/' + f for f in os.listdir('docs') if f.endswith('.md')):
            texts[path] = [read(path)] * 2
            texts[path][1] = fill_tables(texts[path][0], tables)
            if texts[path][1] != texts[path][0]:
                self.put(path, texts[path][0], texts[path][1], 'a table differs from ' + RESULTS)
        for number, line in enumerate(read(LIST).splitlines(), 1):
            if not line or line.startswith('#'):
                continue
            path, _, sentence = line.partition('\t')
            if path not in texts:
                texts[path] = [read(path)] * 2
            old = texts[path][1]
            texts[path][1], wrong = check_sentence(old, sentence, names)
            if wrong and (texts[path][1] == old or not self.write or path.startswith('bases/')):
                self.complain('%s:%d: %s: %s' % (LIST, number, path, wrong))
            elif wrong:
                print('wrote    %s: %s' % (path, wrong))
        if self.write:
            for path, (_, text) in texts.items():
                if not path.startswith('bases/') and text != read(path):
                    with open(path, 'w', encoding='utf-8') as out:
                        out.write(text)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    option = sys.argv[1] if len(sys.argv) > 1 else ''
    if option not in ('', '--keep', '--write', '--values') or len(sys.argv) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    if option == '--keep':
        for name in 'first-touch.tsv', 'bench.tsv', 'vmm.tsv', 'tdx.tsv':
            if os.path.exists('build/report/' + name):
                shutil.copyfile('build/report/' + name, RESULTS + '/' + name)
    results = Results(RESULTS)
    if option == '--values':
        for name, table in sorted(vars(results).items()):
            for key, value in table.items():
                print("%s['%s'] = %s" % (name, key, dict(value) if isinstance(value, Row) else value))
        return 0
    checker = Checker(option != '')
    checker.reports()
    checker.pictures()
    checker.documents(names_of(results))
    return checker.bad > 0


if __name__ == '__main__':
    sys.exit(main())
