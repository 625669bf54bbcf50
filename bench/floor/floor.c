// SPDX-License-Identifier: GPL-2.0
/*
 * The least that it takes to look at memory's pages: get references to 512 of
 * them at a time with GUP-fast, mark those dirty that aren't, and put them.  What
 * KVM_MAP_MEMORY costs above that is KVM's.
 *
 * Write the start and the end of a mapping, in hexadecimal, to the debugfs file
 * "floor"; it must be populated.  Reading gives the nanoseconds that it took,
 * which are instructions where the clock counts those.  Errors of write(): EINVAL
 * if there is no such range, EFAULT if a page isn't there.
 */
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#define NR_PAGES 512

static struct page *pages[NR_PAGES];
static struct dentry *file;
static DEFINE_MUTEX(lock);
static u64 elapsed;

static int walk(unsigned long start, unsigned long end)
{
	int i, nr;

	for (; start < end; start += nr * PAGE_SIZE) {
		nr = min_t(unsigned long, NR_PAGES, (end - start) / PAGE_SIZE);
		nr = get_user_pages_fast_only(start, nr, FOLL_WRITE, pages);
		if (nr <= 0)
			return -EFAULT;

		for (i = 0; i < nr; i++) {
			struct folio *folio = page_folio(pages[i]);

			if (!folio_test_dirty(folio))
				folio_set_dirty(folio);
			folio_put(folio);
		}
	}

	return 0;
}

static ssize_t floor_write(struct file *filp, const char __user *buf,
			   size_t len, loff_t *ppos)
{
	unsigned long start, end;
	char range[64] = {};
	u64 before;
	int r;

	if (len >= sizeof(range) || copy_from_user(range, buf, len))
		return -EINVAL;

	if (sscanf(range, "%lx %lx", &start, &end) != 2 || start >= end ||
	    !PAGE_ALIGNED(start | end))
		return -EINVAL;

	guard(mutex)(&lock);

	before = ktime_get_ns();
	r = walk(start, end);
	elapsed = ktime_get_ns() - before;

	return r ? r : len;
}

static ssize_t floor_read(struct file *filp, char __user *buf, size_t len,
			  loff_t *ppos)
{
	char text[32];
	int n;

	n = scnprintf(text, sizeof(text), "%llu\n", elapsed);
	return simple_read_from_buffer(buf, len, ppos, text, n);
}

static const struct file_operations floor_fops = {
	.owner = THIS_MODULE,
	.write = floor_write,
	.read = floor_read,
};

static int __init floor_init(void)
{
	file = debugfs_create_file("floor", 0600, NULL, NULL, &floor_fops);
	return PTR_ERR_OR_ZERO(file);
}
module_init(floor_init);

static void __exit floor_exit(void)
{
	debugfs_remove(file);
}
module_exit(floor_exit);

MODULE_DESCRIPTION("Count what looking at pages costs");
MODULE_LICENSE("GPL");
