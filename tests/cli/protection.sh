#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Metadata and protection information by the tool: read, write, compare, write-zeroes, verify, id-ns
# and nvm-id-ns on namespaces of each kind. All on the simulated controller, which has them all.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# device OPTIONS: a new DEV of that kind.
device() {
	rm -f "$TMP"/pi.img "$TMP"/pi.img.meta
	DEV=sim:file=$TMP/pi.img,size=16M,$1
}

# same TEXT FILE: the last output is that file.
same() {
	true_that "$1" cmp "$OUT" "$2"
}

# flip FILE OFFSET: turn a byte over.
flip() {
	python3 -c 'import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)[0]
    f.seek(int(sys.argv[2]))
    f.write(bytes([byte ^ 0xff]))' "$1" "$2"
}

# ---- each kind goes there and back

for kind in ms=8 ms=8,meta=ext pi=1 pi=1,meta=ext pi=2,ms=16 pi=3,ms=64,meta=ext,pip=first \
	pi=1,pif=64,bs=4096 pi=2,pif=64,ms=64,meta=ext,sts=16 pi=3,pif=32,sts=40 pi=1,pif=32,meta=ext; do
	case $kind in
	*bs=4096*) size=4096 ;;
	*) size=512 ;;
	esac
	device "$kind"
	random "$TMP/data" $((1500 * size))
	ok "$kind: write" znvme write "$DEV" -s 11 -d "$TMP/data"
	ok "$kind: read" znvme read "$DEV" -s 11 --blocks 1500
	same "$kind: it is the same" "$TMP/data"
	ok "$kind: read with the metadata" \
		znvme read "$DEV" -s 11 --blocks 1500 -d "$TMP/back" -M "$TMP/metadata"
	true_that "$kind: it is the same, too" cmp "$TMP/data" "$TMP/back"
	ok "$kind: write both" \
		znvme write "$DEV" -s 2000 --blocks 1500 -d "$TMP/data" -M "$TMP/metadata" -p 0
	ok "$kind: read both, unchecked" \
		znvme read "$DEV" -s 2000 --blocks 1500 -d "$TMP/back" -M "$TMP/metadata2" -p 0
	true_that "$kind: the metadata are the same" cmp "$TMP/metadata" "$TMP/metadata2"
	ok "$kind: compare" znvme compare "$DEV" -s 11 -d "$TMP/data"
	ok "$kind: verify" znvme verify "$DEV" -s 11 --blocks 1500
	ok "$kind: write zeroes" znvme write-zeroes "$DEV" -s 11 --blocks 1400
	ok "$kind: read zeroes" znvme read "$DEV" -s 11 --blocks 1400
	head -c $((1400 * size)) /dev/zero >"$TMP/zeroes"
	same "$kind: they are zeroes" "$TMP/zeroes"
	ok "$kind: verify zeroes and data" znvme verify "$DEV" -s 11 --blocks 1500
	ok "$kind: dump" znvme dump "$DEV" --start-block 11 --blocks 1500 -d "$TMP/dump"
done

# ---- tags

device pi=1
random "$TMP/data" 2048
ok "write with an application tag" znvme write "$DEV" -s 5 -d "$TMP/data" -a 0x1234
ok "read, checked by the device" znvme read "$DEV" -s 5 -c 3 -p 7 -r 5 -a 0x1234 -m 0xffff
same "it is the same" "$TMP/data"
ok "read, stripped by the device" znvme read "$DEV" -s 5 -c 3 -p 15 -r 5 -a 0x1234 -m 0xffff
same "it is the same" "$TMP/data"
ok "write, inserted by the device" znvme write "$DEV" -s 5 -d "$TMP/data" -p 8 -a 0x4321
ok "read the metadata" znvme read "$DEV" -s 5 -c 3 -d "$TMP/back" -M "$TMP/metadata"
ok "their tags" od -An -tx1 -j 26 -N 6 "$TMP/metadata"
has "application tag 4321h, reference tag 8" '43 21 00 00 00 08'
fails "a wrong application tag" 'block 5: the application tag is 0x4321 and should be 0x4322' \
	znvme read "$DEV" -s 5 -c 3 -p 7 -a 0x4322 -m 0xffff
has_error "a wrong application tag: the device's words" 'Application Tag Check Error'
ok "… under a mask that hides it" znvme read "$DEV" -s 5 -c 3 -p 7 -a 0x4322 -m 0xfff0
fails "a wrong reference tag" 'Invalid Protection Information' \
	znvme read "$DEV" -s 5 -c 3 -p 1 -r 6
fails "verify: a wrong application tag" \
	'block 5: the application tag is 0x4321 and should be 0x1' \
	znvme verify "$DEV" -s 5 -c 3 -p 2 -a 1 -m 0xffff

# ---- what is wrong on the medium, and in what is to be written

flip "$TMP/pi.img" $((7 * 512 + 100))
fails "a damaged block" 'block 7: the guard is 0x[0-9a-f]* and should be 0x' \
	znvme read "$DEV" -s 5 -c 3
has_error "a damaged block: the device's words" 'Guard Check Error'
fails "a damaged block, found by the host alone" 'block 7: the guard is 0x' \
	znvme compare "$DEV" -s 5 -d "$TMP/data"
fails "verify finds it, too" 'block 7: the guard is 0x' znvme verify "$DEV" -s 0 -c 100
ok "unchecked it can be read" znvme read "$DEV" -s 5 -c 3 -p 0
flip "$TMP/metadata" 12
fails "wrong metadata are not written" 'block 6: the reference tag is 0xff000006 and should be 0x6' \
	znvme write "$DEV" -s 5 -d "$TMP/data" -M "$TMP/metadata" -p 1
ok "unchecked they are" znvme write "$DEV" -s 5 -d "$TMP/data" -M "$TMP/metadata" -p 0
fails "and found" 'block 6: the reference tag is 0xff000006 and should be 0x6' \
	znvme read "$DEV" -s 5 -c 3

device pi=2,pif=64,sts=16
ok "storage and reference tag" znvme write "$DEV" -s 5 -d "$TMP/data" -r 0xfffffffe -g 0xabcd
ok "… are checked" znvme read "$DEV" -s 5 -c 3 -r 0xfffffffe -g 0xabcd -C -p 7
fails "a wrong storage tag" 'block 5: the storage tag is 0xabcd and should be 0xabcc' \
	znvme read "$DEV" -s 5 -c 3 -r 0xfffffffe -g 0xabcc -C -p 7
ok "… that is not to be checked" znvme read "$DEV" -s 5 -c 3 -r 0xfffffffe -g 0xabcc -p 7
fails "verify: a wrong storage tag" 'block 5: the storage tag is 0xabcd and should be 0x1' \
	znvme verify "$DEV" -s 5 -c 3 -r 0xfffffffe -S 1 -C
fails "a reference tag that is too long" 'a reference tag has 32 bits' \
	znvme read "$DEV" -r 0x100000000
fails "a storage tag that is too long" 'a storage tag 16' znvme read "$DEV" -g 0x10000

# ---- what is refused

fails "too little metadata" 'should be 32 bytes of metadata, there are 16' \
	sh -c "head -c 16 /dev/zero | '$ZNVME' write '$DEV' -c 1 -d '$TMP/data' -M - -p 0"
head -c 2000 /dev/zero >"$TMP/much"
fails "too much metadata" 'should be 32 bytes of metadata, there are more' \
	znvme write "$DEV" -c 1 -d "$TMP/data" -M "$TMP/much" -p 0
fails "a metadata size that does not fit" '2 blocks have 32 bytes of metadata' \
	znvme read "$DEV" -c 1 -y 8
fails "metadata that the device keeps" 'the device keeps them to itself' \
	znvme read "$DEV" -M "$TMP/metadata" -p 8
fails "verify does not strip" 'Invalid Protection Information' znvme verify "$DEV" -p 8
fails "PRINFO has four bits" 'prinfo' znvme read "$DEV" -p 16
fails "no metadata" 'has no metadata' znvme read "$SIM" -M "$TMP/metadata"
fails "no protection information" 'prinfo: namespace 1 has no protection information' \
	znvme read "$SIM" -p 7
fails "no tags" 'app-tag: namespace 1 has no protection information' znvme read "$SIM" -a 1
ok "verify without any" znvme verify "$SIM" -c 99
has "verify: what was done" '^verify: Success, 100 blocks$'

# ---- zones

for kind in ms=8 ms=64,meta=ext pi=1 pi=1,meta=ext pi=2,ms=16 pi=3,ms=64,meta=ext,pip=first pi=1,pif=32,meta=ext; do
	device "zoned=1,zone_size=1M,$kind"
	random "$TMP/data" 8192
	ok "zones, $kind: append" znvme zns zone-append "$DEV" -s 2048 -z 4096 -d "$TMP/data"
	ok "zones, $kind: append more" znvme zns zone-append "$DEV" -s 2048 -z 8192 -d "$TMP/data"
	has "zones, $kind: where" '^Success appended data to LBA 808$'
	ok "zones, $kind: write" znvme write "$DEV" -s 2072 -d "$TMP/data"
	ok "zones, $kind: read" znvme read "$DEV" -s 2056 --blocks 16
	same "zones, $kind: it is the same" "$TMP/data"
	ok "zones, $kind: verify" znvme verify "$DEV" -s 2048 --blocks 40
	ok "zones, $kind: dump" znvme dump "$DEV" -d "$TMP/dump"
done
device zoned=1,zone_size=1M,ms=8,meta=ext
random "$TMP/metadata" 64
ok "zones: append metadata" znvme zns zone-append "$DEV" -s 0 -z 4096 -y 64 -d "$TMP/data" -M "$TMP/metadata"
ok "zones: read metadata" znvme read "$DEV" -s 0 --blocks 8 -d "$TMP/back" -M "$TMP/metadata2"
true_that "zones: they are the same" cmp "$TMP/metadata" "$TMP/metadata2"
fails "zones: too few metadata" 'should be 128 bytes of metadata, there are 64' \
	znvme zns zone-append "$DEV" -s 0 -z 8192 -d "$TMP/data" -M "$TMP/metadata"
fails "zones: metadata of another size" '8 blocks have 64 bytes of metadata' \
	znvme zns zone-append "$DEV" -s 0 -z 4096 -y 32 -d "$TMP/data" -M "$TMP/metadata"
fails "zones: no tags to change" 'piremap: namespace 1 has no protection information' \
	znvme zns zone-append "$DEV" -s 0 -z 4096 -d "$TMP/data" -P
device zoned=1,zone_size=1M,pi=1
ok "zones: the device inserts" znvme zns zone-append "$DEV" -s 0 -z 4096 -d "$TMP/data" -p 8 -P
ok "zones: and again" znvme zns zone-append "$DEV" -s 0 -z 4096 -d "$TMP/data" -p 8 -P
ok "zones: their tags are right" znvme read "$DEV" -s 0 --blocks 16 -p 7
fails "zones: type 1 has its tags changed" 'Invalid Protection Information' \
	znvme zns zone-append "$DEV" -s 0 -z 4096 -d "$TMP/data" -p 8
fails "zones: the tag of another zone" 'Invalid Protection Information' \
	znvme zns zone-append "$DEV" -s 0 -z 4096 -d "$TMP/data" -r 5

# ---- Identify

device pi=1,pif=32,sts=20,ms=32,meta=ext,pip=first
ok "id-ns" znvme id-ns "$DEV" -H
has "id-ns: the type" 'Protection Information.*Type 1|Type 1 Enabled'
has "id-ns: where it is" 'In the First Bytes of Metadata'
ok "nvm-id-ns" znvme nvm-id-ns "$DEV"
has "nvm-id-ns: the format in use" '^elbaf +[0-9]+ : qpif:0 pif:1 sts:20 +\(in use\)$'
has "nvm-id-ns: the storage tag's mask" '^lbstm +: 0xfffff$'
ok "nvm id-ns -H" znvme nvm id-ns "$DEV" -H
has "nvm id-ns -H: in words" '32b Guard\) - Storage Tag Size: 20 bits \(in use\)'
ok "nvm-id-ns as JSON" znvme nvm-id-ns "$DEV" -o json
json "nvm-id-ns: the format in use" "j['lbstm'] == 0xfffff and {'qpif': 0, 'pif': 1, 'sts': 20} in j['elbafs']"
ok "nvm-id-ns as bytes" znvme nvm-id-ns "$DEV" -b
true_that "nvm-id-ns: all of them" test "$(wc -c <"$OUT")" -eq 4096
ok "nvm-id-ns-lba-format" znvme nvm-id-ns-lba-format "$DEV" -i 1
has "nvm-id-ns-lba-format: heading" '^NVMe NVM Identify Namespace for LBA format\[1\]:$'
has "nvm-id-ns-lba-format: what the namespace has is there" '^elbaf +[0-9]+ : qpif:0 pif:1 sts:20 *$'
ok "nvm-id-ns-lba-format as JSON" znvme nvm-id-ns-lba-format "$DEV" -o json
json "nvm-id-ns-lba-format: capabilities alone" "'pic' in j and 'lbstm' not in j and {'qpif': 0, 'pif': 1, 'sts': 20} in j['elbafs']"
ok "nvm-id-ns-lba-format as bytes" znvme nvm-id-ns-lba-format "$DEV" -b
true_that "nvm-id-ns-lba-format: all of them" test "$(wc -c <"$OUT")" -eq 4096
fails "nvm-id-ns-lba-format: no such format" 'Invalid Format' znvme nvm-id-ns-lba-format "$DEV" -i 63

finish
