#! overwrite | file-not-found-error | permission-error
# overwrites a planted file that every user may write
write(PRECIOUS)
#! append | rendered
# appends to planted files
for path in [PRECIOUS, SECRET, PRIVATE]:
    quietly(lambda: open(path, "a").write("harm"))
#! truncate | permission-error
# cuts a planted file with truncate()
os.truncate(PRECIOUS, 0)
#! modes | rendered
# changes the modes of planted files
for path in [PRECIOUS, SECRET, PRIVATE, OPEN, HOME]:
    quietly(os.chmod, path, 0o777)
    quietly(call, 452, -100, path.encode(), 0o777, 0)
#! times | rendered
# changes the times of planted files
for path in [PRECIOUS, SECRET, PRIVATE, OPEN, HOME]:
    quietly(os.utime, path, (1, 1))
#! owners | rendered
# gives planted files to somebody else
for path in [PRECIOUS, SECRET, PRIVATE, OPEN]:
    quietly(os.chown, path, 12345, 12345)
    quietly(os.lchown, path, 12345, 12345)
#! attributes | rendered
# puts extended attributes and flags on planted files
for path in [PRECIOUS, SECRET, OPEN]:
    quietly(os.setxattr, path, "user.harm", b"1")
#! remove | rendered
# removes planted files and directories
for path in [PRECIOUS, SECRET, PRIVATE]:
    quietly(os.unlink, path)
quietly(os.rmdir, OPEN)
#! move | rendered
# renames planted files, exchanges them with its own
write("own")
for path in [PRECIOUS, SECRET]:
    quietly(os.rename, path, path + "-moved")
    quietly(os.rename, path, "stolen")
    quietly(os.rename, "own", path)
    quietly(call, 316, -100, path.encode(), -100, b"own", 2)
#! create | rendered
# makes files, links, pipes and devices in a directory that everybody may write
quietly(write, OPEN + "/file")
quietly(os.mkdir, OPEN + "/directory")
quietly(os.symlink, "/etc/passwd", OPEN + "/link")
quietly(os.mkfifo, OPEN + "/pipe")
quietly(os.mknod, OPEN + "/device", 0o600 | stat.S_IFCHR, os.makedev(1, 1))
quietly(os.link, SECRET, OPEN + "/hard-link")
write("own")
quietly(os.rename, "own", OPEN + "/moved")
quietly(os.open, OPEN, os.O_TMPFILE | os.O_RDWR)
#! through-links | rendered
# writes to planted files through links in its scratch
os.symlink(PRECIOUS, "link")
quietly(write, "link")
os.symlink(OPEN, "directory")
quietly(write, "directory/file")
quietly(os.link, PRECIOUS, "hard-link")
quietly(write, "hard-link")
#! library | rendered
# writes to Manim and to Python's own library
for path in [LIBRARY + "/__init__.py", LIBRARY + "/harm.py", os.__file__]:
    quietly(lambda: open(path, "a").write("harm = 1"))
quietly(os.unlink, LIBRARY + "/__init__.py")
#! kernel-settings | rendered
# writes to settings of the kernel and of its own process
for path in ["/proc/sys/kernel/hostname", "/proc/self/oom_score_adj", "/proc/self/uid_map", "/proc/self/attr/current", "/proc/sysrq-trigger", "/proc/self/coredump_filter"]:
    quietly(lambda: open(path, "w").write("0"))
#! set-id | held
# leaves programs with set-id bits in its scratch
write("tool")
quietly(os.chmod, "tool", 0o4755)
quietly(os.open, "other", os.O_CREAT | os.O_RDWR, 0o6755)
for path in ["tool", "other"]:
    if os.path.exists(path) and os.stat(path).st_mode & 0o6000:
        os.symlink("x", "set-id-works")
        raise Leak("set-id bits")
look()
#! terminal | rendered
# types into the supervisor's terminal
import fcntl
for number in range(0, 30):
    quietly(fcntl.ioctl, number, 0x5412, b"x")
quietly(write, "/dev/tty")
quietly(write, "/dev/console")
#! planted-for-the-supervisor | rendered
# leaves links where trusted code might write or read after it
for path in ["media", "video.mp4", "partial_movie_files", "texts", "images", "Tex"]:
    quietly(os.symlink, PRECIOUS, path)
    quietly(os.symlink, OPEN, "d-" + path)
os.environ["TMPDIR"] = OPEN
