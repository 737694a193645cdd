#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rpmb: each of its actions, and what is refused by the tool, by the library, and by the device. The
# simulated controller keeps its targets beside its file.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

R=sim:file=$TMP/rpmb.img,size=1M,rpmb=2,boot=128K
printf 'a key has thirty-two bytes, yes.' >"$TMP/key"
printf 'another has as many, as well, so' >"$TMP/other"
HEX=$(od -An -tx1 -v "$TMP/key" | tr -d ' \n')

# ---- info

ok "rpmb: info" znvme rpmb "$R"
has "info: targets" '^targets        : 2$'
has "info: method" '^authentication : 0 \(HMAC SHA-256\)$'
ok "info as JSON" znvme rpmb "$R" --cmd info -o json
json "info as JSON" \
	"j == {'targets': 2, 'auth_method': 0, 'target_size': 131072, 'access_size': 4096}"
ok "id-ctrl" znvme id-ctrl "$R"
has "id-ctrl: the field" '^rpmbs +: 0x7000002$'
for cmd in info read-counter read-data read-config; do
	fails "$cmd where there is none" 'has no RPMB targets \(RPMBS bits 2:0\)' \
		znvme rpmb sim: --cmd $cmd
done
fails "program-key where there is none" 'has no RPMB targets \(RPMBS bits 2:0\)' \
	znvme rpmb sim: --cmd program-key --keyfile "$TMP/key" --force
fails "write-data where there is none" 'has no RPMB targets \(RPMBS bits 2:0\)' \
	znvme rpmb sim: --cmd write-data --keyfile "$TMP/key" --msg x

# ---- the key

fails "read-counter without a key there" 'not yet programmed \(0x7\)' znvme rpmb "$R" -c read-counter
fails "program-key asks" 'for all time.*--force' \
	znvme rpmb "$R" -c program-key -g "$TMP/key" </dev/null
fails "program-key: a key is needed" 'needs a key: give --keyfile or --key' \
	znvme rpmb "$R" -c program-key --force
fails "program-key: a key that is too short" '--key has 5 characters' \
	znvme rpmb "$R" -c program-key -k short --force
head -c 31 "$TMP/key" >"$TMP/short"
fails "program-key: a file that is too short" 'has less than the 32 bytes' \
	znvme rpmb "$R" -c program-key -g "$TMP/short" --force
(cat "$TMP/key" && echo) >"$TMP/long"
fails "program-key: a file that is too long" 'has more than the 32 bytes' \
	znvme rpmb "$R" -c program-key -g "$TMP/long" --force
fails "a key by two ways" 'do not go together' \
	znvme rpmb "$R" -c read-counter -k "$HEX" -g "$TMP/key"
if command -v script >/dev/null; then
	run sh -c "echo no | script -qec \"'$ZNVME' rpmb '$R' -c program-key -g '$TMP/key'\" /dev/null"
	has "program-key on a terminal: asked, and told no" 'nothing was done'
fi
ok "program-key" znvme rpmb "$R" -c program-key -g "$TMP/key" --force
has "program-key: what was done" '^rpmb: the key of target 0 is programmed$'
fails "program-key: once" 'General failure \(0x1\): a key is programmed once' \
	znvme rpmb "$R" -c program-key -g "$TMP/other" --force
ok "program-key of the other target" znvme rpmb "$R" -c program-key -t 1 -k "$HEX" --force -o json
json "program-key as JSON" "j == {'target': 1}"
fails "no such target" 'no RPMB target 2: it has 2' znvme rpmb "$R" -c read-counter -t 2
fails "no target at all" '' znvme rpmb "$R" -c read-counter -t 7

# ---- counter and data

ok "read-counter" znvme rpmb "$R" -c read-counter -g "$TMP/key"
has "read-counter: 0" '^Write Counter is: 0$'
random "$TMP/data" 10240
ok "write-data" znvme rpmb "$R" -c write-data -g "$TMP/key" -f "$TMP/data" -O 7
has "write-data: what was done" '^rpmb: 20 blocks written to target 0 from sector 7 on$'
ok "read-data" znvme rpmb "$R" -c read-data -g "$TMP/key" -f "$TMP/back" --address 7 --blocks 20
has "read-data: what was done" '^rpmb: 20 blocks of target 0 from sector 7 on$'
true_that "read-data: it is the same" cmp "$TMP/data" "$TMP/back"
ok "read-data without a key" znvme rpmb "$R" -c read-data -O 8
tail -c +513 "$TMP/data" | head -c 512 >"$TMP/part"
true_that "read-data: to standard output" cmp "$OUT" "$TMP/part"
ok "read-data without a key, to a file" znvme rpmb "$R" -c read-data -O 8 -f "$TMP/back"
has "read-data: that proves nothing" '^Not authenticated: no key was given$'
ok "read-counter after it" znvme rpmb "$R" -c read-counter -k "$HEX" -o json
json "read-counter: three accesses" \
	"j == {'target': 0, 'write_counter': 3, 'authenticated': True}"
ok "write-data: text, in JSON" \
	znvme rpmb "$R" -c write-data -t 1 -g "$TMP/key" -d hello -O 255 -o json
json "write-data as JSON" "j == {'blocks': 1}"
ok "read-data in JSON" znvme rpmb "$R" -c read-data -t 1 -O 255 -o json
json "read-data as JSON" "bytes.fromhex(j['data']) == b'hello' + bytes(507) and not j['authenticated']"
ok "write-data: some of it, from standard input" \
	sh -c "'$ZNVME' rpmb '$R' -c write-data -g '$TMP/key' -b 2 <'$TMP/data'"
has "write-data: two blocks" '^rpmb: 2 blocks'
fails "write-data: more than there are" 'end before --blocks 21' \
	znvme rpmb "$R" -c write-data -g "$TMP/key" -f "$TMP/data" -b 21
fails "write-data: none" 'no data to write' znvme rpmb "$R" -c write-data -g "$TMP/key" -f /dev/null
fails "write-data past the end" 'it ends with sector 255' \
	znvme rpmb "$R" -c write-data -g "$TMP/key" -f "$TMP/data" -O 250
fails "read-data past the end" 'it ends with sector 255' znvme rpmb "$R" -c read-data -O 255 -b 2
fails "write-data with another key" 'MAC\) is wrong' \
	znvme rpmb "$R" -c write-data -g "$TMP/other" -f "$TMP/data"
fails "read-data with another key" 'MAC\) is wrong' znvme rpmb "$R" -c read-data -g "$TMP/other"
ok "nothing of that was written" znvme rpmb "$R" -c read-counter -g "$TMP/key"
has "… but what was before" '^Write Counter is: 4$'
fails "a target of another size" 'give rpmb and rpmb_size as they were' \
	znvme rpmb "$R,rpmb_size=256K" -c read-counter

# ---- a device that lies: a byte of the code, of the nonce, of the data

fails "a wrong code" 'MAC\) is wrong' \
	znvme rpmb "$R,fault=when opcode=0x82 do data=191:00ff" -c read-counter -g "$TMP/key"
fails "a wrong nonce" 'nonce is wrong: it is none to this request' \
	znvme rpmb "$R,fault=when opcode=0x82 do data=224:00ff00ff" -c read-counter
fails "wrong data" 'MAC\) is wrong' \
	znvme rpmb "$R,fault=when opcode=0x82 do data=300:00ff00ff" -c read-data -O 7 -f "$TMP/no" -g "$TMP/key"
true_that "of which there is no file" test ! -e "$TMP/no"
fails "a write whose result is forged" 'MAC\) is wrong' \
	znvme rpmb "$R,fault=when opcode=0x82 nth=2 do data=240:ffff" -c write-data -d x -g "$TMP/key"
fails "a command that fails" '^NVMe status: Internal Error' \
	znvme rpmb "$R,fault=when opcode=0x81 do status=6" -c read-counter

# ---- configuration

ok "read-config" znvme rpmb "$R" -c read-config -g "$TMP/key"
has "read-config: disabled" '^Boot Partition Protection is Disabled$'
has "read-config: its own counter" '^Write Counter is: 0$'
ok "read-config to a file" znvme rpmb "$R" -c read-config -f "$TMP/config"
true_that "read-config: 512 bytes" test "$(wc -c <"$TMP/config")" -eq 512
ok "write-config" znvme rpmb "$R" -c write-config -f "$TMP/config" -g "$TMP/key"
has "write-config: what was done" 'Device Configuration Block is written$'
{ printf '\001\002' && head -c 510 /dev/zero; } >"$TMP/config"
fails "write-config asks" 'for all time.*--force' \
	znvme rpmb "$R" -c write-config -f "$TMP/config" -g "$TMP/key" </dev/null
ok "write-config: protection" znvme rpmb "$R" -c write-config -f "$TMP/config" -g "$TMP/key" --force
ok "read-config as JSON" znvme rpmb "$R" -c read-config -g "$TMP/key" -o json
# The reset at the end of the command has locked both.
json "read-config as JSON" "j == {'bppee': 1, 'bpls': 3, 'wpc': 0, 'write_counter': 2, 'authenticated': True}"
head -c 512 /dev/zero >"$TMP/config"
fails "write-config: it is for good" 'Invalid RPMB Device Configuration Block \(0x8\)' \
	znvme rpmb "$R" -c write-config -f "$TMP/config" -g "$TMP/key"
fails "write-config of something else" 'has 512 bytes, there are 10240' \
	znvme rpmb "$R" -c write-config -f "$TMP/data" -g "$TMP/key"
ok "get-feature: RPMB decides" znvme get-feature "$R" --feature-id 0x85 -H
has "get-feature: so it says" 'Controlled by RPMB'

# ---- options

fails "no such action" 'no --cmd erase: it is info' znvme rpmb "$R" -c erase
fails "an option that does not go with it" '--blocks does not go with --cmd read-counter' \
	znvme rpmb "$R" -c read-counter -b 1
fails "data by two ways" 'do not go together' \
	znvme rpmb "$R" -c write-data -g "$TMP/key" -d x -f "$TMP/data"
ok "help" znvme rpmb --help
has "help: the actions" 'write-config'
ok "completion" znvme completion bash
has "completion: the actions" 'program-key'
finish
