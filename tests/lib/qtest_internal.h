/* SPDX-License-Identifier: MIT */
/*
 * The parts of the qtest device: the process and its wire (qtest_proc.c), the PCI function and its
 * interrupts (qtest_pci.c), and the device operations with DMA mappings (qtest.c).
 */
#ifndef ZNVME_TEST_QTEST_INTERNAL_H
#define ZNVME_TEST_QTEST_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>

#include <znvme/device.h>

/* Where things are in the machine's physical address space. */
#define QTEST_MSI_PAGE	 (15ull << 20) /* the word that vector i writes is at + 4 * i */
#define QTEST_DMA_FIRST	 (16ull << 20)
#define QTEST_BAR0	 ((uint64_t)0xe0000000)
#define QTEST_MAX_VECTOR 1024

struct qtest_options {
	uint64_t size;
	uint64_t mem;
	unsigned bs;
	unsigned ms;
	unsigned nsids[16];
	unsigned nr_nsids;
	char nvme[256]; /* properties, with commas in front */
	char ns[256];
	char subsys[256]; /* of an nvme-subsys; empty: QEMU makes one of its own */
	char last[256];	  /* of the last namespace, beside those */
};

/* A QEMU that has been started. */
struct qtest_proc {
	pid_t pid;
	int wire;   /* our end of the qtest socket */
	int ram_fd; /* the machine's memory */
	int err_fd; /* what QEMU wrote to stderr */
	char *ram;  /* all of it, mapped */
	uint64_t ram_size;
	pthread_mutex_t lock; /* one request at a time on the wire */
	bool dead;
};

struct qtest_mapping {
	struct qtest_mapping *next;
	char *addr;
	size_t len;
	uint64_t iova;
};

struct qtest_device {
	struct znvme_device dev;
	struct qtest_proc proc;
	struct znvme_iova_range range;
	struct qtest_mapping *mappings;

	unsigned msix_cap;   /* offset in configuration space; 0: none */
	unsigned msix_table; /* offset in BAR0 */
	int eventfds[QTEST_MAX_VECTOR];
	unsigned nr_eventfds;
	pthread_t irq_thread;
	bool irq_running;
	bool irq_stop;
};

int qtest_proc_start(struct qtest_proc *proc, const struct qtest_options *options);
void qtest_proc_stop(struct qtest_proc *proc);

/* One request in printf() form; the number in its answer, or all ones where QEMU is gone. */
uint64_t qtest_ask(struct qtest_proc *proc, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int qtest_pci_init(struct qtest_device *q);
int qtest_pci_bus_master(struct qtest_device *q, bool on);
int qtest_pci_reset(struct qtest_device *q);
int qtest_pci_irq_set(struct qtest_device *q, const int *eventfds, unsigned count);

#endif
