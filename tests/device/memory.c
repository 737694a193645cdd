// SPDX-License-Identifier: MIT
/* Regions: memory of the driver's and of one's own, overlaps, limits, look-up, what is refused. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests.h"

#define PAGE 4096u

/* Write from `region` and read back to it, whole blocks at its start and its end. */
static void use_region(struct test *t, struct znvme_queue *q, struct znvme_region *region)
{
	uint32_t bytes = t->ns->lba_bytes;
	char *places[] = {region->addr, region->addr + ((region->len - bytes) & ~(size_t)3)};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		fill_pattern(places[i], bytes, i + 50);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, places[i], i, 1));
		memset(places[i], 0, bytes);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, places[i], i, 1));
		CHECK_PATTERN(places[i], bytes, i + 50);
	}
}

static void sizes(struct test *t)
{
	static const size_t lengths[] = {1, 4095, 4096, 4097, 8192, 12288, 100000, MIB, 2 * MIB};
	struct znvme_queue *q;

	test_open(t);
	q = test_queue(t, 4, 0);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct znvme_region *region = test_region(t, lengths[i]);

		CHECK(region->len >= lengths[i]);
		CHECK_EQ(region->len % PAGE, 0);
		CHECK_EQ((uintptr_t)region->addr % PAGE, 0);
		CHECK_EQ(region->iova % t->info.page_size, 0);
		CHECK_BYTES(region->addr, region->len, 0);
		if (region->len >= t->ns->lba_bytes)
			use_region(t, q, region);
		CHECK_OK(znvme_mem_free(t->ctrl, region));
	}
	CHECK_OK(znvme_mem_free(t->ctrl, NULL));
}

static void bad_sizes(struct test *t)
{
	struct znvme_region *region;

	test_open(t);
	CHECK_RC(znvme_mem_alloc(t->ctrl, 0, &region), -EINVAL);
	CHECK(*znvme_errmsg());

	int rc = znvme_mem_alloc(t->ctrl, SIZE_MAX, &region);

	CHECK(rc == -EINVAL || rc == -ENOMEM);
	rc = znvme_mem_alloc(t->ctrl, (size_t)1 << 50, &region);
	CHECK_EQ(rc, -ENOMEM);
	CHECK(*znvme_errmsg());
}

static void freed_and_had_again(struct test *t)
{
	struct znvme_region *regions[16];
	struct znvme_queue *q;

	test_open(t);
	q = test_queue(t, 4, 0);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < ARRAY_LEN(regions); i++)
			regions[i] = test_region(t, (1 + (i * 7 + (size_t)round) % 5) * 8192);
		for (size_t i = 0; i < ARRAY_LEN(regions); i++)
			for (size_t j = 0; j < i; j++)
				CHECK(regions[i]->iova + regions[i]->len <= regions[j]->iova ||
				      regions[j]->iova + regions[j]->len <= regions[i]->iova);
		use_region(t, q, regions[(size_t)round % ARRAY_LEN(regions)]);
		for (size_t i = 0; i < ARRAY_LEN(regions); i++)
			CHECK_OK(
				znvme_mem_free(t->ctrl, regions[(i * 5 + 3) % ARRAY_LEN(regions)]));
	}
}

static void own_memory(struct test *t)
{
	const size_t len = 16 * (size_t)PAGE;
	char *memory = aligned_alloc(PAGE, len);
	struct znvme_region *region;
	struct znvme_queue *q;

	fill_pattern(memory, len, 1);
	test_open(t);
	q = test_queue(t, 4, 0);
	CHECK_OK(znvme_mem_map(t->ctrl, memory, len, 0, &region));
	CHECK(region->addr == memory);
	CHECK_EQ(region->len, len);
	CHECK_PATTERN(memory, len, 1);
	use_region(t, q, region);
	fill_pattern(memory, len, 2);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	CHECK_PATTERN(memory, len, 2);
	CHECK_OK(znvme_mem_map(t->ctrl, memory, len, 0, &region));
	use_region(t, q, region);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	free(memory);
}

static void shared_memory(struct test *t)
{
	const size_t len = 8 * (size_t)PAGE;
	struct znvme_region *region;
	int fd = memfd_create("region", MFD_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_OK(ftruncate(fd, (off_t)len));

	char *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *other = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(memory != MAP_FAILED && other != MAP_FAILED);
	test_open(t);
	CHECK_OK(znvme_mem_map(t->ctrl, memory, len, 0, &region));
	use_region(t, test_queue(t, 4, 0), region);
	CHECK(memcmp(memory, other, len) == 0);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	munmap(memory, len);
	munmap(other, len);
	close(fd);
}

static void file_memory(struct test *t)
{
	const size_t len = 8 * (size_t)PAGE;
	FILE *file = tmpfile();
	struct znvme_region *region;
	char *bytes = malloc(len);

	CHECK(file);
	CHECK_OK(ftruncate(fileno(file), (off_t)len));

	char *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);

	CHECK(memory != MAP_FAILED);
	test_open(t);
	CHECK_OK(znvme_mem_map(t->ctrl, memory, len, 0, &region));
	use_region(t, test_queue(t, 4, 0), region);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	CHECK_EQ(pread(fileno(file), bytes, len, 0), len);
	CHECK(memcmp(memory, bytes, len) == 0);
	munmap(memory, len);
	fclose(file);
	free(bytes);
}

static void alignment(struct test *t)
{
	char *memory = aligned_alloc(PAGE, 4 * (size_t)PAGE);
	struct znvme_region *region;

	test_open(t);
	CHECK_RC(znvme_mem_map(t->ctrl, memory + 1, PAGE, 0, &region), -EINVAL);
	CHECK(*znvme_errmsg());
	CHECK_RC(znvme_mem_map(t->ctrl, memory + 512, PAGE, 0, &region), -EINVAL);
	CHECK_RC(znvme_mem_map(t->ctrl, memory, PAGE + 512, 0, &region), -EINVAL);
	CHECK_RC(znvme_mem_map(t->ctrl, memory, 0, 0, &region), -EINVAL);
	CHECK_RC(znvme_mem_map(t->ctrl, NULL, PAGE, 0, &region), -EINVAL);
	CHECK_RC(znvme_mem_map(t->ctrl, memory, PAGE, 0x80, &region), -EINVAL);
	free(memory);
}

static void overlap(struct test *t)
{
	char *memory = aligned_alloc(PAGE, 8 * (size_t)PAGE);
	struct znvme_region *region, *other;

	memset(memory, 0, 8 * (size_t)PAGE);
	test_open(t);
	CHECK_OK(znvme_mem_map(t->ctrl, memory + 2 * PAGE, 4 * (size_t)PAGE, 0, &region));
	CHECK_RC(znvme_mem_map(t->ctrl, memory + 2 * PAGE, 4 * (size_t)PAGE, 0, &other), -EEXIST);
	CHECK_RC(znvme_mem_map(t->ctrl, memory + 2 * PAGE, 5 * (size_t)PAGE, 0, &other), -EEXIST);
	CHECK_RC(znvme_mem_map(t->ctrl, memory + 3 * PAGE, PAGE, 0, &other), -EEXIST);
	CHECK_RC(znvme_mem_map(t->ctrl, memory, 3 * (size_t)PAGE, 0, &other), -EEXIST);
	CHECK_RC(znvme_mem_map(t->ctrl, memory, 8 * (size_t)PAGE, 0, &other), -EEXIST);
	CHECK_RC(znvme_mem_map(t->ctrl, memory + 5 * PAGE, 2 * (size_t)PAGE, 0, &other), -EEXIST);
	CHECK(*znvme_errmsg());
	CHECK_OK(znvme_mem_map(t->ctrl, memory, 2 * (size_t)PAGE, 0, &other));
	CHECK_OK(znvme_mem_free(t->ctrl, other));
	CHECK_OK(znvme_mem_map(t->ctrl, memory + 6 * PAGE, 2 * (size_t)PAGE, 0, &other));
	CHECK_OK(znvme_mem_free(t->ctrl, other));
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	CHECK_OK(znvme_mem_map(t->ctrl, memory, 8 * (size_t)PAGE, 0, &region));
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	free(memory);
}

/* The second page is of no use to anybody. */
static void not_there(struct test *t)
{
	char *memory = mmap(NULL, 2 * (size_t)PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct znvme_region *region;

	CHECK(memory != MAP_FAILED);
	CHECK_OK(mprotect(memory, PAGE, PROT_READ | PROT_WRITE));
	test_open(t);
	CHECK_RC(znvme_mem_map(t->ctrl, memory, 2 * (size_t)PAGE, 0, &region), -EFAULT);
	CHECK(*znvme_errmsg());
	CHECK_OK(znvme_mem_map(t->ctrl, memory, PAGE, 0, &region));
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	munmap(memory, 2 * (size_t)PAGE);
}

static void found(struct test *t)
{
	struct znvme_region *a, *b;
	char elsewhere[16];

	test_open(t);
	a = test_region(t, 3 * (size_t)PAGE);
	b = test_region(t, 5 * (size_t)PAGE);
	CHECK(znvme_mem_find(t->ctrl, a->addr, 1) == a);
	CHECK(znvme_mem_find(t->ctrl, a->addr, a->len) == a);
	CHECK(znvme_mem_find(t->ctrl, b->addr + PAGE + 3, 100) == b);
	CHECK(znvme_mem_find(t->ctrl, b->addr + b->len - 1, 1) == b);
	CHECK(!znvme_mem_find(t->ctrl, b->addr + b->len - 1, 2));
	CHECK(!znvme_mem_find(t->ctrl, a->addr, a->len + 1));
	CHECK(!znvme_mem_find(t->ctrl, a->addr, SIZE_MAX));
	CHECK(!znvme_mem_find(t->ctrl, elsewhere, 1));
	CHECK(!znvme_mem_find(t->ctrl, NULL, 1));

	char *gone = a->addr;

	CHECK_OK(znvme_mem_free(t->ctrl, a));
	CHECK(!znvme_mem_find(t->ctrl, gone, 1));
}

/* Between submission and reaping a command is in flight, done or not. */
static void busy(struct test *t)
{
	struct znvme_region *region, *idle;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;

	test_open(t);
	region = test_region(t, 64 * KIB);
	idle = test_region(t, 64 * KIB);
	q = test_queue(t, 4, 0);
	sqe = znvme_get_sqe(q, region);
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr + 32 * KIB, 0, 1));
	CHECK_RC(znvme_mem_free(t->ctrl, region), -EBUSY);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_mem_free(t->ctrl, region), -EBUSY);
	CHECK(*znvme_errmsg());
	CHECK_OK(znvme_mem_free(t->ctrl, idle));
	CHECK_OK(test_complete(q, region));
	use_region(t, q, region);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
}

static void read_only(struct test *t)
{
	const size_t len = 4 * (size_t)PAGE;
	char *memory = aligned_alloc(PAGE, len);
	struct znvme_region *region;
	struct znvme_queue *q;

	fill_pattern(memory, len, 3);
	test_open(t);
	t->faulty = true; /* a refused transfer is the point */
	q = test_queue(t, 4, 0);
	CHECK_OK(znvme_mem_map(t->ctrl, memory, len, ZNVME_MEM_READ_ONLY, &region));
	CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, memory, 0, 1));
	/* QEMU's model reports success where its IOMMU refused the data; the memory is safe anyway.
	 */
	int status = test_rw(t, q, ZNVME_CMD_READ, region, memory + PAGE, 1, 1);

	CHECK(status > 0 || !t->sim);
	CHECK_PATTERN(memory, len, 3);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	free(memory);
}

struct reader {
	struct test *t;
	bool stop;
};

/* Reads into a region of its own, several at a time, until it is told to stop. */
static void *read_on(void *arg)
{
	struct reader *reader = arg;
	struct test *t = reader->t;
	struct znvme_queue *q = test_queue(t, 16, 0);
	struct znvme_region *region = test_region(t, t->ns->lba_bytes);

	while (!__atomic_load_n(&reader->stop, __ATOMIC_RELAXED)) {
		for (int i = 0; i < 8; i++) {
			struct znvme_sqe *sqe = znvme_get_sqe(q, NULL);

			CHECK(sqe);
			CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
		}
		test_drain(q, 8, 0);
	}
	return NULL;
}

/* What other threads' queues do with other regions is no reason to refuse. */
static void beside_other_threads(struct test *t)
{
	struct reader readers[2];
	pthread_t threads[2];

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		readers[i] = (struct reader){.t = t};
		CHECK_EQ(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
	}
	for (int i = 0; i < 2000; i++)
		CHECK_OK(znvme_mem_free(t->ctrl, test_region(t, PAGE)));
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		__atomic_store_n(&readers[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
	}
}

static void many_regions(struct test *t)
{
	static struct znvme_region *regions[500];

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(regions); i++)
		regions[i] = test_region(t, PAGE);
	for (size_t i = 0; i < ARRAY_LEN(regions); i++)
		CHECK(znvme_mem_find(t->ctrl, regions[i]->addr + i, 8) == regions[i]);
	for (size_t i = 0; i < ARRAY_LEN(regions); i += 2)
		CHECK_OK(znvme_mem_free(t->ctrl, regions[i]));
	for (size_t i = 0; i < ARRAY_LEN(regions); i += 2)
		regions[i] = test_region(t, PAGE);
	use_region(t, test_queue(t, 4, 0), test_region(t, 2 * (size_t)PAGE));
}

/* On the simulator, whose address width and number of mappings can be chosen. */
static void iova_width(struct test *t)
{
	test_open_with(t, "sim:iova=39", NULL);
	for (int i = 0; i < 40; i++) {
		struct znvme_region *region = test_region(t, (size_t)(i % 5 + 1) * 2 * MIB);

		CHECK(region->iova + region->len <= 1ull << 39);
		CHECK(region->iova + region->len <= 0xfee00000 || region->iova >= 0xfef00000);
	}
}

static void limit_of_mappings(struct test *t)
{
	struct znvme_region *regions[64];
	struct znvme_queue *q;
	unsigned n = 0;
	int rc;

	test_open_with(t, "sim:mappings=20", NULL);
	q = test_queue(t, 8, 0);
	while ((rc = znvme_mem_alloc(t->ctrl, 4096, &regions[n])) == 0)
		CHECK(++n < 64);
	CHECK_RC(rc, -ENOMEM);
	CHECK_MESSAGE("20");
	CHECK(n > 2);
	use_region(t, q, regions[0]);
	CHECK_OK(znvme_mem_free(t->ctrl, regions[1]));
	CHECK_OK(znvme_mem_alloc(t->ctrl, 4096, &regions[1]));
}

static const struct test_case cases[] = {
	{"regions of every size are zeroed, aligned, and work", sizes, 0},
	{"impossible sizes are refused", bad_sizes, 0},
	{"regions are freed and had again", freed_and_had_again, 0},
	{"memory of one's own is mapped and kept", own_memory, 0},
	{"shared memory is mapped", shared_memory, HAS_USER_MAPPINGS},
	{"a file's memory is mapped", file_memory, HAS_USER_MAPPINGS},
	{"what is not page-aligned is refused", alignment, 0},
	{"overlaps are refused", overlap, 0},
	{"memory that is not there is refused", not_there, 0},
	{"a buffer's region is found", found, 0},
	{"a region in use stays", busy, 0},
	{"read-only memory is not written", read_only, HAS_USER_MAPPINGS},
	{"five hundred regions work", many_regions, 0},
	{"39 bits of IOVA are respected", iova_width, HAS_SIM},
	{"the limit of mappings is named", limit_of_mappings, HAS_SIM},
	{"regions come and go beside other threads' commands", beside_other_threads,
	 HAS_FOUR_QUEUES},
};

const struct test_group memory_tests = {"memory", cases, ARRAY_LEN(cases)};
