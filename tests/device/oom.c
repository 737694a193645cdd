// SPDX-License-Identifier: MIT
/*
 * Out of memory, of descriptors and of threads, at every place where the library asks for one: the
 * n-th request fails, for every n, while a controller is opened, used in every way and closed. Each
 * time the failure is told, nothing is left of it, and the next attempt works. The linker sends the
 * library's requests through the functions below (tests/meson.build).
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <znvme.h>

static unsigned requests;  /* made since it was set to 0 */
static unsigned fail_at;   /* which of them fails; 0: none */
static const char *failed; /* the function that it was */
static long allocated;	   /* blocks that were not freed yet */
static long mapped;	   /* mappings */

static bool refuse(const char *name)
{
	if (__atomic_add_fetch(&requests, 1, __ATOMIC_RELAXED) != fail_at)
		return false;
	failed = name;
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
void *__real_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *addr, size_t len);
int __real_eventfd(unsigned value, int flags);
int __real_epoll_create1(int flags);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);
void *__wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *addr, size_t len);
int __wrap_eventfd(unsigned value, int flags);
int __wrap_epoll_create1(int flags);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg);

static void *counted(void *memory)
{
	if (memory)
		__atomic_add_fetch(&allocated, 1, __ATOMIC_RELAXED);
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return refuse("malloc") ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse("calloc") ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
	void *new;

	if (refuse("realloc"))
		return NULL;
	new = __real_realloc(memory, size);
	return memory ? new : counted(new);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return refuse("aligned_alloc") ? NULL : counted(__real_aligned_alloc(align, size));
}

char *__wrap_strdup(const char *text)
{
	return refuse("strdup") ? NULL : counted(__real_strdup(text));
}

void __wrap_free(void *memory)
{
	if (memory)
		__atomic_sub_fetch(&allocated, 1, __ATOMIC_RELAXED);
	__real_free(memory);
}

void *__wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	void *memory = MAP_FAILED;

	if (!refuse("mmap"))
		memory = __real_mmap64(addr, len, prot, flags, fd, offset);
	mapped += memory != MAP_FAILED;
	return memory;
}

int __wrap_munmap(void *addr, size_t len)
{
	mapped--;
	return __real_munmap(addr, len);
}

int __wrap_eventfd(unsigned value, int flags)
{
	return refuse("eventfd") ? -1 : __real_eventfd(value, flags);
}

int __wrap_epoll_create1(int flags)
{
	return refuse("epoll_create1") ? -1 : __real_epoll_create1(flags);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg)
{
	return refuse("pthread_create") ? ENOMEM : __real_pthread_create(thread, attr, start, arg);
}

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* ---- what is done ---------------------------------------------------------------------------- */

static int use_queue(struct znvme_ctrl *ctrl, const struct znvme_ns *ns,
		     struct znvme_region *region, unsigned flags)
{
	const struct znvme_queue_options options = {.flags = flags};
	struct znvme_queue *q;
	struct znvme_cpl cpl;
	struct znvme_rw rw;
	int rc = znvme_queue_create(ctrl, 16, &options, &q);

	if (rc)
		return rc;
	rc = znvme_rw_init(&rw, ns, ZNVME_CMD_READ, 8, 0, region);
	if (!rc)
		rc = znvme_queue_rw(q, &rw, region->addr, 0, NULL);
	if (!rc)
		rc = znvme_submit(q);
	if (!rc)
		rc = znvme_wait(q, &cpl, 1, -1) == 1 ? cpl.status : -EIO;
	if (!rc)
		rc = znvme_reset(ctrl);
	znvme_queue_delete(q);
	return rc;
}

static int use_memory(struct znvme_ctrl *ctrl, const struct znvme_ns *ns, void *memory)
{
	static const unsigned flags[] = {0, ZNVME_QUEUE_POLLED, ZNVME_QUEUE_CMB};
	struct znvme_region *region, *mine = NULL;
	char block[4096];
	int rc = znvme_mem_alloc(ctrl, 4 << 20, &region);

	if (rc)
		return rc;
	rc = znvme_mem_map(ctrl, memory, 65536, 0, &mine);
	for (unsigned i = 0; !rc && i < 3; i++)
		rc = use_queue(ctrl, ns, region, flags[i]);
	if (!rc && znvme_pwrite(ns, region->addr, 65536, 0, ZNVME_IO_FUA, NULL) != 65536)
		rc = -EIO;
	if (!rc && znvme_pread(ns, block, 100, 50, ZNVME_IO_RMW, NULL) != 100)
		rc = -EIO;
	if (mine)
		znvme_mem_free(ctrl, mine);
	znvme_mem_free(ctrl, region);
	return rc;
}

static int use_rpmb(struct znvme_ctrl *ctrl)
{
	static const char key[ZNVME_RPMB_KEY_SIZE] = "a key";
	struct znvme_rpmb rpmb = {.ctrl = ctrl, .key = key};
	char sectors[1024] = "";
	int rc = znvme_rpmb_program_key(&rpmb);

	if (!rc)
		rc = znvme_rpmb_write(&rpmb, 0, 2, sectors);
	return rc ? rc : znvme_rpmb_read(&rpmb, 0, 2, sectors);
}

/* A guest's changes, its state. */
static int use_lm(struct znvme_ctrl *ctrl)
{
	const struct znvme_ctrl_state_args args = {.cntlid = 1, .csvi = 1};
	struct znvme_lba_migration_entry entry;
	struct znvme_region *region;
	struct znvme_cdq cdq;
	void *state;
	size_t len;
	int rc = znvme_mem_alloc(ctrl, 4096, &region);

	if (!rc)
		rc = znvme_cdq_create(ctrl, 1, region, 16, &cdq);
	if (!rc)
		rc = znvme_cdq_track(&cdq, ZNVME_TRACK_START);
	while (!rc && znvme_cdq_next(&cdq, &entry))
		rc = znvme_cdq_release(&cdq);
	if (!rc)
		rc = znvme_cdq_delete(&cdq);
	if (!rc)
		rc = znvme_ctrl_state_read(ctrl, &args, 0, &state, &len, NULL);
	if (!rc)
		free(state);
	return rc;
}

static int use_controller(const char *address, void *memory)
{
	const struct znvme_feature_args threshold = {.fid = ZNVME_FEAT_TEMP_THRESHOLD,
						     .cdw11 = 0x150};
	const struct znvme_ns *ns;
	struct znvme_ctrl *ctrl;
	char log[512];
	int rc = znvme_open(address, NULL, &ctrl);

	if (rc)
		return rc;
	rc = znvme_ns_get(ctrl, 1, &ns);
	if (!rc)
		rc = znvme_set_feature(ctrl, &threshold, NULL, 0, NULL);
	if (!rc) {
		const struct znvme_get_log_args args = {.lid = ZNVME_LOG_SMART};

		rc = znvme_get_log(ctrl, &args, log, sizeof(log));
	}
	if (!rc)
		rc = znvme_event_fd(ctrl) < 0 ? -EIO : 0;
	if (!rc)
		rc = use_memory(ctrl, ns, memory);
	if (!rc)
		rc = use_rpmb(ctrl);
	if (!rc)
		rc = use_lm(ctrl);
	znvme_close(ctrl);
	return rc;
}

/* Every request of `address` fails in turn. Returns the number of points that were visited, or 0.
 */
static unsigned visit(const char *address, void *memory)
{
	unsigned survived = 0;

	for (unsigned n = 1;; n++) {
		const long blocks = allocated, mappings = mapped;
		const unsigned descriptors = open_descriptors();
		int rc;

		failed = NULL;
		requests = 0;
		fail_at = n;
		rc = use_controller(address, memory);
		fail_at = 0;
		if (!failed && !rc) {
			printf("# %s: %u requests, %u of them can be done without\n", address,
			       n - 1, survived);
			return n - 1;
		}
		survived += rc == 0;
		if (rc && !*znvme_errmsg()) {
			printf("# request %u, %s: %d without a word\n", n, failed, rc);
			return 0;
		}
		if (!failed || allocated != blocks || mapped != mappings ||
		    open_descriptors() != descriptors) {
			printf("# request %u, %s: %s; left behind: %ld blocks, %ld mappings, %d "
			       "descriptors\n",
			       n, failed ? failed : "none", znvme_errmsg(), allocated - blocks,
			       mapped - mappings, (int)(open_descriptors() - descriptors));
			return 0;
		}
	}
}

int main(void)
{
	static const char *const addresses[] = {
		"sim:size=16M,cmb=64K,rpmb=1,with=lm,guest=3",
		"sim:size=16M,cmb=64K,rpmb=1,with=lm,guest=3,dbbuf=1,latency=0-20",
		"sim:size=16M,cmb=64K,rpmb=1,with=lm,guest=3,vectors=2,ns=2,iova=39",
	};
	const int nr = sizeof(addresses) / sizeof(*addresses);
	void *memory = __real_mmap64(NULL, 65536, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int rc = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	open_descriptors();
	printf("1..%d\n", nr);
	for (int i = 0; i < nr; i++) {
		bool ok = visit(addresses[i], memory) > 0;

		printf("%sok %d - every request of %s fails once\n", ok ? "" : "not ", i + 1,
		       addresses[i]);
		rc |= !ok;
	}
	__real_munmap(memory, 65536);
	return rc;
}
