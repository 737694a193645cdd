// SPDX-License-Identifier: MIT
/*
 * struct znvme_device on QEMU's NVMe model: registers over the qtest wire, DMA by laying the
 * machine's memory over the caller's. An IOVA is a physical address of the machine.
 *
 * Laying memory over the caller's keeps its contents both ways, but cuts it off from any file or
 * process that it was shared with: such memory is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <znvme/error.h>

#include "qtest.h"
#include "qtest_internal.h"

static struct qtest_device *to_qtest(struct znvme_device *dev)
{
	return (struct qtest_device *)(void *)dev;
}

static uint64_t reg_read(struct znvme_device *dev, uint32_t offset, unsigned width)
{
	struct qtest_device *q = to_qtest(dev);

	if (offset + width > dev->bar_size)
		return UINT64_MAX;

	uint64_t value = qtest_ask(&q->proc, "read%c 0x%" PRIx64, width == 8 ? 'q' : 'l',
				   QTEST_BAR0 + offset);

	return width == 8 ? value : (uint32_t)value;
}

static void reg_write(struct znvme_device *dev, uint32_t offset, unsigned width, uint64_t value)
{
	struct qtest_device *q = to_qtest(dev);

	if (offset + width <= dev->bar_size)
		qtest_ask(&q->proc, "write%c 0x%" PRIx64 " 0x%" PRIx64, width == 8 ? 'q' : 'l',
			  QTEST_BAR0 + offset, value);
}

/* Whether [addr, addr + len) is private memory of this process that no file is behind. */
static int check_private(const char *addr, size_t len)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t at = (uintptr_t)addr, end = at + len;
	char line[512];

	if (!maps)
		return znvme_fail(-errno, "/proc/self/maps: %m");
	while (at < end && fgets(line, sizeof(line), maps)) {
		unsigned long first, last, inode;
		char mode[5];

		if (sscanf(line, "%lx-%lx %4s %*x %*s %lu", &first, &last, mode, &inode) != 4 ||
		    last <= at)
			continue;
		if (first > at)
			break;
		if (mode[0] != 'r' || mode[1] != 'w')
			break;
		if (mode[3] != 'p' || (inode && !strstr(line, "/anon_hugepage"))) {
			fclose(maps);
			return znvme_fail(-EOPNOTSUPP, "qtest cannot map shared memory: %s", line);
		}
		at = last;
	}
	fclose(maps);
	return at >= end
		       ? 0
		       : znvme_fail(-EFAULT, "%p is no memory to be read and written", (void *)at);
}

static int check_iova(struct qtest_device *q, uint64_t iova, size_t len)
{
	if (iova < q->range.first || len > q->range.last + 1 - iova || iova > q->range.last)
		return znvme_fail(-EINVAL, "IOVA 0x%" PRIx64 " is outside the machine's memory",
				  iova);
	for (struct qtest_mapping *m = q->mappings; m; m = m->next)
		if (iova < m->iova + m->len && m->iova < iova + len)
			return znvme_fail(-EEXIST, "IOVA 0x%" PRIx64 " is mapped already", iova);
	return 0;
}

static int dma_map(struct znvme_device *dev, void *addr, size_t len, uint64_t iova, unsigned flags)
{
	struct qtest_device *q = to_qtest(dev);
	int rc;

	(void)flags;
	if (!len || (((uintptr_t)addr | len | iova) & (dev->iova_align - 1)))
		return znvme_fail(-EINVAL, "a mapping that is not page-aligned");
	rc = check_iova(q, iova, len);
	if (!rc)
		rc = check_private(addr, len);
	if (rc)
		return rc;

	struct qtest_mapping *m = calloc(1, sizeof(*m));

	if (!m)
		return znvme_fail(-ENOMEM, "a mapping of the qtest device");
	memcpy(q->proc.ram + iova, addr, len);
	if (mmap(addr, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, q->proc.ram_fd,
		 (off_t)iova) == MAP_FAILED) {
		rc = znvme_fail(-errno, "mmap of the machine's memory: %m");
		free(m);
		return rc;
	}
	*m = (struct qtest_mapping){q->mappings, addr, len, iova};
	q->mappings = m;
	return 0;
}

/* Give the memory back to the process with what it holds; the machine's copy reads as zero then. */
static int restore(struct qtest_device *q, struct qtest_mapping *m)
{
	if (mmap(m->addr, m->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0) == MAP_FAILED)
		return znvme_fail(-errno, "mmap: %m");
	memcpy(m->addr, q->proc.ram + m->iova, m->len);
	if (fallocate(q->proc.ram_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)m->iova,
		      (off_t)m->len) < 0)
		return znvme_fail(-errno, "fallocate: %m");
	return 0;
}

static int dma_unmap(struct znvme_device *dev, uint64_t iova, size_t len)
{
	struct qtest_device *q = to_qtest(dev);

	for (struct qtest_mapping **at = &q->mappings; *at; at = &(*at)->next) {
		struct qtest_mapping *m = *at;

		if (m->iova != iova || m->len != len)
			continue;

		int rc = restore(q, m);

		*at = m->next;
		free(m);
		return rc;
	}
	return znvme_fail(-EINVAL, "no mapping of %zu bytes at IOVA 0x%" PRIx64, len, iova);
}

static int irq_set(struct znvme_device *dev, const int *eventfds, unsigned count)
{
	return qtest_pci_irq_set(to_qtest(dev), eventfds, count);
}

static int bus_master(struct znvme_device *dev, bool on)
{
	return qtest_pci_bus_master(to_qtest(dev), on);
}

static int function_reset(struct znvme_device *dev)
{
	return qtest_pci_reset(to_qtest(dev));
}

static void close_device(struct znvme_device *dev)
{
	struct qtest_device *q = to_qtest(dev);

	if (q->irq_running)
		qtest_pci_irq_set(q, NULL, 0);
	while (q->mappings)
		dma_unmap(dev, q->mappings->iova, q->mappings->len);
	qtest_proc_stop(&q->proc);
	free(q);
}

static const struct znvme_device_ops qtest_ops = {
	.name = "qtest",
	.reg_read = reg_read,
	.reg_write = reg_write,
	.dma_map = dma_map,
	.dma_unmap = dma_unmap,
	.irq_set = irq_set,
	.bus_master = bus_master,
	.function_reset = function_reset,
	.close = close_device,
};

static int parse_nsids(struct qtest_options *o, const char *text)
{
	char *end;

	o->nr_nsids = 0;
	do {
		if (o->nr_nsids == sizeof(o->nsids) / sizeof(o->nsids[0]))
			return -EINVAL;
		o->nsids[o->nr_nsids++] = (unsigned)strtoul(text, &end, 10);
		text = end + 1;
	} while (*end == '+');
	return *end ? -EINVAL : 0;
}

static uint64_t parse_size(const char *text)
{
	char *unit;
	uint64_t value = strtoull(text, &unit, 0);

	return value << (*unit == 'K' ? 10 : *unit == 'M' ? 20 : *unit == 'G' ? 30 : 0);
}

/* "a=1+b=2" is ",a=1,b=2" for QEMU. */
static void parse_properties(char *into, size_t size, const char *text)
{
	snprintf(into, size, ",%s", text);
	for (char *plus = into; (plus = strchr(plus, '+'));)
		*plus = ',';
}

static int parse_option(struct qtest_options *o, const char *key, const char *value)
{
	if (!strcmp(key, "size"))
		o->size = parse_size(value);
	else if (!strcmp(key, "mem"))
		o->mem = parse_size(value);
	else if (!strcmp(key, "bs"))
		o->bs = (unsigned)parse_size(value);
	else if (!strcmp(key, "ms"))
		o->ms = (unsigned)parse_size(value);
	else if (!strcmp(key, "nsid"))
		return parse_nsids(o, value);
	else if (!strcmp(key, "nvme"))
		parse_properties(o->nvme, sizeof(o->nvme), value);
	else if (!strcmp(key, "subsys"))
		parse_properties(o->subsys, sizeof(o->subsys), value);
	else if (!strcmp(key, "ns"))
		parse_properties(o->ns, sizeof(o->ns), value);
	else if (!strcmp(key, "last"))
		parse_properties(o->last, sizeof(o->last), value);
	else
		return -EINVAL;
	return 0;
}

static int parse_options(struct qtest_options *o, const char *options)
{
	char text[512], *save = NULL;

	*o = (struct qtest_options){
		.size = 64 << 20, .mem = 256 << 20, .bs = 512, .nsids = {1}, .nr_nsids = 1};
	snprintf(text, sizeof(text), "%s", options);
	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!value || parse_option(o, word, value))
			return znvme_fail(-EINVAL, "qemu: does not know the option '%s'", word);
	}
	return 0;
}

int qtest_device_open(const char *options, struct znvme_device **dev)
{
	struct qtest_options o;
	int rc = parse_options(&o, options);

	if (rc)
		return rc;
	if (!qtest_available())
		return znvme_fail(-ENOENT, "there is no QEMU here: run scripts/setup test");

	struct qtest_device *q = calloc(1, sizeof(*q));

	if (!q)
		return znvme_fail(-ENOMEM, "the qtest device");
	q->dev.ops = &qtest_ops;
	snprintf(q->dev.address, sizeof(q->dev.address), "qemu:%.120s", options);
	q->dev.iova_ranges = &q->range;
	q->dev.nr_iova_ranges = 1;
	q->dev.iova_align = 4096;
	q->dev.request_fd = -1;

	rc = qtest_proc_start(&q->proc, &o);
	if (!rc)
		rc = qtest_pci_init(q);
	if (rc) {
		close_device(&q->dev);
		return rc;
	}
	q->range = (struct znvme_iova_range){QTEST_DMA_FIRST, q->proc.ram_size - 1};
	*dev = &q->dev;
	return 0;
}
