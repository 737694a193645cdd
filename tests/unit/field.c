// SPDX-License-Identifier: MIT
/* Fields of registers and dwords by their masks, against shifting bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <znvme/spec.h>

static uint64_t slow_get(unsigned low, unsigned bits, uint64_t value)
{
	uint64_t field = 0;

	for (unsigned i = 0; i < bits; i++)
		if (value >> (low + i) & 1)
			field |= 1ull << i;
	return field;
}

/* Every run of adjacent bits in 64. */
static void every_mask(void **state)
{
	static const uint64_t values[] = {0,
					  1,
					  UINT64_MAX,
					  0x0123456789abcdefull,
					  0xfedcba9876543210ull,
					  0xaaaaaaaaaaaaaaaaull};

	(void)state;
	for (unsigned low = 0; low < 64; low++)
		for (unsigned bits = 1; low + bits <= 64; bits++) {
			uint64_t mask = (bits == 64 ? UINT64_MAX : (1ull << bits) - 1) << low;

			for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
				uint64_t field = slow_get(low, bits, values[i]);

				assert_true(znvme_field_get(mask, values[i]) == field);
				assert_true(znvme_field_put(mask, field) == (values[i] & mask));
			}
		}
}

static void what_does_not_fit_is_dropped(void **state)
{
	(void)state;
	assert_int_equal(znvme_field_put(0xf0, 0x123), 0x30);
	assert_int_equal(znvme_field_put(0x1, UINT64_MAX), 1);
	assert_true(znvme_field_put(0x8000000000000000ull, 3) == 0x8000000000000000ull);
}

static void of_registers(void **state)
{
	const uint64_t cap = 0x004018200f0107ffull; /* QEMU's */

	(void)state;
	assert_int_equal(znvme_field_get(ZNVME_CAP_MQES, cap), 2047);
	assert_int_equal(znvme_field_get(ZNVME_CAP_TO, cap), 15);
	assert_int_equal(znvme_field_get(ZNVME_CAP_DSTRD, cap), 0);
	assert_int_equal(znvme_field_get(ZNVME_CAP_MPSMIN, cap), 0);
	assert_int_equal(znvme_field_get(ZNVME_CAP_MPSMAX, cap), 4);
	assert_int_equal(znvme_field_put(ZNVME_CC_IOSQES, 6) | znvme_field_put(ZNVME_CC_IOCQES, 4),
			 0x460000);
}

/* PCIe Transport 1.1, section 3.1.2.1 and 3.1.2.2. */
static void doorbells(void **state)
{
	(void)state;
	for (unsigned dstrd = 0; dstrd < 4; dstrd++)
		for (unsigned qid = 0; qid < 100; qid++) {
			assert_int_equal(znvme_sq_doorbell_offset((uint16_t)qid, dstrd),
					 0x1000 + (2 * qid) * (4u << dstrd));
			assert_int_equal(znvme_cq_doorbell_offset((uint16_t)qid, dstrd),
					 0x1000 + (2 * qid + 1) * (4u << dstrd));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mask),
		cmocka_unit_test(what_does_not_fit_is_dropped),
		cmocka_unit_test(of_registers),
		cmocka_unit_test(doorbells),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
