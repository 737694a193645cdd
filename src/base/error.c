/* SPDX-License-Identifier: MIT */
/*
 * Return codes as sentences, and the thread's last failure in one. See <znvme/error.h>.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "znvme/names.h"
#include "znvme/spec/status.h"

static _Thread_local char last_message[640];
static _Thread_local char errno_text[128];

const char *znvme_errmsg(void)
{
	return last_message;
}

int znvme_fail(int rc, const char *format, ...)
{
	char text[sizeof(last_message)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args); /* may quote the message that it replaces */
	va_end(args);
	memcpy(last_message, text, strlen(text) + 1);
	return rc;
}

const char *znvme_strerror(int rc)
{
	if (rc > 0)
		return znvme_status_name((uint16_t)rc);
	if (rc == 0)
		return "Success";
	return strerror_r(-rc, errno_text, sizeof(errno_text));
}

static const struct {
	uint16_t status;
	int error;
} errno_of_status[] = {
	{ZNVME_SC_INVALID_OPCODE, EOPNOTSUPP},	{ZNVME_SC_INVALID_FIELD, EINVAL},
	{ZNVME_SC_INVALID_NS, ENOENT},		{ZNVME_SC_ABORT_REQUESTED, ECANCELED},
	{ZNVME_SC_SANITIZE_IN_PROGRESS, EBUSY}, {ZNVME_SC_NS_WRITE_PROTECTED, EROFS},
	{ZNVME_SC_LBA_RANGE, ERANGE},		{ZNVME_SC_CAPACITY_EXCEEDED, ENOSPC},
	{ZNVME_SC_NS_NOT_READY, EAGAIN},	{ZNVME_SC_RESERVATION_CONFLICT, EACCES},
	{ZNVME_SC_READ_ONLY_RANGE, EROFS},	{ZNVME_SC_COMPARE_FAILURE, EILSEQ},
	{ZNVME_SC_ACCESS_DENIED, EACCES},
};

int znvme_status_errno(int rc)
{
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(errno_of_status); i++)
		if (errno_of_status[i].status == (rc & (ZNVME_STATUS_SCT | ZNVME_STATUS_SC)))
			return -errno_of_status[i].error;
	return -EIO;
}
