#! forks | permission-error
# forks again and again
for _ in range(100):
    if os.fork() == 0:
        time.sleep(60)
#! forks-by-call | rendered
# forks by fork(), vfork(), clone() and clone3() themselves
for number, arguments in [(57, ()), (58, ()), (56, (17, 0, 0, 0, 0)), (56, (17 | 0x8000, 0, 0, 0, 0))]:
    if quietly(call, number, *arguments) == 0:
        time.sleep(30)
if quietly(call, 435, (ctypes.c_uint64 * 8)(0, 0, 0, 0, 17), 64) == 0:
    time.sleep(30)
#! daemon | permission-error
# leaves by forking twice
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
#! program | permission-error
# becomes another program
os.execv("/bin/sh", ["sh", "-c", "sleep 60"])
#! program-by-descriptor | permission-error
# becomes another program with execveat()
descriptor = os.open(sys.executable if LEVEL == 2 else os.__file__, os.O_RDONLY)
argv = (ctypes.c_char_p * 2)(b"x", None)
call(322, descriptor, b"", argv, argv, 0x1000)
#! program-by-spawn | permission-error
# starts a program with subprocess
subprocess.run(["/bin/sleep", "60"])
#! program-by-loader | rendered
# starts a program through the dynamic loader
for loader in glob.glob("/lib64/ld-linux*") + glob.glob("/lib/ld-linux*"):
    quietly(os.execv, loader, [loader, "/bin/sleep", "60"])
#! program-of-its-own | permission-error
# writes a program into its scratch and runs it
write("program", "#!/bin/sh\nsleep 60\n")
quietly(os.chmod, "program", 0o755)
os.execv("program", ["program"])
#! kill-everybody | permission-error
# kills all processes that it can name
for pid in [-1] if LEVEL == 3 else [VICTIM, SUPERVISOR]:
    os.kill(pid, signal.SIGKILL)
#! stop-the-supervisor | rendered
# stops the supervisor, the victim and the zygote
for pid in [SUPERVISOR, VICTIM, os.getppid()]:
    if pid > 1:
        quietly(os.kill, pid, signal.SIGSTOP)
#! signals-by-other-calls | rendered
# signals with tgkill(), tkill(), rt_sigqueueinfo() and pidfd_send_signal()
for pid in [SUPERVISOR, VICTIM]:
    quietly(call, 234, pid, pid, signal.SIGSTOP)
    quietly(call, 200, pid, signal.SIGSTOP)
    quietly(call, 129, pid, signal.SIGSTOP, ctypes.create_string_buffer(128))
    quietly(lambda: call(424, call(434, pid, 0), signal.SIGSTOP, 0, 0))
    quietly(os.killpg, pid, signal.SIGSTOP)
#! signals-by-descriptor | rendered
# has the kernel send signals for it, as the owner of a descriptor
import fcntl
for pid in [SUPERVISOR, VICTIM]:
    quietly(fcntl.fcntl, wire(), 10, signal.SIGKILL)
    quietly(fcntl.fcntl, wire(), fcntl.F_SETOWN, pid)
    quietly(fcntl.fcntl, wire(), fcntl.F_SETFL, fcntl.fcntl(wire(), fcntl.F_GETFL) | os.O_ASYNC)
    quietly(fcntl.fcntl, wire(), fcntl.F_SETFL, fcntl.fcntl(wire(), fcntl.F_GETFL) & ~os.O_ASYNC)
#! trace | rendered
# traces the supervisor, the victim and the zygote, which stops them
for pid in [SUPERVISOR, VICTIM, os.getppid()]:
    if pid > 1:
        quietly(call, 101, 16, pid, 0, 0)
        quietly(call, 101, 0x4206, pid, 0, 0)
#! traced-by-the-parent | permission-error
# asks its parent to trace it, which stops it for ever
call(101, 0, 0, 0, 0)
os.kill(os.getpid(), signal.SIGSTOP)
#! orphan | permission-error
# forgets that it dies with its parent
if LIBC.prctl(1, 0, 0, 0, 0) != 0:
    raise PermissionError
look()
#! looked-at-again | permission-error
# makes itself visible to its equals
if LIBC.prctl(4, 1, 0, 0, 0) != 0:
    raise PermissionError
look()
#! another-group | rendered
# leaves its session and its group
quietly(os.setsid)
quietly(os.setpgid, 0, 0)
quietly(os.setpgid, 0, VICTIM)
#! priorities | rendered
# slows down others and takes the processor for itself
quietly(os.setpriority, os.PRIO_PROCESS, SUPERVISOR, 19)
quietly(os.setpriority, os.PRIO_PROCESS, 0, -20)
quietly(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
quietly(os.sched_setaffinity, SUPERVISOR, {0})
#! own-limits | held
# raises its own limits, lowers those of others
import resource
for kind in range(16):
    quietly(resource.setrlimit, kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    quietly(resource.prlimit, SUPERVISOR, kind, (0, 0))
look()
#! another-user | held
# becomes root or somebody else
for identity in [os.setuid, os.setgid, os.seteuid, os.setegid]:
    quietly(identity, 0)
    quietly(identity, 1)
quietly(os.setgroups, [0])
quietly(call, 126, struct.pack("Ii", 0x20080522, 0), b"\xff" * 24)
look()
