/* SPDX-License-Identifier: MIT */
/*
 * Get and Set Features (Base 2.1, sections 5.1.11 and 5.1.25). A reset takes features back to what
 * the controller has saved; what the user has set since is kept here and set again after one. Keep
 * Alive (section 5.1.14), whose timer is one of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

struct kept_feature {
	struct kept_feature *next;
	struct znvme_feature_args args;
	uint64_t set_ms; /* now_ms() when it was set */
	size_t len;
	char data[];
};

/* The features that are set again; where one has several values, the bits of CDW11 that say which.
 */
static const struct {
	uint8_t fid;
	uint32_t selector;
} keepable[] = {
	{ZNVME_FEAT_ARBITRATION, 0},
	{ZNVME_FEAT_POWER_MGMT, 0},
	{ZNVME_FEAT_TEMP_THRESHOLD, ZNVME_FEAT_TEMP_TMPSEL | ZNVME_FEAT_TEMP_THSEL},
	{ZNVME_FEAT_ERROR_RECOVERY, 0},
	{ZNVME_FEAT_VWC, 0},
	{ZNVME_FEAT_IRQ_COALESCING, 0},
	{ZNVME_FEAT_IRQ_VECTOR, ZNVME_FEAT_IRQV_IV},
	{ZNVME_FEAT_WRITE_ATOMICITY, 0},
	{ZNVME_FEAT_ASYNC_EVENT, 0},
	{ZNVME_FEAT_APST, 0},
	{ZNVME_FEAT_TIMESTAMP, 0},
	{ZNVME_FEAT_KEEP_ALIVE, 0},
	{ZNVME_FEAT_HCTM, 0},
	{ZNVME_FEAT_NOPSC, 0},
	{ZNVME_FEAT_RRL, ZNVME_FEAT_RRL_NVMSETID},
	{ZNVME_FEAT_PLM_CONFIG, ZNVME_FEAT_PLM_NVMSETID},
	{ZNVME_FEAT_LBA_STATUS, 0},
	{ZNVME_FEAT_HOST_BEHAVIOR, 0},
	{ZNVME_FEAT_SANITIZE, 0},
	{ZNVME_FEAT_ENDURANCE_EVENT, ZNVME_FEAT_ENDURANCE_ENDGID},
	{ZNVME_FEAT_POWER_LOSS_SIGNAL, 0},
	{ZNVME_FEAT_HOST_ID, 0},
	{ZNVME_FEAT_RESV_NOTIFY, 0},
};

static bool same_feature(const struct znvme_feature_args *a, const struct znvme_feature_args *b,
			 uint32_t selector)
{
	return a->fid == b->fid && a->nsid == b->nsid && !((a->cdw11 ^ b->cdw11) & selector);
}

/* Remember what was set, behind all that was set before: settings for all and for one of something
 * overlap, and the last one counts. */
static void keep(struct znvme_ctrl *ctrl, const struct znvme_feature_args *args, const void *data,
		 size_t len)
{
	struct kept_feature **place = &ctrl->features, *old, *new;
	size_t i = 0;

	while (i < ARRAY_SIZE(keepable) && keepable[i].fid != args->fid)
		i++;
	if (i == ARRAY_SIZE(keepable))
		return;
	new = malloc(sizeof(*new) + len);
	if (!new) {
		ctrl_log(ctrl, ZNVME_LEVEL_WARNING,
			 "no memory to set feature 0x%02x again after a reset", args->fid);
		return;
	}
	*new = (struct kept_feature){NULL, *args, now_ms(), len};
	if (len)
		memcpy(new->data, data, len);
	/* Where it was saved, too, the controller has it already. */
	new->args.save = false;
	while (*place) {
		old = *place;
		if (same_feature(&old->args, args, keepable[i].selector)) {
			*place = old->next;
			free(old);
		} else {
			place = &old->next;
		}
	}
	*place = new;
}

static int exec_feature(struct znvme_ctrl *ctrl, uint8_t opcode,
			const struct znvme_feature_args *args, void *data, size_t len,
			uint32_t *result)
{
	const bool set = opcode == ZNVME_ADM_SET_FEATURES;
	struct znvme_sqe cmd = {
		.opcode = opcode,
		.nsid = args->nsid,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_FEATURES_FID, args->fid) |
				    (set ? znvme_field_put(ZNVME_FEATURES_SV, args->save)
					 : znvme_field_put(ZNVME_FEATURES_SEL, args->sel))),
		.cdw11 = args->cdw11,
		.cdw12 = args->cdw12,
		.cdw13 = args->cdw13,
		.cdw14 = args->cdw14,
		.cdw15 = args->cdw15,
	};
	uint64_t both;
	int rc = admin_exec(ctrl, set ? "Set Features" : "Get Features", &cmd, data, len, &both, 0);

	if (!rc && result)
		*result = (uint32_t)both;
	return rc;
}

/* A clock has gone on since it was set. */
static void advance(struct kept_feature *kept)
{
	struct znvme_timestamp *time = (struct znvme_timestamp *)(void *)kept->data;
	uint64_t ms = 0;

	if (kept->args.fid != ZNVME_FEAT_TIMESTAMP || kept->len < sizeof(*time))
		return;
	memcpy(&ms, time->timestamp, sizeof(time->timestamp));
	ms += now_ms() - kept->set_ms;
	memcpy(time->timestamp, &ms, sizeof(time->timestamp));
	kept->set_ms = now_ms();
}

int features_restore(struct znvme_ctrl *ctrl)
{
	for (struct kept_feature *kept = ctrl->features; kept; kept = kept->next) {
		int rc;

		advance(kept);
		rc = exec_feature(ctrl, ZNVME_ADM_SET_FEATURES, &kept->args, kept->data, kept->len,
				  NULL);
		if (rc < 0)
			return rc;
		if (rc)
			ctrl_log(ctrl, ZNVME_LEVEL_WARNING,
				 "feature 0x%02x could not be set again after the reset: %s",
				 kept->args.fid, znvme_errmsg());
	}
	return 0;
}

void features_free(struct znvme_ctrl *ctrl)
{
	while (ctrl->features) {
		struct kept_feature *next = ctrl->features->next;

		free(ctrl->features);
		ctrl->features = next;
	}
}

int znvme_get_feature(struct znvme_ctrl *ctrl, const struct znvme_feature_args *args, void *data,
		      size_t len, uint32_t *result)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = exec_feature(ctrl, ZNVME_ADM_GET_FEATURES, args, data, len, result);
	ctrl_leave(ctrl);
	return rc;
}

int znvme_set_feature(struct znvme_ctrl *ctrl, const struct znvme_feature_args *args, void *data,
		      size_t len, uint32_t *result)
{
	int rc;

	if (args->fid == ZNVME_FEAT_HMB)
		return znvme_fail(-EPERM, "Set Features, Host Memory Buffer: the driver's own: see "
					  "hmb_max of struct znvme_open_options");
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	rc = exec_feature(ctrl, ZNVME_ADM_SET_FEATURES, args, data, len, result);
	if (!rc)
		keep(ctrl, args, data, len);
	if (!rc && args->fid == ZNVME_FEAT_WRITE_PROTECT)
		namespaces_doubt(ctrl);
	ctrl_leave(ctrl);
	return rc;
}

int features_enable_copy(struct znvme_ctrl *ctrl, unsigned format)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_HOST_BEHAVIOR};
	struct znvme_host_behavior old, behavior = {0};
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = exec_feature(ctrl, ZNVME_ADM_GET_FEATURES, &args, &old, sizeof(old), NULL);
	if (!rc && !(old.cdfe & 1u << format)) {
		/* What is known of it; it is kept, and set again after a reset. */
		behavior.acre = old.acre;
		behavior.etdas = old.etdas;
		behavior.lbafee = old.lbafee;
		behavior.hdisns = old.hdisns;
		behavior.cdfe = (uint16_t)(old.cdfe | 1u << format);
		rc = exec_feature(ctrl, ZNVME_ADM_SET_FEATURES, &args, &behavior, sizeof(behavior),
				  NULL);
		if (!rc)
			keep(ctrl, &args, &behavior, sizeof(behavior));
	}
	ctrl_leave(ctrl);
	return rc;
}

int znvme_keep_alive(struct znvme_ctrl *ctrl)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_ADM_KEEP_ALIVE};
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = admin_exec(ctrl, "Keep Alive", &cmd, NULL, 0, NULL, 0);
	ctrl_leave(ctrl);
	return rc;
}

int znvme_set_coalescing(struct znvme_ctrl *ctrl, unsigned completions, unsigned us)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_IRQ_COALESCING};

	if (completions > 256 || us > 25500)
		return znvme_fail(
			-EINVAL,
			"coalescing of %u completions within %u us: at most 256 and 25,500",
			completions, us);
	args.cdw11 =
		(uint32_t)(znvme_field_put(ZNVME_FEAT_IRQC_THR, completions ? completions - 1 : 0) |
			   znvme_field_put(ZNVME_FEAT_IRQC_TIME, (us + 99) / 100));
	return znvme_set_feature(ctrl, &args, NULL, 0, NULL);
}
