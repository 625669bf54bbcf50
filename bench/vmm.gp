# SPDX-License-Identifier: GPL-2.0
#
# usage: gnuplot vmm.gp, in the directory of vmm-bars.tsv
#
# One bar per row of the table: the time until the guest runs, and its own, in figures
# both together.

set terminal svg name "QEMU_and_a_guest" size 960,900 font "sans-serif,13" background "white"
set output "vmm.svg"
set datafile separator "\t"

stats "vmm-bars.tsv" using ($3 + $4) nooutput name "total"
stats "vmm-bars.tsv" using 1 nooutput name "y"

escape(text) = system("printf %s '" . text . "' | sed 's/_/\\\\_/g'")

set title "QEMU and a guest of 512 MiB" font ",15"
set xlabel "ms of a clock that counts instructions, NPT (icount)"
set xrange [0 : total_max * 1.3]
set yrange [y_max + 0.8 : y_min - 1.9]
set lmargin 46
set border 1
set xtics nomirror out
set ytics scale 0 offset 0.5,0
set grid xtics lc rgb "#dddddd" lt 1
set key at graph 0.98, graph 0.255 right top Left reverse samplen 1.5
set style fill solid 1.0 noborder

plot "vmm-bars.tsv" using (0):1:(0):3:($1 - 0.4):($1 + 0.4):ytic(escape(strcol(2))) \
         with boxxyerror lc rgb "#2f7ebc" title "until the guest runs", \
     "" using (0):1:3:($3 + $4):($1 - 0.4):($1 + 0.4) \
         with boxxyerror lc rgb "#e0703a" title "guest", \
     "" using ($3 + $4):1:(sprintf($3 + $4 < 10 ? " %.1f ms, %d faults" : " %.0f ms, %d faults", $3 + $4, $5)) with labels left font ",11" notitle, \
     "" using (0):(strcol(6) eq "-" ? NaN : $1 - 0.9):(escape(strcol(6))) \
         with labels left offset -45,0 font "sans-serif:Bold,13" notitle
