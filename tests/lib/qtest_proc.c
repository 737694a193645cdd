// SPDX-License-Identifier: MIT
/*
 * The QEMU process behind a qtest device, and the qtest protocol: a request a line, an answer a
 * line. Memory, disks, socket and error output are descriptors that QEMU inherits, so there is no
 * file that a crash could leave behind; QEMU itself dies with the thread that started it.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <znvme/error.h>

#include "qtest.h"
#include "qtest_internal.h"

#define MAX_ARGS       96
#define WIRE_TIMEOUT_S 30

struct args {
	char *argv[MAX_ARGS];
	int argc;
};

static const char *qemu_binary(void)
{
	const char *qemu = getenv("ZNVME_QEMU");

	return qemu && *qemu ? qemu : "qemu-system-x86_64";
}

bool qtest_available(void)
{
	const char *qemu = qemu_binary();
	const char *path = getenv("PATH");
	char file[4096];

	if (strchr(qemu, '/'))
		return access(qemu, X_OK) == 0;
	while (path && *path) {
		size_t n = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)n, path, qemu);
		if (access(file, X_OK) == 0)
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

__attribute__((format(printf, 2, 3))) static void add(struct args *args, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (args->argc == MAX_ARGS - 1 || vasprintf(&args->argv[args->argc], format, ap) < 0)
		abort();
	args->argc++;
	va_end(ap);
}

static void free_args(struct args *args)
{
	while (args->argc)
		free(args->argv[--args->argc]);
}

static void machine_args(struct args *args, const struct qtest_options *o, int ram_fd, int wire)
{
	static const char *const fixed[] = {
		"-accel",	  "tcg", "-S",	     "-M",   "q35",
		"-cpu",		  "max", "-display", "none", "-nodefaults",
		"-no-user-config"};

	add(args, "%s", qemu_binary());
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(args, "%s", fixed[i]);
	add(args, "-m");
	add(args, "%lluM", (unsigned long long)o->mem >> 20);
	add(args, "-object");
	add(args, "memory-backend-file,id=ram,size=%llu,mem-path=/proc/self/fd/%d,share=on",
	    (unsigned long long)o->mem, ram_fd);
	add(args, "-machine");
	add(args, "memory-backend=ram");
	add(args, "-chardev");
	add(args, "socket,id=wire,fd=%d", wire);
	add(args, "-object");
	add(args, "qtest,id=qtest,chardev=wire,log=/dev/null");
	if (o->subsys[0]) {
		add(args, "-device");
		add(args, "nvme-subsys,id=subsys%s", o->subsys);
	}
	add(args, "-device");
	add(args, "nvme,id=nvme,serial=qtest,addr=04.0%s%s", o->subsys[0] ? ",subsys=subsys" : "",
	    o->nvme);
}

static void namespace_args(struct args *args, const struct qtest_options *o, unsigned index,
			   int disk_fd)
{
	unsigned nsid = o->nsids[index];

	add(args, "-drive");
	add(args, "if=none,id=disk%u,format=raw,discard=unmap,file=/proc/self/fd/%d", nsid,
	    disk_fd);
	add(args, "-device");
	add(args,
	    "nvme-ns,bus=nvme,drive=disk%u,nsid=%u,logical_block_size=%u,physical_block_size=%u,"
	    "ms=%u%s%s",
	    nsid, nsid, o->bs, o->bs, o->ms, o->ns, index + 1 == o->nr_nsids ? o->last : "");
}

/* In the child: only what is safe between fork() and exec(). */
static void become_qemu(struct args *args, pid_t parent, int err_fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	dup2(err_fd, STDOUT_FILENO);
	dup2(err_fd, STDERR_FILENO);
	execvp(args->argv[0], args->argv);
	_exit(127);
}

static int new_memory(const char *name, uint64_t size)
{
	int fd = memfd_create(name, 0);

	if (fd >= 0 && ftruncate(fd, (off_t)size) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What QEMU had to say. */
static int fail_with_stderr(struct qtest_proc *proc)
{
	char text[512] = "";
	ssize_t n = pread(proc->err_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ' ';
	return znvme_fail(-EIO, "QEMU does not answer: %s", *text ? text : "it said nothing");
}

int qtest_proc_start(struct qtest_proc *proc, const struct qtest_options *o)
{
	struct timeval deadline = {.tv_sec = WIRE_TIMEOUT_S};
	struct args args = {.argc = 0};
	int disks[16];
	unsigned nr_disks = 0;
	int wire[2];
	int rc;

	memset(proc, 0, sizeof(*proc));
	pthread_mutex_init(&proc->lock, NULL);
	proc->ram_size = o->mem;
	proc->err_fd = new_memory("qemu-stderr", 0);
	proc->ram_fd = new_memory("qemu-ram", o->mem);
	if (proc->err_fd < 0 || proc->ram_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, wire) < 0)
		return znvme_fail(-errno, "descriptors for QEMU: %m");
	proc->wire = wire[0];
	setsockopt(proc->wire, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	proc->ram = mmap(NULL, o->mem, PROT_READ | PROT_WRITE, MAP_SHARED, proc->ram_fd, 0);
	if (proc->ram == MAP_FAILED)
		return znvme_fail(-errno, "memory for QEMU: %m");

	machine_args(&args, o, proc->ram_fd, wire[1]);
	for (unsigned i = 0; i < o->nr_nsids; i++) {
		disks[nr_disks] = new_memory("qemu-disk", o->size);
		namespace_args(&args, o, i, disks[nr_disks++]);
	}

	pid_t parent = getpid();

	proc->pid = fork();
	if (proc->pid == 0)
		become_qemu(&args, parent, proc->err_fd);
	free_args(&args);
	while (nr_disks)
		close(disks[--nr_disks]);
	close(wire[1]);
	if (proc->pid < 0)
		return znvme_fail(-errno, "fork: %m");

	qtest_ask(proc, "inl 0xcfc");
	rc = proc->dead ? fail_with_stderr(proc) : 0;
	return rc;
}

void qtest_proc_stop(struct qtest_proc *proc)
{
	if (proc->pid > 0) {
		kill(proc->pid, SIGKILL);
		waitpid(proc->pid, NULL, 0);
	}
	if (proc->ram && proc->ram != MAP_FAILED)
		munmap(proc->ram, proc->ram_size);
	if (proc->wire > 0)
		close(proc->wire);
	close(proc->ram_fd);
	close(proc->err_fd);
	pthread_mutex_destroy(&proc->lock);
}

/* An answer is "OK", "OK 0x…" or "FAIL …"; with MSG_NOSIGNAL a dead QEMU is an error, no signal. */
static bool exchange(struct qtest_proc *proc, const char *request, char *answer, size_t size)
{
	size_t have = 0;

	if (send(proc->wire, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		return false;
	do {
		ssize_t n = recv(proc->wire, answer + have, size - 1 - have, 0);

		if (n <= 0)
			return false;
		have += (size_t)n;
	} while (answer[have - 1] != '\n' && have < size - 1);
	answer[have] = '\0';
	return strncmp(answer, "OK", 2) == 0;
}

uint64_t qtest_ask(struct qtest_proc *proc, const char *format, ...)
{
	char request[128], answer[128];
	uint64_t value = UINT64_MAX;
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(request, sizeof(request) - 1, format, ap);

	va_end(ap);
	request[n] = '\n';
	request[n + 1] = '\0';

	pthread_mutex_lock(&proc->lock);
	if (!proc->dead && exchange(proc, request, answer, sizeof(answer)))
		value = strtoull(answer + 2, NULL, 0);
	else
		proc->dead = true;
	pthread_mutex_unlock(&proc->lock);
	return value;
}
