/* SPDX-License-Identifier: MIT */
/*
 * Structures from a device as tables: a row a field, a row a bit field. One engine prints them as
 * lines of `name : value`, explains their bits (-H), and makes JSON of them.
 */
#ifndef ZNVME_TOOL_FIELDS_H
#define ZNVME_TOOL_FIELDS_H

#include "tool.h"

/* A run of bits of a field, register or dword. The table ends with a row of mask 0. */
struct field_bits {
	const char *name; /* the specification's, in small letters; NULL in tables only -H shows */
	uint64_t mask;
	const char *text; /* what it is */
	/* What its values mean. NULL: a single bit says whether `text` is supported, of several
	 * bits the number itself is shown. */
	const char *const *values;
	unsigned nr_values;
	void (*explain)(FILE *out, uint64_t value); /* instead of `values` */
};

/* Rows: bits that only -H shows; bits that have a name for JSON too. */
#define BITS(bit_mask, bit_text, ...)                                                              \
	{                                                                                          \
		.mask = (bit_mask), .text = (bit_text), __VA_ARGS__                                \
	}
#define NAMED_BITS(bit_name, bit_mask, bit_text, ...)                                              \
	{                                                                                          \
		.name = (bit_name), .mask = (bit_mask), .text = (bit_text), __VA_ARGS__            \
	}
#define BITS_VALUES(array) .values = (array), .nr_values = TOOL_COUNT(array)

extern const char *const field_no_yes[2];
extern const char *const field_off_on[2]; /* Disabled, Enabled */

enum field_kind {
	FIELD_HEX,	  /* 0x…, of 1 to 8 bytes */
	FIELD_DEC,	  /* the same in decimal; of 16 bytes too */
	FIELD_TEXT,	  /* ASCII, padded with spaces or ended by a zero */
	FIELD_OUI,	  /* bytes as hexadecimal digits, last byte first */
	FIELD_BYTES,	  /* bytes as hexadecimal digits */
	FIELD_UUID,	  /* 16 bytes, as 8-4-4-4-12 digits */
	FIELD_PERCENT,	  /* decimal, with % behind it */
	FIELD_KELVIN,	  /* a temperature: `33°C (306 Kelvin)` */
	FIELD_SENSOR,	  /* the same; 0: no such sensor, and not printed */
	FIELD_DATA_UNITS, /* 16 bytes, thousands of 512 bytes */
	FIELD_MEANING,	  /* what the first row of its bits says of it; in JSON the number */
	FIELD_REVISION,	  /* of firmware, 8 characters: as a number, and as they are */
};

/* A field of a structure. The table ends with a row without a name. */
struct field {
	const char *name; /* as nvme-cli prints it */
	uint16_t offset;
	uint16_t size;
	enum field_kind kind;
	const char *json; /* its name in JSON where that is another */
	const struct field_bits *bits;
	const char *unit; /* said by -H behind the value */
};

#define FIELD(type, member, how, ...)                                                              \
	{                                                                                          \
		.name = #member, .offset = offsetof(struct type, member),                          \
		.size = sizeof(((struct type *)0)->member), .kind = FIELD_##how, __VA_ARGS__       \
	}

/* The same where nvme-cli prints another name than the member's. */
#define FIELD_AS(label, type, member, how, ...)                                                    \
	{                                                                                          \
		.name = (label), .offset = offsetof(struct type, member),                          \
		.size = sizeof(((struct type *)0)->member), .kind = FIELD_##how, __VA_ARGS__       \
	}

/* An unsigned integer of 1 to 8 bytes at `bytes`. */
uint64_t field_number(const void *bytes, size_t size);

/* How fields are printed; true is FIELDS_BITS. */
enum fields_how {
	FIELDS_BITS = 1,       /* their bits below, and units */
	FIELDS_FAHRENHEIT = 2, /* temperatures not in Celsius */
};

/* `name : value` lines, names padded to `width`, or `name: value` where that is 0. */
void fields_print(FILE *out, const struct field *fields, int width, const void *data, unsigned how);

/* The fields into `object`. */
void fields_json(struct json_object *object, const struct field *fields, const void *data);

/* What the bits of `value` mean, a line each: `  [1:1] : 0x1	text`. */
void bits_print(FILE *out, const struct field_bits *bits, uint64_t value);

/* Each named run of bits of `value`, as a number, into `object`. */
void bits_json(struct json_object *object, const struct field_bits *bits, uint64_t value);

/* The meaning of one run of bits: "Supported", the name of a value, or a number. */
void bits_explain(FILE *out, const struct field_bits *bits, uint64_t value);

/* 16 bytes, little endian, in decimal. `text` takes 40 bytes. */
void field_u128_text(char *text, const void *bytes);

/* A number where 64 bits hold it, else a string. */
struct json_object *field_u128_json(const void *bytes);

/* `len` bytes as hexadecimal digits; `text` takes 2 × len + 1 bytes. */
void field_hex_text(char *text, const void *bytes, size_t len);

/* FIELD_REVISION: what is not a visible character is a dot, as nvme-cli has it. */
void field_revision_text(char *text, size_t size, const void *bytes);

/* 16 bytes as a UUID; `text` takes 37 bytes. */
void field_uuid_text(char *text, const void *bytes);

/* 16 bytes a line: offset, digits, and what is printable. */
void hex_dump(FILE *out, const void *data, size_t len);

/* Helpers for JSON objects. Without a parent there is no list, without a list no entry. */
struct json_object *json_add_list(struct json_object *parent, const char *name);
struct json_object *json_add_entry(struct json_object *list);
void json_add_number(struct json_object *object, const char *name, uint64_t value);
void json_add_string(struct json_object *object, const char *name, const char *text);
void json_add_hex(struct json_object *object, const char *name, const void *bytes, size_t len);

#endif
