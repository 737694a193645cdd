/* SPDX-License-Identifier: MIT */
/* The engine that prints structures from a device by their tables (fields.h). */
#include "fields.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

const char *const field_no_yes[2] = {"No", "Yes"};
const char *const field_off_on[2] = {"Disabled", "Enabled"};

uint64_t field_number(const void *bytes, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, bytes, size <= sizeof(value) ? size : sizeof(value));
	return value;
}

void field_u128_text(char *text, const void *bytes)
{
	unsigned __int128 value;
	char digits[40];
	int n = 0;

	memcpy(&value, bytes, sizeof(value));
	do {
		digits[n++] = (char)('0' + (int)(value % 10));
		value /= 10;
	} while (value);
	while (n)
		*text++ = digits[--n];
	*text = '\0';
}

struct json_object *field_u128_json(const void *bytes)
{
	char text[40];

	if (!field_number((const char *)bytes + 8, 8))
		return json_object_new_uint64(field_number(bytes, 8));
	field_u128_text(text, bytes);
	return json_object_new_string(text);
}

void field_hex_text(char *text, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", from[i]);
	text[2 * len] = '\0';
}

void field_revision_text(char *text, size_t size, const void *bytes)
{
	char visible[9] = {0};

	memcpy(visible, bytes, 8);
	for (unsigned i = 0; i < 8; i++)
		if (!isgraph((unsigned char)visible[i]))
			visible[i] = '.';
	snprintf(text, size, "%" PRIu64 " (%s)", field_number(bytes, 8), visible);
}

void field_uuid_text(char *text, const void *bytes)
{
	static const unsigned char groups[] = {4, 2, 2, 2, 6};
	const unsigned char *from = bytes;

	for (unsigned i = 0; i < TOOL_COUNT(groups); i++) {
		if (i)
			*text++ = '-';
		field_hex_text(text, from, groups[i]);
		text += 2 * groups[i];
		from += groups[i];
	}
}

void json_add_number(struct json_object *object, const char *name, uint64_t value)
{
	json_object_object_add(object, name, json_object_new_uint64(value));
}

void json_add_string(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

void json_add_hex(struct json_object *object, const char *name, const void *bytes, size_t len)
{
	tool_autofree char *text = malloc(2 * len + 1);

	if (!text)
		return;
	field_hex_text(text, bytes, len);
	json_add_string(object, name, text);
}

struct json_object *json_add_list(struct json_object *parent, const char *name)
{
	struct json_object *list;

	if (!parent)
		return NULL;
	list = json_object_new_array();
	json_object_object_add(parent, name, list);
	return list;
}

struct json_object *json_add_entry(struct json_object *list)
{
	struct json_object *entry;

	if (!list)
		return NULL;
	entry = json_object_new_object();
	json_object_array_add(list, entry);
	return entry;
}

void hex_dump(FILE *out, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	char ascii[17];

	fputs("       0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f\n", out);
	for (size_t i = 0; i < len; i += 16) {
		size_t n = len - i < 16 ? len - i : 16;

		fprintf(out, "%04zx:", i);
		for (size_t k = 0; k < 16; k++) {
			unsigned char c = k < n ? bytes[i + k] : ' ';

			ascii[k] = c >= 0x20 && c < 0x7f ? (char)c : '.';
			if (k < n)
				fprintf(out, " %02x", c);
			else
				fputs("   ", out);
		}
		ascii[n] = '\0';
		fprintf(out, " \"%s\"\n", ascii);
	}
}

/* ---- bits ---------------------------------------------------------------------------------- */

static unsigned low_bit(uint64_t mask)
{
	return (unsigned)__builtin_ctzll(mask);
}

static unsigned high_bit(uint64_t mask)
{
	return 63 - (unsigned)__builtin_clzll(mask);
}

static bool single_bit(uint64_t mask)
{
	return !(mask & (mask - 1));
}

void bits_explain(FILE *out, const struct field_bits *bits, uint64_t value)
{
	if (bits->explain)
		bits->explain(out, value);
	else if (bits->values && value < bits->nr_values && bits->values[value])
		fputs(bits->values[value], out);
	else if (bits->values)
		fputs("Reserved", out);
	else if (single_bit(bits->mask))
		fputs(value ? "Supported" : "Not Supported", out);
	else
		fprintf(out, "%" PRIu64, value);
}

void bits_print(FILE *out, const struct field_bits *bits, uint64_t value)
{
	uint64_t rest = value;

	for (; bits->mask; bits++) {
		uint64_t n = znvme_field_get(bits->mask, value);
		char range[16];

		rest &= ~bits->mask;
		snprintf(range, sizeof(range), "[%u:%u]", high_bit(bits->mask),
			 low_bit(bits->mask));
		fprintf(out, "  %-7s : %#" PRIx64 "\t%s", range, n, bits->text);
		if (bits->values || bits->explain || !single_bit(bits->mask))
			fputs(": ", out);
		else
			fputc(' ', out);
		bits_explain(out, bits, n);
		fputc('\n', out);
	}
	if (rest)
		fprintf(out, "  reserved : %#" PRIx64 "\n", rest);
}

void bits_json(struct json_object *object, const struct field_bits *bits, uint64_t value)
{
	for (; bits->mask; bits++)
		if (bits->name)
			json_add_number(object, bits->name, znvme_field_get(bits->mask, value));
}

/* ---- fields -------------------------------------------------------------------------------- */

/* Bytes as digits, in either order. `text` takes 2 × size + 1 bytes. */
static void oui_text(char *text, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02x", bytes[size - 1 - i]);
}

/* 513,123,456 units of 512,000 bytes as "262.72 TB". */
static void print_data_units(FILE *out, const unsigned char *bytes)
{
	static const char *const names[] = {"B",  "kB", "MB", "GB", "TB", "PB",
					    "EB", "ZB", "YB", "RB", "QB"};
	unsigned __int128 units;
	char text[40];
	double amount;
	unsigned i = 0;

	memcpy(&units, bytes, sizeof(units));
	amount = (double)units * 512000;
	while (amount >= 1000 && i + 1 < TOOL_COUNT(names)) {
		amount /= 1000;
		i++;
	}
	field_u128_text(text, bytes);
	fprintf(out, "%s (%.2f %s)", text, amount, names[i]);
}

static void print_temperature(FILE *out, int kelvin, bool fahrenheit)
{
	if (fahrenheit)
		fprintf(out, "%d°F (%d Kelvin)", (kelvin - 273) * 9 / 5 + 32, kelvin);
	else
		fprintf(out, "%d°C (%d Kelvin)", kelvin - 273, kelvin);
}

static void print_value(FILE *out, const struct field *field, const unsigned char *bytes,
			unsigned how)
{
	char text[2 * 256 + 1];

	switch (field->kind) {
	case FIELD_HEX:
		fprintf(out, "%#" PRIx64, field_number(bytes, field->size));
		return;
	case FIELD_DEC:
		if (field->size <= 8) {
			fprintf(out, "%" PRIu64, field_number(bytes, field->size));
			return;
		}
		field_u128_text(text, bytes);
		break;
	case FIELD_TEXT:
		tool_text(text, bytes, strnlen((const char *)bytes, field->size));
		break;
	case FIELD_OUI:
		oui_text(text, bytes, field->size);
		break;
	case FIELD_BYTES:
		field_hex_text(text, bytes, field->size);
		break;
	case FIELD_UUID:
		field_uuid_text(text, bytes);
		break;
	case FIELD_PERCENT:
		fprintf(out, "%" PRIu64 "%%", field_number(bytes, field->size));
		return;
	case FIELD_KELVIN:
	case FIELD_SENSOR:
		print_temperature(out, (int)field_number(bytes, field->size),
				  how & FIELDS_FAHRENHEIT);
		return;
	case FIELD_DATA_UNITS:
		print_data_units(out, bytes);
		return;
	case FIELD_MEANING:
		bits_explain(out, field->bits, field_number(bytes, field->size));
		return;
	case FIELD_REVISION:
		field_revision_text(text, sizeof(text), bytes);
		break;
	}
	fputs(text, out);
}

static bool is_absent(const struct field *field, const unsigned char *bytes)
{
	return field->kind == FIELD_SENSOR && !field_number(bytes, field->size);
}

void fields_print(FILE *out, const struct field *fields, int width, const void *data, unsigned how)
{
	bool human = how & FIELDS_BITS;

	for (; fields->name; fields++) {
		const unsigned char *bytes = (const unsigned char *)data + fields->offset;

		if (is_absent(fields, bytes))
			continue;
		fprintf(out, width ? "%-*s : " : "%*s: ", width, fields->name);
		print_value(out, fields, bytes, how);
		if (human && fields->unit)
			fprintf(out, " (%s)", fields->unit);
		fputc('\n', out);
		if (human && fields->bits && fields->kind != FIELD_MEANING) {
			bits_print(out, fields->bits, field_number(bytes, fields->size));
			fputc('\n', out);
		}
	}
}

void fields_json(struct json_object *object, const struct field *fields, const void *data)
{
	for (; fields->name; fields++) {
		const unsigned char *bytes = (const unsigned char *)data + fields->offset;
		const char *name = fields->json ? fields->json : fields->name;
		char text[2 * 256 + 1];

		if (is_absent(fields, bytes))
			continue;
		switch (fields->kind) {
		case FIELD_OUI: /* a number, as nvme-cli has it */
		case FIELD_HEX:
		case FIELD_DEC:
		case FIELD_PERCENT:
		case FIELD_KELVIN:
		case FIELD_SENSOR:
		case FIELD_DATA_UNITS:
		case FIELD_MEANING:
			if (fields->size <= 8)
				json_add_number(object, name, field_number(bytes, fields->size));
			else
				json_object_object_add(object, name, field_u128_json(bytes));
			continue;
		case FIELD_TEXT:
			tool_text(text, bytes, strnlen((const char *)bytes, fields->size));
			break;
		case FIELD_BYTES:
			field_hex_text(text, bytes, fields->size);
			break;
		case FIELD_UUID:
			field_uuid_text(text, bytes);
			break;
		case FIELD_REVISION:
			field_revision_text(text, sizeof(text), bytes);
			break;
		}
		json_add_string(object, name, text);
	}
}
