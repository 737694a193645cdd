// SPDX-License-Identifier: MIT
/*
 * The constructors beside those of <znvme/cmd.h>, each over an entry full of rubbish against the
 * command laid out from the specification's figures: Copy (NVM 1.1, 3.3.2), fused pairs (Base 2.1,
 * 3.4.2), reservations (7.5 to 7.8), I/O Management (7.3, 7.4), directives, Key Value
 * (KV 1.1, 3.2).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <znvme.h>

#include "command_host.h"

/* Dwords 0 to 15, as the specification draws them; the identifier stays as it was. */
static void same(const struct znvme_sqe *sqe, uint8_t opcode, const uint32_t dw[16])
{
	uint32_t expected[16], got[16];

	memcpy(expected, dw, sizeof(expected));
	memcpy(got, sqe, sizeof(got));
	expected[0] |= opcode | 0xeeee0000u;
	expected[1] = 0xa1b2c3d4;
	for (unsigned i = 0; i < 16; i++)
		if (got[i] != expected[i])
			fail_msg("dword %u is 0x%08x and should be 0x%08x", i, got[i], expected[i]);
}

#define DPTR [6] = (uint32_t)IOVA, [7] = (uint32_t)(IOVA >> 32)

static void copy(void **state)
{
	struct znvme_copy_range range[2];
	struct znvme_copy_range_ext ext[2];
	struct znvme_sqe sqe = rubbish();

	(void)state;
	assert_int_equal(znvme_prep_copy(&sqe, &ns, 0x1122334455667788, 3, &region, BUF, 17), 0);
	same(&sqe, 0x19, (uint32_t[16]){DPTR, [10] = 0x55667788, [11] = 0x11223344, [12] = 0x310});
	assert_int_equal(znvme_prep_copy(&sqe, &ns, 0, 0, &region, BUF, 0), -EINVAL);
	assert_int_equal(znvme_prep_copy(&sqe, &ns, 0, 0, &region, BUF, 257), -EINVAL);
	assert_int_equal(znvme_prep_copy(&sqe, &ns, 0, 4, &region, BUF, 1), -EINVAL);
	assert_int_equal(znvme_prep_copy(&sqe, &ns, 0, 0, &region, BUF + (1 << 20) - 32, 2),
			 -EINVAL);
	memset(range, 0xee, sizeof(range));
	assert_int_equal(znvme_copy_set_range(range, 0, 1, 5, 77, 65536), 0);
	assert_int_equal(range[1].snsid, 0);
	assert_int_equal(range[1].slba, 77);
	assert_int_equal(range[1].nlb, 65535);
	assert_int_equal(range[1].elbatm, 0);
	assert_int_equal(range[0].nlb, 0xeeee);
	memset(ext, 0xee, sizeof(ext));
	assert_int_equal(znvme_copy_set_range(ext, 3, 1, 5, 77, 1), 0);
	assert_int_equal(ext[1].snsid, 5);
	assert_int_equal(ext[1].nlb, 0);
	assert_int_equal(ext[1].elbt[9], 0);
	assert_int_equal(ext[1].elbatm, 0);
	assert_int_equal(ext[0].nlb, 0xeeee);
	assert_int_equal(znvme_copy_set_range(range, 0, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(znvme_copy_set_range(range, 0, 0, 0, 0, 65537), -EINVAL);
	assert_int_equal(znvme_copy_set_range(range, 4, 0, 0, 0, 1), -EINVAL);
}

static void reservations(void **state)
{
	struct znvme_sqe sqe = rubbish();

	(void)state;
	assert_int_equal(znvme_prep_resv_register(&sqe, &ns, &region, (const void *)BUF,
						  ZNVME_RESV_REPLACE, true, ZNVME_RESV_CPTPL_SET),
			 0);
	same(&sqe, 0x0d, (uint32_t[16]){DPTR, [10] = 0xc000000a});
	sqe = rubbish();
	assert_int_equal(znvme_prep_resv_acquire(&sqe, &ns, &region, (const void *)BUF,
						 ZNVME_RESV_PREEMPT_ABORT,
						 ZNVME_RESV_EXCLUSIVE_ACCESS_ALL),
			 0);
	same(&sqe, 0x11, (uint32_t[16]){DPTR, [10] = 0x602});
	sqe = rubbish();
	assert_int_equal(znvme_prep_resv_release(&sqe, &ns, &region, (const void *)BUF,
						 ZNVME_RESV_CLEAR, ZNVME_RESV_WRITE_EXCLUSIVE),
			 0);
	same(&sqe, 0x15, (uint32_t[16]){DPTR, [10] = 0x101});
	sqe = rubbish();
	assert_int_equal(znvme_prep_resv_report(&sqe, &ns, &region, BUF, 4096, true), 0);
	same(&sqe, 0x0e, (uint32_t[16]){DPTR, [10] = 1023, [11] = 1});
	assert_int_equal(znvme_prep_resv_report(&sqe, &ns, &region, BUF, 0, true), -EINVAL);
	assert_int_equal(znvme_prep_resv_report(&sqe, &ns, &region, BUF, 6, true), -EINVAL);
}

static void placement(void **state)
{
	struct znvme_sqe sqe = rubbish();

	(void)state;
	assert_int_equal(znvme_prep_ruh_status(&sqe, &ns, &region, BUF, 144), 0);
	same(&sqe, 0x12, (uint32_t[16]){DPTR, [10] = 1, [11] = 35});
	assert_int_equal(znvme_prep_ruh_status(&sqe, &ns, &region, BUF, 2), -EINVAL);
	sqe = rubbish();
	assert_int_equal(znvme_prep_ruh_update(&sqe, &ns, &region, (const void *)BUF, 3), 0);
	same(&sqe, 0x1d, (uint32_t[16]){DPTR, [10] = 0x20001});
	assert_int_equal(znvme_prep_ruh_update(&sqe, &ns, &region, (const void *)BUF, 0), -EINVAL);
	sqe = rubbish();
	assert_int_equal(znvme_prep_write(&sqe, &ns, &region, BUF, 3, 1), 0);
	znvme_sqe_set_directive(&sqe, ZNVME_DIRECTIVE_PLACEMENT, 0x1234);
	same(&sqe, 0x01, (uint32_t[16]){DPTR, [10] = 3, [12] = 0x200000, [13] = 0x12340000});
	assert_int_equal(znvme_fdp_pid(0, 0, 5), 5);
	assert_int_equal(znvme_fdp_pid(4, 3, 5), 0x3005);
	assert_int_equal(znvme_fdp_pid(15, 0x7fff, 3), 0xffff);
}

static void keys(void **state)
{
	static const char key[] = "0123456789abcdef";
	struct znvme_sqe sqe = rubbish();

	(void)state;
	assert_int_equal(
		znvme_prep_kv_store(&sqe, &ns, &region, BUF, 100, key, 16, ZNVME_KV_STORE_NEW), 0);
	same(&sqe, 0x01,
	     (uint32_t[16]){[2] = 0x33323130,
			    [3] = 0x37363534,
			    DPTR,
			    [10] = 100,
			    [11] = 0x210,
			    [14] = 0x62613938,
			    [15] = 0x66656463});
	sqe = rubbish();
	assert_int_equal(znvme_prep_kv_store(&sqe, &ns, &region, NULL, 0, key, 1, 0), 0);
	same(&sqe, 0x01, (uint32_t[16]){[2] = 0x30, [11] = 1});
	sqe = rubbish();
	assert_int_equal(znvme_prep_kv_retrieve(&sqe, &ns, &region, BUF, 100, key, 3, 0), 0);
	same(&sqe, 0x02, (uint32_t[16]){[2] = 0x323130, DPTR, [10] = 100, [11] = 3});
	sqe = rubbish();
	assert_int_equal(znvme_prep_kv_list(&sqe, &ns, &region, BUF, 100, NULL, 0), 0);
	same(&sqe, 0x06, (uint32_t[16]){DPTR, [10] = 100});
	sqe = rubbish();
	assert_int_equal(znvme_prep_kv_delete(&sqe, &ns, key, 2), 0);
	same(&sqe, 0x10, (uint32_t[16]){[2] = 0x3130, [11] = 2});
	sqe = rubbish();
	assert_int_equal(znvme_prep_kv_exist(&sqe, &ns, key, 2), 0);
	same(&sqe, 0x14, (uint32_t[16]){[2] = 0x3130, [11] = 2});
	assert_int_equal(znvme_prep_kv_exist(&sqe, &ns, key, 17), -EINVAL);
}

/* A list of keys that a device has made, and what of it can be believed. */
static void key_lists(void **state)
{
	static const char good[24] = "\2\0\0\0\1\0a\0\3\0bbb";
	char list[24];
	struct znvme_kv_key key;
	size_t at = 0;

	(void)state;
	assert_int_equal(znvme_kv_next(good, sizeof(good), &at, &key), 1);
	assert_int_equal(key.len, 1);
	assert_memory_equal(key.bytes, "a\0", 2);
	assert_int_equal(znvme_kv_next(good, sizeof(good), &at, &key), 1);
	assert_memory_equal(key.bytes, "bbb\0", 4);
	assert_int_equal(znvme_kv_next(good, sizeof(good), &at, &key), 0);
	assert_int_equal(znvme_kv_next(good, sizeof(good), &at, &key), 0);
	for (size_t len = 0; len < 13; len++) { /* cut off */
		int rc;

		at = 0;
		while ((rc = znvme_kv_next(good, len, &at, &key)) > 0)
			;
		assert_int_equal(rc, -EPROTO);
	}
	memcpy(list, good, sizeof(list));
	list[4] = 17;
	at = 0;
	assert_int_equal(znvme_kv_next(list, sizeof(list), &at, &key), -EPROTO);
	list[4] = 0;
	assert_int_equal(znvme_kv_next(list, sizeof(list), &at, &key), -EPROTO);
}

/* A queue of four entries, three of which can be got. */
struct fake {
	struct znvme_queue q;
	struct znvme_sqe ring[4];
	struct znvme_slot slots[4];
};

static struct fake *new_fake(unsigned used)
{
	struct fake *f = aligned_alloc(64, (sizeof(*f) + 63) / 64 * 64);

	memset(f, 0, sizeof(*f));
	memset(f->ring, 0xee, sizeof(f->ring));
	for (unsigned i = 0; i < 4; i++)
		f->slots[i] = (struct znvme_slot){.u.next_free = &f->slots[i + 1],
						  .tag = 2 * i << 16,
						  .seen = ZNVME_SLOT_FREE};
	f->q = (struct znvme_queue){.sqe = f->ring + used,
				    .sqe_stop = f->ring + used,
				    .sq = f->ring,
				    .sq_end = f->ring + 4,
				    .sq_rung = f->ring + used,
				    .slots = (char *)f->slots,
				    .free_slot = f->slots,
				    .cid_mask = 7,
				    .nr_free = 3};
	return f;
}

static void fused(void **state)
{
	struct znvme_fused pair;
	int first, second;

	(void)state;
	/* From each place in the ring, the last one included: adjacent, and given back whole. */
	for (unsigned used = 0; used < 4; used++) {
		struct fake *f = new_fake(used);

		for (unsigned again = 0; again < 3; again++) {
			assert_int_equal(znvme_get_fused(&f->q, &first, &second, &pair), 0);
			assert_ptr_equal(pair.first, &f->ring[used]);
			assert_ptr_equal(pair.second, &f->ring[(used + 1) % 4]);
			assert_int_not_equal(pair.first->cid, pair.second->cid);
			assert_ptr_equal(f->slots[pair.first->cid / 2].u.data, &first);
			assert_ptr_equal(f->slots[pair.second->cid / 2].u.data, &second);
			znvme_put_fused(&f->q, &pair);
			assert_ptr_equal(f->q.sqe, &f->ring[used]);
		}
		/* Room for one: none is taken. */
		assert_int_equal(znvme_get_fused(&f->q, &first, &second, &pair), 0);
		assert_int_equal(znvme_get_fused(&f->q, &first, &second, &pair), -EAGAIN);
		assert_non_null(znvme_get_sqe(&f->q, &first));
		assert_int_equal(znvme_get_fused(&f->q, &first, &second, &pair), -EAGAIN);
		assert_null(znvme_get_sqe(&f->q, &first));
		free(f);
	}
}

static void compare_and_write(void **state)
{
	struct znvme_sqe first = rubbish(), second = rubbish();
	struct znvme_fused pair = {&first, &second};

	(void)state;
	first.flags = second.flags = 0;
	assert_int_equal(znvme_prep_compare_and_write(&pair, &ns, &region, BUF, BUF + 4096, 9, 8),
			 0);
	assert_int_equal(first.opcode, 0x05);
	assert_int_equal(first.flags, 1);
	assert_int_equal(first.dptr.prp.prp1, IOVA);
	assert_int_equal(second.opcode, 0x01);
	assert_int_equal(second.flags, 2);
	assert_int_equal(second.dptr.prp.prp1, IOVA + 4096);
	assert_memory_equal(&first.cdw10, &second.cdw10, 24);
	assert_int_equal(znvme_prep_compare_and_write(&pair, &ns, &region, BUF, BUF + 1, 9, 8),
			 -EINVAL);
	assert_int_equal(znvme_prep_compare_and_write(&pair, &ns, &region, BUF, BUF, 9, 0),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy),
		cmocka_unit_test(reservations),
		cmocka_unit_test(placement),
		cmocka_unit_test(keys),
		cmocka_unit_test(key_lists),
		cmocka_unit_test(fused),
		cmocka_unit_test(compare_and_write),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
