// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one VM by QEMU, inside the emulated host, and measures one workload in it.
 *
 * usage: vmm-run WORKLOAD CHOICE STATE QEMU ARGUMENT...
 *
 * Prints a line "VMM WORKLOAD CHOICE FAULTS GUEST_US HOST_INSTRUCTIONS START_US
 * RSS_MIB", tab separated; bench/vmm.sh says what these are.  The workload save only
 * writes the file STATE, which QEMU is given as -incoming for the workload restore.
 *
 * CHOICE says what is done beside what QEMU does by its arguments, and may be several
 * words joined by "+": pre_fault is KVM_PRE_FAULT_MEMORY of the memory in question,
 * no_zap disables KVM_X86_QUIRK_SLOT_ZAP_ALL before that, and in the workload fork,
 * prealloc, resident and write are done here, too.  KVM takes an ioctl from no other
 * process than the VMM itself, so QEMU is stopped and made to call it (ptrace).
 *
 * The guest and this program talk in lines, on the guest's console.  This program
 * has the priority of real time: QEMU and the guest stand still while it looks.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <linux/kvm.h>

#include "vmm-run.h"

#define DIMM		(128 * MIB)
#define DIMM_GPA	(4096 * MIB)
#define WORKING_SET	"128"

static struct result {
	uint64_t faults, guest_ns, instructions, start_ns, rss_mib;
} result;

/* What is counted begins with exec(), or here. */
static void begin(void)
{
	result.faults = counter("pf_taken");
	result.instructions = instructions();
}

static void end(uint64_t guest_ns)
{
	result.faults = counter("pf_taken") - result.faults;
	result.instructions = instructions() - result.instructions;
	result.guest_ns = guest_ns;
	result.rss_mib = rss_mib();
}

static void started(uint64_t at_ns)
{
	result.start_ns = at_ns - vm.exec_ns;
}

static bool has(const char *choice, const char *part)
{
	return strstr(choice, part);
}

/* What is done here before the guest goes on, from the second MiB on. */
static void prepare(const char *choice, uint64_t gpa, uint64_t size)
{
	if (has(choice, "no_zap"))
		disable_zap_all();
	if (has(choice, "pre_fault"))
		pre_fault(gpa, size);
}

static void boot(const char *choice)
{
	wait_for_prompt();
	if (has(choice, "pre_fault")) {
		/* QEMU was started with -S. */
		prepare(choice, MIB, RAM - MIB);
		monitor("cont");
	}
	wait_for("init");
	started(vm.first_byte_ns);
}

/* The guest has written to all of its working set, and waits. */
static void boot_and_fill(void)
{
	boot("");
	tell("touch " WORKING_SET "\n");
	wait_for("filled");
}

/* The guest was told to go on, and reads and writes a word of each page. */
static void touch(void)
{
	wait_for("go");
	if (!result.start_ns)
		started(now(CLOCK_MONOTONIC));
	end(strtoull(wait_for("touched "), NULL, 10));
}

/* Only now, as this touches everything once more. */
static void check(void)
{
	tell("check\n");
	wait_for("good");
}

static void save(const char *state)
{
	char command[128];

	boot_and_fill();
	monitor("stop");
	monitor("migrate_set_parameter max-bandwidth 1000000M");
	snprintf(command, sizeof(command), "migrate file:%s", state);
	monitor(command);
	if (!has(monitor("info migrate"), "completed"))
		fail("the state was not saved");
}

static void restore(const char *choice)
{
	/* Loading the state overwrites what was said to the serial port before. */
	wait_for_prompt();
	while (has(monitor("info status"), "inmigrate"))
		usleep(1000);
	prepare(choice, MIB, RAM - MIB);
	tell("go\n");
	monitor("cont");
	touch();
	check();
}

static void hotplug(const char *choice)
{
	char command[128];

	boot("");
	tell("hotplug 120\n");
	wait_for("waiting");
	begin();
	snprintf(command, sizeof(command),
		 "object_add memory-backend-ram,id=dimm,size=128M,prealloc=%s",
		 has(choice, "prealloc") ? "on" : "off");
	monitor(command);
	monitor("device_add pc-dimm,id=dimm0,memdev=dimm");
	if (has(choice, "pre_fault")) {
		monitor("stop");
		prepare(choice, DIMM_GPA, DIMM);
		monitor("cont");
	}
	tell("go\n");
	touch();
	check();
}

static void fork_and_touch(const char *choice)
{
	uint64_t ram, sum;
	pid_t child;

	boot_and_fill();
	monitor("stop");
	ram = address_of_ram();
	/* QEMU keeps its guest's memory from processes that it forks. */
	call_madvise(ram, MADV_DOFORK);
	begin();
	child = call_fork();
	sum = sum_of_ram(child, ram);

	if (has(choice, "prealloc"))
		call_madvise(ram, MADV_POPULATE_WRITE);
	prepare(choice, MIB, RAM - MIB);
	if (has(choice, "resident"))
		map(MIB, RAM - MIB, KVM_MEMORY_MAPPING_FLAG_RESIDENT);
	if (has(choice, "write"))
		map(MIB, RAM - MIB, KVM_MEMORY_MAPPING_FLAG_WRITE);
	tell("go\n");
	monitor("cont");
	touch();
	check();

	errno = 0;
	if (sum_of_ram(child, ram) != sum)
		fail("what the guest wrote is in the memory of the child");
	if (sum_of_ram(vm.pid, ram) == sum)
		fail("what the guest wrote is not in its memory");
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
}

int main(int argc, char **argv)
{
	const char *workload, *choice;

	if (argc < 5)
		errx(2, "usage: vmm-run WORKLOAD CHOICE STATE QEMU ARGUMENT...");
	workload = argv[1];
	choice = argv[2];
	start(argv + 4, argc - 4);

	if (!strcmp(workload, "save")) {
		save(argv[3]);
		quit();
		return 0;
	}
	if (!strncmp(workload, "boot", 4)) {
		boot(choice);
		end(now(CLOCK_MONOTONIC) - vm.first_byte_ns);
	} else if (!strcmp(workload, "restore")) {
		restore(choice);
	} else if (!strcmp(workload, "hotplug")) {
		hotplug(choice);
	} else if (!strcmp(workload, "fork")) {
		fork_and_touch(choice);
	} else {
		fail("unknown workload");
	}
	printf("VMM\t%s\t%s\t%lu\t%lu\t%lu\t%lu\t%lu\n", workload, choice, result.faults,
	       (result.guest_ns + 500) / 1000, result.instructions,
	       (result.start_ns + 500) / 1000, result.rss_mib);
	quit();
	return 0;
}
