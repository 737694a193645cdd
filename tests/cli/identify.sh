#!/bin/sh
# SPDX-License-Identifier: MIT
#
# show-regs, id-ctrl, id-ns, list-ns, ns-descs: lines, JSON and bytes say the same.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# agrees TEXT FORMAT...: JSON in $TMP/json has the values that are in the bytes in $TMP/bin. Each
# FORMAT is name:offset:size.
agrees() {
	text=$1
	shift
	have_python || return 0
	python3 - "$TMP/json" "$TMP/bin" "$@" <<-'END' >>"$TMP/log" 2>&1
		import json, sys
		j = json.load(open(sys.argv[1]))
		data = open(sys.argv[2], "rb").read()
		for row in sys.argv[3:]:
		    name, offset, size = row.split(":")
		    offset, size = int(offset), int(size)
		    field = data[offset:offset + size]
		    value = j[name]
		    if isinstance(value, str):
		        text = field.split(b"\0")[0].decode("latin1").rstrip()
		        assert value in (text, field.hex(), str(int.from_bytes(field, "little"))), row
		    else:
		        assert value == int.from_bytes(field, "little"), row
	END
	result $? "$text"
}

# both COMMAND...: its JSON to $TMP/json and its bytes to $TMP/bin.
both() {
	ok "$1: JSON" znvme "$@" -o json
	json "$1: it is"
	cp "$OUT" "$TMP/json"
	ok "$1: bytes" znvme "$@" -o binary
	cp "$OUT" "$TMP/bin"
	ok "$1: bytes by -b" znvme "$@" -b
	true_that "$1: the same" cmp "$OUT" "$TMP/bin"
}

# ---- id-ctrl

ok "id-ctrl" znvme id-ctrl "$DEV"
has "id-ctrl: heading" '^NVME Identify Controller:$'
has "id-ctrl: vendor" '^vid       : (0|0x[0-9a-f]+)$'
has "id-ctrl: model" '^mn        : [ -~]+$'
has "id-ctrl: last field" '^ofcs      : '
has "id-ctrl: power state" '^ps      0 : mp:[0-9.]+W '
cp "$OUT" "$TMP/plain"
both id-ctrl "$DEV"
true_that "id-ctrl: 4096 bytes" test "$(wc -c <"$TMP/bin")" -eq 4096
agrees "id-ctrl: JSON and bytes agree" vid:0:2 ssvid:2:2 sn:4:20 mn:24:40 fr:64:8 rab:72:1 \
	ieee:73:3 cmic:76:1 mdts:77:1 cntlid:78:2 ver:80:4 oaes:92:4 ctratt:96:4 cntrltype:111:1 \
	crdt1:128:2 oacs:256:2 acl:258:1 aerl:259:1 frmw:260:1 lpa:261:1 elpe:262:1 npss:263:1 \
	wctemp:266:2 hmpre:272:4 tnvmcap:280:16 sanicap:328:4 anagrpmax:344:4 sqes:512:1 \
	cqes:513:1 nn:516:4 oncs:520:2 vwc:525:1 awun:526:2 sgls:536:4 mnan:540:4 subnqn:768:256 \
	ioccsz:1792:4 ofcs:1804:2
cp "$TMP/json" "$OUT"
json "id-ctrl: power states" "len(j['psds']) == j['npss'] + 1 and 'max_power' in j['psds'][0]"
json "id-ctrl: as many fields as lines" \
	"set(l.split(':')[0].strip() for l in open('$TMP/plain') if l[9:11] == ' :' and l[:2] != 'ps')\
	== set(j) - {'psds'}"

ok "id-ctrl -H" znvme id-ctrl "$DEV" -H
has "id-ctrl -H: a bit" '^  \[0:0\]   : 0x1	Volatile Write Cache: Present|^  \[0:0\]   : 0	Volatile'
has "id-ctrl -H: some bits" '^  \[7:4\]   : 0x6	Max SQ Entry Size'
ok "id-ctrl -V" znvme id-ctrl "$DEV" -V
has "id-ctrl -V: the dump" '^0000: ([0-9a-f]{2} ){16}"'
ok "id-ctrl -V as JSON" znvme id-ctrl "$DEV" -V -o json
json "id-ctrl -V as JSON: 1024 bytes" "len(j['vs']) == 2048"

# ---- id-ns

ok "id-ns" znvme id-ns "$DEV"
has "id-ns: heading" '^NVME Identify Namespace 1:$'
has "id-ns: size" '^nsze     : 0x[0-9a-f]+$'
has "id-ns: the format in use" '^lbaf +[0-9]+ : ms:[0-9]+ +lbads:[0-9]+ +rp:.*\(in use\)$'
both id-ns "$DEV"
true_that "id-ns: 4096 bytes" test "$(wc -c <"$TMP/bin")" -eq 4096
agrees "id-ns: JSON and bytes agree" nsze:0:8 ncap:8:8 nuse:16:8 nsfeat:24:1 nlbaf:25:1 flbas:26:1 \
	mc:27:1 dpc:28:1 dps:29:1 nmic:30:1 rescap:31:1 fpi:32:1 dlfeat:33:1 nawun:34:2 \
	nawupf:36:2 noiob:46:2 nvmcap:48:16 npwg:64:2 anagrpid:92:4 nsattr:99:1 nguid:104:16 \
	eui64:120:8
cp "$TMP/json" "$OUT"
json "id-ns: formats" "len(j['lbafs']) == j['nlbaf'] + 1 and j['lbafs'][j['flbas'] & 15]['ds'] >= 9"
ok "id-ns -H" znvme id-ns "$DEV" -H
has "id-ns -H: a format" '^LBA Format +0 : Metadata Size: .* Data Size: [0-9]+ +bytes'

# ---- list-ns, ns-descs

# interrupted DEVICE: a Ctrl-C while the first page of the list is under way, once the tool catches it.
interrupted() {
	code=0
	"$ZNVME" list-ns "$1" >"$OUT" 2>"$ERR" &
	tool=$!
	tries=0
	until [ "$(readlink /proc/$tool/exe)" = "$(realpath "$ZNVME")" ] &&
		grep -qs '^SigCgt:.*[2367abef]$' /proc/$tool/status; do
		tries=$((tries + 1))
		[ $tries -lt 500 ] || break
		sleep 0.02
	done
	kill -INT $tool
	wait $tool || code=$?
	[ $code -eq 1 ] && [ ! -s "$OUT" ] && grep -q interrupted "$ERR"
	result $? "list-ns: Ctrl-C ends it between two pages"
}

ok "list-ns" znvme list-ns "$DEV"
has "list-ns: the first" '^\[   0\]:0x1$'
ok "list-ns as JSON" znvme list-ns "$DEV" -o json
json "list-ns as JSON: the first" "j['nsid_list'][0] == {'nsid': 1}"
if on_sim; then
	ok "list-ns: 1024 of them" znvme list-ns sim:ns=1024,size=64M -o json
	json "list-ns: all" "[n['nsid'] for n in j['nsid_list']] == list(range(1, 1025))"
	ok "list-ns: from the third" znvme list-ns sim:ns=4 -n 3
	true_that "list-ns: two are left" test "$(wc -l <"$OUT")" -eq 2
	# What lies at these bytes of the list: 01 00 00 00, then 03 00 00 00.
	fails "list-ns: more than NN" 'has 3, but 2 is the largest' \
		znvme list-ns 'sim:ns=2,nn=2,fault=when cns=2 do data=4:03000000'
	fails "list-ns: not ascending" 'not ascending: 1 comes after 1' \
		znvme list-ns 'sim:ns=2,fault=when cns=2 do data=4:01000000'
	fails "list-ns: more than MNAN" 'more than there can be: 1 ' \
		znvme list-ns 'sim:ns=2,fault=when cns=1 do data=540:01000000'
	interrupted 'sim:ns=1024,size=64M,fault=when cns=2 do late=2s'
	ok "list-ns: none" znvme list-ns sim:ns=0 -o json
	json "list-ns: an empty list" "j['nsid_list'] == []"
	ok "ns-descs" znvme ns-descs "$DEV"
	has "ns-descs: UUID" '^uuid    : [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
	ok "ns-descs as JSON" znvme ns-descs "$DEV" -o json
	json "ns-descs as JSON: NGUID" "len(j['nguid']) == 32 and j['csi'] == 0"
	ok "ns-descs: bytes" znvme ns-descs "$DEV" -b
	true_that "ns-descs: 4096 of them" test "$(wc -c <"$OUT")" -eq 4096
else
	ok "ns-descs" znvme ns-descs "$DEV"
fi

# ---- the subsystem

ok "get-ns-id" znvme get-ns-id "$DEV"
has "get-ns-id: nvme-cli's line" 'n1: namespace-id:1$'
ok "get-ns-id as JSON" znvme get-ns-id "$DEV" -o json
json "get-ns-id as JSON: the number" "j == {'nsid': 1}"
fails "get-ns-id: none such" 'no namespace 4000' znvme get-ns-id "$DEV" -n 4000
ok "list-subsys" znvme list-subsys "$DEV" -H
has "list-subsys: the subsystem" '^nvme-subsys0 - NQN=nqn\.'
has "list-subsys: the controller" '^ \+- nvme0 pcie [^ ]+ live$'
has "list-subsys -H: whose it is" '^ +serial=[!-~]'
ok "list-subsys as JSON" znvme list-subsys "$DEV" -o json
json "list-subsys as JSON: nvme-cli's names" \
	"(lambda s: s['Name'] == 'nvme-subsys0' and s['NQN'].startswith('nqn.') and s['Paths'][0]['State'] == 'live')(j[0]['Subsystems'][0])"
ok "show-topology" znvme show-topology "$DEV"
has "show-topology: the namespace" '^ \+- ns 1$'
has "show-topology: below it the controller" '^  \+- nvme0 pcie [^ ]+ live$'
ok "show-topology by controllers" znvme show-topology "$DEV" -r ctrl
has "show-topology by controllers: below it the namespace" '^  \+- ns 1 live$'
ok "show-topology as JSON" znvme show-topology "$DEV" -o json
json "show-topology as JSON: nvme-cli's names" \
	"j[0]['Subsystems'][0]['Namespaces'][0]['Controller'][0]['Transport'] == 'pcie'"
fails "show-topology: no such order" 'namespace or ctrl, not size' znvme show-topology "$DEV" -r size
if on_sim; then
	ok "zns list" znvme zns list sim:ns=2,zoned=0+1
	has "zns list: the zoned one" '^sim:.*,n2 +[!-~]+ +znvme'
	true_that "zns list: none but that" test "$(wc -l <"$OUT")" -eq 2
	ok "zns list as JSON" znvme zns list sim:ns=2,zoned=0+1 -o json
	json "zns list as JSON: the names of nvme list" "[d['NameSpace'] for d in j['Devices']] == [2] and j['Devices'][0]['SectorSize'] == 512"
	ok "nvm-id-ns with a UUID index" znvme nvm-id-ns "$DEV" --uuid-index 1
	fails "nvm-id-ns with a UUID index too large" 'out of range' znvme nvm-id-ns "$DEV" -U 128
	ok "id-ns -f" znvme id-ns "$DEV" -f
	ok "id-ns-lba-format" znvme id-ns-lba-format "$DEV" -i 1 -o json
	json "id-ns-lba-format: the formats" "len(j['lbafs']) == j['nlbaf'] + 1 + j['nulbaf'] and j['lbafs'][1]['ds'] == 12"
	ok "id-ns-lba-format with a UUID index" znvme id-ns-lba-format "$DEV" -i 1 -U 1
	ok "id-ns-lba-format in lines" znvme id-ns-lba-format "$DEV" -i 1
	has "id-ns-lba-format: a format, and none in use" '^lbaf  1 : ms:0   lbads:12 rp:0(x0)?$'
fi

# ---- show-regs

ok "show-regs" znvme show-regs "$DEV"
has "show-regs: a register" '^cap     : 0x[0-9a-f]+$'
has "show-regs: a field of it" '^  mqes    : 0x[0-9a-f]+ +[0-9]+$'
ok "show-regs -H" znvme show-regs "$DEV" -H
has "show-regs -H: a field" '^  \[15:0\]  : 0x[0-9a-f]+	Maximum Queue Entries Supported: [0-9]+$'
ok "show-regs as JSON" znvme show-regs "$DEV" -o json
json "show-regs as JSON: register and field agree" "j['cap'] & 0xffff == j['fields']['cap']['mqes']"
json "show-regs: the controller is left alone" "j['fields']['cc']['en'] == 0"
ok "show-regs --enabled" znvme show-regs "$DEV" --enabled -o json
json "show-regs --enabled: it is" "j['fields']['csts']['rdy'] == 1 and j['asq'] != 0"
finish
