#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Live migration: lm-create-cdq, lm-delete-cdq, lm-get-cdq, lm-set-cdq, lm-track-send, lm-track,
# lm-migration-send and lm-migration-recv, and what is refused by the tool, by the library, and by
# the device.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

L=sim:size=1M,with=lm

# ---- queues

ok "create" znvme lm-create-cdq $L --size 1024 --cntlid 1 --consent
has "create: which one" '^Create CDQ Successful: CDQID=0x0000$'
ok "create as JSON" znvme lm-create-cdq $L -s 16 -c 4 -q 0 -o json
json "create as JSON" "j == {'cdqid': 0}"
fails "create without a size" 'size is missing' znvme lm-create-cdq $L -c 1
fails "create: no whole entries" '1025 dwords are no whole entries' znvme lm-create-cdq $L -s 1025
fails "create: one entry" '1 entries: it has 2 at least' znvme lm-create-cdq $L -s 8
fails "create: another type" 'there is type 0 only' znvme lm-create-cdq $L -s 16 -q 1
fails "create: no such controller" 'Invalid Controller Identifier' znvme lm-create-cdq $L -s 16 -c 5
ok "delete" znvme lm-delete-cdq $L --create 16 --cntlid 1
has "delete: which one" '^Delete CDQ Successful: CDQID=0x0000$'
ok "get" znvme lm-get-cdq $L --create 16
has "get: the head" '^Head Pointer: 0x0$'
has "get: the trigger" '^Tail Pointer Trigger: 0x0$'
ok "get as JSON" znvme lm-get-cdq $L --create 16 -o json
json "get as JSON" "j == {'head_pointer': 0, 'tail_pointer_trigger': 0}"
ok "get as bytes" znvme lm-get-cdq $L --create 16 -b
true_that "get as bytes: 512" test "$(wc -c <"$OUT")" -eq 512
ok "set" znvme lm-set-cdq $L --create 16 --hp 0 --tpt 1
has "set: the head" '^Success. Head Pointer: 0$'
fails "set: a head that was not written" 'Invalid Field' znvme lm-set-cdq $L --create 16 --hp 1
fails "set: a trigger outside" 'Invalid Field' znvme lm-set-cdq $L --create 16 --tpt 2
for command in delete get set; do
	fails "$command: no such queue" 'Invalid Controller Data Queue' znvme lm-$command-cdq $L -C 2
done
fails "a queue by two ways" 'takes the queue that it makes' znvme lm-get-cdq $L --create 16 -C 0
fails "a controller of no queue" 'cntlid is of the queue' znvme lm-get-cdq $L -c 1 -C 0

# ---- tracking

ok "track-send" znvme lm-track-send $L --create 16 --cntlid 1 --sel 0 --start
has "track-send: what was done" '^Track Send \(Log User Data Changes\) Successful$'
ok "track-send --stop" znvme lm-track-send $L --create 16 -s 0 --stop
ok "track-send --mos" znvme lm-track-send $L --create 16 -s 0 -m 1 -o json
json "track-send as JSON" "j == {'cdqid': 0}"
fails "track-send: an action that there is not" 'Invalid Field' \
	znvme lm-track-send $L --create 16 -s 0 -m 2
fails "track-send: both" 'do not go together' \
	znvme lm-track-send $L --create 16 -s 0 --start --stop
fails "track-send: memory" 'there is 0 only' znvme lm-track-send $L --create 16 -s 1 --start
fails "track-send: what" 'sel is missing' znvme lm-track-send $L --create 16 --start
fails "track-send: no such queue" 'Invalid Controller Data Queue' \
	znvme lm-track-send $L -s 0 --start -C 3

ok "track: a guest that writes" znvme lm-track "$L,guest=5" --cntlid 1 --duration 0
has "track: a change" '^nsid 1: 8 blocks from 16 on$'
has "track: blocks that are given back" '^nsid 1: 8 blocks from 24 on, deallocated$'
has "track: all of them" '^lm-track: 5 changes by controller 1; the log.s end: stopped$'
ok "track as JSON" znvme lm-track "$L,guest=5" -c 2 -d 0 -o json
json "track as JSON" "j['cntlid'] == 2 and j['end'] == 'stopped' and len(j['changes']) == 5 and \
	j['changes'][3] == {'nsid': 1, 'slba': 24, 'blocks': 8, 'all': False, 'deallocated': True}"
ok "track: more than the queue has room for" znvme lm-track "$L,guest=50" -c 1 -d 0 -e 16 -o json
json "track: it is full" "j['end'] == 'full' and len(j['changes']) == 14"
ok "track: that is said" znvme lm-track "$L,guest=50" -c 1 -d 0 -e 16
has "track: what to do" 'not known: take more --entries'
ok "track: a guest that does nothing" znvme lm-track $L -c 1 -d 0
has "track: no changes" '^lm-track: 0 changes'
ok "track: it stops at a count" timeout 20 "$ZNVME" lm-track "$L,guest=3" -c 1 -d 3600 --count 2
fails "track: whose" 'cntlid is missing' znvme lm-track $L

# ---- migration

ok "recv" znvme lm-migration-recv $L --cntlid 1 --csvi 1
has "recv: suspended or not" '^CDW0: 0x0: Controller NOT Suspended$'
has "recv: the header" '^NVMe Controller State Size \(NVMECSS\) +: 14$'
has "recv: a queue" '^PRP Entry 1 \(IOSQPRP1\) +: 0x100000$'
ok "recv -H" znvme lm-migration-recv $L --cntlid 1 --csvi 1 -H
has "recv -H: bits" '\[31:16\] : 0x1.*Interrupt Vector \(IOCQIV\): 1'
ok "recv as JSON" znvme lm-migration-recv $L -c 2 -V 1 -o json
json "recv as JSON: as nvme-cli has it" "j['nvme controller state size'] == 14 and \
	j['nvme controller state']['number of io submission queues'] == 1 and \
	j['nvme controller state']['io submission queue list'][0]['io submission prp entry 1'] == 0x200000 and \
	j['nvme controller state']['io completion queue list'][0]['io completion queue attributes'] == 0x10003"
ok "recv: no part of it" znvme lm-migration-recv $L -c 1 -o json
json "recv: a header only" "j['nvme controller state size'] == 0"
ok "recv of this controller" znvme lm-migration-recv $L -c 0 -V 1
ok "recv to a file" znvme lm-migration-recv $L -c 1 -V 1 -f "$TMP/state"
true_that "recv to a file: all of it" test "$(wc -c <"$TMP/state")" -eq 104
ok "recv: a part" znvme lm-migration-recv $L -c 1 -V 1 -O 48 -n 1 -b
tail -c +49 "$TMP/state" | head -c 8 >"$TMP/part"
true_that "recv: the same part" cmp "$OUT" "$TMP/part"
fails "recv: a part is not shown" 'goes with --raw-binary' znvme lm-migration-recv $L -c 1 -O 48
fails "recv: too little" 'header of 48 bytes: there are 44' \
	znvme lm-migration-recv $L -c 1 -V 1 -n 10
fails "recv: no such version" 'Invalid Field' znvme lm-migration-recv $L -c 1 -V 2
fails "recv: whose" 'cntlid is missing' znvme lm-migration-recv $L
fails "recv: another operation" 'Get Controller State' znvme lm-migration-recv $L -c 1 -s 1

ok "suspend" znvme lm-migration-send $L --sel 0 --stype 1 --cntlid 1 --dudmq
has "suspend: what was done" '^Migration Send \(Suspend\) Successful$'
fails "suspend itself" 'Invalid Controller Identifier' \
	znvme lm-migration-send $L --sel 0 --stype 1 --cntlid 0
fails "resume: it is not suspended" 'Controller Not Suspended' znvme lm-migration-send $L -s 1 -c 1
fails "set: it is not suspended" 'Controller Not Suspended' \
	znvme lm-migration-send $L -s 2 -c 1 -V 1 -f "$TMP/state"
fails "set without a file" 'input-file is missing' znvme lm-migration-send $L -s 2 -c 1
fails "set: more than the file" 'fewer than --numd' \
	znvme lm-migration-send $L -s 2 -c 1 -n 1000 -f "$TMP/state"
fails "suspend with a version" '--csvi does not go with --sel 0 \(Suspend\)' \
	znvme lm-migration-send $L -s 0 -c 1 -V 1
fails "resume with a type" '--stype does not go with --sel 1 \(Resume\)' \
	znvme lm-migration-send $L -s 1 -c 1 -t 1
fails "send: what, whose" 'sel and --cntlid are needed' znvme lm-migration-send $L -c 1

# ---- a device without it

fails "create where there is none" 'no Controller Data Queue \(OACS bit 11\)' \
	znvme lm-create-cdq sim: -s 16
fails "delete where there is none" 'no Controller Data Queue \(OACS bit 11\)' \
	znvme lm-delete-cdq sim: -C 0
fails "track where there is none" 'no Controller Data Queue \(OACS bit 11\)' \
	znvme lm-track sim: -c 1
fails "track-send where there is none" 'no Track Send \(OACS bit 11\)' \
	znvme lm-track-send sim: -s 0 --start
fails "recv where there is none" 'no Migration Receive \(OACS bit 11\)' \
	znvme lm-migration-recv sim: -c 1
fails "send where there is none" 'no Migration Send \(OACS bit 11\)' \
	znvme lm-migration-send sim: -s 1 -c 1
fails "a queue as a raw command" "driver's own command" \
	znvme admin-passthru $L --opcode 0x45 --cdw11 1 --cdw12 16
fails "guest without lm" "needs with=lm" znvme id-ctrl sim:guest=3
ok "id-ctrl" znvme id-ctrl $L
has "id-ctrl: what is tracked" '^trattr +: 2$'
has "id-ctrl: queues" '^mcudmq +: 4$'

finish
