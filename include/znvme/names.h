/* SPDX-License-Identifier: MIT */
/*
 * Names of the numbers in commands and completions, for messages and tools.
 *
 * NVM Express Base Specification 2.1 and NVM Command Set Specification 1.1, with the codes of the
 * Zoned Namespace (1.2) and Key Value command sets that do not clash with them. All strings are
 * English, constant, and valid for the life of the process; every function is thread-safe.
 */
#ifndef ZNVME_NAMES_H
#define ZNVME_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * znvme_status_name() - the meaning of a completion's status
 * @status: status field without the phase tag (ZNVME_SC_* in <znvme/spec/status.h>); the bits
 *          CRD, M and DNR are ignored
 *
 * A code that depends on the command set gets the text of the NVM Command Set.
 *
 * Return: "Name: explanation". Never NULL: an unknown code gets a text for its type.
 *
 * Base 2.1, section 4.2.3.
 */
const char *znvme_status_name(uint16_t status);

/**
 * znvme_opcode_name() - the name of a command
 * @admin: true for a command of the admin queue, false for one of an I/O queue
 * @opcode: opcode; for I/O those of the NVM and Zoned Namespace command sets
 *
 * Return: the specification's name, or NULL if the opcode is unknown or vendor specific.
 *
 * Base 2.1, sections 5 and 7; NVM Command Set 1.1, section 3.
 */
const char *znvme_opcode_name(bool admin, uint8_t opcode);

/**
 * znvme_kv_opcode_name() - the name of an I/O command of the Key Value Command Set
 * @opcode: opcode, ZNVME_KV_* in <znvme/spec/kv.h>, or one that all command sets have
 *
 * Return: the specification's name, or NULL if the opcode is unknown or vendor specific.
 *
 * Key Value Command Set 1.1, section 3.
 */
const char *znvme_kv_opcode_name(uint8_t opcode);

/**
 * znvme_feature_name() - the name of a feature
 * @fid: feature identifier, ZNVME_FEAT_* in <znvme/spec/feature.h>
 *
 * Return: the specification's name, or NULL if the feature is unknown or vendor specific.
 *
 * Base 2.1, section 5.1.25.
 */
const char *znvme_feature_name(uint8_t fid);

/**
 * znvme_log_name() - the name of a log page
 * @lid: log page identifier, ZNVME_LOG_* in <znvme/spec/log.h>
 *
 * Return: the specification's name, or NULL if the log page is unknown or vendor specific.
 *
 * Base 2.1, section 5.1.12.
 */
const char *znvme_log_name(uint8_t lid);

/**
 * znvme_zone_state_name() - the name of a zone's state
 * @state: enum znvme_zone_state in <znvme/spec/zns.h>
 *
 * Return: the specification's name, or NULL if there is no such state.
 *
 * Zoned Namespace Command Set 1.2, section 2.1.1.
 */
const char *znvme_zone_state_name(uint8_t state);

/**
 * znvme_zone_action_name() - the name of a Zone Send Action
 * @action: enum znvme_zone_action in <znvme/spec/zns.h>
 *
 * Return: the specification's name, or NULL if the action is unknown or vendor specific.
 *
 * Zoned Namespace Command Set 1.2, section 3.4.3.
 */
const char *znvme_zone_action_name(uint8_t action);

#ifdef __cplusplus
}
#endif

#endif /* ZNVME_NAMES_H */
