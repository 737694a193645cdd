/* SPDX-License-Identifier: MIT */
/*
 * Interrupts. A vector that is raised while an operation runs is signalled once, when it ends.
 * Coalescing puts off the raising, per vector, until as many completions are there as the host
 * asked for, or the time it gave is over (Base 2.1, section 5.1.25, Interrupt Coalescing and
 * Interrupt Vector Configuration); the simulator's thread keeps that time. Completions of admin
 * commands are never put off, and take along what is.
 */
#include "sim/internal.h"

#include <unistd.h>

static void sim_irq_raise_now(struct znvme_sim *sim, uint16_t vector)
{
	sim->irq[vector] = (struct sim_irq){.raised = true};
	sim->raised_list[sim->nr_raised++] = vector;
}

/* Put this one off? */
static bool sim_irq_defer(struct znvme_sim *sim, uint16_t vector)
{
	uint32_t coalescing = sim->value[ZNVME_FEAT_IRQ_COALESCING].current;
	uint64_t threshold = znvme_field_get(ZNVME_FEAT_IRQC_THR, coalescing);
	uint64_t time = znvme_field_get(ZNVME_FEAT_IRQC_TIME, coalescing);
	struct sim_irq *irq = &sim->irq[vector];

	if (!time || sim->vector[vector].current & ZNVME_FEAT_IRQV_CD ||
	    irq->pending >= threshold || !sim_clock_start(sim))
		return false;
	if (!irq->pending++) {
		irq->due = sim_now() + time * 100000;
		if (!sim->irq_due || irq->due < sim->irq_due) {
			sim->irq_due = irq->due;
			pthread_cond_signal(&sim->wake);
		}
	}
	return true;
}

void sim_irq_raise(struct znvme_sim *sim, uint16_t vector, bool at_once)
{
	if (vector >= sim->dev.nr_vectors || sim->irq[vector].raised)
		return;
	if (at_once || !sim_irq_defer(sim, vector))
		sim_irq_raise_now(sim, vector);
}

void sim_irq_expire(struct znvme_sim *sim)
{
	uint64_t now = sim_now();

	sim->irq_due = 0;
	for (unsigned vector = 0; vector < sim->dev.nr_vectors; vector++) {
		const struct sim_irq *irq = &sim->irq[vector];

		if (!irq->pending)
			continue;
		if (irq->due <= now)
			sim_irq_raise_now(sim, (uint16_t)vector);
		else if (!sim->irq_due || irq->due < sim->irq_due)
			sim->irq_due = irq->due;
	}
}

void sim_irq_signal(struct znvme_sim *sim, uint64_t vector)
{
	const uint64_t one = 1;

	if (sim->removed || vector >= sim->nr_eventfds || sim->eventfd[vector] < 0)
		return;
	sim->counters.interrupts++;
	if (write(sim->eventfd[vector], &one, sizeof(one)) != sizeof(one))
		return; /* full already: the reader will wake */
}

/* Rules first, then the hook: each may lose it; rules may signal it again and again. */
static void sim_irq_deliver(struct znvme_sim *sim, uint16_t vector)
{
	struct sim_injection injection;
	uint64_t more = 0;

	if (sim_fault_event(sim, SIM_ON_INTERRUPT, SIM_KEY_VECTOR, vector, vector, &injection)) {
		if (sim_fault_wants(&injection, SIM_DO_LOSE))
			return;
		if (sim_fault_wants(&injection, SIM_DO_STORM))
			more = injection.value[SIM_DO_STORM];
	}
	if (sim->hooks.interrupt && !sim->hooks.interrupt(sim->hooks.arg, vector))
		return;
	for (uint64_t i = 0; i <= more; i++)
		sim_irq_signal(sim, vector);
}

void sim_irq_flush(struct znvme_sim *sim)
{
	for (unsigned i = 0; i < sim->nr_raised; i++) {
		uint16_t vector = sim->raised_list[i];

		sim->irq[vector].raised = false;
		if (!sim->removed && vector < sim->nr_eventfds && sim->eventfd[vector] >= 0)
			sim_irq_deliver(sim, vector);
	}
	sim->nr_raised = 0;
}

void sim_irq_reset(struct znvme_sim *sim)
{
	for (unsigned vector = 0; vector < sim->dev.nr_vectors; vector++)
		sim->irq[vector].pending = 0;
	sim->irq_due = 0;
}
