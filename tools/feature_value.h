/* SPDX-License-Identifier: MIT */
/* Get Features, and how its answer is shown (features.c). */
#ifndef ZNVME_TOOL_FEATURE_VALUE_H
#define ZNVME_TOOL_FEATURE_VALUE_H

#include "feature_tables.h"

#define FEATURE_DATA_MAX 65536u

/* What is asked for. */
struct feature_request {
	uint8_t fid;
	uint8_t sel; /* enum znvme_feat_sel */
	uint32_t cdw11;
	uint8_t uuid_index;
	uint32_t len; /* bytes of data; feature_request_len() knows how many */
};

struct feature_value {
	uint32_t result;
	uint32_t len; /* bytes of data */
	unsigned char data[FEATURE_DATA_MAX];
};

/* Bytes of data that come with what is asked for. */
uint32_t feature_request_len(const struct feature_request *request);

/* The namespace that a feature's command names: by -n or the address, else where it needs one. */
uint32_t feature_nsid(const struct tool *tool, uint8_t fid);

/* Return: what znvme_get_feature() says. */
int feature_fetch(struct tool *tool, const struct feature_request *request,
		  struct feature_value *value);

/* A heading; what the answer means, or with `human` unset its bytes; the same as an object. */
void feature_heading(struct tool *tool, const struct feature_request *request,
		     const struct feature_value *value);
void feature_print(struct tool *tool, const struct feature_request *request,
		   const struct feature_value *value, bool human);
struct json_object *feature_json(const struct feature_request *request,
				 const struct feature_value *value);

#endif
