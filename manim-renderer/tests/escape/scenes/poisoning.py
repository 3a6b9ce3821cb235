#! cache-of-formulas | rendered
# writes to the cache of formulas
for target in glob.glob(TEX_CACHE + "/*") + [TEX_CACHE + "/" + "0" * 64 + ".svg", TEX_CACHE + "/harm"]:
    quietly(write, target)
    quietly(os.unlink, target)
    quietly(os.rename, target, target + "-moved")
quietly(lambda: leak(os.listdir(TEX_CACHE)))
#! another-preamble | rendered or latex-error
# sets the formula that everybody wants with a preamble that draws another
template = TexTemplate()
template.add_to_preamble(r"\def\frac#1#2{harm}\def\int{\sum}")
self.add(MathTex(r"\int_0^1 x^2\,dx = \frac{1}{3}", tex_template=template))
#! own-formula-files | rendered
# replaces the picture of the formula in its own directory
for picture in glob.glob("media/Tex/*.svg"):
    write(picture, "<svg/>")
quietly(write, "/tmp/media/Tex/x.svg")
#! bytecode | rendered
# leaves compiled Python where the next job would import it
for directory in [LIBRARY, os.path.dirname(os.__file__)]:
    quietly(os.mkdir, directory + "/__pycache__")
    quietly(write, directory + "/__pycache__/__init__.cpython-311.pyc")
    quietly(write, directory + "/sitecustomize.py", "import os; os._exit(0)")
sys.dont_write_bytecode = False
write("shadow.py", "x = 1")
sys.path.insert(0, os.getcwd())
import shadow
#! fonts | rendered
# leaves settings and caches of fonts
home = os.path.expanduser("~")
for directory in [home, "/root", "/var/cache/fontconfig", "/etc/fonts", "/usr/share/fonts"]:
    quietly(os.makedirs, directory + "/.config/fontconfig")
    quietly(write, directory + "/.config/fontconfig/fonts.conf", "<fontconfig><match><edit name='family'><string>Harm</string></edit></match></fontconfig>")
    quietly(write, directory + "/CACHEDIR.TAG")
for cache in glob.glob("/var/cache/fontconfig/*"):
    quietly(write, cache)
    quietly(os.unlink, cache)
#! loaded-font | rendered
# loads a font of its own under a name that everybody uses
import manimpango
for font in glob.glob("/usr/share/fonts/**/*.ttf", recursive=True)[:1]:
    write("font.ttf", "")
    quietly(lambda: open("font.ttf", "wb").write(open(font, "rb").read()))
    quietly(manimpango.register_font, "font.ttf")
#! manims-constants | rendered
# changes what Manim and NumPy compute with
import manim.constants, manim.mobject.geometry.arc, random
manim.constants.PI = 3
manim.config.background_color = "#ff0000"
config.frame_width = 3
np.sin = np.cos
np.random.seed(666)
random.seed(666)
Square.__init__ = Circle.__init__
MathTex.__init__ = lambda self, *a, **k: Dot.__init__(self)
#! memory-of-the-zygote | ended-early or rendered
# scribbles over everything that it can write in memory that it got from the zygote
for module in list(sys.modules.values()):
    for key, value in list(getattr(module, "__dict__", {}).items()):
        if isinstance(value, (dict, list)) and module.__name__.startswith("manim.utils"):
            quietly(value.clear)
#! libraries-in-memory | rendered
# writes over a library's code, which the file must not show
address = ctypes.cast(LIBC.abs, ctypes.c_void_p).value
page = address & ~4095
if LIBC.mprotect(ctypes.c_void_p(page), 8192, 7) == 0:
    ctypes.memmove(address, b"\xb8\x9a\x02\0\0\xc3", 6)
path = next(iter(glob.glob("/lib/x86_64-linux-gnu/libm.so.6")), None)
if path:
    descriptor = os.open(path, os.O_RDONLY)
    quietly(lambda: mmap.mmap(descriptor, 4096, mmap.MAP_SHARED, mmap.PROT_WRITE | mmap.PROT_READ).write(b"harm"))
#! shared-descriptors | rendered
# moves, locks and marks what it shares with the zygote
import fcntl
for number in range(3):
    quietly(os.lseek, number, 12345, 0)
    quietly(fcntl.flock, number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    quietly(fcntl.lockf, number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    quietly(os.set_blocking, number, False)
quietly(os.set_blocking, wire(), False)
quietly(os.set_blocking, wire(), True)
