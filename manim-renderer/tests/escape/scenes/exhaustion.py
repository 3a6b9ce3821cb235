#! memory | memory-limit or memory-error
# takes memory block by block
blocks = []
while True:
    blocks.append(bytearray(b"1" * 8_000_000))
#! memory-at-once | memory-error
# takes a hundred gigabytes at once
block = bytearray(100_000_000_000)
#! shared-memory | memory-limit or memory-error or os-error
# takes memory that it shares with nobody
blocks = []
while True:
    block = mmap.mmap(-1, 32 << 20)
    for page in range(0, 32 << 20, 4096):
        block[page] = 1
    blocks.append(block)
#! memory-file | permission-error
# keeps memory in a file without a name, where no limit of address space counts it
number = os.memfd_create("x")
look()
#! memory-segment | permission-error
# takes memory that outlives it
call(29, 0, 1 << 20, 0o1666)
look()
#! larger-ring | permission-error
# makes the shared memory for frames larger, or cuts it under the supervisor's hands
for number in range(3, 300):
    if quietly(lambda: os.fstat(number).st_size) == 854 * 480 * 4 * 3:
        quietly(os.posix_fallocate, number, 0, 1 << 30)
        quietly(os.pwrite, number, b"x", 1 << 30)
        os.ftruncate(number, 0)
raise PermissionError("without a ring")
#! disk | scratch-limit
# fills its scratch with one file
with open("file", "wb") as file:
    while True:
        file.write(bytes(1_000_000))
#! disk-by-many | scratch-limit
# fills its scratch with many files
for number in range(1000):
    with open(f"file-{number}", "wb") as file:
        file.write(bytes(100_000))
time.sleep(60)
#! files | scratch-limit
# makes files until there are no numbers for them
for number in range(25_000):
    quietly(write, f"{number}", "")
write("the-last", "x" * 100_000)
time.sleep(60)
#! hidden-files | scratch-limit
# fills its scratch with files that are open and have no name any more
files = []
for number in range(40):
    files.append(open(f"file-{number}", "wb"))
    os.unlink(f"file-{number}")
    files[-1].write(bytes(500_000))
    files[-1].flush()
look() if LEVEL == 3 else time.sleep(60)
#! hidden-by-replacing | scratch-limit | permission-error
# fills its scratch with files that others took the names of
files = []
for number in range(40):
    files.append(open("file", "wb"))
    files[-1].write(bytes(500_000))
    files[-1].flush()
    write("other")
    os.rename("other", "file")
look()
#! nameless-files | scratch-limit | permission-error
# fills its scratch with files that never had a name
files = []
for number in range(40):
    files.append(os.fdopen(os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600), "wb"))
    files[-1].write(bytes(500_000))
    files[-1].flush()
look()
#! allocated-files | scratch-limit | os-error
# takes disk without writing to it
for number in range(40):
    descriptor = os.open(f"file-{number}", os.O_CREAT | os.O_RDWR)
    call(285, descriptor, 0, 0, 500_000)
look()
#! deep-directories | scratch-limit or rendered
# nests directories until nobody can reach the innermost, or clear them away
for _ in range(5000):
    os.mkdir("d")
    os.chdir("d")
#! unreachable-files | scratch-limit
# hides files in directories too deep for a name
for _ in range(40):
    os.mkdir("d" * 250)
    os.chdir("d" * 250)
for number in range(40):
    with open(f"file-{number}", "wb") as file:
        file.write(bytes(500_000))
time.sleep(60)
#! unreadable-directory | scratch-limit
# hides files in a directory that cannot be listed
os.umask(0)
os.mkdir("d", 0o300)
for number in range(40):
    with open(f"d/file-{number}", "wb") as file:
        file.write(bytes(500_000))
time.sleep(60)
#! descriptors | held
# opens files until it may not
files = []
while len(files) < 3000:
    opened = quietly(os.open, "/dev/null", os.O_RDONLY)
    if opened is None:
        break
    files.append(opened)
look()
#! threads | runtime-error or thread-limit
# starts threads until it may not
threading.stack_size(1 << 16)
for _ in range(300):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
time.sleep(60)
#! pipes | held
# takes memory of the kernel by large pipes
import fcntl
for _ in range(60):
    out, into = os.pipe()
    quietly(fcntl.fcntl, into, 1031, 1 << 20)
    if fcntl.fcntl(into, 1032) > 1 << 16:
        raise Leak("a large pipe")
look()
#! recursion | recursion-error or crashed or memory-limit
# calls itself without end, deeper than Python allows
sys.setrecursionlimit(1 << 30)
def down(n):
    return down(n + 1) + 1
down(0)
#! crash | crashed
# reads from address 0
ctypes.string_at(0)
#! abort | crashed
# ends as a failed assertion does, and would leave a core file
os.abort()
#! entities | rendered or memory-limit or memory-error or timeout
# reads a drawing that expands to gigabytes
entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
write("bomb.svg", f'<!DOCTYPE svg [<!ENTITY e0 "boom">{entities}]><svg xmlns="http://www.w3.org/2000/svg"><text>&e9;</text></svg>')
quietly(SVGMobject, "bomb.svg")
