#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The names that scripts look for in nvme-cli's output, in text and in JSON: of logs, and of Identify's lists. What nvme-cli itself
# can be asked for is compared by exec.sh.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# log LID OFFSET:HEX: a device whose log page has these bytes.
log() {
	echo "sim:fault=when opcode=get-log lid=$1 do data=$2"
}

# ---- temperatures and amounts

ok "smart-log" znvme smart-log sim:
has "a temperature" '^temperature +: 37°C \(310 Kelvin\)$'
has "nothing" '^Data Units Read +: 0 \(0\.00 B\)$'
ok "smart-log -f" znvme smart-log sim: -f
has "a temperature in Fahrenheit" '^temperature +: 98°F \(310 Kelvin\)$'
ok "smart-log --fahrenheit as JSON" znvme smart-log sim: --fahrenheit -o json
json "which has Kelvin" "j['temperature'] == 310"
ok "smart-log of a unit" znvme smart-log "$(log 2 32:01)"
has "what that is" '^Data Units Read +: 1 \(512\.00 kB\)$'
ok "smart-log of 2^64 units" znvme smart-log "$(log 2 32:00000000000000000100000000000000)"
has "what these are" '^Data Units Read +: 18446744073709551616 \(9\.44 YB\)$'
ok "smart-log of all that there can be" znvme smart-log "$(log 2 32:ffffffffffffffffffffffffffffffff)"
has "the last unit" '^Data Units Read +: 340282366920938463463374607431768211455 \([0-9]+\.[0-9]+ QB\)$'
ok "smart-log -H as JSON" znvme smart-log "$(log 2 0:0a)" -H -o json
json "the warnings taken apart" "j['critical_warning'] == {'value': 10, 'available_spare': 0, 'temp_threshold': 1,
	'reliability_degraded': 0, 'ro': 1, 'vmbu_failed': 0, 'pmr_ro': 0}"
ok "smart-log as JSON" znvme smart-log "$(log 2 0:0a)" -o json
json "the warnings as a number" "j['critical_warning'] == 10"

# ---- the error log

ok "error-log" znvme error-log "$(log 1 12:0100)" -e 1
has "a phase tag" '^phase_tag +: 0x1$'
has "no transport" '^trtype +: The transport type is not indicated or the error is not transport related\.$'
has "an opcode" '^opcode +: '
ok "error-log of TCP" znvme error-log "$(log 1 29:03)" -e 1
has "that transport" '^trtype +: TCP Transport error\.$'
ok "error-log of none that there is" znvme error-log "$(log 1 29:aa)" -e 1
has "no such transport" '^trtype +: Reserved$'
ok "error-log of one within the host" znvme error-log "$(log 1 29:fe)" -e 1 -o json
json "its number" "j['errors'][0]['trtype'] == 254 and 'opcode' in j['errors'][0] and 'log_page_version' in j['errors'][0]"

# ---- what there is, and its effects

for human in '' -H; do
	# shellcheck disable=SC2086 # nothing, or an option
	ok "effects-log $human as JSON" znvme effects-log sim: $human -o json
	json "all command sets, and the dwords" "[s['command_set_identifier'] for s in j] == [2, 0]
		and j[1]['admin_cmd_set']['ACS_128 (Format NVM)'] & 3 == 3
		and any('Zone Append' in k for k in j[0]['io_cmd_set'])"
	# shellcheck disable=SC2086
	ok "fid-support-effects-log $human as JSON" znvme fid-support-effects-log sim: $human -o json
	json "its list" "{'fid_1': 2097153} in j['fid_support']"
	# shellcheck disable=SC2086
	ok "mi-cmd-support-effects-log $human as JSON" znvme mi-cmd-support-effects-log sim:with=mi $human -o json
	json "its list" "[list(m)[0] for m in j['mi_command_support']] == ['mi_cmd_0', 'mi_cmd_3', 'mi_cmd_4']"
	# shellcheck disable=SC2086
	ok "supported-log-pages $human as JSON" znvme supported-log-pages sim: $human -o json
	json "its list" "{'lid_0x0 ': 1} in j['supported_logs'] and {'lid_0x12 ': 1} in j['supported_logs']"
done
ok "effects-log" znvme effects-log sim:
true_that "a heading a command set" test "$(grep -c '^[A-Z]* Command Set Log Page$' "$OUT")" -eq 2
ok "effects-log with keys and values" znvme effects-log sim:kv=1 -o json
json "three command sets" "[s['command_set_identifier'] for s in j] == [2, 1, 0]"
ok "effects-log of a controller with one command set" znvme effects-log sim:without=iocs -o json
json "one" "[s['command_set_identifier'] for s in j] == [0]"
ok "effects-log where one is refused" znvme effects-log "sim:fault=when opcode=get-log lid=5 nth=1 do status=0x109" -o json
json "the other" "[s['command_set_identifier'] for s in j] == [0]"
fails "effects-log of one that is refused" '^NVMe status: ' \
	znvme effects-log "sim:fault=when opcode=get-log lid=5 nth=1 do status=0x109" -c 2
ok "effects-log of one command set" znvme effects-log sim: -c 0 -b
true_that "a page" test "$(wc -c <"$OUT")" -eq 4096
cp "$OUT" "$TMP/nvm"
ok "effects-log: bytes" znvme effects-log sim: -b
true_that "a page each" test "$(wc -c <"$OUT")" -eq 8192
tail -c 4096 "$OUT" | cmp -s - "$TMP/nvm"
result $? "that of blocks is the last"

# ---- lists

ok "lba-status-log of nothing" znvme lba-status-log sim: -b
true_that "the header" test "$(wc -c <"$OUT")" -eq 16
ok "lba-status-log of more than there is" znvme lba-status-log "$(log 14 4:ffffffff)" -o json
json "it ends" "j['nlslne'] == 0xffffffff"

W=sim:with=ana+plm+reachability+uuids+capacity
ok "ana-log: bytes" znvme ana-log "$W" -b
true_that "a header, a group, a namespace" test "$(wc -c <"$OUT")" -eq 52
ok "ana-log -g: bytes" znvme ana-log "$W" -g -b
true_that "a header, a group" test "$(wc -c <"$OUT")" -eq 48
ok "reachability-groups-log as JSON" znvme reachability-groups-log "$W" -o json
json "a group by its identifier" "j['rgid: 1']['nnid'] == 1 and j['nrgd'] == 1"
ok "predictable-lat-log" znvme predictable-lat-log "$W"
has "which set" '^Predictable Latency Per NVM Set Log for NVM Set ID: 1$'
has "its reads" '^DTWIN Reads Typical: [0-9]+$'
ok "media-unit-stat-log" znvme media-unit-stat-log sim:
has "a unit" '^Media Unit Identifier: 0$'

ok "get-lba-status as JSON" znvme get-lba-status sim: -a 2 -o json
json "no blocks" "j['Number of LBA Status Descriptors (NLSD)'] == 0 and j['Completion Condition (CMPC)'] == 2 and j['cmpc-definition']"
ok "boot-part-log as JSON" znvme boot-part-log sim:boot=256K -o json
json "its size" "j['abpid'] == 0 and j['bpsz'] == 2 and 'count' in j"

# ---- Identify

ok "id-uuid" znvme id-uuid "$W"
has "a UUID" '^UUID         : 5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a$'
has "its association" '^association  : 0x1$'
ok "id-uuid -H" znvme id-uuid "$W" -H
has "its association in words" '^association  : 0x1 associated with PCI Vendor ID$'
ok "id-nvmset" znvme id-nvmset "$W"
has "a set" '^nvmset_id +: 1$'

# ---- persistent events: each kind, in place of the first event's data

ok "persistent-event-log as JSON" znvme persistent-event-log sim: -o json
json "what there can be" "j['bitmap_2'] == 'Support Firmware Commit Event(0x2)' and 'bitmap_1' not in j"
json "how it came up" "j['list_of_event_entries'][0]['event_type'] == 'Power-on or Reset Event(0x4)'
	and j['list_of_event_entries'][0]['fw_rev'].endswith(' (0.1.0...)')
	and [r['ctrl_power_cycle'] for r in j['list_of_event_entries'][0]['reset_information']] == [1]"
json "a feature" "[e['name'] for e in j['list_of_event_entries'] if e.get('feature') == '0x07'] == ['Number of Queues']"


# ---- logs that the simulator does not make: the library's calls that read one take it from a file, and tell RAE

cat >"$TMP/other.c" <<-'END'
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <znvme.h>

	static size_t read_log(void *data, size_t len, uint64_t offset)
	{
		FILE *file = fopen(getenv("LOG"), "r");
		size_t got = 0;

		if (file && !fseek(file, (long)offset, SEEK_SET))
			got = fread(data, 1, len, file);
		if (file)
			fclose(file);
		return got;
	}

	int znvme_get_log(struct znvme_ctrl *ctrl, const struct znvme_get_log_args *args, void *data, size_t len)
	{
		(void)ctrl;
		memset(data, 0, len);
		read_log(data, len, args->offset);
		fprintf(stderr, "RAE %d\n", args->rae);
		return 0;
	}

	int znvme_persistent_events(struct znvme_ctrl *ctrl, size_t max, void **data, size_t *len)
	{
		(void)ctrl;
		(void)max;
		*data = calloc(1, 65536);
		*len = read_log(*data, 65536, 0);
		return 0;
	}
END
true_that "a library with other logs" "${CC:-cc}" -shared -fPIC -I"$HERE/../../include" -o "$TMP/other.so" "$TMP/other.c"
# shellcheck disable=SC2317 # called by run
other() {
	env LOG="$TMP/log" LD_PRELOAD="$TMP/other.so" ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" "$ZNVME" "$@"
}

: >"$TMP/log"
for command in changed-ns-list-log changed-alloc-ns-list-log; do
	run other $command sim:
	has_error "$command: the list is left as it is" '^RAE 1$'
done
run other lba-status-log sim:
has_error "lba-status-log: the event is told of" '^RAE 0$'

# hex BYTES...: the log.
hex() {
	local all=$*
	all=${all// /}
	# shellcheck disable=SC2001,SC2059 # every two characters, which make the format
	printf "$(sed 's/../\\x&/g' <<<"$all")" >"$TMP/log"
}

hex 0200000000000000 0700 0900
run other pred-lat-event-agg-log sim:
has "pred-lat-event-agg-log: an entry" '^Entry\[2\]: 9$'
run other pred-lat-event-agg-log sim: -o json
json "pred-lat-event-agg-log as JSON" "j == {'num_entries_avail': 2, 'list_of_entries': [{'entry': 7}, {'entry': 9}]}"
hex ffffffffffffffff 0100 0200
run other endurance-event-agg-log sim: -e 1 -o json
json "endurance-event-agg-log: as many as were asked for" "j['list_of_entries'] == [{'entry': 1}]"

# Two elements: one with a range, and one with more than can be told.
hex 40000000 02000000 01000000 00000500 07000000 01000000 02 00000000000000 0900000000000000 03000000 00000000 \
	08000000 ffffffff 01 00000000000000
run other lba-status-log sim:
for line in 'LBA Status Log Page Length: 64' 'Number of LBA Status Log Namespace Elements: 2' \
	'LBA Status Generation Counter: 5' 'Namespace Element Identifier: 8' 'Number of LBA Range Descriptors: 1' \
	'Recommended Action Type: 2' 'RSLBA\[0\]: 9' 'RNLB\[0\]: 3'; do
	has "lba-status-log: $line" "^$line\$"
done
run other lba-status-log sim: -o json
json "lba-status-log as JSON" "j['ns_elements'] == [{'neid': 7, 'nlrd': 1, 'ratype': 2, 'descs': [{'rslba': 9, 'rnlb': 3}]},
	{'neid': 8, 'nlrd': 0xffffffff, 'ratype': 1, 'descs': []}]"
run other lba-status-log sim: -b
cmp -s "$OUT" "$TMP/log"
result $? "lba-status-log: its bytes, and no more"

if have_python; then
	# A configuration with one group, which has NVM set 5, and of channel 6 the media unit 7, whose descriptor has 9 bytes.
	python3 - "$TMP/log" <<-'END'
		import struct, sys
		log = bytes([1]) + bytes(15) + struct.pack("<HHH26x", 2, 3, 1)
		log += struct.pack("<HH12x", 4, 100) + bytes([10]) + bytes(15) + bytes([11]) + bytes(15) + bytes([12]) + bytes(31)
		log += struct.pack("<HHHHHHHHH", 1, 5, 1, 6, 1, 7, 0, 0, 9)
		open(sys.argv[1], "wb").write(log)
	END
	run other supported-cap-config-log sim: -o json
	json "supported-cap-config-log as JSON: all of it" "j == {'sccn': 1, 'Capacity Descriptor': [{'cap_config_id': 2,
		'domainid': 3, 'egcn': 1, 'Endurance Descriptor': [{'endgid': 4, 'cap_adj_factor': 100, 'tegcap': 10, 'segcap': 11,
		'end_est': 12, 'egsets': 1, 'NVM Set IDs': [{'nvmsetid': 5}], 'egchans': 1, 'Channel Descriptor': [{'chanid': 6,
		'chmus': 1, 'Media Descriptor': [{'chanid': 7, 'chmus': 9, 'muid': 7, 'mudl': 9}]}]}]}]}"
	run other supported-cap-config-log sim:
	for line in 'Capacity Configuration Identifier: 2' 'Domain Identifier: 3' 'Total Endurance Group Capacity: 10' \
		'Spare Endurance Group Capacity: 11' 'Endurance Estimate: 12' 'NVM Set 0 Identifier: 5' 'Channel Identifier: 6' \
		'Number of Channel Media Units: 1' 'Media Unit Identifier: 7' 'Media Unit Descriptor Length: 9'; do
		has "supported-cap-config-log: $line" "^$line\$"
	done
	run other supported-cap-config-log sim: -b
	cmp -s "$OUT" "$TMP/log"
	result $? "supported-cap-config-log: its bytes, and no more"

	# events TYPE:HEX...: a log of them; each has two bytes of the vendor's ahead of its data.
	events() {
		python3 - "$TMP/log" "$@" <<-'END'
			import struct, sys
			body = b""
			for event in sys.argv[2:]:
			    kind, data = event.split(":")
			    data = bytes.fromhex(data)
			    body += struct.pack("<BBBBH8xH4xHH", int(kind, 0), 1, 21, 3, 0, 0, 2, 2 + len(data)) + b"vv" + data
			head = struct.pack("<B3xIQBxH", 13, len(sys.argv) - 2, 512 + len(body), 3, 492)
			open(sys.argv[1], "wb").write(head + bytes(512 - len(head)) + body)
		END
	}
	# nth N TEXT EXPRESSION: of the n-th event, `e`.
	nth() {
		json "$2" "(lambda e: $3)(j['list_of_event_entries'][$1])"
	}
	SMART=$(printf '04%0*d' 1022 0)
	events "1:$SMART" 2:312e30202020202032616263646566670302010603ff 3:01000000000000000200000000000000 \
		"4:312e302020202020$(printf '0300%068d' 0)04000102$(printf '%064d' 0)" 5:0700 \
		6:00000000000000000a0000000000000000000000000000000b000000000000000201030001000000050000000c000000 \
		7:010000000400000006000000 8:010000006400000002000000 9:030000000200000005000000 10:ffff010100000000 \
		11:0a00000004000000500100000000000000 12:61620063 13:0507 14:0102 222:010002000300616263020003000200ffff030004000800feffffffffffffff \
		223:0a 0x70:0b
	run other persistent-event-log sim: -o json
	nth 0 "a snapshot of SMART" "e['critical_warning'] == 4 and e['thm_temp2_total_time'] == 0 and e['event_type'] == 'SMART/Health Log Snapshot Event(0x1)'"
	nth 1 "firmware" "e['old_fw_rev'].endswith('(1.0.....)') and e['new_fw_rev'] == '%d (2abcdefg)' % int.from_bytes(b'2abcdefg', 'little')
		and (e['fw_commit_action'], e['fw_slot'], e['sct_fw'], e['sc_fw'], e['vu_assign_fw_commit_rc']) == (3, 2, 1, 6, 0xff03)"
	nth 2 "a time" "(e['prev_ts'], e['ml_secs_since_reset']) == (1, 2)"
	nth 3 "power on: each controller" "[(r['ctrl_id'], r['fw_act'], r['op_in_prog']) for r in e['reset_information']] == [(3, 0, 0), (4, 1, 2)]"
	nth 3 "power on: the last among the fields" "(e['op_in_prog'], e['power_on_ml_secs']) == (2, 0)"
	nth 3 "power on: but for its identifier" "e['ctrl_id'] not in (3, 4)"
	nth 4 "hardware" "e['nss_hw_err_code'] == 7"
	nth 5 "a namespace" "(e['nsmgt_cdw10'], e['nsze'], e['nscap'], e['flbas'], e['dps'], e['nmic'], e['ana_grp_id'], e['nvmset_id'], e['nsid'])
		== (0, 10, 11, 2, 1, 3, 1, 5, 12)"
	nth 6 "format: its start" "(e['nsid'], e['fna'], e['format_nvm_cdw10']) == (1, 4, 6)"
	nth 7 "format: its end" "(e['nsid'], e['smallest_fpi'], e['format_nvm_status'], e['compln_info'], e['status_field']) == (1, 100, 0, 0, 2)"
	nth 8 "sanitize: its start" "(e['SANICAP'], e['sani_cdw10'], e['sani_cdw11']) == (3, 2, 5)"
	nth 9 "sanitize: its end" "(e['sani_prog'], e['sani_status'], e['cmpln_info']) == (0xffff, 0x101, 0)"
	nth 10 "a feature" "(e['feature'], e['name'], e['value']) == ('0x04', 'Temperature Threshold', '0x00000150')"
	nth 11 "telemetry" "e['create'] == ['ab.c']"
	nth 12 "heat" "(e['over_temp'], e['threshold']) == (5, 7)"
	nth 13 "media verification" "e['event_data'] == '0102' and e['event_type'] == 'Sanitize Media Verification Event(0xe)'"
	nth 14 "the vendor's" "[(d['vs_event_code'], d['vs_event_data_type'], d['vs_event_data_len']) for d in e['vs_event_entry']] == [(1, 2, 3), (2, 3, 2), (3, 4, 8)]"
	nth 14 "the vendor's data" "[d['vs_event_data'] for d in e['vs_event_entry']] == [{'ascii_string_data': 'abc'}, {'binary_data': ['..']}, {'signed_integer_data': -2}]"
	nth 15 "TCG's" "e['event_type'] == 'TCG Defined Event(0xdf)'"
	nth 16 "none that is known" "e['event_type'] == 'Reserved Event(0x70)' and e['event_data'] == '0b'"
	run other persistent-event-log sim:
	for line in 'Event Type: Firmware Commit Event\(0x2\)' 'FW Slot: 2' 'Milliseconds Since Reset: 2' 'Controller Power Cycle: 0' \
		'Namespace Capacity: 11' 'Smallest Format Progress Indicator: 100' 'Sanitize Progress: 65535' 'Over Temperature: 5' \
		'Set Feature ID  :0x04 \(Temperature Threshold\),  value:0x00000150' 'Vendor Specific Event Data Length: 8'; do
		has "persistent-event-log: $line" "^$line\$"
	done

	# What a log tells of itself and has not.
	events 4:31 14: 11: 222:0100020000ff61 6:01 1:04 12:
	head -c -1 "$TMP/log" >"$TMP/short" && mv "$TMP/short" "$TMP/log"
	run other persistent-event-log sim: -o json
	nth 0 "power on, cut off" "e['reset_information'] == [] and e['fw_rev'] == '49 (1.......)'"
	nth 2 "a feature, cut off" "e['value'] == '0x00000000'"
	nth 3 "the vendor's, cut off" "e['vs_event_entry'][0]['vs_event_data'] == {'ascii_string_data': 'a'}"
	nth 4 "a namespace, cut off" "(e['nsmgt_cdw10'], e['nsid']) == (1, 0)"
	run other persistent-event-log sim:
	has "as text" '^Event Type: Change Namespace Event\(0x6\)$'
fi
finish
