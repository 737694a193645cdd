// SPDX-License-Identifier: MIT
/*
 * Runs device tests, one process a test, and writes TAP. What the device lacks decides which
 * bodies are counted: a body whose needs the device does not meet is named in a comment, and a
 * feature that the caller expects (--expect) and the device lacks is a failure, so that tests
 * cannot vanish silently.
 */
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "run.h"

#define DEFAULT_SECONDS 180  /* far above what a test takes: 50 s, the slowest under ASan */
#define SLOW_MS		3000 /* worth a remark */
#define MAX_LINES	60   /* of a failed test's output that are shown */

static const struct {
	const char *name;
	uint64_t feature;
} feature_names[] = {
	{"interrupts", HAS_INTERRUPTS},
	{"two-namespaces", HAS_TWO_NAMESPACES},
	{"four-queues", HAS_FOUR_QUEUES},
	{"compare", HAS_COMPARE},
	{"write-uncorrectable", HAS_WRITE_UNCORRECTABLE},
	{"dsm", HAS_DSM},
	{"format", HAS_FORMAT},
	{"ns-attach", HAS_NS_ATTACH},
	{"write-zeroes", HAS_WRITE_ZEROES},
	{"verify", HAS_VERIFY},
	{"log-offset", HAS_LOG_OFFSET},
	{"write-cache", HAS_WRITE_CACHE},
	{"long-lists", HAS_LONG_LISTS},
	{"user-mappings", HAS_USER_MAPPINGS},
	{"4k-blocks", HAS_FOUR_KIB_BLOCKS},
	{"owner", HAS_OWNER},
	{"sim", HAS_SIM},
	{"function-reset", HAS_FUNCTION_RESET},
	{"big-memlock", HAS_BIG_MEMLOCK},
	{"register-ops", HAS_REGISTER_OPS},
	{"sgl", HAS_SGL},
	{"cmb", HAS_CMB},
	{"plain-sim", HAS_PLAIN_SIM},
	{"iommu", HAS_IOMMU},
	{"copy", HAS_COPY},
	{"reservations", HAS_RESERVATIONS},
	{"fused", HAS_FUSED},
	{"lba-status", HAS_LBA_STATUS},
	{"streams", HAS_STREAMS},
	{"fdp", HAS_FDP},
	{"pmr", HAS_PMR},
	{"zones", HAS_ZONES},
	{"zrwa", HAS_ZRWA},
	{"zone-extensions", HAS_ZONE_EXTENSIONS},
	{"zone-limits", HAS_ZONE_LIMITS},
	{"metadata", HAS_METADATA},
	{"pi", HAS_PI},
	{"storage-tag", HAS_STORAGE_TAG},
};

struct arguments {
	const char *program;
	const char *address;
	const char *filter;
	const char *except[8]; /* ends with NULL */
	uint64_t expected;
	unsigned seconds;
	bool list;
};

static const char usage[] =
	"usage: device_test [options] ADDRESS [FILTER]\n"
	"\n"
	"Runs the tests that the device at ADDRESS can carry and writes TAP. FILTER is a shell\n"
	"pattern for 'GROUP: NAME', or a part of it.\n"
	"\n"
	"  --expect A,B      features that the device must have\n"
	"  --seconds N       time limit of a test\n"
	"  --only FILTER     the same as FILTER behind the address\n"
	"  --except FILTER   leave these out; up to seven times\n"
	"  --list            name the tests, run none\n"
	"\n"
	"example: device_test qemu:nvme=mdts=1 'queue:*'\n";

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint64_t parse_features(char *text)
{
	uint64_t features = 0;
	char *save = NULL;

	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		size_t i = 0;

		while (i < ARRAY_LEN(feature_names) && strcmp(feature_names[i].name, word))
			i++;
		if (i == ARRAY_LEN(feature_names)) {
			fprintf(stderr, "device_test: no feature is called '%s'\n", word);
			exit(2);
		}
		features |= feature_names[i].feature;
	}
	return features;
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {{"expect", required_argument, NULL, 'e'},
						{"seconds", required_argument, NULL, 's'},
						{"only", required_argument, NULL, 'o'},
						{"except", required_argument, NULL, 'x'},
						{"list", no_argument, NULL, 'l'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	unsigned except = 0;
	int c;

	*a = (struct arguments){.program = argv[0], .seconds = DEFAULT_SECONDS};
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			a->expected = parse_features(optarg);
			break;
		case 's':
			a->seconds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'o':
			a->filter = optarg;
			break;
		case 'x':
			if (except + 1 < ARRAY_LEN(a->except))
				a->except[except++] = optarg;
			break;
		case 'l':
			a->list = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (!a->list && optind == argc) {
		fputs(usage, stderr);
		exit(2);
	}
	a->address = optind < argc ? argv[optind] : "";
	if (optind + 1 < argc)
		a->filter = argv[optind + 1];
}

static bool matches(const char *filter, const char *title)
{
	return strstr(title, filter) || fnmatch(filter, title, 0) == 0;
}

static bool wanted(const struct arguments *a, const char *title)
{
	for (size_t i = 0; a->except[i]; i++)
		if (matches(a->except[i], title))
			return false;
	return !a->filter || matches(a->filter, title);
}

static void print_features(uint64_t features)
{
	for (size_t i = 0; i < ARRAY_LEN(feature_names); i++)
		if (features & feature_names[i].feature)
			printf(" %s", feature_names[i].name);
	printf("\n");
	fflush(stdout);
}

/* In the child: the body, and what every body ends with. Leaks are reported as it exits. */
static void run_body(const struct test_case *test, const struct arguments *a, int out)
{
	struct test t = {.address = a->address};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	close(out);
	alarm(a->seconds);
	test->body(&t);
	test_close(&t);
	exit(RUN_PASSED);
}

/* The wait status of the test's process; what it wrote goes to `output`. */
static int run_case(const struct test_case *test, const struct arguments *a, char *output,
		    size_t size)
{
	size_t have = 0;
	int out[2], status;

	fflush(stdout);
	if (pipe2(out, O_CLOEXEC) < 0)
		return -1;

	pid_t pid = fork();

	if (pid == 0) {
		close(out[0]);
		run_body(test, a, out[1]);
	}
	close(out[1]);
	for (ssize_t n; (n = read(out[0], output + have, size - 1 - have)) > 0;) {
		have += (size_t)n;
		if (have == size - 1)
			have = size / 2; /* keep the beginning and the end */
	}
	output[have] = '\0';
	close(out[0]);
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static void print_output(const char *output)
{
	char *copy = strdup(output), *save = NULL;
	char *line = strtok_r(copy, "\n", &save);

	for (int left = MAX_LINES; line && left; left--) {
		printf("%s%s\n", line[0] == '#' ? "" : "# ", line);
		line = strtok_r(NULL, "\n", &save);
	}
	if (line)
		printf("# and so on\n");
	free(copy);
}

/* As a word of a shell's command. */
static void print_word(const char *word)
{
	if (!word[strcspn(word, " '\"\\$&();<>*?[]`|#~!{}\n\t")]) {
		printf(" %s", word);
		return;
	}
	printf(" '");
	for (; *word; word++) {
		if (*word == '\'')
			printf("'\\''");
		else
			putchar(*word);
	}
	putchar('\'');
}

/* The one command that does the same: what is random here comes from seeds in address and body. */
static void print_again(const char *title, const struct arguments *a)
{
	const char *kills = getenv("ZNVME_TEST_KILLS");

	printf("# again:");
	if (kills)
		printf(" ZNVME_TEST_KILLS=%lu", strtoul(kills, NULL, 10));
	print_word(a->program);
	if (a->seconds != DEFAULT_SECONDS)
		printf(" --seconds %u", a->seconds);
	print_word(a->address);
	print_word(title);
	putchar('\n');
}

static bool report(unsigned number, const char *title, int status, const char *output,
		   const struct arguments *a)
{
	const char *skip = strstr(output, RUN_SKIP_MARK);
	bool passed = false;

	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == RUN_SKIPPED && skip) {
		skip += strlen(RUN_SKIP_MARK);
		printf("ok %u - %s # SKIP %.*s\n", number, title, (int)strcspn(skip, "\n"), skip);
		return true;
	}
	passed = status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == RUN_PASSED;
	printf("%sok %u - %s\n", passed ? "" : "not ", number, title);
	if (passed)
		return true;
	print_output(output);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("# took longer than %u s\n", a->seconds);
	else if (WIFSIGNALED(status))
		printf("# ended by signal %d (%s)\n", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != RUN_FAILED)
		printf("# ended with status %d\n", WEXITSTATUS(status));
	print_again(title, a);
	return false;
}

/* The first test of all: the device can be opened, and has what is expected. */
static void probe(struct test *t)
{
	test_open(t);
	printf("features %llu\n", (unsigned long long)t->features);
	fflush(stdout);
}

static bool run_probe(const struct arguments *a, uint64_t *features)
{
	static char output[65536];
	const struct test_case test = {"the device opens and is what is expected", probe, 0};
	int status = run_case(&test, a, output, sizeof(output));
	const char *found = strstr(output, "features ");

	*features = found ? strtoull(found + 9, NULL, 10) : 0;
	if (status == 0 && a->expected & ~*features) {
		printf("not ok 1 - %s\n# the device lacks:", test.name);
		print_features(a->expected & ~*features);
		return false;
	}
	return report(1, test.name, status, output, a);
}

static unsigned for_each(const struct arguments *a, const struct test_group *groups, size_t nr,
			 bool (*fn)(const struct arguments *a, const char *title,
				    const struct test_case *test, void *arg),
			 void *arg)
{
	unsigned count = 0;
	char title[256];

	for (size_t g = 0; g < nr; g++)
		for (size_t i = 0; i < groups[g].nr; i++) {
			snprintf(title, sizeof(title), "%s: %s", groups[g].name,
				 groups[g].cases[i].name);
			if (wanted(a, title))
				count += fn(a, title, &groups[g].cases[i], arg);
		}
	return count;
}

struct progress {
	uint64_t features;
	unsigned number;
	unsigned failed;
};

static bool list_one(const struct arguments *a, const char *title, const struct test_case *test,
		     void *arg)
{
	(void)a;
	(void)arg;
	printf("%s%s", title, test->needs ? "  #" : "\n");
	if (test->needs)
		print_features(test->needs);
	return true;
}

static bool count_one(const struct arguments *a, const char *title, const struct test_case *test,
		      void *arg)
{
	const struct progress *p = arg;

	(void)a;
	if ((test->needs & ~p->features) == 0)
		return true;
	printf("# not for this device: %s; lacks", title);
	print_features(test->needs & ~p->features);
	return false;
}

static bool run_one(const struct arguments *a, const char *title, const struct test_case *test,
		    void *arg)
{
	static char output[65536];
	struct progress *p = arg;
	uint64_t started = now_ms();

	if (test->needs & ~p->features)
		return false;

	int status = run_case(test, a, output, sizeof(output));

	p->failed += !report(++p->number, title, status, output, a);
	if (now_ms() - started > SLOW_MS)
		printf("# that took %llu ms\n", (unsigned long long)(now_ms() - started));
	return true;
}

int test_main(int argc, char **argv, const struct test_group *groups, size_t nr)
{
	struct progress p = {.number = 1};
	struct arguments a;

	parse_arguments(argc, argv, &a);
	if (a.list) {
		for_each(&a, groups, nr, list_one, NULL);
		return 0;
	}
	if (!run_probe(&a, &p.features)) {
		printf("1..1\n");
		return 1;
	}
	printf("# %s has", a.address);
	print_features(p.features);
	printf("1..%u\n", 1 + for_each(&a, groups, nr, count_one, &p));
	for_each(&a, groups, nr, run_one, &p);
	return p.failed ? 1 : 0;
}
