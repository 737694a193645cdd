/* SPDX-License-Identifier: MIT */
/* What is known of the features, a row each (feature_tables.c). */
#ifndef ZNVME_TOOL_FEATURES_H
#define ZNVME_TOOL_FEATURES_H

#include "fields.h"

struct feature {
	uint8_t fid;
	const struct field_bits *bits; /* of dword 11 and of the result; may be NULL */
	uint32_t data_len;	       /* bytes of its data; 0: none */
	bool per_namespace;
};

/* Bits of the result where the capabilities were asked for. */
extern const struct field_bits feature_capability_bits[];

/* The row of a feature, or an empty one. */
const struct feature *feature_find(uint8_t fid);

/* The row after `feature`, the first where it is NULL; NULL after the last. */
const struct feature *feature_next(const struct feature *feature);

#endif
