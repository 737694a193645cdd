// SPDX-License-Identifier: MIT
/*
 * SHA-256 by FIPS 180-4's examples, HMAC by RFC 4231's, and the code of an RPMB frame and its
 * answer's check against one that another implementation has made.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hash/sha256.h"
#include "znvme/error.h"
#include "znvme/rpmb.h"

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

static void is(const uint8_t *digest, const char *hex)
{
	char text[2 * HASH_SHA256_SIZE + 1];

	for (unsigned i = 0; i < HASH_SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

static void digests(void **state)
{
	static const size_t pieces[] = {37, 101, 1000000};
	static char letters[1000000];
	uint8_t digest[HASH_SHA256_SIZE];
	struct hash_sha256 sha;

	(void)state;
	hash_sha256_init(&sha);
	hash_sha256_final(&sha, digest);
	is(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hash_sha256_init(&sha);
	hash_sha256_update(&sha, "abc", 3);
	hash_sha256_final(&sha, digest);
	is(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* In one piece, and in pieces that fit no block. */
	memset(letters, 'a', sizeof(letters));
	for (unsigned i = 0; i < ARRAY_LEN(pieces); i++) {
		size_t piece = pieces[i];

		hash_sha256_init(&sha);
		for (size_t at = 0; at < sizeof(letters); at += piece)
			hash_sha256_update(&sha, letters + at,
					   at + piece > sizeof(letters) ? sizeof(letters) - at
									: piece);
		hash_sha256_final(&sha, digest);
		is(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	}
}

/* RFC 4231, section 4; the fifth is compared in its first 128 bits there. */
static void codes(void **state)
{
	static const struct {
		uint8_t key, ascending;
		unsigned key_len;
		const char *data;
		uint8_t byte;
		unsigned len;
		const char *mac;
	} cases[] = {
		{0x0b, 0, 20, "Hi There", 0, 8,
		 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{0, 0, 4, "what do ya want for nothing?", 0, 28,
		 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{0xaa, 0, 20, NULL, 0xdd, 50,
		 "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{0, 1, 25, NULL, 0xcd, 50,
		 "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
		{0x0c, 0, 20, "Test With Truncation", 0, 20,
		 "a3b6167473100ee06e0c796c2955552bfa6f7c0a6a8aef8b93f860aab0cd20c5"},
		{0xaa, 0, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 0, 54,
		 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{0xaa, 0, 131,
		 "This is a test using a larger than block-size key and a larger than block-size "
		 "data. The key needs to be hashed before being used by the HMAC algorithm.",
		 0, 152, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t key[131], data[152], mac[HASH_SHA256_SIZE];

		memset(key, cases[i].key, sizeof(key));
		for (unsigned j = 0; cases[i].ascending && j < cases[i].key_len; j++)
			key[j] = (uint8_t)(j + 1);
		if (cases[i].key_len == 4)
			memcpy(key, "Jefe", 4);
		memset(data, cases[i].byte, sizeof(data));
		if (cases[i].data)
			memcpy(data, cases[i].data, cases[i].len);
		hash_hmac_sha256(key, cases[i].key_len, data, cases[i].len, mac);
		is(mac, cases[i].mac);
	}
}

/* An answer to a read of one sector, and the request. */
struct message {
	struct znvme_rpmb_frame frame;
	uint8_t data[ZNVME_RPMB_SECTOR];
};

static void a_message(struct message *answer, struct znvme_rpmb_frame *request, uint8_t key[32])
{
	memset(answer, 0, sizeof(*answer));
	for (unsigned i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	for (unsigned i = 0; i < 16; i++)
		answer->frame.nonce[i] = (uint8_t)(0x10 + i);
	answer->frame.target = 2;
	answer->frame.counter = 7;
	answer->frame.address = 5;
	answer->frame.sectors = 1;
	answer->frame.type = 0x0400;
	memset(answer->data, 0xa5, sizeof(answer->data));
	*request = answer->frame;
	request->type = ZNVME_RPMB_READ_DATA;
	znvme_rpmb_mac(&answer->frame, sizeof(*answer), key, answer->frame.mac);
}

/* What is not covered may change, all else may not. */
static void frames(void **state)
{
	struct znvme_rpmb_frame request;
	struct message answer;
	uint8_t key[32];

	(void)state;
	a_message(&answer, &request, key);
	is(answer.frame.mac, "fcb759752f4c1f1724bb871ea2b69499f81b0d77d0b098cc44ecf2ce9187ae0a");
	for (size_t i = 0; i < sizeof(answer); i++) {
		int rc;

		a_message(&answer, &request, key);
		((uint8_t *)&answer)[i] ^= 1;
		rc = znvme_rpmb_check(&request, &answer.frame, sizeof(answer), key);
		if (i < 191)
			assert_int_equal(rc, 0);
		else if (i == 223 || i >= 254)
			assert_int_equal(rc, i < 256 ? -EPROTO : -EBADMSG);
		else if (i == 252)
			assert_int_equal(rc, -EREMOTEIO);
		else
			assert_int_equal(rc, -EBADMSG);
	}
}

/* Authentic, and the answer to something else. */
static void replayed(void **state)
{
	struct znvme_rpmb_frame request;
	struct message answer;
	uint8_t key[32];

	(void)state;
	a_message(&answer, &request, key);
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer), key), 0);
	request.nonce[15]++;
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer), key), -EPROTO);
	assert_non_null(strstr(znvme_errmsg(), "nonce"));
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer), NULL), -EPROTO);
	request.nonce[15]--;
	request.address++;
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer), key), -EPROTO);
	request.address--;
	request.sectors++;
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer), key), -EPROTO);
	request.type = ZNVME_RPMB_WRITE_DATA;
	answer.frame.type = 0x0300;
	znvme_rpmb_mac(&answer.frame, sizeof(answer.frame), key, answer.frame.mac);
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer.frame), key),
			 -EPROTO);
	assert_non_null(strstr(znvme_errmsg(), "write counter"));
	request.counter--;
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer.frame), key), 0);
}

static void results(void **state)
{
	static const int codes_of[] = {0,	   -EREMOTEIO, -EKEYREJECTED, -ESTALE,
				       -ERANGE,	   -EREMOTEIO, -EREMOTEIO,    -ENOKEY,
				       -EREMOTEIO, -EREMOTEIO};
	struct znvme_rpmb_frame request;
	struct message answer;
	uint8_t key[32];

	(void)state;
	a_message(&answer, &request, key);
	for (unsigned i = 1; i < ARRAY_LEN(codes_of); i++) {
		answer.frame.result = (uint16_t)i;
		assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer), key),
				 codes_of[i]);
		assert_true((i < 9) == !!znvme_rpmb_result_name((uint16_t)i));
	}
	answer.frame.result = 0x85;
	assert_int_equal(znvme_rpmb_check(&request, &answer.frame, sizeof(answer), key),
			 -EREMOTEIO);
	assert_non_null(strstr(znvme_errmsg(), "at its end"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests),  cmocka_unit_test(codes),   cmocka_unit_test(frames),
		cmocka_unit_test(replayed), cmocka_unit_test(results),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
