#! a-look | held
# does nothing and is looked at: capabilities, filters, limits, namespaces, descriptors, children
look()
#! io-uring | os-error
# makes system calls through io_uring
call(425, 8, ctypes.create_string_buffer(256))
look()
#! bpf | permission-error
# loads a program into the kernel
call(321, 0, struct.pack("IIIII", 2, 4, 8, 1, 0) + bytes(100), 120)
look()
#! perf | permission-error
# watches the processor
call(298, struct.pack("IIQ", 1, 112, 9) + bytes(112), 0, -1, -1, 0)
look()
#! userfaultfd | permission-error
# handles the kernel's page faults
call(323, 1)
look()
#! keys | permission-error
# leaves a key in the kernel
call(248, b"user", STRAY.encode(), b"harm", 4, -4)
#! mount | permission-error
# mounts a file system
os.mkdir("m")
if LIBC.mount(b"none", b"m", b"tmpfs", 0, None) != 0:
    raise PermissionError(ctypes.get_errno(), "mount")
look()
#! new-mounts | permission-error
# mounts with the newer calls
call(430, b"tmpfs", 0)
look()
#! unmount | permission-error
# takes away what hides the machine
if LIBC.umount2(b"/", 2) != 0:
    raise PermissionError(ctypes.get_errno(), "umount")
look()
#! nested-namespaces | permission-error
# becomes root in a user namespace of its own
call(272, 0x10000000 | 0x20000)
look()
#! namespaces-by-clone | permission-error
# makes a process in new namespaces
if call(56, 0x10000000 | 0x20000000 | 17, 0, 0, 0, 0) == 0:
    time.sleep(60)
#! others-namespaces | rendered
# enters the supervisor's namespaces
for kind in ["user", "mnt", "net", "pid"]:
    quietly(lambda: call(308, os.open(f"/proc/{SUPERVISOR}/ns/{kind}", os.O_RDONLY), 0))
quietly(lambda: call(308, call(434, SUPERVISOR, 0), 0x10000000))
#! x32 | crashed
# makes system calls of another kind, with the bit of x32
call(0x40000000 + 39)
look()
#! calls-of-32-bits | crashed
# makes system calls as a program of 32 bits, which have other numbers
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
look()
#! secret-memory | permission-error
# takes memory that nobody else may look at
call(447, 0)
look()
#! modules | rendered
# loads a module or another kernel, with nothing in it
quietly(call, 175, b"", 0, b"")
quietly(call, 313, -1, b"", 0)
quietly(call, 246, 0, 0, 0, 0)
#! ports | rendered
# asks for the machine's ports and segments
quietly(call, 172, 3)
quietly(call, 173, 0, 1, 1)
quietly(call, 154, 1, bytes(16), 16)
quietly(call, 135, 0x0400000)
#! watches | permission-error
# watches files of the machine
call(294, 0)
look()
#! watches-of-all | permission-error
# watches all files of a file system
call(300, 0, 0)
look()
#! own-filter | permission-error
# adds a filter of its own, as debuggers of system calls do
call(317, 1, 8, struct.pack("HxxxxxxQ", 0, 0))
look()
#! timers | permission-error
# has the kernel signal it from timers
call(222, 1, None, ctypes.create_string_buffer(8))
look()
#! name-of-its-own | permission-error
# renames the machine
call(170, STRAY.encode(), len(STRAY))
#! message-queues | permission-error
# makes message queues and semaphores that outlive it
call(68, 0x4711, 0o1666)
look()
#! splices | permission-error
# moves pages between pipes and files, where kernels had holes
out, into = os.pipe()
call(278, into, (ctypes.c_size_t * 2)(id(self), 8), 1, 8)
look()
#! everything-at-once | rendered
# leaves marks by every way that there is
quietly(lambda: open(PRECIOUS, "a").write("harm"))
quietly(write, OPEN + "/harm")
quietly(lambda: socket.create_connection(("127.0.0.1", TCP), 1))
quietly(lambda: socket.socket(socket.AF_UNIX).connect(SOCKET))
quietly(lambda: socket.socket(socket.AF_UNIX).connect("\0" + ABSTRACT))
quietly(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"harm", ("127.0.0.1", UDP)))
quietly(os.kill, VICTIM, signal.SIGSTOP)
