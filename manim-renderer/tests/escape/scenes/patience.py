#! spin | timeout
# computes for ever
while True:
    pass
#! sleep | timeout
# sleeps for ever
while True:
    time.sleep(1000)
#! spin-in-c | timeout
# matches a regular expression for ever, without ever coming back to Python
re.match(r"(a+)+$", "a" * 60 + "b")
#! deaf | timeout
# ignores every signal that can be ignored, then sleeps
for number in range(1, 65):
    quietly(signal.signal, number, signal.SIG_IGN)
    quietly(signal.pthread_sigmask, signal.SIG_BLOCK, {number})
while True:
    time.sleep(1000)
#! silent | timeout
# closes everything that it was given, then sleeps
os.closerange(0, 300)
while True:
    time.sleep(1000)
#! out-of-its-group | timeout
# leaves its group where it can, then sleeps
quietly(os.setsid)
quietly(os.setpgid, 0, 0)
quietly(lambda: LIBC.prctl(1, 0))
while True:
    time.sleep(1000)
#! endless-message | timeout
# fails with an exception that never finishes to say why
class Endless(Exception):
    def __str__(self):
        while True:
            pass
raise Endless
#! half-a-message | timeout
# announces a message and never sends it
os.write(wire(), (1000).to_bytes(4, "little") + b"{")
while True:
    time.sleep(1000)
#! immortal | timeout
# catches its own end again and again
while True:
    try:
        while True:
            sys.exit()
    except BaseException:
        continue
#! at-exit | timeout
# goes on when it should be over
import builtins
class Holder:
    def __del__(self):
        while True:
            time.sleep(1000)
builtins.holder = Holder()
builtins.holder = None
#! objects | memory-limit or memory-error or timeout
# draws a million dots
self.add(*[Dot() for _ in range(1_000_000)])
self.wait()
#! one-slot | frame-limit or timeout
# sends the same slot again and again, and never reads what is answered
while True:
    say('{"type":"frame","slot":0,"repeat":1}')
