#!/bin/sh
# SPDX-License-Identifier: MIT
#
# feat-…: features by their fields. A feature is read first and what is not named stays as it is, which
# a state file shows from one command to the next.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

S=sim:state=$TMP/state,with=perfc

# kept FIELD VALUE COMMAND...: the command says so, in JSON.
kept() {
	field=$1 value=$2
	shift 2
	ok "$*" znvme "$@" -o json
	json "  $field is $value" "j['fields']['$field'] == $value"
}

# ---- a dword

ok "feat-power-mgmt" znvme feat-power-mgmt "$DEV"
has "read: the line of get-feature" '^get-feature:0x02 \(Power Management\), Current value:0x[0-9a-f]{8}$'
has "read: its fields" 'Power State \(PS\): [0-9]+$'
ok "in two words" znvme feat power-mgmt "$DEV" --sel 3
has "capabilities" 'Changeable: Yes$'
ok "set" znvme feat arbitration sim: --hpw 3 --ab 2
has "set: as nvme-cli says it" '^Set arbitration feature: 0x3000002 \(Not save\)$'
has "set: its fields" 'High Priority Weight \(HPW\): 4$'
ok "saved" znvme feat arbitration "$S" -H 3 -a 2 --save
has "saved: it says so" '\(Save\)$'
ok "one field of four" znvme feat arbitration "$S" -m 7 -s
kept hpw 3 feat arbitration "$S"
kept mpw 7 feat arbitration "$S" -S 2
kept ab 7 feat arbitration "$S" --sel 1
ok "hctm" znvme feat hctm "$S" -t 330 -s
ok "hctm, the other" znvme feat hctm "$S" -T 345 -s
kept tmt1 330 feat hctm "$S"
kept tmt2 345 feat hctm "$S"
ok "temp-thresh of one of two" znvme feat temp-thresh "$S" --thsel 1 --tmpth 280 --save
kept tmpth 280 feat temp-thresh "sim:" --thsel 1 --tmpth 280
kept tmpth 343 feat temp-thresh sim:
kept thsel 1 feat temp-thresh sim: --thsel 1
fails "temp-thresh of all: what is to stay?" 'what is not named is to stay, and cannot be read' \
	znvme feat temp-thresh sim: --tmpsel 15 --tmpth 330
kept tmpth 330 feat temp-thresh sim: --tmpsel 15 --tmpth 330 --tmpthh 1
kept cd 1 feat int-vector-config sim: --iv 2 --cd
kept iv 2 feat int-vector-config sim: --iv 2
kept wce 1 feat volatile-wc sim: --wce
kept wce 0 feat volatile-wc sim: --no-wce
kept tler 10 feat err-recovery sim: -n 1 -t 10
kept time 5 feat int-coalesce sim: -t 9 -T 5
kept nsqa 3 feat num-queues sim: -n 3 -c 3
kept dn 1 feat write-atom-normal sim: -d
kept kato 10000 feat keep-alive-timer sim: -k 10000
kept fw 1 feat async-event-conf sim: -r 0x2ff
fails "more than the field holds" '--ps 32: out of range, which is 0 to 31' znvme feat power-mgmt sim: -p 32
fails "both on and off" 'same field' znvme feat volatile-wc sim: --wce --no-wce
fails "nothing to save" '--save of what' znvme feat hctm sim: --save
fails "--sel and a value" '--sel is of a value that is read' znvme feat hctm sim: -t 330 --sel 1
fails "what the device refuses" '^NVMe status: Invalid Field' znvme feat power-mgmt sim: -p 31
fails "a feature that there is not" '^NVMe status: Invalid Field' znvme feat volatile-wc sim:vwc=0 --wce

# ---- data

ok "timestamp" znvme feat timestamp sim: -t 1800000000000 -o json
json "timestamp: its data" "j['data_fields']['timestamp'] == 1800000000000"
fails "timestamp: 48 bits" '--tstmp .*out of range' znvme feat timestamp sim: -t 0x1000000000000
ok "host-behavior-support" znvme feat host-behavior-support sim: --acre 1 -c 4 -o json
json "one field of five, and what the driver had set" \
	"[j['data_fields'][k] for k in ('acre', 'cdfe', 'lbafee')] == [1, 4, 1]"
fails "a byte" '--acre 256: out of range' znvme feat host-behavior-support sim: -a 256
ok "lba-range-type" znvme feat lba-range-type sim: -n 1 -N 1 -t 1,2 --slbas 0,4096 -b 7,7 \
	-l 0,1 --hlbars 1,0 -g 1234,5678
has "lba-range-type: the first" \
	'^  range 0: blocks 0 to 7, type 0x01 \(Filesystem\), hidden, guid d204'
has "lba-range-type: the second" 'range 1: blocks 4096 to 4103, type 0x02 \(RAID\), may be over'
ok "lba-range-type: one list" znvme feat lba-range-type sim: -t 3
has "lba-range-type: the rest stays" 'range 0: blocks 0 to 2097151, type 0x03 \(Cache\), may be'
fails "lba-range-type: too many" '--types has 2 values for 1 ranges' \
	znvme feat lba-range-type sim: -t 1,2
fails "lba-range-type: a bit" 'hlbars' znvme feat lba-range-type sim: --hlbars 2

# ---- performance characteristics

ID=12345678-1234-1234-1234-123456789abc
random "$TMP/vendor" 500
ok "perf-characteristics" znvme feat perf-characteristics "$S"
has "the standard attribute" 'R4KARL\): 10 us to less than 50 us$'
ok "perfc: the list" znvme feat perfc "$S" -a 0xc0
has "perfc: attributes that can be saved" '^msvspa +: 4 '
has "perfc: an identifier" '^Performance Attribute C1h Identifier \(PAC1HI\): [0-9a-f]{8}-'
ok "perfc: a vendor's attribute" znvme feat perfc "$S" -a 0xc3 -p $ID -V "$TMP/vendor" --save
has "perfc: what was set" "^paid +: $ID\$"
ok "perfc: it is there" znvme feat perfc "$S" -a 0xc3 -o json
json "perfc: as JSON" \
	"j['data_fields']['vs'] == '$(od -An -tx1 -v "$TMP/vendor" | tr -d ' \n')' and j['data_fields']['attrl'] == 500"
ok "perfc: it is saved" znvme feat perfc "$S" -a 0xc0 -S 2 -o json
json "perfc: so says the list" "j['data_fields']['id_list']['pac3hi'] == '$ID' and j['data_fields']['usvspa'] == 3"
ok "perfc: its default" znvme get-feature "$S" -f 0x1c -c 0xc0 -s 1 -o json
json "perfc: is none" "list(j['data_fields']['id_list']) == ['pac1hi']"
ok "perfc: fewer bytes" znvme feat perfc "$S" -a 0xc4 -p $ID -V "$TMP/vendor" -A 3 -s -o json
json "perfc: three" "len(j['data_fields']['vs']) == 6"
ok "perfc: back to the default" znvme feat perfc "$S" -a 0xc3 -r
ok "perfc: what it was" znvme feat perfc "$S" -a 0xc3 -o json
json "perfc: it is none again" "j['data_fields']['attrl'] == 0"
fails "perfc: not saved" '^NVMe status: Invalid Field' znvme feat perfc "$S" -a 0xc3 -p $ID
fails "perfc: the standard attribute is the device's" '^NVMe status: Invalid Field' znvme feat perfc "$S" -R 3
fails "perfc: so is the list" 'only attributes 0xc1 to 0xff' znvme feat perfc "$S" -a 0xc0 -p $ID
fails "perfc: no UUID" '1234: not a UUID' znvme feat perfc "$S" -a 0xc3 -p 1234
fails "perfc: no identifier" '--paid is missing' znvme feat perfc "$S" -a 0xc3 -A 3
fails "perfc: more bytes than there are" '500 bytes of data, but --attrl 501' \
	znvme feat perfc "$S" -a 0xc3 -p $ID -V "$TMP/vendor" -A 501
random "$TMP/large" 5000
fails "perfc: more bytes than it takes" '4064 bytes at most' \
	znvme feat perfc "$S" -a 0xc3 -p $ID -V "$TMP/large"
fails "perfc of a device without" '^NVMe status: Invalid Field' znvme feat perfc sim:
ok "a length past the data is not believed" \
	znvme feat perfc "sim:with=perfc,fault=when fid=0x1c do data=30:ffff" -a 0xc1 -o json
json "all there is" "j['data_fields']['attrl'] == 65535 and len(j['data_fields']['vs']) == 2 * 4064"
ok "a latency that there is not" \
	znvme feat perfc "sim:with=perfc,fault=when fid=0x1c do data=4:18"
has "it is said" 'R4KARL\): reserved$'
for line in "attribute 192 at 0 00" "attribute 193 at 4096 00" "attribute 193 at 0 zz" \
	"attribute 193 at 30 e10f" "attribute 193 at 0 000"; do
	{ head -n 1 "$TMP/state"; echo "$line"; } >"$TMP/bad"
	fails "a state of no attribute: $line" 'line 2: no state' \
		znvme feat perfc "sim:with=perfc,state=$TMP/bad"
done
finish
