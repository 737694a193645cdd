/* SPDX-License-Identifier: MIT */
/*
 * Admin commands that manage a device: namespaces, formats, firmware, tests, and what else
 * Base 2.1, section 5.1 has.
 *
 * A constructor fills a command from its arguments and does nothing else; znvme_admin() carries it
 * out. Its data, where there are some, are an argument of znvme_admin(). Where more than one
 * command is needed (firmware in pieces, waiting for what takes long, logs that are captured first)
 * there is a helper below.
 */
#ifndef ZNVME_ADMIN_H
#define ZNVME_ADMIN_H

#include <string.h>

#include "ctrl.h"
#include "spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An admin command of which nothing but opcode and namespace is set. */
static inline struct znvme_sqe znvme_admin_sqe(uint8_t opcode, uint32_t nsid)
{
	struct znvme_sqe sqe;

	memset(&sqe, 0, sizeof(sqe));
	sqe.opcode = opcode;
	sqe.nsid = nsid;
	return sqe;
}

/*
 * Create a namespace of command set `csi`. Its data are a struct znvme_ns_mgmt_data; the result is
 * its identifier. No controller has it before it is attached. Section 5.1.21.
 */
static inline struct znvme_sqe znvme_admin_create_ns(uint8_t csi)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_NS_MANAGEMENT, 0);

	sqe.cdw10 = ZNVME_NS_MGMT_CREATE;
	sqe.cdw11 = (uint32_t)znvme_field_put(ZNVME_NS_MGMT_CSI, csi);
	return sqe;
}

/* Delete the namespace, or with ZNVME_NSID_ALL all of them. No data (the opcode says otherwise). */
static inline struct znvme_sqe znvme_admin_delete_ns(uint32_t nsid)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_NS_MANAGEMENT, nsid);

	sqe.cdw10 = ZNVME_NS_MGMT_DELETE;
	return sqe;
}

/*
 * Attach the namespace to controllers, or detach it (enum znvme_ns_attach_sel). Data: struct
 * znvme_ctrl_list. Section 5.1.20.
 */
static inline struct znvme_sqe znvme_admin_attach_ns(uint32_t nsid, uint8_t sel)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_NS_ATTACH, nsid);

	sqe.cdw10 = (uint32_t)znvme_field_put(ZNVME_NS_ATTACH_SEL, sel);
	return sqe;
}

/* What Format NVM is asked for; all zeroes: LBA format 0, no secure erase. */
struct znvme_format_args {
	uint32_t nsid;		/* ZNVME_NSID_ALL: all */
	uint8_t lbaf;		/* index of the LBA format, 0 to 63 */
	uint8_t ses;		/* enum znvme_format_ses */
	uint8_t pi;		/* protection information type; 0: none */
	bool pi_first;		/* … in the first bytes of metadata, not the last */
	bool metadata_extended; /* metadata follow the data of their block */
};

/* Format NVM, section 5.1.10. It ends when the format has; see znvme_format(). */
static inline struct znvme_sqe znvme_admin_format(const struct znvme_format_args *args)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_FORMAT_NVM, args->nsid);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_FORMAT_LBAFL, args->lbaf) |
			       znvme_field_put(ZNVME_FORMAT_MSET, args->metadata_extended) |
			       znvme_field_put(ZNVME_FORMAT_PI, args->pi) |
			       znvme_field_put(ZNVME_FORMAT_PIL, args->pi_first) |
			       znvme_field_put(ZNVME_FORMAT_SES, args->ses) |
			       znvme_field_put(ZNVME_FORMAT_LBAFU, args->lbaf >> 4));
	return sqe;
}

struct znvme_sanitize_args {
	uint8_t action;		/* enum znvme_sanitize_action */
	bool unrestricted_exit; /* AUSE: a failure can be left by Exit Failure Mode */
	bool no_deallocate;	/* NDAS: leave the blocks allocated */
	bool verify;		/* EMVS: stop in the media verification state */
	uint8_t passes;		/* of an overwrite, 1 to 16; 0: 1 */
	bool invert;		/* OIPBP: invert the pattern between its passes */
	uint32_t pattern;	/* of an overwrite */
};

/* Sanitize, section 5.1.22: of the whole NVM subsystem. It starts it; see znvme_sanitize_wait(). */
static inline struct znvme_sqe znvme_admin_sanitize(const struct znvme_sanitize_args *args)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_SANITIZE, 0);
	uint8_t passes = args->passes ? args->passes : 1;

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_SANITIZE_SANACT, args->action) |
			       znvme_field_put(ZNVME_SANITIZE_AUSE, args->unrestricted_exit) |
			       znvme_field_put(ZNVME_SANITIZE_NDAS, args->no_deallocate) |
			       znvme_field_put(ZNVME_SANITIZE_EMVS, args->verify));
	if (args->action == ZNVME_SANITIZE_OVERWRITE) {
		sqe.cdw10 |= (uint32_t)(znvme_field_put(ZNVME_SANITIZE_OWPASS, passes) |
					znvme_field_put(ZNVME_SANITIZE_OIPBP, args->invert));
		sqe.cdw11 = args->pattern;
	}
	return sqe;
}

/*
 * A piece of a firmware image: `len` bytes of data for `offset`, both multiples of 4.
 * Section 5.1.9. See znvme_fw_download().
 */
static inline struct znvme_sqe znvme_admin_fw_download(uint32_t offset, uint32_t len)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_FW_DOWNLOAD, 0);

	sqe.cdw10 = len / 4 - 1;
	sqe.cdw11 = offset / 4;
	return sqe;
}

/*
 * Firmware Commit, section 5.1.8: `action` of enum znvme_fw_commit_action, `slot` 1 to 7 or 0 for
 * the controller to choose, `bpid` the boot partition of the last two actions. Statuses
 * ZNVME_SC_FW_NEEDS_* are no failure: the image is in its slot, and waits for a reset of that kind.
 */
static inline struct znvme_sqe znvme_admin_fw_commit(uint8_t slot, uint8_t action, uint8_t bpid)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_FW_COMMIT, 0);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_FW_COMMIT_FS, slot) |
			       znvme_field_put(ZNVME_FW_COMMIT_CA, action) |
			       znvme_field_put(ZNVME_FW_COMMIT_BPID, bpid));
	return sqe;
}

/*
 * Device Self-test, section 5.1.5: start or abort one (enum znvme_self_test_code), of the
 * controller alone (nsid 0), with a namespace, or with all (ZNVME_NSID_ALL). See
 * znvme_self_test_wait().
 */
static inline struct znvme_sqe znvme_admin_self_test(uint32_t nsid, uint8_t code)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_SELF_TEST, nsid);

	sqe.cdw10 = (uint32_t)znvme_field_put(ZNVME_SELF_TEST_STC, code);
	return sqe;
}

/*
 * Security Send and Security Receive (`opcode`), sections 5.1.23 and 5.1.24: protocol `secp`, its
 * specific field `spsp`, the NVMe specific `nssf`; `len` bytes of data.
 */
static inline struct znvme_sqe znvme_admin_security(uint8_t opcode, uint32_t nsid, uint8_t secp,
						    uint16_t spsp, uint8_t nssf, uint32_t len)
{
	struct znvme_sqe sqe = znvme_admin_sqe(opcode, nsid);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_SECURITY_SECP, secp) |
			       znvme_field_put(ZNVME_SECURITY_SPSP, spsp) |
			       znvme_field_put(ZNVME_SECURITY_NSSF, nssf));
	sqe.cdw11 = len;
	return sqe;
}

/*
 * Directive Send and Directive Receive (`opcode`), sections 5.1.6 and 5.1.7. `len` bytes of data, a
 * multiple of 4; 0: none. `cdw12` is the operation's own.
 */
static inline struct znvme_sqe znvme_admin_directive(uint8_t opcode, uint32_t nsid, uint8_t dtype,
						     uint8_t doper, uint16_t dspec, uint32_t cdw12,
						     uint32_t len)
{
	struct znvme_sqe sqe = znvme_admin_sqe(opcode, nsid);

	sqe.cdw10 = len ? len / 4 - 1 : 0;
	sqe.cdw11 = (uint32_t)(znvme_field_put(ZNVME_DIRECTIVE_DTYPE, dtype) |
			       znvme_field_put(ZNVME_DIRECTIVE_DOPER, doper) |
			       znvme_field_put(ZNVME_DIRECTIVE_DSPEC, dspec));
	sqe.cdw12 = cdw12;
	return sqe;
}

/*
 * Lockdown, section 5.1.15: prohibit or allow the opcode or feature `ofi` of `scope` (enum
 * znvme_lockdown_scope) on the interface `ifc`.
 */
static inline struct znvme_sqe znvme_admin_lockdown(uint8_t scope, uint8_t ofi, bool prohibit,
						    uint8_t ifc, uint8_t uuid_index)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_LOCKDOWN, 0);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_LOCKDOWN_SCP, scope) |
			       znvme_field_put(ZNVME_LOCKDOWN_OFI, ofi) |
			       znvme_field_put(ZNVME_LOCKDOWN_PRHBT, prohibit) |
			       znvme_field_put(ZNVME_LOCKDOWN_IFC, ifc));
	sqe.cdw14 = uuid_index;
	return sqe;
}

/* Virtualization Management, section 5.2.6. The result says how many resources were changed. */
static inline struct znvme_sqe znvme_admin_virt_mgmt(uint16_t cntlid, uint8_t action,
						     uint8_t resource, uint16_t nr)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_VIRT_MGMT, 0);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_VIRT_MGMT_CNTLID, cntlid) |
			       znvme_field_put(ZNVME_VIRT_MGMT_RT, resource) |
			       znvme_field_put(ZNVME_VIRT_MGMT_ACT, action));
	sqe.cdw11 = nr;
	return sqe;
}

/* Capacity Management, section 5.1.3. The result is the element that was made. */
static inline struct znvme_sqe znvme_admin_capacity(uint8_t operation, uint16_t element,
						    uint64_t bytes)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_CAPACITY_MGMT, 0);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_CAPACITY_OPER, operation) |
			       znvme_field_put(ZNVME_CAPACITY_ELID, element));
	sqe.cdw11 = (uint32_t)bytes;
	sqe.cdw12 = (uint32_t)(bytes >> 32);
	return sqe;
}

/* ---- helpers ------------------------------------------------------------------------------- */

/*
 * Whether the controller says that it has the command, and what it asks for: 0, or -EOPNOTSUPP with
 * a message that names the bit that is missing ("the controller has no Format NVM (OACS bit 1)").
 * Opcodes without a bit are looked up in the Commands Supported and Effects log, where there is
 * one. Nothing is sent but that; a controller may of course still refuse the command.
 */
int znvme_admin_check(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd);

/*
 * Called now and then while a helper waits: `done` of `total`, units are the helper's. Returns
 * false to stop waiting (the helper then returns -ECANCELED; what the device does goes on). It runs
 * without the controller's lock, and may call the library.
 */
typedef bool (*znvme_progress_fn)(void *arg, uint64_t done, uint64_t total);

/*
 * Format NVM to its end: `progress` (may be NULL) is told percents, where the controller reports
 * them (FPI). `timeout_ms` 0 stands for the admin timeout, which is often too short for it. Other
 * threads' admin commands go on meanwhile. What is known of its namespaces is then read anew.
 * A controller that does not answer in time has failed, and must be reset; so it has when
 * `progress` stopped the wait, as the command is still with it.
 */
int znvme_format(struct znvme_ctrl *ctrl, const struct znvme_format_args *args, unsigned timeout_ms,
		 znvme_progress_fn progress, void *arg);

/*
 * Wait until no sanitize operation runs, or until it is in the media verification state, which the
 * host ends (ZNVME_SANITIZE_EXIT_VERIFY): `timeout_ms` long at most (0: for ever), progress in
 * 65,536ths. *log (may be NULL) is the Sanitize Status log at the end. -ETIMEDOUT; -EIO where the
 * operation failed. Section 5.1.12, log 81h.
 */
int znvme_sanitize_wait(struct znvme_ctrl *ctrl, unsigned timeout_ms, znvme_progress_fn progress,
			void *arg, struct znvme_sanitize_log *log);

/*
 * Wait until no self-test runs: progress in percents. *log (may be NULL) is the Device Self-test
 * log at the end, its newest result first. -ETIMEDOUT. Section 5.1.12.1.7.
 */
int znvme_self_test_wait(struct znvme_ctrl *ctrl, unsigned timeout_ms, znvme_progress_fn progress,
			 void *arg, struct znvme_self_test_log *log);

/*
 * Measure the eye opening of the receivers of the PCIe port of controller `cntlid`, anew where that
 * goes on, and wait for the end of it: progress in milliseconds of the time that the controller
 * says it takes. The port should have nothing else to do meanwhile. -ETIMEDOUT (it goes on), and
 * -ECANCELED where it was aborted. A reset of any controller of the port clears the log page. PCIe
 * Transport 1.2, section 3.9.1.1; get ZNVME_EOM_ABORT by znvme_get_log().
 */
int znvme_eom_measure(struct znvme_ctrl *ctrl, uint16_t cntlid, enum znvme_eom_quality quality,
		      unsigned timeout_ms, znvme_progress_fn progress, void *arg);

/*
 * The whole log page 19h of that port as it is, with the eyes where the measurement has completed:
 * *data, for the caller to free(), begins with a struct znvme_eom_log and has *len bytes. -EAGAIN
 * where it changed while it was read; -EPROTO where its lengths cannot be.
 */
int znvme_eom_read(struct znvme_ctrl *ctrl, uint16_t cntlid, void **data, size_t *len);

/* An eye of that log page; the pointers are into it. */
struct znvme_eom_eye {
	struct znvme_eom_lane_desc desc; /* nrows, ncols and edlen are 0 where there is no such */
	const char *printable;		 /* nrows times ncols characters, no zero at their end */
	const uint8_t *data;		 /* edlen bytes */
};

/*
 * The `index`th eye of the `len` bytes of the log page at `data`, in the order of lanes and then of
 * eyes: -ENOENT behind the last; -EPROTO where it is not within its descriptor, or not within
 * `len`.
 */
int znvme_eom_eye(const void *data, size_t len, unsigned index, struct znvme_eom_eye *eye);

/*
 * Download a firmware image of `len` bytes, from any memory, in pieces that are a multiple of what
 * the controller asks for (FWUG), at most `piece` bytes (0: 128 KiB) and max_transfer: progress in
 * bytes. `offset` is where the image, or this part of it, begins. -EINVAL where length, offset or
 * piece are no multiples of 4 and of FWUG (the last piece of an image may be shorter).
 * Section 5.1.9.
 */
int znvme_fw_download(struct znvme_ctrl *ctrl, const void *image, size_t len, uint32_t offset,
		      uint32_t piece, znvme_progress_fn progress, void *arg);

/* Bytes that a piece of a firmware image is a multiple of (FWUG); 4 where it is not restricted. */
uint32_t znvme_fw_granularity(struct znvme_ctrl *ctrl);

enum znvme_telemetry_flags {
	ZNVME_TELEMETRY_CTRL = 1,   /* what the controller has captured by itself (log 08h) */
	ZNVME_TELEMETRY_CREATE = 2, /* have the controller capture anew (log 07h) */
	ZNVME_TELEMETRY_CLEAR = 4,  /* once they are read: let the controller capture, and tell, the
				       next (log 08h); these may be gone with it */
};

/*
 * A telemetry log with its data areas 1 to `area` (1 to 4): *data, for the caller to free(), and
 * *len bytes. Area 4 is there where the host has said that it takes it (ETDAS, in the feature Host
 * Behavior Support); else these are areas 1 to 3. -EAGAIN where what the controller captured
 * changed while it was read (its generation number tells); -ENODATA where it has captured nothing;
 * -EINVAL for another area. Sections 5.1.12.1.8 and .9.
 */
int znvme_telemetry(struct znvme_ctrl *ctrl, unsigned flags, unsigned area, void **data,
		    size_t *len);

/*
 * The whole Persistent Event Log: a context is established, read and released. *data is for the
 * caller to free(). At most `max` bytes are read (0: all that PELS allows). Section 5.1.12.1.14.
 */
int znvme_persistent_events(struct znvme_ctrl *ctrl, size_t max, void **data, size_t *len);

/*
 * Boot partition `bpid` (0 or 1) by the registers, into `data`: `len` bytes from `offset`, both
 * multiples of 4 KiB. -EOPNOTSUPP where there are none (CAP.BPS); -EIO where the controller could
 * not read it. Section 8.1.3.
 */
int znvme_boot_read(struct znvme_ctrl *ctrl, unsigned bpid, uint64_t offset, void *data,
		    size_t len);

#ifdef __cplusplus
}
#endif

#endif
