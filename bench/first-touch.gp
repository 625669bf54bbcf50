# SPDX-License-Identifier: GPL-2.0
#
# usage: gnuplot first-touch.gp, in the directory of first-touch.tsv
#
# One bar per row of the table: what the host pays to populate the memory, what
# the mapping ioctl costs, and what the guest's first write costs.  Not of huge pages, of
# which all bars would be alike.

set terminal svg name "cost_of_first_writes" size 960,400 font "sans-serif,13" background "white"
set output "first-touch.svg"
set datafile separator "\t"

stats "first-touch.tsv" skip 1 every ::0::7 using 6 nooutput name "total"

name(mode) = mode eq "nothing" ? "nothing" : \
             mode eq "pre_fault" ? "KVM\\_PRE\\_FAULT\\_MEMORY of 7.3.4" : \
             mode eq "map" ? "KVM\\_MAP\\_MEMORY" : "KVM\\_MAP\\_MEMORY, WRITE"

# Four bars per kind of memory, then a gap.
y(row) = row + 1.2 * int(row / 4)
group(row) = int(row) % 4 == 0

set title "Cost until a guest has written to each 4 KiB page of its memory" font ",15"
set xlabel "instructions per page, counted on NPT (icount)"
set xrange [0 : total_max * 1.28]
set yrange [y(7) + 0.8 : -1.3]
set lmargin 28
set border 1
set xtics nomirror out
set ytics scale 0 offset 0.5,0
set grid xtics lc rgb "#dddddd" lt 1
set key at graph 0.97, graph 0.44 right top Left reverse samplen 1.5
set style fill solid 1.0 noborder

plot "first-touch.tsv" skip 1 every ::0::7 \
     using (0):(y($0)):(0):($3):(y($0) - 0.4):(y($0) + 0.4):ytic(name(strcol(2))) \
         with boxxyerror lc rgb "#b0b7bf" title "populate in the host", \
     "" skip 1 every ::0::7 using (0):(y($0)):($3):($3 + $4):(y($0) - 0.4):(y($0) + 0.4) \
         with boxxyerror lc rgb "#2f7ebc" title "mapping ioctl", \
     "" skip 1 every ::0::7 using (0):(y($0)):($3 + $4):($3 + $4 + $5):(y($0) - 0.4):(y($0) + 0.4) \
         with boxxyerror lc rgb "#e0703a" title "guest's first write", \
     "" skip 1 every ::0::7 using ($3 + $4 + $5):(y($0)):(sprintf(" %d, %d faults", $6, $7)) \
         with labels left font ",11" notitle, \
     "" skip 1 every ::0::7 using (group($0) ? 0 : NaN):(y($0) - 0.85):(strcol(1) . " memory") \
         with labels left font "sans-serif:Bold,13" notitle
