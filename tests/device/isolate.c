// SPDX-License-Identifier: MIT
/*
 * What the IOMMU keeps from the controller: addresses that are not mapped, that no longer are, and
 * memory that is mapped for reading only. Commands with such addresses are made by hand, since the
 * constructors make none. Over VFIO tests/vm/isolation.sh looks at what the kernel says meanwhile.
 *
 * Every refused command ends, the controller works on, and memory is what it was. Its status is an
 * error where the list of pages could not be fetched, and on the simulator always; QEMU's model
 * (7.2) reports success where it was the data that its IOMMU refused.
 */
#include <stdlib.h>

#include "ctrl/ctrl.h"
#include "tests.h"

#define PAGE 4096u

/* Far from where the driver puts anything, within 39 bits. */
#define NOWHERE 0x4200000000ull

/* A transfer of the first blocks of the namespace to or from `iova`; the command's status. */
static int transfer(struct test *t, struct znvme_queue *q, uint8_t opcode, uint64_t iova)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, NULL);

	CHECK(sqe);
	znvme_sqe_set_range(sqe, t->ns, opcode, 0, PAGE / t->ns->lba_bytes);
	sqe->dptr.prp.prp1 = iova;
	sqe->dptr.prp.prp2 = 0;
	CHECK_OK(znvme_submit(q));
	return test_complete(q, NULL);
}

/* Put a pattern on the medium, which a read that is not refused would bring. */
static struct znvme_queue *prepare(struct test *t, struct znvme_region **region)
{
	struct znvme_queue *q;

	test_open(t);
	t->faulty = true;
	q = test_queue(t, 4, 0);
	*region = test_region(t, PAGE);
	fill_pattern((*region)->addr, PAGE, 1);
	CHECK_OK(transfer(t, q, ZNVME_CMD_WRITE, (*region)->iova));
	return q;
}

/* The medium is still what prepare() made it, and the controller serves. */
static void check_alive(struct test *t, struct znvme_queue *q, struct znvme_region *region)
{
	memset(region->addr, 0x77, PAGE);
	CHECK_OK(transfer(t, q, ZNVME_CMD_READ, region->iova));
	CHECK_PATTERN(region->addr, PAGE, 1);
}

static void check_refused(struct test *t, int status)
{
	if (t->sim)
		CHECK_STATUS(status, ZNVME_SC_DATA_TRANSFER);
	CHECK(status >= 0);
}

static void unmapped_read(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q = prepare(t, &region);
	int status;

	memset(region->addr, 0x77, PAGE);
	status = transfer(t, q, ZNVME_CMD_READ, NOWHERE);
	check_refused(t, status);
	CHECK_BYTES(region->addr, PAGE, 0x77);
	check_alive(t, q, region);
}

/* The command's data cannot be fetched; what lands on the medium then is the controller's. */
static void unmapped_write(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q = prepare(t, &region);
	int status = transfer(t, q, ZNVME_CMD_WRITE, NOWHERE);

	check_refused(t, status);
	CHECK_PATTERN(region->addr, PAGE, 1);
	CHECK_OK(transfer(t, q, ZNVME_CMD_WRITE, region->iova));
	check_alive(t, q, region);
}

/* The mapping has been used, so that whatever keeps translations has it; then it goes. */
static void just_unmapped(struct test *t)
{
	char *own = aligned_alloc(PAGE, PAGE);
	struct znvme_region *region, *gone;
	struct znvme_queue *q = prepare(t, &region);
	uint64_t iova;
	int status;

	memset(own, 0, PAGE);
	CHECK_OK(znvme_mem_map(t->ctrl, own, PAGE, 0, &gone));
	iova = gone->iova;
	CHECK_OK(transfer(t, q, ZNVME_CMD_READ, iova));
	CHECK_PATTERN(own, PAGE, 1);
	CHECK_OK(znvme_mem_free(t->ctrl, gone));
	memset(own, 0x55, PAGE);
	status = transfer(t, q, ZNVME_CMD_READ, iova);
	check_refused(t, status);
	CHECK_BYTES(own, PAGE, 0x55);
	check_alive(t, q, region);
	free(own);
}

static void read_only(struct test *t)
{
	char *own = aligned_alloc(PAGE, PAGE);
	struct znvme_region *region, *mapped;
	struct znvme_queue *q = prepare(t, &region);
	int status;

	memset(own, 0x55, PAGE);
	CHECK_OK(znvme_mem_map(t->ctrl, own, PAGE, ZNVME_MEM_READ_ONLY, &mapped));
	status = transfer(t, q, ZNVME_CMD_READ, mapped->iova);
	check_refused(t, status);
	CHECK_BYTES(own, PAGE, 0x55);
	check_alive(t, q, region);
	/* Reading it is what the mapping allows. */
	CHECK_OK(transfer(t, q, ZNVME_CMD_WRITE, mapped->iova));
	memset(region->addr, 0, PAGE);
	CHECK_OK(transfer(t, q, ZNVME_CMD_READ, region->iova));
	CHECK_BYTES(region->addr, PAGE, 0x55);
	CHECK_OK(znvme_mem_free(t->ctrl, mapped));
	free(own);
}

/* Not the data's pages but the list of them cannot be fetched: two pages from within a first. */
static void unmapped_list(struct test *t)
{
	struct znvme_region *region, *big;
	struct znvme_queue *q = prepare(t, &region);
	struct znvme_sqe *sqe = znvme_get_sqe(q, NULL);
	const size_t len = 2 * (size_t)PAGE;

	big = test_region(t, 2 * len);
	memset(big->addr, 0x77, big->len);
	CHECK(sqe);
	znvme_sqe_set_range(sqe, t->ns, ZNVME_CMD_READ, 0, (uint32_t)(len / t->ns->lba_bytes));
	sqe->dptr.prp.prp1 = big->iova + 512;
	sqe->dptr.prp.prp2 = NOWHERE;
	CHECK_OK(znvme_submit(q));
	CHECK_STATUS(test_complete(q, NULL), ZNVME_SC_DATA_TRANSFER);
	CHECK_BYTES(big->addr, big->len, 0x77);
	check_alive(t, q, region);
}

struct span {
	uint64_t start, end;
};

static bool overlap(const struct span *a, const struct span *b)
{
	return a->start < b->end && b->start < a->end;
}

/* All that is mapped stands in whole pages, and no page is in two places, here or for the device.
 */
static void check_pages(const struct domain *domain)
{
	static struct span host[256], device[256];
	size_t n = 0;

	for (size_t i = 0; i < domain->nr_regions; i++) {
		const struct region *region = domain->regions[i];
		uint64_t addr = (uintptr_t)region->hot.addr, lists = (uintptr_t)region->lists;
		uint64_t lists_len = (region->lists_len + PAGE - 1) / PAGE * PAGE;

		CHECK(n + 2 <= ARRAY_LEN(host));
		CHECK(addr % PAGE == 0 && region->hot.len % PAGE == 0);
		CHECK(region->hot.iova % PAGE == 0);
		host[n] = (struct span){addr, addr + region->hot.len};
		device[n++] = (struct span){region->hot.iova, region->hot.iova + region->hot.len};
		if (!lists)
			continue;
		CHECK(lists % PAGE == 0 && region->lists_iova % PAGE == 0);
		host[n] = (struct span){lists, lists + lists_len};
		device[n++] = (struct span){region->lists_iova, region->lists_iova + lists_len};
	}
	CHECK(n > 8);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			CHECK(!overlap(&host[i], &host[j]));
			CHECK(!overlap(&device[i], &device[j]));
		}
}

/* Queues of a few bytes, data of a few bytes, lists, and the admin queue's own buffer. */
static void pages_of_their_own(struct test *t)
{
	struct znvme_region *regions[12];
	struct znvme_queue *q = NULL;
	unsigned nr_queues;

	test_open(t);
	nr_queues = t->info.nr_io_queues < 4 ? t->info.nr_io_queues : 4;
	for (unsigned i = 0; i < nr_queues; i++)
		q = test_queue(t, 2 + i, 0);
	for (size_t i = 0; i < ARRAY_LEN(regions); i++)
		regions[i] = test_region(t, i % 3 ? 1 + 5000 * i : 16);
	check_pages(&t->ctrl->domain);
	for (size_t i = 0; i < ARRAY_LEN(regions); i += 2)
		CHECK_OK(znvme_mem_free(t->ctrl, regions[i]));
	for (size_t i = 0; i < ARRAY_LEN(regions); i += 2)
		regions[i] = test_region(t, 64);
	CHECK_OK(znvme_queue_delete(q));
	q = test_queue(t, 3, 0);
	check_pages(&t->ctrl->domain);
	for (size_t i = 0; i < ARRAY_LEN(regions); i++)
		CHECK_OK(transfer(t, q, ZNVME_CMD_READ, regions[i]->iova));
}

static const struct test_case cases[] = {
	{"a read to an address that is not mapped changes nothing", unmapped_read, HAS_IOMMU},
	{"a write from an address that is not mapped ends", unmapped_write, HAS_IOMMU},
	{"a read to what was just unmapped changes nothing", just_unmapped, HAS_IOMMU},
	{"a command whose PRP list is not mapped fails", unmapped_list, HAS_IOMMU},
	{"a read-only mapping is read and not written", read_only, HAS_IOMMU},
	{"data and queues never share a page", pages_of_their_own, 0},
};

const struct test_group isolate_tests = {"isolate", cases, ARRAY_LEN(cases)};
