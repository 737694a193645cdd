/* SPDX-License-Identifier: MIT */
/*
 * A file that is either written whole or not at all: what was there before stays until the last
 * byte is safe. Devices, pipes and standard output are written as they are.
 */
#ifndef ZNVME_TOOL_OUTFILE_H
#define ZNVME_TOOL_OUTFILE_H

#include "tool.h"

struct outfile {
	int fd;
	const char *name; /* for messages */
	char *path;	  /* the file to replace; NULL: written in place */
	char *temporary;  /* what is written meanwhile */
};

/* Whether a path is standard output: NULL, "-", or what that is, by another name. */
bool outfile_is_stdout(const char *path);

/* Whether two paths are one file, or both standard output. */
bool outfile_is_same(const char *a, const char *b);

/* As outfile_is_stdout() has it, or a file. `len` bytes will come (0: not known): a disk that
 * cannot hold them is found out here. 0, or 1 after an error message. */
int outfile_open(struct outfile *file, const char *path, uint64_t len);
int outfile_write(struct outfile *file, const void *data, size_t len);

/* `len` zero bytes, as a hole where the file can have one. */
int outfile_skip(struct outfile *file, size_t len);

/* Put it in its place. 0, or 1 after an error message; nothing is left behind then. */
int outfile_commit(struct outfile *file);

/* All of it at once. 0, or 1 after an error message. */
int outfile_save(const char *path, const void *data, size_t len);

/* Give up: nothing is left behind. Allowed after a commit too, and on a zeroed structure. */
void outfile_abandon(struct outfile *file);

#endif
