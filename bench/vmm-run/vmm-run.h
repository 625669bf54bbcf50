/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of vmm-run share.  What fails ends QEMU, and the program with 1.
 */
#ifndef VMM_RUN_H
#define VMM_RUN_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MIB		(1ull << 20)
#define RAM		(512 * MIB)

/* qemu.c: the one QEMU, and the guest in it */
extern struct vm {
	pid_t pid;
	int console, monitor;
	/* Of CLOCK_MONOTONIC: exec() of QEMU, and what came first on the console. */
	uint64_t exec_ns, first_byte_ns;
	/* What was read from the console, beyond the last line that was waited for. */
	char line[4096];
	size_t len;
} vm;

__attribute__((noreturn)) void fail(const char *what);
void start(char **argv, int argc);
char *wait_for(const char *name);
void tell(const char *text);
const char *wait_for_prompt(void);
const char *monitor(const char *command);
void quit(void);

/* proc.c */
uint64_t now(clockid_t clock);
uint64_t counter(const char *name);
uint64_t rss_mib(void);
uint64_t instructions(void);
int fd_of(const char *name);
uint64_t address_of_ram(void);
int open_memory(pid_t pid, int flags);
uint64_t sum_of_ram(pid_t pid, uint64_t ram);

/* syscalls.c */
void pre_fault(uint64_t gpa, uint64_t size);
void map(uint64_t gpa, uint64_t size, uint64_t flags);
void disable_zap_all(void);
void call_madvise(uint64_t ram, int advice);
pid_t call_fork(void);

#endif /* VMM_RUN_H */
