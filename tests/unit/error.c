// SPDX-License-Identifier: MIT
/* Return codes as sentences and as errno: nothing flattened, nothing without a text. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <znvme.h>

static void every_status_has_a_text(void **state)
{
	(void)state;
	for (int status = 1; status <= 0x7fff; status++) {
		const char *text = znvme_strerror(status);

		assert_non_null(text);
		assert_true(strlen(text) > 3);
	}
}

/* Texts that would be wrong if the type or the top bit of the code were dropped. */
static void texts_of_known_codes(void **state)
{
	static const struct {
		int status;
		const char *word;
	} known[] = {
		{ZNVME_SC_INVALID_OPCODE, "Opcode"},
		{ZNVME_SC_INVALID_FIELD, "Field"},
		{ZNVME_SC_INVALID_NS, "Namespace"},
		{ZNVME_SC_LBA_RANGE, "LBA"},
		{ZNVME_SC_INVALID_LOG_PAGE, "Log Page"},
		{ZNVME_SC_INVALID_QID, "Queue"},
		{ZNVME_SC_COMPARE_FAILURE, "Compare"},
		{ZNVME_SC_UNRECOVERED_READ, "Unrecovered Read"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strstr(znvme_strerror(known[i].status), known[i].word))
			fail_msg("0x%x is '%s'", (unsigned)known[i].status,
				 znvme_strerror(known[i].status));
}

/* More, Do Not Retry and the retry delay do not change what went wrong. */
static void other_bits_are_ignored(void **state)
{
	const int extra[] = {ZNVME_STATUS_DNR, ZNVME_STATUS_M, ZNVME_STATUS_CRD};
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "%s", znvme_strerror(ZNVME_SC_LBA_RANGE));
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(znvme_strerror(ZNVME_SC_LBA_RANGE | extra[i]), text);
		assert_int_equal(znvme_status_errno(ZNVME_SC_LBA_RANGE | extra[i]), -ERANGE);
	}
}

static void errno_has_its_text(void **state)
{
	(void)state;
	for (int error = 1; error < 133; error++)
		assert_string_equal(znvme_strerror(-error), strerror(error));
	assert_non_null(znvme_strerror(0));
	assert_true(strlen(znvme_strerror(0)) > 0);
	assert_non_null(znvme_strerror(-123456));
	assert_non_null(znvme_strerror(INT32_MIN + 1));
	assert_non_null(znvme_strerror(INT32_MAX));
}

static void status_as_errno(void **state)
{
	(void)state;
	assert_int_equal(znvme_status_errno(0), 0);
	assert_int_equal(znvme_status_errno(-EBUSY), -EBUSY);
	assert_int_equal(znvme_status_errno(ZNVME_SC_INVALID_OPCODE), -EOPNOTSUPP);
	assert_int_equal(znvme_status_errno(ZNVME_SC_INVALID_FIELD), -EINVAL);
	assert_int_equal(znvme_status_errno(ZNVME_SC_INVALID_NS), -ENOENT);
	assert_int_equal(znvme_status_errno(ZNVME_SC_LBA_RANGE), -ERANGE);
	assert_int_equal(znvme_status_errno(ZNVME_SC_UNRECOVERED_READ), -EIO);
	for (int status = 1; status <= 0x7fff; status++)
		assert_true(znvme_status_errno(status) < 0);
}

static void message_of_a_failure(void **state)
{
	(void)state;
	assert_int_equal(znvme_fail(-EIO, "the %s of %d", "answer", 42), -EIO);
	assert_string_equal(znvme_errmsg(), "the answer of 42");
	assert_int_equal(znvme_fail(-EBUSY, "%s: again", znvme_errmsg()), -EBUSY);
	assert_string_equal(znvme_errmsg(), "the answer of 42: again");
}

static void long_message(void **state)
{
	static char text[5000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	znvme_fail(-EIO, "%s", text);
	assert_true(strlen(znvme_errmsg()) < sizeof(text) - 1);
	assert_true(strlen(znvme_errmsg()) > 200);
}

static void *fail_elsewhere(void *arg)
{
	const char *before = znvme_errmsg();

	assert_string_equal(before, "");
	znvme_fail(-EIO, "elsewhere");
	return arg;
}

static void a_message_belongs_to_its_thread(void **state)
{
	pthread_t thread;

	(void)state;
	znvme_fail(-EIO, "here");
	assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	assert_string_equal(znvme_errmsg(), "here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_a_text),
		cmocka_unit_test(texts_of_known_codes),
		cmocka_unit_test(other_bits_are_ignored),
		cmocka_unit_test(errno_has_its_text),
		cmocka_unit_test(status_as_errno),
		cmocka_unit_test(message_of_a_failure),
		cmocka_unit_test(long_message),
		cmocka_unit_test(a_message_belongs_to_its_thread),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
