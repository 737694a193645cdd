/* SPDX-License-Identifier: MIT */
/*
 * Runs a command and says, in a line of JSON on its own standard output, when the command's first
 * byte of output came, when it ended, the memory it had at most, and how busy the machine was
 * meanwhile.
 *
 *	measure FILE FROM TO COMMAND [ARG]...
 *
 * FROM and TO are the ms between which the machine is looked at, counted from when FILE is there,
 * which the command makes when its load begins (`-`: from the start). 0 0: it is not looked at.
 *
 * How busy is what the kernel calls neither idle nor waiting for I/O (proc(5), /proc/stat): so the
 * time of interrupts counts, which no process is charged with. The command's output is dropped.
 */
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 5
#define NOT_YET (-1)
#define USAGE	"usage: measure FILE FROM TO COMMAND [ARG]..."
#define RESULT                                                                                     \
	"{\"first_ms\": %.3f, \"end_ms\": %.3f, \"busy\": %.4f, \"max_rss_kib\": %ld, "            \
	"\"status\": %d}\n"

extern char **environ;

struct look {
	double ms;   /* when it was taken */
	double idle; /* ms, all processors together, since the machine started */
};

/* What is looked at, and what was seen. */
struct measured {
	const char *file;
	double from, to; /* ms, after... */
	double load;	 /* ...this: the load has begun */
	double first;	 /* when the first byte of output came */
	struct look a, b;
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static struct look look(void)
{
	unsigned long long user, nice, system, idle, iowait;
	FILE *stat = fopen("/proc/stat", "r");
	struct look l = {.ms = now_ms()};

	if (!stat || fscanf(stat, "cpu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
			    &iowait) != 5) {
		perror("measure: /proc/stat");
		exit(1);
	}
	fclose(stat);
	l.idle = (double)(idle + iowait) * 1e3 / (double)sysconf(_SC_CLK_TCK);
	return l;
}

/* The share of all processors that was busy between the two looks; NOT_YET without them. */
static double busy(const struct measured *m)
{
	double ms = m->b.ms - m->a.ms;

	if (!m->b.ms)
		return NOT_YET;
	return (ms * (double)sysconf(_SC_NPROCESSORS_ONLN) - (m->b.idle - m->a.idle)) / ms;
}

static pid_t start(char **argv, int out, int unused)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, unused);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ)) {
		perror(argv[0]);
		exit(1);
	}
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* What is due by the clock. Returns ms until it wants to be called again; -1: never. */
static int step(struct measured *m)
{
	double now = now_ms();

	if (!m->to || m->b.ms)
		return -1;
	if (m->load == NOT_YET) {
		if (access(m->file, F_OK))
			return STEP_MS;
		m->load = now;
	}
	if (now < m->load + m->from)
		return (int)(m->load + m->from - now) + 1;
	if (!m->a.ms)
		m->a = look();
	if (now < m->load + m->to)
		return (int)(m->load + m->to - now) + 1;
	m->b = look();
	return -1;
}

/* Until the command has closed its output. */
static void watch(struct measured *m, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char buf[65536];

	for (;;) {
		if (poll(&p, 1, step(m)) <= 0)
			continue;
		if (read(fd, buf, sizeof(buf)) <= 0)
			return;
		if (m->first == NOT_YET)
			m->first = now_ms();
	}
}

int main(int argc, char **argv)
{
	struct measured m = {.load = NOT_YET, .first = NOT_YET};
	struct rusage usage;
	double begin, end;
	int fds[2], status;
	pid_t pid;

	if (argc < 5) {
		fprintf(stderr, USAGE "\n");
		return 1;
	}
	m.file = argv[1];
	m.from = atof(argv[2]);
	m.to = atof(argv[3]);
	if (pipe(fds)) {
		perror("measure");
		return 1;
	}
	begin = now_ms();
	if (!strcmp(m.file, "-"))
		m.load = begin;
	pid = start(argv + 4, fds[1], fds[0]);
	close(fds[1]);
	watch(&m, fds[0]);
	wait4(pid, &status, 0, &usage);
	end = now_ms();
	printf(RESULT, m.first == NOT_YET ? NOT_YET : m.first - begin, end - begin, busy(&m),
	       usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
