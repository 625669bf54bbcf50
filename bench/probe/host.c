// SPDX-License-Identifier: GPL-2.0
/*
 * What this computer is, and what of all that is to be measured is missing here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "probe.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

int kvm;
bool has_ioctl[NR_BEFORE] = { [NOTHING] = true };
bool has_metric[NR_METRICS] = { [TIME] = true, [FAULTS] = true };
char missing[256];

/* The first line of a file, without its end; false if there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");
	bool ok;

	if (!file)
		return false;
	ok = fgets(line, size, file);
	fclose(file);
	if (ok)
		line[strcspn(line, "\n")] = 0;

	return ok;
}

static void print_fact(const char *name, const char *value)
{
	printf("%-18s %s\n", name, value);
	if (tsv)
		fprintf(tsv, "# %s\t%s\n", name, value);
}

static void print_file(const char *name, const char *path)
{
	char line[256];

	if (read_line(path, line, sizeof(line)))
		print_fact(name, line);
}

/* The line of the first processor in /proc/cpuinfo that begins with a name. */
static bool cpuinfo(const char *name, char *value, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192], *colon;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		colon = strchr(line, ':');
		found = colon && !strncmp(line, name, strlen(name)) &&
			strchr("\t:", line[strlen(name)]);
		if (found) {
			line[strcspn(line, "\n")] = 0;
			snprintf(value, size, "%.*s", (int)size - 1, colon + 1 + (colon[1] == ' '));
		}
	}
	if (file)
		fclose(file);

	return found;
}

static bool cpu_has(const char *flag)
{
	char flags[8192], *word;

	if (!cpuinfo("flags", flags, sizeof(flags)))
		return false;
	for (word = strtok(flags, " "); word; word = strtok(NULL, " "))
		if (!strcmp(word, flag))
			return true;

	return false;
}

static void print_cpu(void)
{
	static const char * const names[] = {
		"model name", "cpu family", "model", "stepping", "microcode",
	};
	char value[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (cpuinfo(names[i], value, sizeof(value)))
			print_fact(names[i], value);

	snprintf(value, sizeof(value), "%ld%s", sysconf(_SC_NPROCESSORS_ONLN),
		 cpu_has("hypervisor") ? ", of a virtual machine" : "");
	print_fact("processors", value);
}

/* Of what the CPU is affected by. */
static void print_mitigations(void)
{
	const char *dir = "/sys/devices/system/cpu/vulnerabilities";
	char path[512], line[256];
	struct dirent **entries;
	int i, nr;

	nr = scandir(dir, &entries, NULL, alphasort);
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (read_line(path, line, sizeof(line)) && strcmp(line, "Not affected"))
			print_fact(entries[i]->d_name, line);
	}
}

void print_host(void)
{
	struct utsname name;
	char kernel[256];

	print_cpu();
	if (!uname(&name)) {
		snprintf(kernel, sizeof(kernel), "%s %s", name.release, name.version);
		print_fact("kernel", kernel);
	}
	print_file("kvm.tdp_mmu", "/sys/module/kvm/parameters/tdp_mmu");
	print_file("kvm.nx_huge_pages", "/sys/module/kvm/parameters/nx_huge_pages");
	print_file("kvm_intel.ept", "/sys/module/kvm_intel/parameters/ept");
	print_file("kvm_intel.eptad", "/sys/module/kvm_intel/parameters/eptad");
	print_file("kvm_amd.npt", "/sys/module/kvm_amd/parameters/npt");
	print_file("THP", "/sys/kernel/mm/transparent_hugepage/enabled");
	print_file("governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	print_mitigations();
}

/* Now, and all of it once more at the end. */
static void say_missing(const char *what, const char *advice)
{
	printf("\nmissing: %s\n%s\n", what, advice);
	if (tsv)
		fprintf(tsv, "# missing\t%s\n", what);
	snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), "%s%s",
		 *missing ? ", " : "", what);
}

bool open_kvm(void)
{
	const char *tdp = cpu_has("svm") ? "/sys/module/kvm_amd/parameters/npt" :
					   "/sys/module/kvm_intel/parameters/ept";
	char value[16] = "";

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0 && errno == ENOENT)
		say_missing("/dev/kvm",
			    "Load kvm_intel or kvm_amd. If that fails, virtualisation is off in the\n"
			    "firmware, or this is a virtual machine that cannot nest.");
	else if (kvm < 0)
		say_missing("/dev/kvm", "It is there. Run as root, or as a member of the group kvm.");
	else if (!read_line(tdp, value, sizeof(value)))
		say_missing("EPT or NPT",
			    "The KVM of this computer uses neither VMX nor SVM.");
	else if (!strchr("Y1", value[0]))
		say_missing("EPT or NPT",
			    "Load kvm_intel with ept=1, or kvm_amd with npt=1.");

	return !*missing;
}

/* Ask by a VM: what is there can depend on it. */
void find_ioctls(void)
{
	const int flags = KVM_MEMORY_MAPPING_FLAG_WRITE | KVM_MEMORY_MAPPING_FLAG_RESIDENT;
	struct vm vm;

	create_vm(&vm, false);
	has_ioctl[PRE_FAULT] = ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_PRE_FAULT_MEMORY) > 0;
	if (!has_ioctl[PRE_FAULT])
		say_missing("KVM_PRE_FAULT_MEMORY", "Linux has it since 6.11.");

	/* The number is provisional: some other kernel may mean something else by it. */
	has_ioctl[MAP] = (ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_MAP_MEMORY) & flags) == flags;
	has_ioctl[MAP_WRITE] = has_ioctl[MAP];
	if (!has_ioctl[MAP])
		say_missing("KVM_MAP_MEMORY",
			    "Boot the kernel that make deb builds. In there, kvm.tdp_mmu has to be Y.");
	destroy_vm(&vm);
}

void find_counters(void)
{
	int metric, fd;

	for (metric = CYCLES; metric < NR_METRICS; metric++) {
		fd = open_counter(metric);
		has_metric[metric] = fd >= 0;
		if (fd >= 0)
			close(fd);
		else if (metric > CYCLES)
			continue;
		else if (errno == EACCES || errno == EPERM)
			say_missing("performance counters",
				    "Run as root, or set kernel.perf_event_paranoid to 1 with sysctl.");
		else
			say_missing("performance counters",
				    "There is none for cycles, as in virtual machines without a PMU.");
		if (!has_metric[CYCLES])
			return;
	}
}

bool find_thp(void)
{
	char value[64];

	if (read_line("/sys/kernel/mm/transparent_hugepage/enabled", value, sizeof(value)) &&
	    !strstr(value, "[never]"))
		return true;
	say_missing("THP", "Write madvise to /sys/kernel/mm/transparent_hugepage/enabled.");

	return false;
}
