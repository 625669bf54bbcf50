# SPDX-License-Identifier: GPL-2.0
"""What was measured, by the names that docs/figures.list uses: for figures.py."""
import math
import os
import re


def up(number, digits=0):
    """Round up, which is against us where less is better."""
    scale = 10 ** digits
    return math.ceil(round(number * scale, 6)) / scale


def down(number, digits=0):
    """Round down."""
    scale = 10 ** digits
    return math.floor(round(number * scale, 6)) / scale


class Row(dict):
    """A line of results, its columns by name."""
    __getattr__ = dict.__getitem__


def rows_of(directory, name):
    with open(os.path.join(directory, name), encoding='utf-8') as lines:
        return [line.rstrip('\n').split('\t') for line in lines]


def with_header(directory, name, keys):
    """Rows by their first columns, joined by a space."""
    head, *rows = rows_of(directory, name)
    table = {}
    for row in rows:
        values = Row(zip(head[keys:], (float(v) if v != '-' else None for v in row[keys:])))
        table[' '.join(row[:keys])] = values
    return table


class Results:
    """The names that expressions may use:

    touch['fresh map'].total          first-touch.tsv: memory and before; its columns
    vmm['restore off'].faults         vmm.tsv: workload and choice; its columns
    tdx['64M map1'].exits             tdx.tsv: memory and choice; its columns
    kind['anonymous fresh map'].map   bench.tsv, per page: populate, map, again, write,
                                      total; faults
    size['262144 map_write']          per page, memory of so many pages
    walk['zero page']                 per page; again['...']: the ioctl once more
    count['KVM_MAP_MEMORY'].locked    contention, per page: batches, mmu_lock, locked,
                                      lines; longest, irqs
    base_kind, base_size, base_walk, base_again, base_count: the same on 7.3.4
    """

    def __init__(self, directory):
        self.touch = with_header(directory, 'first-touch.tsv', 2)
        self.vmm = with_header(directory, 'vmm.tsv', 2)
        self.tdx = {}
        if os.path.exists(os.path.join(directory, 'tdx.tsv')):
            self.tdx = with_header(directory, 'tdx.tsv', 2)
        for base in '', 'base_':
            for name in 'kind', 'size', 'walk', 'again', 'count':
                setattr(self, base + name, {})
        self.read_bench(rows_of(directory, 'bench.tsv'))

    def read_bench(self, rows):
        pages_of, name_of = {}, {}
        for row in rows:
            what = row[0]
            base = 'base_' if what.startswith('BASE') else ''
            what = re.sub('^BASE_?', '', what) or 'TSV'
            if what == 'TSV':
                self.kind_row(getattr(self, base + 'kind'), row)
            elif what == 'SIZE':
                getattr(self, base + 'size')[row[4] + ' ' + row[3]] = float(row[6]) / float(row[4])
            elif what == 'WALK':
                getattr(self, base + 'walk')[row[1]] = float(row[7]) / float(row[5])
                getattr(self, base + 'again')[row[1]] = float(row[8]) / float(row[5])
            elif what == 'CASE':
                name_of[row[1]], pages_of[row[1]] = row[2], float(row[3])
        for row in rows:
            if row[0] == 'phase' and row[3] == 'total' and row[1] in name_of:
                name, pages = name_of[row[1]], pages_of[row[1]]
                base = 'base_' if 'PRE_FAULT' in name else ''
                n = [float(v) for v in row[4:]]
                getattr(self, base + 'count')[name] = Row(
                    batches=n[0] / pages, locked=n[2] / pages, mmu_lock=n[3] / pages,
                    longest=n[4], irqs=n[5], lines=n[6] / pages)

    @staticmethod
    def kind_row(kinds, row):
        pages = float(row[4])
        values = [float(v) / pages for v in row[5:9]]
        kinds[' '.join(row[1:4])] = Row(
            zip(('populate', 'map', 'again', 'write'), values),
            total=values[0] + values[1] + values[3], faults=float(row[9]))
