/* SPDX-License-Identifier: MIT */
/* What is known of the features, a row each (feature_tables.c, feature_data.c). */
#ifndef ZNVME_TOOL_FEATURES_H
#define ZNVME_TOOL_FEATURES_H

#include "fields.h"

struct feature {
	uint8_t fid;
	const struct field_bits *bits; /* of dword 11 and of the result; may be NULL */
	uint32_t data_len;	       /* bytes of its data; 0: none */
	bool per_namespace;
	uint32_t select; /* bits of dword 11 that say which value is meant, in Get Features too */
};

/* Bits of the result where the capabilities were asked for. */
extern const struct field_bits feature_capability_bits[];

/* The row of a feature, or an empty one. */
const struct feature *feature_find(uint8_t fid);

/* The row after `feature`, the first where it is NULL; NULL after the last. */
const struct feature *feature_next(const struct feature *feature);

/*
 * `len` bytes of a feature's data explained, by dword 11: the result that came with them, with what
 * was asked for in place of `select`; false, and nothing printed, where it is not known what they
 * are.
 */
bool feature_data_print(FILE *out, uint8_t fid, uint32_t cdw11, const void *data, size_t len);

/* Their fields, where they are a structure, into `object`. */
void feature_data_json(struct json_object *object, uint8_t fid, uint32_t cdw11, const void *data,
		       size_t len);

/* A field of a feature's data by its name, where they are one structure; or NULL. */
const struct field *feature_data_field(uint8_t fid, const char *name);

#endif
