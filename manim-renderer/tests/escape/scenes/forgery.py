#! exit-with-success | ended-early
# ends its process as if all were well
os._exit(0)
#! exit-with-a-code | ended-early
# ends its process as a failed lockdown would
os._exit(129)
#! claim | ended-early
# claims to be done, with frames that it never drew
say('{"type":"done","plays":3,"frames":100}')
os._exit(0)
#! claim-and-go-on | protocol
# claims to be done, then goes on
say('{"type":"done","plays":3,"frames":100}')
self.wait(0.2)
#! frames-after-the-end | protocol
# sends frames after its last word
say('{"type":"failed","code":"x","message":"x","line":null,"column":null}')
say('{"type":"frame","slot":0,"repeat":1}')
os._exit(0)
#! garbage | protocol
# sends what is no message
os.write(wire(), b"\xff\x00" * 50)
time.sleep(60)
#! broken-json | protocol
# sends a message that is not JSON
say(b"\x80\x81{]")
time.sleep(60)
#! gigabytes | protocol
# announces a message of four gigabytes
os.write(wire(), b"\xff\xff\xff\xff")
time.sleep(60)
#! large-message | protocol
# sends a message of megabytes
say(b'"' + b"x" * 4_000_000 + b'"')
time.sleep(60)
#! deep-message | protocol
# sends brackets in brackets
say(b'{"type":"answer","value":' + b"[" * 500_000 + b"]" * 500_000 + b"}")
time.sleep(60)
#! hostile-words | protocol
# sends a message whose words steer terminals, at length
say(json.dumps({"type": "\x1b]0;owned\x07\x1b[2J\u202e" + "x" * 500_000}, ensure_ascii=False))
time.sleep(60)
#! hostile-failure | 22j
# fails with a code and a message that steer terminals, at length
say(json.dumps({"type": "failed", "code": "\x1b[2J2j", "message": "\x1b[2J\u202e" + "x" * 500_000, "line": 4294967295, "column": 4294967295}))
os._exit(0)
#! hostile-notes | rendered
# sends more remarks than anybody reads
for _ in range(2000):
    say(json.dumps({"type": "note", "code": "\x1b[2J", "message": "x" * 10_000}))
#! slot | protocol
# names a slot that does not exist
say('{"type":"frame","slot":3,"repeat":1}')
time.sleep(60)
#! slot-below-zero | protocol
# names slot -1
say('{"type":"frame","slot":-1,"repeat":1}')
time.sleep(60)
#! no-times | protocol
# sends a frame that is shown zero times
say('{"type":"frame","slot":0,"repeat":0}')
time.sleep(60)
#! many-times | frame-limit
# sends a frame that is shown for ever
say('{"type":"frame","slot":0,"repeat":18446744073709551615}')
time.sleep(60)
#! locked-again | protocol
# claims once more to be locked in
say('{"type":"locked"}')
time.sleep(60)
#! answer | ended-early
# answers as another kind of job does
say('{"type":"answer","value":{"ok":true}}')
os._exit(0)
#! strange-formula | latex-compiler
# has a formula set by a compiler of its choice
self.add(Tex("x", tex_template=TexTemplate(tex_compiler="sh -c id", output_format="../../x")))
#! descriptors-to-the-supervisor | permission-error
# sends descriptors along
own = socket.socket(fileno=os.dup(wire()))
own.sendmsg([b"\x02\0\0\0{}"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", 1))])
#! changed-harness | protocol
# rewrites the worker's own modules and Manim's classes
import manim_worker.report, manim_worker.scene_host, manim_worker.wire, manim_worker.zygote
for module in [manim_worker.report, manim_worker.scene_host, manim_worker.zygote]:
    for key in list(vars(module)):
        if callable(vars(module)[key]) and not key.startswith("_"):
            setattr(module, key, lambda *a, **k: None)
VMobject.set_fill = lambda self, *a, **k: self
Circle.__init__ = None
Square.__init__ = None
#! changed-writer | rendered
# sends its own pixels instead of Manim's
from manim_worker import writer
put = writer.Ring.put
writer.Ring.put = lambda self, pixels, repeat: put(self, np.zeros_like(pixels), repeat)
#! changing-frames | rendered
# changes a frame while it is read
for number in range(3, 300):
    if quietly(lambda: os.fstat(number).st_size) == 854 * 480 * 4 * 3:
        memory = mmap.mmap(number, 0)
        def scribble():
            while True:
                memory[: 1 << 20] = os.urandom(1 << 20)
        threading.Thread(target=scribble, daemon=True).start()
#! frames-of-another-size | frame-size
# draws frames of a size that nobody asked for
self.camera.pixel_array = np.zeros((10_000, 10, 4), np.uint8)
self.camera.reset = lambda: None
self.renderer.file_writer.begin_animation(True)
self.renderer.file_writer.write_frame(np.zeros((10_000, 10, 4), np.uint8))
