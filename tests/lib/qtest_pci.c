// SPDX-License-Identifier: MIT
/*
 * The PCI function of a qtest device: configuration space by ports 0xcf8 and 0xcfc (PCI 3.0,
 * section 3.2.2.3), BAR0, bus mastering, function-level reset, and MSI-X. There is no interrupt
 * controller to raise an interrupt in, so each vector's message writes a word of the machine's
 * memory, which a thread watches.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <znvme/error.h>

#include "qtest_internal.h"

#define SLOT	     4u
#define PCI_COMMAND  0x04u
#define PCI_BAR0     0x10u
#define PCI_CAP_PTR  0x34u
#define CMD_MEMORY   0x2u
#define CMD_MASTER   0x4u
#define CAP_MSIX     0x11u
#define CAP_PCIE     0x10u
#define MSIX_ENABLE  0x80000000u
#define MSIX_FUNCMSK 0x40000000u
#define PCIE_DEVCTL  8u
#define DEVCTL_FLR   0x8000u
#define IRQ_NAP_NS   100000

static uint32_t cfg_read(struct qtest_device *q, unsigned offset)
{
	qtest_ask(&q->proc, "outl 0xcf8 0x%x", 0x80000000u | SLOT << 11 | offset);
	return (uint32_t)qtest_ask(&q->proc, "inl 0xcfc");
}

static void cfg_write(struct qtest_device *q, unsigned offset, uint32_t value)
{
	qtest_ask(&q->proc, "outl 0xcf8 0x%x", 0x80000000u | SLOT << 11 | offset);
	qtest_ask(&q->proc, "outl 0xcfc 0x%x", value);
}

static unsigned find_cap(struct qtest_device *q, uint8_t id)
{
	unsigned at = cfg_read(q, PCI_CAP_PTR) & 0xfc;

	for (int left = 48; at && left; left--) {
		uint32_t head = cfg_read(q, at);

		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & 0xfc;
	}
	return 0;
}

static void program_bar(struct qtest_device *q)
{
	cfg_write(q, PCI_BAR0, (uint32_t)QTEST_BAR0);
	cfg_write(q, PCI_BAR0 + 4, 0);
	cfg_write(q, PCI_COMMAND, CMD_MEMORY);
}

int qtest_pci_init(struct qtest_device *q)
{
	uint32_t id = cfg_read(q, 0);
	uint32_t subsystem = cfg_read(q, 0x2c);

	if (id == UINT32_MAX)
		return znvme_fail(-ENODEV, "QEMU has no PCI function in slot %u", SLOT);
	q->dev.vendor = (uint16_t)id;
	q->dev.device = (uint16_t)(id >> 16);
	q->dev.subsystem_vendor = (uint16_t)subsystem;
	q->dev.subsystem_device = (uint16_t)(subsystem >> 16);

	cfg_write(q, PCI_BAR0, UINT32_MAX);
	q->dev.bar_size = ~(cfg_read(q, PCI_BAR0) & ~0xfu) + 1;
	program_bar(q);

	q->msix_cap = find_cap(q, CAP_MSIX);
	if (q->msix_cap) {
		uint32_t table = cfg_read(q, q->msix_cap + 4);

		q->msix_table = table & ~7u;
		if ((table & 7) == 0)
			q->dev.nr_vectors = (cfg_read(q, q->msix_cap) >> 16 & 0x7ff) + 1;
		if (q->dev.nr_vectors > QTEST_MAX_VECTOR)
			q->dev.nr_vectors = QTEST_MAX_VECTOR;
	}
	return 0;
}

int qtest_pci_bus_master(struct qtest_device *q, bool on)
{
	cfg_write(q, PCI_COMMAND, CMD_MEMORY | (on ? CMD_MASTER : 0));
	return 0;
}

/* Program the vectors as q->eventfds says. */
static void program_msix(struct qtest_device *q)
{
	uint32_t control = cfg_read(q, q->msix_cap) & ~(MSIX_ENABLE | MSIX_FUNCMSK);

	for (unsigned i = 0; i < q->nr_eventfds; i++) {
		uint64_t entry = QTEST_BAR0 + q->msix_table + 16 * i;

		qtest_ask(&q->proc, "writel 0x%llx 0x%llx", (unsigned long long)entry,
			  QTEST_MSI_PAGE + 4 * i);
		qtest_ask(&q->proc, "writel 0x%llx 0", (unsigned long long)entry + 4);
		qtest_ask(&q->proc, "writel 0x%llx 1", (unsigned long long)entry + 8);
		qtest_ask(&q->proc, "writel 0x%llx 0", (unsigned long long)entry + 12);
	}
	cfg_write(q, q->msix_cap, control | (q->nr_eventfds ? MSIX_ENABLE : 0));
}

static void *watch_vectors(void *arg)
{
	struct qtest_device *q = arg;
	uint32_t *words = (uint32_t *)(void *)(q->proc.ram + QTEST_MSI_PAGE);
	const struct timespec nap = {.tv_nsec = IRQ_NAP_NS};
	const uint64_t one = 1;

	while (!__atomic_load_n(&q->irq_stop, __ATOMIC_ACQUIRE)) {
		for (unsigned i = 0; i < q->nr_eventfds; i++) {
			if (!__atomic_load_n(&words[i], __ATOMIC_RELAXED))
				continue;
			__atomic_store_n(&words[i], 0, __ATOMIC_SEQ_CST);
			if (write(q->eventfds[i], &one, sizeof(one)) < 0)
				break;
		}
		nanosleep(&nap, NULL);
	}
	return NULL;
}

int qtest_pci_irq_set(struct qtest_device *q, const int *eventfds, unsigned count)
{
	if (q->irq_running) {
		__atomic_store_n(&q->irq_stop, true, __ATOMIC_RELEASE);
		pthread_join(q->irq_thread, NULL);
		q->irq_running = false;
	}
	if (count > q->dev.nr_vectors)
		return znvme_fail(-EINVAL, "%u vectors asked for, there are %u", count,
				  q->dev.nr_vectors);
	if (count)
		memcpy(q->eventfds, eventfds, count * sizeof(*eventfds));
	q->nr_eventfds = count;
	memset(q->proc.ram + QTEST_MSI_PAGE, 0, 4 * QTEST_MAX_VECTOR);
	program_msix(q);
	if (!count)
		return 0;

	q->irq_stop = false;
	int rc = pthread_create(&q->irq_thread, NULL, watch_vectors, q);

	if (rc)
		return znvme_fail(-rc, "a thread for interrupts: %s", strerror(rc));
	q->irq_running = true;
	return 0;
}

/* Function-level reset (PCIe 6.0, section 6.6.2) forgets all that was programmed. */
int qtest_pci_reset(struct qtest_device *q)
{
	unsigned pcie = find_cap(q, CAP_PCIE);
	uint32_t command = cfg_read(q, PCI_COMMAND) & 0xffff;

	if (!pcie)
		return znvme_fail(-EOPNOTSUPP, "this function has no PCIe capability");
	cfg_write(q, pcie + PCIE_DEVCTL, DEVCTL_FLR);
	program_bar(q);
	cfg_write(q, PCI_COMMAND, command);
	if (q->msix_cap)
		program_msix(q);
	return 0;
}
