/* SPDX-License-Identifier: MIT */
/*
 * For the fuzz targets: an input that is taken bit by bit, and checks. A target is one function,
 * LLVMFuzzerTestOneInput(), that must not depend on what earlier inputs left behind.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* To descriptor 2, as a target may have put something else in place of stderr. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			dprintf(STDERR_FILENO, "%s:%d: not true: %s\n", __FILE__, __LINE__,        \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct fuzz_input {
	const uint8_t *data;
	size_t left;
};

/* The next `size` bytes as a number, little endian; zeroes behind the end. */
static inline uint64_t fuzz_number(struct fuzz_input *in, size_t size)
{
	size_t n = in->left < size ? in->left : size;
	uint64_t value = 0;

	if (n)
		memcpy(&value, in->data, n);
	in->data += n;
	in->left -= n;
	return value;
}

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	return (uint8_t)fuzz_number(in, 1);
}

/* `size` bytes on the heap and none behind them, so that a sanitizer sees what reads on. The
 * caller's. */
static inline char *fuzz_copy(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size);

	FUZZ_CHECK(bytes || !size);
	if (size)
		memcpy(bytes, data, size);
	return bytes;
}

/* The same as a string. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* Printable ASCII and line ends: nothing that a terminal would act upon. */
static inline void fuzz_check_printable(const char *text, size_t len)
{
	static const char degree[] = "°"; /* of temperatures: all that is no ASCII */

	for (size_t i = 0; i < len; i++) {
		if (len - i >= sizeof(degree) - 1 &&
		    !memcmp(text + i, degree, sizeof(degree) - 1)) {
			i += sizeof(degree) - 2;
			continue;
		}
		FUZZ_CHECK((text[i] >= 0x20 && text[i] < 0x7f) || text[i] == '\n' ||
			   text[i] == '\t');
	}
}

#endif
