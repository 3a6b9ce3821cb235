#! flood | log-flood
# prints without end
while True:
    print("x" * 1_000_000)
#! flood-of-errors | log-flood
# the same on the other descriptor, in small pieces
while True:
    os.write(2, b"harm\n" * 10_000)
#! escapes | value-error
# fails with a message that steers terminals and turns the direction of writing
raise ValueError("\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08 \u202egnp.exe \u2066\u200f\x00end")
#! escapes-in-names | exception
# fails with an exception whose class is named like that
raise type("\x1b[2J\u202e" * 50, (Exception,), {})("\x1b[2J")
#! escapes-in-source | name-error
# fails in a line of source that would steer a terminal when it is shown
"‮⁦"; undefined
#! surrogates | value-error
# fails with text that no encoding has
raise ValueError("\ud800\udfff" * 100)
#! long-message | value-error
# fails with a message of a hundred megabytes
raise ValueError("x" * 100_000_000)
#! message-that-raises | exception
# fails with an exception that cannot say why
class Mean(Exception):
    def __str__(self):
        raise SystemExit
    __repr__ = __str__
raise Mean
#! message-that-lies | exception
# fails with an exception whose text is no text
class Mean(Exception):
    def __str__(self):
        return 5
    def __format__(self, how):
        return 5
raise Mean
#! chain-without-end | value-error
# fails with causes in a circle
first, second = ValueError("a"), ValueError("b")
first.__cause__, second.__cause__ = second, first
first.__context__, second.__context__ = second, first
raise first
#! outermost | base-exception
# fails with what nobody should catch
raise BaseException("harm")
#! exits | system-exit
# ends the interpreter
sys.exit(0)
#! interrupt | keyboard-interrupt
# claims that somebody pressed Ctrl-C
raise KeyboardInterrupt
#! group | exception-group
# fails a thousand times at once
raise ExceptionGroup("many", [ExceptionGroup("more", [ValueError(str(n)) for n in range(1000)])])
#! own-printing | rendered
# replaces what prints
class Output:
    def write(self, text):
        raise SystemExit
    flush = write
sys.stdout = sys.stderr = Output()
sys.excepthook = lambda *_: os._exit(0)
