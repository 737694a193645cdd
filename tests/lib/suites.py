# SPDX-License-Identifier: MIT
#
# Which test suites there are: a row each. A command is a program that writes TAP; in it {build} is
# the build directory of the variant and {repo} the source tree: $BUILD and $REPO in its environment.

TIERS = ("unit", "sim", "qemu", "vm")
BOTH = ("release", "asan")  # build directories: DIR and DIR/asan; "tsan" is DIR/tsan, "fuzz" DIR/fuzz,
# "valgrind" is DIR again


class Suite:
    def __init__(self, tier, name, command, timeout=120, variants=("release",)):
        self.tier = tier
        self.name = name
        self.command = command
        self.timeout = timeout  # seconds; a hard limit, far above what it takes
        self.variants = variants


UNIT_PROGRAMS = ("address", "admin", "command", "constructors", "error", "field", "hash", "iova", "perf", "pi", "prp",
                 "spec_libnvme", "vfio_caps")
UNIT_SCRIPTS = ("floors", "headers", "library", "source")
SIM_PROGRAMS = ("sim_arbiter", "sim_cmb", "sim_commands", "sim_controller", "sim_data", "sim_dbbuf",
                "sim_faults", "sim_hmb", "sim_irq", "sim_kv", "sim_manage", "sim_pi", "sim_place", "sim_power", "sim_resv",
                "sim_rpmb", "sim_script", "sim_zns", "sim_zones")
CLI_UNIT_SCRIPTS = ("host", "host_bind")
CLI_SIM_SCRIPTS = ("completion", "consent", "device", "docs", "exec", "feat", "help", "identify", "image", "io", "lm",
                   "logs", "man", "manage", "names", "output", "passthru", "perf", "protection", "rpmb", "sets", "top", "zns")

# Under valgrind, and under TSan: all but what goes through so many cases that it would take minutes.
VALGRIND_UNIT_PROGRAMS = tuple(name for name in UNIT_PROGRAMS if name != "prp")
SLOW_UNDER_VALGRIND = ("path: every part of a PRP list", "path: no wake-up is lost in a million",
                       "limits: all 65,535 mappings")
SLOW_UNDER_TSAN = ("path: every part of a PRP list", "limits: all 65,535 mappings")

# What each kind of device must offer, so that no test vanishes unseen: see device_test --help.
NVM = "compare,dsm,write-zeroes,log-offset,write-cache,sgl,format"
SIM = NVM + (",copy,ns-attach,sim,verify,write-uncorrectable,interrupts,user-mappings,big-memlock,register-ops,iommu,fused"
             ",reservations,lba-status,streams")
QEMU = NVM + ",copy,interrupts,function-reset,big-memlock,register-ops"
VFIO = NVM + ",interrupts,function-reset,user-mappings,owner,iommu"

# name: simulated controller: more that it must offer
SIM_DEVICES = (
    ("default", "sim:", "four-queues,plain-sim"),
    ("4 KiB blocks, two namespaces", "sim:bs=4096,ns=2,nn=8,size=32M",
     "four-queues,4k-blocks,two-namespaces"),
    ("no MDTS", "sim:mdts=0,size=128M", "four-queues,long-lists"),
    ("8 KiB at a time", "sim:mdts=1", "four-queues"),
    ("one queue", "sim:queues=1", ""),
    ("two vectors", "sim:vectors=2", "four-queues"),
    ("one vector", "sim:vectors=1", "four-queues"),
    ("latency", "sim:latency=0-400,seed=3", "four-queues"),
    ("wide doorbells, 8 KiB pages", "sim:dstrd=3,mpsmin=1", "four-queues"),
    ("39 bits of IOVA", "sim:iova=39", "four-queues"),
    ("shadow doorbells", "sim:dbbuf=1", "four-queues"),
    ("controller memory buffer", "sim:cmb=1M", "four-queues,cmb"),
    ("host memory buffer, persistent memory", "sim:hmb=2M,pmr=1M", "four-queues,pmr"),
    ("data placement, atomic 16 blocks", "sim:fdp=8,fdp_ru=1M,awun=16", "four-queues,fdp"),
    ("weighted round robin, few at a time", "sim:wrr=1,inflight=4,latency=0-50", "four-queues"),
)

# build: runs of the swarm
SWARM_RUNS = (("release", 2000), ("asan", 300), ("tsan", 150))
# name: simulated controller with a zoned namespace: more that it must offer
ZONES = "zoned=0+1,zone_size=1M"
SIM_ZONES = (
    ("zones", "sim:size=16M+16M," + ZONES, ""),
    ("zones with all there is", "sim:size=16M+16M," + ZONES + ",zone_cap=768K,max_open=4,max_active=6,ext=64,zrwa=64K,"
     "zrwafg=4K,numzrwa=2,zasl=4,read_across=1", "zrwa,zone-extensions,zone-limits"),
    ("zones, 4 KiB blocks, 8 KiB at a time, latency",
     "sim:size=16M+18M,bs=4096," + ZONES + ",zone_cap=512K,mdts=1,latency=0-100", ""),
    ("zones, shadow doorbells", "sim:size=16M+64M,dbbuf=1,zoned=0+1,zone_size=4M,ext=192", "zone-extensions"),
)

# The first namespace is zoned, and its blocks have metadata.
SIM_ZONE_METADATA = (
    ("metadata apart", "ms=8", ""),
    ("metadata with the data, small appends", "ms=64,meta=ext,zasl=1", ""),
    ("type 1", "pi=1,zone_cap=768K", "pi"),
    ("type 1, with the data, 8 KiB at a time", "pi=1,meta=ext,mdts=1", "pi"),
    ("type 2, more metadata", "pi=2,ms=16", "pi"),
    ("type 3, first of them", "pi=3,ms=64,meta=ext,pip=first", "pi"),
    ("64-bit guard", "pi=1,pif=64,bs=4096", "pi,4k-blocks"),
    ("64-bit guard, storage tag", "pi=2,pif=64,ms=32,meta=ext,sts=16,stm=0x0ff0", "storage-tag"),
    ("32-bit guard, first", "pi=1,pif=32,ms=64,meta=ext,sts=64,pip=first", "storage-tag"),
)
QEMU_ZONE_METADATA = (
    ("metadata apart", "ms=8,ns=", ""),
    ("metadata with the data", "ms=16,ns=mset=1+", ""),
    ("type 1", "ms=8,ns=pi=1+", "pi"),
    ("type 2, with the data", "ms=8,ns=pi=2+mset=1+", "pi"),
    ("type 3, first of them", "ms=64,ns=pi=3+pil=1+mset=1+", "pi"),
    ("64-bit guard", "bs=4096,ms=16,ns=pi=1+pif=2+", "pi,4k-blocks"),
)

# name: QEMU's model: more that it must offer
QEMU_DEVICES = (
    ("default", "qemu:", "four-queues"),
    ("4 KiB blocks, two namespaces", "qemu:bs=4096,nsid=1+3",
     "four-queues,4k-blocks,two-namespaces"),
    ("a subsystem", "qemu:nsid=1+2,subsys=nqn=subsystem", "four-queues,ns-attach,two-namespaces"),
    ("long lists", "qemu:nvme=mdts=10,size=128M", "four-queues,long-lists"),
    ("8 KiB at a time", "qemu:nvme=mdts=1", "four-queues"),
    ("one queue", "qemu:nvme=max_ioqpairs=1", ""),
    ("two vectors", "qemu:nvme=msix_qsize=2", "four-queues"),
    ("all at once", "qemu:bs=4096,nvme=mdts=1+max_ioqpairs=2+msix_qsize=1", "4k-blocks"),
    ("controller memory buffer", "qemu:nvme=cmb_size_mb=4", "four-queues"),
)

# The same of QEMU's.
QEMU_ZONED = "nsid=1+2,last=zoned=true+zoned.zone_size=2M"
QEMU_ALL_ZONED = (QEMU_ZONED + "+zoned.zone_capacity=1M+zoned.max_open=4+zoned.max_active=6+zoned.descr_ext_size=64"
                  "+zoned.zrwas=64K+zoned.zrwafg=4K+zoned.numzrwa=2")
QEMU_ZONES = (
    ("zones", "qemu:size=32M," + QEMU_ZONED, ""),
    ("zones with all there is", "qemu:size=32M," + QEMU_ALL_ZONED + ",nvme=zoned.zasl=4", "zrwa,zone-extensions,zone-limits"),
    ("zones, 4 KiB blocks, 8 KiB at a time", "qemu:size=32M,bs=4096," + QEMU_ALL_ZONED + ",nvme=mdts=1",
     "zrwa,zone-extensions,zone-limits"),
)

# Metadata and protection information of each kind: simulated, and by QEMU's model.
SIM_PROTECTION = (
    ("metadata apart", "sim:ms=8", "metadata"),
    ("metadata with the data", "sim:ms=64,meta=ext", "metadata"),
    ("type 1", "sim:pi=1", "pi"),
    ("type 1, with the data", "sim:pi=1,meta=ext", "pi"),
    ("type 2, more metadata", "sim:pi=2,ms=16", "pi"),
    ("type 3, first of them", "sim:pi=3,ms=64,meta=ext,pip=first", "pi"),
    ("64-bit guard", "sim:pi=1,pif=64,bs=4096", "pi,4k-blocks"),
    ("64-bit guard, storage tag", "sim:pi=2,pif=64,ms=32,meta=ext,sts=16,stm=0x0ff0", "storage-tag"),
    ("32-bit guard, type 3", "sim:pi=3,pif=32,sts=40", "storage-tag"),
    ("32-bit guard, first", "sim:pi=1,pif=32,ms=64,meta=ext,sts=64,pip=first", "storage-tag"),
    ("nothing but a storage tag", "sim:pi=1,sts=32,ms=64", "storage-tag"),
    ("storage and reference tag", "sim:pi=2,sts=12,bs=4096,ms=128", "storage-tag"),
)
QEMU_PROTECTION = (
    ("metadata apart", "qemu:ms=8", "metadata"),
    ("metadata with the data", "qemu:ms=16,ns=mset=1", "metadata"),
    ("type 1", "qemu:ms=8,ns=pi=1", "pi"),
    ("type 1, with the data", "qemu:ms=8,ns=pi=1+mset=1", "pi"),
    ("type 2, more metadata", "qemu:ms=64,ns=pi=2", "pi"),
    ("type 3, first of them", "qemu:ms=64,ns=pi=3+pil=1+mset=1", "pi"),
    ("64-bit guard", "qemu:bs=4096,ms=16,ns=pi=1+pif=2", "pi"),
    ("64-bit guard, first", "qemu:ms=64,ns=pi=2+pil=1+mset=1+pif=2", "pi"),
    ("64-bit guard, type 3", "qemu:ms=16,ns=pi=3+mset=1+pif=2", "pi"),
)

# A device whose namespace has protection information.
VM_PROTECTION = ["--nvme", "none", "--qemu",
                 "-drive id=pi,if=none,snapshot=on,format=raw,file.driver=null-co"
                 ",file.read-zeroes=on,file.size=64M"
                 " -device nvme,id=pi0,serial=pi,addr=01.0"
                 " -device nvme-ns,drive=pi,bus=pi0,nsid=1,ms=8,pi=1"]

# name: options of scripts/vm: more that the device must offer
VM_DEVICES = (
    ("default, 39 bits", [], "four-queues"),
    ("4 KiB blocks, 48 bits",
     ["--aw-bits", "48", "--nvme", "logical_block_size=4096,physical_block_size=4096"],
     "four-queues,4k-blocks"),
    ("one queue", ["--nvme", "max_ioqpairs=1"], ""),
    ("two vectors", ["--nvme", "msix_qsize=2"], "four-queues"),
    ("8 KiB at a time", ["--nvme", "mdts=1"], "four-queues"),
    ("controller memory buffer", ["--nvme", "cmb_size_mb=4"], "four-queues,cmb"),
    ("persistent memory", ["--nvme", "pmrdev=pmr", "--qemu",
                           "-object memory-backend-ram,id=pmr,share=on,size=16M"], "four-queues,pmr"),
)

# A zoned namespace beside the first one; its disk forgets all when the machine ends.
VM_ZONED = ["--qemu", "-drive id=zoned,if=none,file=null-co://,file.read-zeroes=on,file.size=32M,format=raw,snapshot=on"
            " -device nvme-ns,drive=zoned,bus=nvme0,nsid=2,logical_block_size=512,physical_block_size=512,zoned=true"
            ",zoned.zone_size=2M,zoned.zone_capacity=1M,zoned.max_open=4,zoned.max_active=6,zoned.descr_ext_size=64"
            ",zoned.zrwas=64K,zoned.zrwafg=4K,zoned.numzrwa=2"]

# The same machines for the tool's round trip with the kernel's driver.
VM_TRIPS = (
    ("default, 39 bits", []),
    ("default, 48 bits", ["--aw-bits", "48"]),
    ("4 KiB blocks", ["--nvme", "logical_block_size=4096,physical_block_size=4096"]),
    ("one queue", ["--nvme", "max_ioqpairs=1"]),
    ("two vectors", ["--nvme", "msix_qsize=2"]),
    ("8 KiB at a time", ["--nvme", "mdts=1"]),
)

# fio, a second namespace, and a second device whose reads of its first MiB fail.
VM_FIO = ["--extra-file", "/usr/bin/fio:/usr/bin/fio",
          "--qemu", "-drive id=second,if=none,file=null-co://,file.read-zeroes=on,file.size=1G,format=raw"
          " -device nvme-ns,drive=second,bus=nvme0,nsid=2"
          " -drive id=failing,if=none,format=raw,file.driver=blkdebug,file.image.driver=null-co"
          ",file.image.read-zeroes=on,file.image.size=64M"
          ",file.inject-error.0.event=read_aio,file.inject-error.0.sector=2048"
          " -device nvme,id=nvme1,serial=failing,drive=failing,addr=02.0"]


# A device that takes a millisecond for each command.
VM_SLOW = ["--nvme", "none", "--qemu",
           "-drive id=slow,if=none,file=null-co://,file.read-zeroes=on,file.size=1G,format=raw"
           ",throttling.iops-total=1000 -device nvme,serial=slow,drive=slow,addr=01.0"]

# A subsystem with two namespaces, which can be detached and attached.
VM_SUBSYSTEM = ["--nvme", "none", "--qemu",
                "-device nvme-subsys,id=subsys,nqn=subsystem"
                " -drive id=one,if=none,file=null-co://,file.read-zeroes=on,file.size=64M,format=raw"
                " -drive id=two,if=none,file=null-co://,file.read-zeroes=on,file.size=64M,format=raw"
                " -device nvme,id=nvme0,serial=managed,subsys=subsys,addr=01.0"
                " -device nvme-ns,drive=one,bus=nvme0,nsid=1 -device nvme-ns,drive=two,bus=nvme0,nsid=2"]
# A controller with two virtual functions, which share its queues and vectors.
VM_SRIOV = ["--nvme", "none", "--qemu",
            "-device nvme-subsys,id=subsys0 -device pcie-root-port,id=rp0,chassis=9,slot=9,addr=08.0"
            " -drive id=d0,if=none,file=null-co://,file.read-zeroes=on,file.size=1G,format=raw,snapshot=on"
            " -device nvme,id=pf,serial=sriov,bus=rp0,subsys=subsys0,sriov_max_vfs=2,sriov_vq_flexible=8"
            ",sriov_vi_flexible=8,max_ioqpairs=12,msix_qsize=13"
            " -device nvme-ns,drive=d0,bus=pf,nsid=1"]
# A device that takes minutes to read (holes of a file).
VM_BIG = ["--size", "64G"]

# A namespace with metadata and a zoned one beside the first. nvme-cli reads the registers past the
# kernel's driver, which that argument allows.
VM_EXEC = ["--append", "iomem=relaxed", "--qemu",
           "-drive id=second,if=none,file=null-co://,file.read-zeroes=on,file.size=64M,format=raw"
           " -device nvme-ns,drive=second,bus=nvme0,nsid=2,ms=8"
           " -drive id=third,if=none,file=null-co://,file.read-zeroes=on,file.size=64M,format=raw"
           " -device nvme-ns,drive=third,bus=nvme0,nsid=3,zoned=on,zoned.zone_size=4M"]

VM_TWO = ["--nvme", "", "--nvme", ""]

# Two devices of one kind, and Debian's udev.
VM_UDEV = VM_TWO + ["--extra-file", "/bin/udevadm:/usr/bin/udevadm"]
for name in ("50-udev-default", "80-drivers"):
    VM_UDEV += ["--extra-file", f"/usr/lib/udev/rules.d/{name}.rules:/usr/lib/udev/rules.d/{name}.rules"]

# A slot to be pulled from and plugged into.
VM_SLOT = ["--hotplug"]


def device_test(address, expected, without=()):
    command = ["{build}/tests/device_test", "--expect", expected.rstrip(",")]
    if without:
        command += ["--seconds", "200"]
    for name in without:
        command += ["--except", name]
    return command + [address]


def vm(options, *command, limit):
    return (["{repo}/scripts/vm", "run", "--root", "{build}/vm-root", "--timeout", str(limit)]
            + options + ["--"] + list(command))


def suites():
    rows = []

    def add(*args, **kwargs):
        rows.append(Suite(*args, **kwargs))

    for name in UNIT_PROGRAMS:
        add("unit", name, ["{build}/tests/unit_" + name], variants=BOTH)
    for name in VALGRIND_UNIT_PROGRAMS:
        add("unit", "accesses: " + name, ["{build}/tests/unit_" + name], variants=("valgrind",))
    for name in UNIT_SCRIPTS:
        add("unit", name, ["{repo}/tests/unit/" + name + ".sh"])
    add("unit", "runner", ["{repo}/tests/unit/runner.py"])
    for name in CLI_UNIT_SCRIPTS:
        add("unit", "cli " + name, ["{repo}/tests/cli/" + name + ".sh"], variants=BOTH)

    for name in SIM_PROGRAMS:
        add("sim", name, ["{build}/tests/unit_" + name], variants=BOTH + ("tsan",))
    for name in SIM_PROGRAMS:
        add("sim", "accesses: " + name, ["{build}/tests/unit_" + name], variants=("valgrind",))
    for name, address, more in SIM_DEVICES:
        add("sim", "device: " + name, device_test(address, SIM + "," + more),
            timeout=600, variants=BOTH)
    for name, address, more in SIM_ZONES:
        add("sim", "device: " + name, device_test(address, SIM + ",two-namespaces,zones," + more) + ["zns*"],
            timeout=300, variants=BOTH)
    for name, options, more in SIM_ZONE_METADATA:
        add("sim", "zones with metadata: " + name,
            device_test("sim:size=16M,zoned=1,zone_size=1M," + options, SIM + ",zones,metadata," + more)
            + ["zone metadata:*"], variants=BOTH)
    for name, address, more in SIM_PROTECTION:
        add("sim", "protection: " + name, device_test(address, SIM + "," + more) + ["protection:*"],
            variants=BOTH)
    add("sim", "out of memory", ["{build}/tests/oom_test"], timeout=300, variants=BOTH)
    # Random load, random faults: docs/testing.md.
    for variant, runs in SWARM_RUNS:
        add("sim", f"swarm: {runs} runs", ["{build}/tests/swarm", "--runs", str(runs)], timeout=600,
            variants=(variant,))
    # All of it where threads are watched, and where every access to memory is: but for these.
    add("sim", "threads: device", device_test("sim:", "", SLOW_UNDER_TSAN), timeout=900,
        variants=("tsan",))
    add("sim", "accesses: device", device_test("sim:", "", SLOW_UNDER_VALGRIND), timeout=900,
        variants=("valgrind",))
    add("sim", "device: a file", ["{repo}/tests/device/file.sh", SIM + ",owner,four-queues"],
        timeout=300, variants=BOTH)
    for name in CLI_SIM_SCRIPTS:
        add("sim", "cli " + name, ["{repo}/tests/cli/" + name + ".sh"], timeout=300, variants=BOTH)
    add("sim", "libFuzzer", ["{repo}/tests/fuzz/run"], timeout=300, variants=("fuzz",))
    add("sim", "fio engine", ["{repo}/tests/fio/engine.sh"], timeout=300)
    add("sim", "readme", ["{repo}/tests/readme.sh", "host"], timeout=300)

    add("qemu", "qtest device", ["{build}/tests/qtest_device"], variants=BOTH)
    for name, address, more in QEMU_DEVICES:
        add("qemu", "device: " + name, device_test(address, QEMU + "," + more), timeout=300)

    for name, address, more in QEMU_ZONES:
        add("qemu", "device: " + name, device_test(address, QEMU + ",two-namespaces,zones," + more) + ["zns*"],
            timeout=300)
    for name, options, more in QEMU_ZONE_METADATA:
        add("qemu", "zones with metadata: " + name,
            device_test(f"qemu:size=16M,{options}zoned=true+zoned.zone_size=1M", QEMU + ",zones,metadata," + more)
            + ["zone metadata:*"])
    for name, address, more in QEMU_PROTECTION:
        add("qemu", "protection: " + name,
            device_test(address, QEMU + "," + more) + ["protection:*"])

    for name, options, more in VM_DEVICES:
        expected = (VFIO + "," + more).rstrip(",")
        add("vm", "device: " + name,
            vm(options, "/znvme/tests/vm/device.sh", "--expect", expected, limit=500), timeout=540)
    add("vm", "device: zones",
        vm(VM_ZONED, "/znvme/tests/vm/device.sh", "--expect",
           VFIO + ",two-namespaces,zones,zrwa,zone-extensions,zone-limits", "--only", "zns*", limit=300),
        timeout=340)
    add("vm", "zones", vm(VM_ZONED, "/znvme/tests/vm/zns.sh", limit=300), timeout=340)
    for name, options in VM_TRIPS:
        add("vm", "roundtrip: " + name, vm(options, "/znvme/tests/vm/roundtrip.sh", limit=300),
            timeout=340)
    add("vm", "protection information", vm(VM_PROTECTION, "/znvme/tests/vm/protection.sh", limit=200),
        timeout=240)
    add("vm", "misc", vm([], "/znvme/tests/vm/misc.sh", limit=200), timeout=240)
    add("vm", "misc without IOMMU",
        vm(["--append", "intel_iommu=off"], "/znvme/tests/vm/misc.sh", limit=200), timeout=240)
    add("vm", "cli host", ["{repo}/tests/cli/host_vm.sh", "--root", "{build}/vm-root"], timeout=340)
    add("vm", "fio engine over VFIO", vm(VM_FIO, "/znvme/tests/vm/fio.sh", limit=300), timeout=340)
    add("vm", "manage", vm(VM_SUBSYSTEM, "/znvme/tests/vm/manage.sh", limit=200), timeout=240)
    add("vm", "waiting", vm(VM_SLOW, "/znvme/tests/vm/waiting.sh", limit=150), timeout=180)
    add("vm", "isolation", vm(VM_TWO, "/znvme/tests/vm/isolation.sh", limit=200), timeout=240)
    add("vm", "udev", vm(VM_UDEV, "/znvme/tests/vm/udev.sh", limit=280), timeout=320)
    add("vm", "unplug", vm(VM_SLOT, "/znvme/tests/vm/unplug.sh", limit=280), timeout=320)
    add("vm", "SR-IOV", vm(VM_SRIOV, "/znvme/tests/vm/sriov.sh", limit=300), timeout=340)
    add("vm", "hold", vm(VM_BIG, "/znvme/tests/vm/hold.sh", limit=200), timeout=240)
    add("vm", "no-IOMMU mode", vm([], "/znvme/tests/vm/noiommu.sh", limit=150), timeout=180)
    add("vm", "clock steps", vm([], "/znvme/tests/vm/clock.sh", limit=200), timeout=240)
    add("vm", "kill -9", vm([], "/znvme/tests/vm/kill.sh", limit=240), timeout=280)
    add("vm", "nvme-cli, kernel against exec", vm(VM_EXEC, "/znvme/tests/vm/exec.sh", limit=1000),
        timeout=1040)
    add("vm", "readme", ["{repo}/tests/readme.sh", "vm"], timeout=340)
    return rows
