/* SPDX-License-Identifier: MIT */
/*
 * The harness of device tests. A test is a body and the features that it needs of a device; the
 * same body runs on every device that has them. Each body runs in a process of its own, under an
 * alarm, so a crash, a hang, a leak or a stray exit() is that test's failure and no other's.
 *
 * An address is what znvme_open() takes, or "qemu:" with the options of <lib/qtest.h>.
 */
#ifndef ZNVME_TEST_HARNESS_H
#define ZNVME_TEST_HARNESS_H

#include <stdio.h>
#include <string.h>

#include <znvme.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#define KIB 1024u
#define MIB (1024u * 1024u)

/* Longest wait for anything that must happen; far beyond what a working driver takes. */
#define PATIENCE_MS 20000

/* What a device may have; the names for --expect stand in harness.c. */
enum feature {
	HAS_INTERRUPTS = 1 << 0,     /* interrupt vectors in use */
	HAS_TWO_NAMESPACES = 1 << 1, /* two active namespaces at least */
	HAS_FOUR_QUEUES = 1 << 2,    /* four I/O queue pairs at least */
	HAS_COMPARE = 1 << 3,	     /* ONCS, as the next six */
	HAS_WRITE_UNCORRECTABLE = 1 << 4,
	HAS_DSM = 1 << 5,
	HAS_WRITE_ZEROES = 1 << 6,
	HAS_VERIFY = 1 << 7,
	HAS_LOG_OFFSET = 1 << 8,     /* LPA: Get Log Page takes offsets */
	HAS_WRITE_CACHE = 1 << 9,    /* VWC */
	HAS_LONG_LISTS = 1 << 10,    /* one command can move over 2 MiB: chained PRP lists */
	HAS_USER_MAPPINGS = 1 << 11, /* any memory can be mapped, also shared and file-backed */
	HAS_FOUR_KIB_BLOCKS = 1 << 12,
	HAS_OWNER = 1 << 13, /* a second process can try to open it, data survives */
	HAS_SIM = 1 << 14,   /* it is the simulator: hooks can be set */
	HAS_FUNCTION_RESET = 1 << 15,
	HAS_BIG_MEMLOCK = 1 << 16,  /* 64 MiB of regions can be had */
	HAS_REGISTER_OPS = 1 << 17, /* registers are reached by operations, not by a mapped BAR */
	HAS_SGL = 1 << 18,	    /* SGLs in I/O commands */
	HAS_CMB = 1 << 19, /* a controller memory buffer that submission queues can be put into */
	HAS_PLAIN_SIM = 1 << 20, /* "sim:" without options: for long tests with simulators of their
				    own, which need not be run on each */
	HAS_IOMMU = 1 << 21,	 /* refuses the controller what is not mapped */
	HAS_PMR = 1 << 22,	 /* a persistent memory region */
	HAS_METADATA = 1 << 23,	 /* the first namespace has them */
	/* A zoned namespace, beside the first one: what <device/zns.c> asks of it. */
	HAS_ZONES = 1 << 24,
	HAS_ZRWA = 1 << 25,
	HAS_ZONE_EXTENSIONS = 1 << 26,
	HAS_ZONE_LIMITS = 1 << 27, /* few zones can be open, and active */
	HAS_PI = 1 << 28,	   /* it has protection information */
	HAS_STORAGE_TAG = 1 << 29,
	HAS_FORMAT = 1 << 30,	  /* OACS: Format NVM */
	HAS_NS_ATTACH = 1u << 31, /* OACS: namespaces can be attached and detached */
};

/* More of them, which an int does not hold. */
#define HAS_COPY	 (1ull << 32) /* ONCS, and the namespace takes a block */
#define HAS_RESERVATIONS (1ull << 33) /* ONCS */
#define HAS_FUSED	 (1ull << 34) /* FUSES: Compare and Write */
#define HAS_LBA_STATUS	 (1ull << 35) /* OACS */
#define HAS_STREAMS	 (1ull << 36) /* OACS: directives, and streams among them */
#define HAS_FDP		 (1ull << 37) /* CTRATT */

struct test {
	const char *address;
	uint64_t features;
	struct znvme_ctrl *ctrl; /* by test_open() */
	struct znvme_ctrl_info info;
	const struct znvme_ns *ns; /* the first active namespace */
	struct znvme_sim *sim;	   /* the simulator behind it, or NULL */
	bool faulty; /* the simulator was told to misbehave: do not hold its counters against us */
};

struct test_case {
	const char *name; /* a sentence that is true when the test passes */
	void (*body)(struct test *test);
	uint64_t needs; /* HAS_* */
};

struct test_group {
	const char *name;
	const struct test_case *cases;
	size_t nr;
};

/* Fill `options`, open the device as `address` says, and look at it. The harness closes. */
void test_open_with(struct test *t, const char *address, const struct znvme_open_options *options);
void test_open(struct test *t);
void test_close(struct test *t);

/* The device behind an address, not opened yet: 0 or an error. */
int test_device(const char *address, struct znvme_device **dev);

/* The address of the test's device with more options, in a buffer that lasts as long as the test:
 * "sim:a" and "b" give "sim:a,b". */
const char *test_address(struct test *t, const char *more);

/* Parts that must succeed, or the test has failed. */
struct znvme_queue *test_queue(struct test *t, unsigned size, unsigned flags);
struct znvme_region *test_region(struct test *t, size_t len);

/* Wait for one completion and give its status; it must carry `data`. */
int test_complete(struct znvme_queue *q, void *data);

/* One command on an otherwise idle queue. */
int test_rw(struct test *t, struct znvme_queue *q, uint8_t opcode, struct znvme_region *region,
	    const void *buf, uint64_t slba, uint32_t nlb);

/* Submit and wait for `n` completions, all of which must have `status`. */
void test_drain(struct znvme_queue *q, unsigned n, int status);

/* Bytes that depend on `seed` and position; every block differs from every other. */
void fill_pattern(void *buf, size_t len, uint64_t seed);
/* Offset of the first byte that is not as fill_pattern() left it; `len` where all are. */
size_t check_pattern(const void *buf, size_t len, uint64_t seed);
/* Offset of the first byte that is not `byte`; `len` where all are. */
size_t check_bytes(const void *buf, size_t len, uint8_t byte);

/* A small generator for choices that repeat with their seed. */
uint64_t next_random(uint64_t *state);

void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void test_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			FAIL("%s", #condition);                                                    \
	} while (0)

#define CHECK_EQ(value, expected)                                                                  \
	do {                                                                                       \
		long long value_ = (long long)(value), expected_ = (long long)(expected);          \
		if (value_ != expected_)                                                           \
			FAIL("%s is %lld (0x%llx), not %s = %lld (0x%llx)", #value, value_,        \
			     value_, #expected, expected_, expected_);                             \
	} while (0)

/* A call's return code; both as sentences where they differ. */
#define CHECK_RC(call, expected)                                                                   \
	do {                                                                                       \
		long long rc_ = (long long)(call), expected_ = (long long)(expected);              \
		if (rc_ != expected_)                                                              \
			FAIL("%s gives %lld (%s; %s), not %lld", #call, rc_,                       \
			     rc_ == (int)rc_ ? znvme_strerror((int)rc_) : "a count",               \
			     znvme_errmsg(), expected_);                                           \
	} while (0)

#define CHECK_OK(call) CHECK_RC(call, 0)

/* Status code and type only, without the bits More and Do Not Retry. */
#define CHECK_STATUS(status, expected)                                                             \
	do {                                                                                       \
		int status_ = (status), expected_ = (int)(expected);                               \
		if (status_ <= 0 ||                                                                \
		    (status_ & (int)(ZNVME_STATUS_SCT | ZNVME_STATUS_SC)) != expected_)            \
			FAIL("%s is 0x%x (%s), not %s", #status, (unsigned)status_,                \
			     znvme_strerror(status_), #expected);                                  \
	} while (0)

/* The message of the last failure has `word` in it. */
#define CHECK_MESSAGE(word)                                                                        \
	do {                                                                                       \
		if (!strstr(znvme_errmsg(), word))                                                 \
			FAIL("the message '%s' does not say '%s'", znvme_errmsg(), word);          \
	} while (0)

#define CHECK_PATTERN(buf, len, seed)                                                              \
	do {                                                                                       \
		size_t len_ = (len), at_ = check_pattern(buf, len_, seed);                         \
		if (at_ != len_)                                                                   \
			FAIL("%s differs at byte %zu of %zu", #buf, at_, len_);                    \
	} while (0)

#define CHECK_BYTES(buf, len, byte)                                                                \
	do {                                                                                       \
		size_t len_ = (len), at_ = check_bytes(buf, len_, byte);                           \
		if (at_ != len_)                                                                   \
			FAIL("%s differs at byte %zu of %zu", #buf, at_, len_);                    \
	} while (0)

/*
 * Run the groups on the device that the command line names, and say how it went (TAP 12). For
 * main(): returns its exit code.
 */
int test_main(int argc, char **argv, const struct test_group *groups, size_t nr);

#endif
