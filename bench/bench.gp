# SPDX-License-Identifier: GPL-2.0
#
# usage: gnuplot bench.gp, in the directory of sizes.tsv
#
# The cost per page of one ioctl over populated memory, by size.

set terminal svg name "cost_of_one_ioctl" size 760,420 font "sans-serif,13" background "white"
set output "bench.svg"

set title "One ioctl over populated anonymous memory" font ",15"
set xlabel "bytes of guest memory"
set ylabel "instructions per 4 KiB page, NPT"
set logscale x 2
set logscale y 10
set yrange [8:8000]
set xtics ("4 KiB" 4096, "64 KiB" 65536, "2 MiB" 2097152, "64 MiB" 67108864, \
           "1 GiB" 1073741824, "4 GiB" 4294967296) nomirror out
set ytics nomirror out
set border 3
set grid ytics lc rgb "#dddddd" lt 1
set key top right

plot "sizes.tsv" using 1:2 with linespoints lw 2 pt 7 lc rgb "#e0703a" title "KVM\\_PRE\\_FAULT\\_MEMORY of 7.3.4", \
     "" using 1:3 with linespoints lw 2 pt 7 lc rgb "#2f7ebc" title "KVM\\_MAP\\_MEMORY, FLAG\\_WRITE", \
     "" using 1:3:(sprintf("%d", $3 + 0.999)) with labels offset 0,-1 notitle, \
     "" using 1:2:(sprintf("%d", $2 + 0.999)) with labels offset 0,1 notitle
