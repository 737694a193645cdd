/* SPDX-License-Identifier: MIT */
/* What `znvme top` shows: lines of text, or JSON. What comes from a device is printable by now. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "progress.h"
#include "top.h"

#define DATA_UNIT 512000.0

static double difference(const uint8_t now[16], const uint8_t before[16])
{
	uint64_t a = field_number(now, 8), b = field_number(before, 8);

	/* A counter that goes back was reset. */
	return a > b ? (double)(a - b) : 0;
}

struct top_rates top_rates(const struct top_device *device)
{
	const struct top_sample *now = &device->now, *before = &device->before;
	struct top_rates rates = {-1, -1, -1, -1, -1};
	double reads;

	if (!before->at_ns || now->at_ns <= before->at_ns)
		return rates;
	rates.seconds = (double)(now->at_ns - before->at_ns) / 1e9;
	reads = difference(now->smart.host_reads, before->smart.host_reads) -
		(double)(now->own_reads - before->own_reads);
	rates.read_iops = reads > 0 ? reads / rates.seconds : 0;
	rates.write_iops =
		difference(now->smart.host_writes, before->smart.host_writes) / rates.seconds;
	rates.read_bytes = DATA_UNIT *
			   difference(now->smart.data_units_read, before->smart.data_units_read) /
			   rates.seconds;
	rates.write_bytes =
		DATA_UNIT *
		difference(now->smart.data_units_written, before->smart.data_units_written) /
		rates.seconds;
	return rates;
}

/* ---- lines --------------------------------------------------------------------------------- */

struct view {
	top_line_fn fn;
	void *arg;
};

__attribute__((format(printf, 3, 4))) static void line(const struct view *view,
						       enum top_look_of_line look,
						       const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	view->fn(view->arg, look, text);
}

static int celsius(const struct znvme_smart_log *smart)
{
	return (int)field_number(smart->temperature, 2) - 273;
}

/* The bits of Critical Warning that are set, in words. */
static void warnings_text(char *text, size_t size, uint8_t bits)
{
	static const char *const names[] = {"spare",	 "temperature", "reliability",
					    "read-only", "backup",	"PMR"};
	size_t len = 0;

	*text = '\0';
	for (unsigned i = 0; i < TOOL_COUNT(names); i++)
		if (bits >> i & 1)
			len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "",
						names[i]);
}

static void health(const struct view *view, const struct top_device *device)
{
	const struct znvme_smart_log *smart = &device->now.smart;
	char warnings[96], sensors[96] = "";
	size_t len = 0;

	line(view, TOP_PLAIN, "  health   %3d C   spare %3u %% (least %u %%)   worn %3u %%",
	     celsius(smart), smart->avail_spare, smart->spare_thresh, smart->percent_used);
	for (unsigned i = 0; i < 8; i++)
		if (smart->temp_sensor[i])
			len += (size_t)snprintf(sensors + len, sizeof(sensors) - len, "  %u: %d C",
						i + 1, smart->temp_sensor[i] - 273);
	if (len)
		line(view, TOP_PLAIN, "  sensors%s", sensors);
	warnings_text(warnings, sizeof(warnings), smart->critical_warning);
	if (smart->critical_warning)
		line(view, TOP_ALARM, "  CRITICAL %s", warnings);
}

static void rate(const struct view *view, const char *name, double iops, double bytes)
{
	char text[16];

	if (iops < 0) {
		line(view, TOP_PLAIN, "  %-8s %10s IOPS %12s/s", name, "-", "-");
		return;
	}
	progress_bytes_text(text, bytes);
	line(view, TOP_PLAIN, "  %-8s %10.0f IOPS %12s/s", name, iops, text);
}

static void probes(const struct view *view, const struct top_device *device)
{
	const struct top_sample *now = &device->now;

	if (now->nr_probes)
		line(view, TOP_PLAIN, "  latency  %10.1f us least %9.1f us median %9.1f us most",
		     (double)now->probe_ns[0] / 1e3,
		     (double)now->probe_ns[now->nr_probes / 2] / 1e3,
		     (double)now->probe_ns[now->nr_probes - 1] / 1e3);
}

/* The Host Memory Buffer, where the controller asks for one. */
static void host_memory(const struct view *view, const struct top_device *device)
{
	char has[16], wants[16];

	if (!device->hmb_wanted)
		return;
	progress_bytes_text(has, (double)device->info.hmb_bytes);
	progress_bytes_text(wants, (double)device->hmb_wanted);
	line(view, TOP_PLAIN, "  memory   %s of the host's (wants %s)",
	     device->info.hmb_bytes ? has : "none", wants);
}

static void counters(const struct view *view, const struct top_device *device)
{
	const struct znvme_smart_log *smart = &device->now.smart;

	line(view, TOP_PLAIN, "  queues   %u of up to %u entries, %u interrupt vectors",
	     device->info.nr_io_queues, device->info.max_queue_size, device->info.nr_vectors);
	host_memory(view, device);
	line(view, TOP_PLAIN,
	     "  life     %" PRIu64 " h on, %" PRIu64 " power cycles (%" PRIu64 " unsafe), %" PRIu64
	     " media errors, %" PRIu64 " log entries",
	     field_number(smart->power_on_hours, 8), field_number(smart->power_cycles, 8),
	     field_number(smart->unsafe_shutdowns, 8), field_number(smart->media_errors, 8),
	     field_number(smart->num_err_log_entries, 8));
}

static void events(const struct view *view, const struct top_device *device)
{
	for (unsigned i = 0; i < device->nr_events; i++) {
		const struct top_event *event = &device->events[i];
		time_t at = (time_t)event->at;
		struct tm tm;
		char when[16];

		strftime(when, sizeof(when), "%H:%M:%S", localtime_r(&at, &tm));
		line(view, TOP_PLAIN, "  event    %s %s", when, event->message);
	}
}

void top_view(const struct top_device *devices, unsigned nr, double delay, top_line_fn fn,
	      void *arg)
{
	const struct view view = {fn, arg};
	time_t at = time(NULL);
	struct tm tm;
	char when[16];

	strftime(when, sizeof(when), "%H:%M:%S", localtime_r(&at, &tm));
	line(&view, TOP_TITLE, "znvme top  %s  every %g s  %u device%s  q: quit, blank: now", when,
	     delay, nr, nr == 1 ? "" : "s");
	for (unsigned i = 0; i < nr; i++) {
		const struct top_device *device = &devices[i];
		struct top_rates rates = top_rates(device);

		line(&view, TOP_PLAIN, "%s", "");
		line(&view, TOP_TITLE, "%s  %s  %s  firmware %s  %u namespace%s", device->address,
		     device->model, device->serial, device->firmware, device->nr_namespaces,
		     device->nr_namespaces == 1 ? "" : "s");
		if (device->error[0]) {
			line(&view, TOP_ALARM, "  FAILED   %s", device->error);
			events(&view, device);
			continue;
		}
		health(&view, device);
		rate(&view, "read", rates.read_iops, rates.read_bytes);
		rate(&view, "write", rates.write_iops, rates.write_bytes);
		probes(&view, device);
		counters(&view, device);
		events(&view, device);
	}
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void add_rate(struct json_object *object, const char *name, double value)
{
	json_object_object_add(object, name, value < 0 ? NULL : json_object_new_double(value));
}

static struct json_object *json_probes(const struct top_sample *now)
{
	struct json_object *object;

	if (!now->nr_probes)
		return NULL;
	object = json_object_new_object();
	json_add_number(object, "count", now->nr_probes);
	json_add_number(object, "min", now->probe_ns[0]);
	json_add_number(object, "median", now->probe_ns[now->nr_probes / 2]);
	json_add_number(object, "max", now->probe_ns[now->nr_probes - 1]);
	return object;
}

static struct json_object *json_events(const struct top_device *device)
{
	struct json_object *array = json_object_new_array();

	for (unsigned i = 0; i < device->nr_events; i++) {
		struct json_object *event = json_object_new_object();

		json_add_number(event, "time", (uint64_t)device->events[i].at);
		json_add_string(event, "message", device->events[i].message);
		json_object_array_add(array, event);
	}
	return array;
}

static struct json_object *json_device(const struct top_device *device)
{
	const struct znvme_smart_log *smart = &device->now.smart;
	struct json_object *object = json_object_new_object();
	struct top_rates rates = top_rates(device);

	json_add_string(object, "device", device->address);
	json_add_string(object, "model", device->model);
	json_add_string(object, "serial", device->serial);
	json_add_string(object, "firmware", device->firmware);
	json_add_number(object, "namespaces", device->nr_namespaces);
	json_object_object_add(object, "error",
			       device->error[0] ? json_object_new_string(device->error) : NULL);
	json_add_number(object, "critical_warning", smart->critical_warning);
	json_add_number(object, "temperature", field_number(smart->temperature, 2));
	json_add_number(object, "avail_spare", smart->avail_spare);
	json_add_number(object, "spare_thresh", smart->spare_thresh);
	json_add_number(object, "percent_used", smart->percent_used);
	json_add_number(object, "media_errors", field_number(smart->media_errors, 8));
	json_add_number(object, "num_err_log_entries", field_number(smart->num_err_log_entries, 8));
	add_rate(object, "seconds", rates.seconds);
	add_rate(object, "read_iops", rates.read_iops);
	add_rate(object, "write_iops", rates.write_iops);
	add_rate(object, "read_bytes_per_second", rates.read_bytes);
	add_rate(object, "write_bytes_per_second", rates.write_bytes);
	json_object_object_add(object, "latency_ns", json_probes(&device->now));
	json_add_number(object, "queues", device->info.nr_io_queues);
	json_add_number(object, "max_queue_size", device->info.max_queue_size);
	json_add_number(object, "vectors", device->info.nr_vectors);
	json_add_number(object, "hmb_bytes", device->info.hmb_bytes);
	json_add_number(object, "hmb_wanted_bytes", device->hmb_wanted);
	json_object_object_add(object, "events", json_events(device));
	return object;
}

struct json_object *top_json(const struct top_device *devices, unsigned nr)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();

	json_add_number(object, "time", (uint64_t)time(NULL));
	for (unsigned i = 0; i < nr; i++)
		json_object_array_add(array, json_device(&devices[i]));
	json_object_object_add(object, "devices", array);
	return object;
}
