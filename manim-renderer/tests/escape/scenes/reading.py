#! secret-file | file-not-found-error | permission-error
# reads a planted file that every user may read
leak(read(SECRET))
#! private-file | file-not-found-error | permission-error
# reads a planted file of the supervisor's user
leak(read(PRIVATE))
#! secret-picture | rendered | permission-error
# shows a picture file of the machine with ImageMobject; what is not there gets a stand-in
self.add(ImageMobject(PICTURE).scale(4))
self.wait(0.2)
#! secret-drawing | rendered | permission-error
# shows a drawing of the machine with SVGMobject; what is not there gets a stand-in
self.add(SVGMobject(DRAWING).scale(2))
self.wait(0.2)
#! secret-code | file-not-found-error | permission-error
# shows a text file of the machine with Code
code = Code(code_file=SECRET, language="text")
self.add(code)
leak(read(SECRET))
#! secret-by-symbolic-link | file-not-found-error | permission-error
# reads the planted file through a link in its scratch
os.symlink(SECRET, "link")
leak(read("link"))
#! secret-by-hard-link | permission-error
# takes the planted file into its scratch with link()
os.link(SECRET, "link")
leak(read("link"))
#! secret-by-proc | rendered
# reads the planted file through /proc/self/root, /proc/1/root, /proc/self/cwd and descriptors
for root in ["/proc/self/root", "/proc/1/root", f"/proc/{SUPERVISOR}/root", "/proc/self/cwd" + "/.." * 12, "/dev/fd/0/.."]:
    loot = quietly(read, root + SECRET)
    if loot:
        leak(loot)
#! secret-by-dots | file-not-found-error | permission-error
# walks up from its scratch
leak(read("../" * 20 + SECRET))
#! secret-by-handle | permission-error
# opens the planted file by its handle, as the older container escapes did
handle = ctypes.create_string_buffer(136)
struct.pack_into("I", handle, 0, 128)
mount = ctypes.c_int()
call(303, -100, SECRET.encode(), handle, ctypes.byref(mount), 0)
leak(os.read(call(304, os.open("/", os.O_RDONLY), handle, 0), 4096).decode())
#! secret-by-chroot | permission-error
# leaves its root with chroot()
os.mkdir("hole")
os.chroot("hole")
os.chdir("../" * 20)
leak(read(SECRET))
#! secret-by-capture | permission-error
# runs `cat` with Manim's own capture()
from manim.utils.commands import capture
leak(capture(["cat", SECRET])[0])
#! machines-files | rendered
# reads users, passwords, keys and homes of the machine
for path in ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id", "/root/.ssh/id_rsa", "/root/.bashrc", "/proc/version", "/sys/class/net/lo/address", "/proc/net/tcp", "/proc/keys", "/proc/sys/kernel/hostname"]:
    loot = quietly(read, path)
    if loot:
        leak(f"{path}: {loot}")
#! listing | file-not-found-error | permission-error
# lists the directory of the planted files
leak(os.listdir(HOME))
#! environment | rendered
# looks for secrets in its own environment and in what the kernel kept of it
loot = repr(dict(os.environ)) + str(quietly(read, "/proc/self/environ")) + str(quietly(read, "/proc/1/environ"))
if "secret" in loot.lower():
    leak(loot)
#! others-environment | rendered
# reads the environment of the supervisor and of every process that it finds
for pid in [SUPERVISOR, VICTIM, *filter(str.isdigit, quietly(os.listdir, "/proc") or [])]:
    found = re.findall(KIND_OF_SECRET, quietly(read, f"/proc/{pid}/environ") or "")
    if found:
        leak(found)
#! others-command-lines | rendered
# reads what processes of the machine were started with
if quietly(read, f"/proc/{SUPERVISOR}/cmdline") or quietly(read, f"/proc/{VICTIM}/status"):
    leak("a process of the machine can be seen")
#! supervisors-memory | rendered
# reads the supervisor's memory through /proc
maps = quietly(read, f"/proc/{SUPERVISOR}/maps") or ""
for line in maps.splitlines():
    start, end = (int(part, 16) for part in line.split()[0].split("-"))
    with open(f"/proc/{SUPERVISOR}/mem", "rb", 0) as memory:
        memory.seek(start)
        found = re.findall(KIND_OF_SECRET.encode(), quietly(memory.read, end - start) or b"")
        if found:
            leak(found)
#! supervisors-memory-by-call | permission-error
# reads the supervisor's memory with process_vm_readv()
buffer = ctypes.create_string_buffer(4096)
local = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 4096)
call(310, SUPERVISOR, local, 1, local, 1, 0)
leak(buffer.raw)
#! neighbours-files | rendered
# looks for the scratch of the job beside it, again and again
until = time.monotonic() + 0.3
while time.monotonic() < until:
    for pattern in [f"{RENDERERS}/manim-engine-*/job-*/diary", "/manim-scratch/../*/diary", "../job-*/diary", "/proc/*/cwd/diary", "/proc/*/root/manim-scratch/diary"]:
        for path in glob.glob(pattern):
            loot = quietly(read, path)
            if loot:
                leak(loot)
    for number in range(40):
        loot = quietly(read, f"../job-{number}/diary")
        if loot:
            leak(loot)
#! neighbours-memory | rendered
# reads the memory of every process in sight
for pid in filter(str.isdigit, quietly(os.listdir, "/proc") or []):
    if int(pid) == os.getpid():
        continue
    for line in (quietly(read, f"/proc/{pid}/maps") or "").splitlines():
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            memory.seek(start)
            found = re.findall(KIND_OF_SECRET.encode(), quietly(memory.read, min(end - start, 1 << 24)) or b"")
            if found:
                leak(found)
#! inherited-memory | rendered
# looks through its own memory, which was the zygote's, for secrets
found = set()
for line in (quietly(read, "/proc/self/maps") or "").splitlines():
    start, end = (int(part, 16) for part in line.split()[0].split("-"))
    if "rw" in line and end < 1 << 47:
        found |= secrets_in(start, min(end, start + (64 << 20)))
heap = id(object()) & ~0xFFFFF
found |= secrets_in(heap - (16 << 20), heap + (16 << 20))
if found:
    leak(found)
#! inherited-descriptors | held
# keeps what it was given open, to be looked at
look()
#! earlier-frames | rendered
# looks for another job's frames in the shared memory for its own
for number in range(3, 300):
    if "manim-frames" in str(quietly(os.readlink, f"/proc/self/fd/{number}")):
        memory = os.pread(number, 1 << 22, 0)
        if memory.strip(b"\0"):
            leak("frames of another job")
#! name-of-the-machine | rendered | exception
# tells what the machine is called; at L2 it may know, there is no namespace for names
found = os.uname().nodename
if found != "manim":
    leak(f"it is {found}" if LEVEL == 2 else f"this machine is {found}")
