/* SPDX-License-Identifier: MIT */
/* What dump and restore have in common: checksum, progress, the report at the end. */
#include "image.h"

#include <inttypes.h>

#include "fields.h"

void image_start(struct image_stream *stream, uint64_t total)
{
	*stream = (struct image_stream){0};
	hash_sha256_init(&stream->sha);
	progress_start(&stream->progress, total);
}

void image_passed(struct image_stream *stream, const void *data, size_t len)
{
	hash_sha256_update(&stream->sha, data, len);
	stream->bytes += len;
	progress_add(&stream->progress, len);
}

void image_report(struct tool *tool, struct image_stream *stream, const struct znvme_ns *ns,
		  const struct range *range, bool stdout_taken)
{
	double seconds = progress_end(&stream->progress);
	FILE *out = stdout_taken ? stderr : tool->out;
	uint8_t digest[HASH_SHA256_SIZE];
	char sha256[2 * HASH_SHA256_SIZE + 1], rate[16];

	hash_sha256_final(&stream->sha, digest);
	field_hex_text(sha256, digest, sizeof(digest));
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_string(tool->json, "command", tool->command->name);
		json_add_number(tool->json, "nsid", ns->nsid);
		json_add_number(tool->json, "start_block", range->slba);
		json_add_number(tool->json, "block_size", ns->block_size);
		json_add_number(tool->json, "bytes", stream->bytes);
		snprintf(rate, sizeof(rate), "%.3f", seconds);
		json_object_object_add(tool->json, "seconds",
				       json_object_new_double_s(seconds, rate));
		json_add_string(tool->json, "sha256", sha256);
		return;
	}
	progress_bytes_text(rate, (double)stream->bytes / (seconds > 0 ? seconds : 1e-9));
	fprintf(out,
		"%s: %" PRIu64 " bytes of namespace %u from block %" PRIu64 " in %.1f s, %s/s\n",
		tool->command->name, stream->bytes, ns->nsid, range->slba, seconds, rate);
	fprintf(out, "sha256: %s\n", sha256);
}
