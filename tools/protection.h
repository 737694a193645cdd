/* SPDX-License-Identifier: MIT */
/*
 * Metadata and protection information of blocks, for the commands that move them: the options by
 * which they say what is wanted, data and metadata put together and taken apart, and which tag was
 * wrong where a command has failed for one (NVM 1.1, section 5.3).
 */
#ifndef ZNVME_TOOL_PROTECTION_H
#define ZNVME_TOOL_PROTECTION_H

#include "tool.h"

/* What -p, -a, -m, -r, -g, -C say; and -M, -y of commands that move metadata. */
struct pi_args {
	uint8_t prinfo; /* as in CDW12: PRACT in bit 3, guard, application and reference tag below
			 */
	uint16_t app_tag;
	uint16_t app_tag_mask;
	uint64_t ref_tag;
	uint64_t storage_tag;
	bool storage_tag_check;
	const char *metadata;	/* a file */
	uint64_t metadata_size; /* bytes */
};

/* Rows of an option table; `type` is a structure with a member `pi`. The letter of the storage tag
 * is not the same in all commands of nvme-cli. */
/* clang-format off */
#define PI_OPTION(type, letter, name, metavar, kind, member, help, ...)                            \
	TOOL_OPTION(letter, name, metavar, kind, offsetof(type, pi.member), help, __VA_ARGS__)
#define PI_OPTIONS(type, storage_letter)                                                           \
	PI_OPTION(type, 'p', "prinfo", "N", TOOL_U8, prinfo,                                       \
		  "protection: 8 the device inserts or strips it, 4 guard, 2 application tag, "    \
		  "1 reference tag are checked", .max = 15),                                       \
	PI_OPTION(type, 'r', "ref-tag", "TAG", TOOL_U64, ref_tag,                                  \
		  "reference tag of the first block (its LBA where not given)"),                   \
	PI_OPTION(type, 'a', "app-tag", "TAG", TOOL_U16, app_tag, "application tag"),              \
	PI_OPTION(type, 'm', "app-tag-mask", "MASK", TOOL_U16, app_tag_mask,                       \
		  "bits of it that are checked"),                                                  \
	PI_OPTION(type, storage_letter, "storage-tag", "TAG", TOOL_U64, storage_tag,               \
		  "storage tag"),                                                                  \
	PI_OPTION(type, 'C', "storage-tag-check", NULL, TOOL_FLAG, storage_tag_check,              \
		  "check it")
/* clang-format on */

/*
 * What the options mean for blocks from `slba` on; `preset` of PRINFO where they do not say. 0, or
 * 1 after an error message.
 */
int pi_resolve(const struct tool *tool, const struct znvme_ns *ns, const struct pi_args *args,
	       uint32_t preset, uint64_t slba, struct znvme_pi *pi);

/*
 * The same, preset as suits most, with what the options say of metadata: *len is the bytes of them
 * that the file is to have for `nlb` blocks, 0 where none is named.
 */
int pi_resolve_metadata(const struct tool *tool, const struct znvme_ns *ns,
			const struct pi_args *args, uint64_t slba, uint64_t nlb,
			struct znvme_pi *pi, size_t *len);

/* These bytes, no more and no less; NULL where there are 0. *metadata is the caller's, to free().
 * 0, or 1 after an error message. */
int pi_load_metadata(const struct pi_args *args, size_t len, char **metadata);

/* The same for the blocks that begin `blocks` after those of `pi`. */
struct znvme_pi pi_advance(const struct znvme_ns *ns, const struct znvme_pi *pi, uint64_t blocks);

/* Data and metadata of `nlb` blocks as a command with extended metadata has them, and back. */
void pi_weave(const struct znvme_ns *ns, char *woven, const char *data, const char *metadata,
	      uint32_t nlb);
void pi_unweave(const struct znvme_ns *ns, const char *woven, char *data, char *metadata,
		uint32_t nlb);

/*
 * A command on these blocks failed with `status`: where that is for a tag, read them unchecked and
 * say on stderr which it is, what was expected and what is there. `pi` is of block `slba`.
 */
void pi_explain(struct tool *tool, const struct znvme_ns *ns, int status, uint64_t slba,
		uint64_t nlb, const struct znvme_pi *pi);

#endif
