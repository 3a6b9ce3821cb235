//! What is known by heart rather than read from Manim: modules, old names, CSS colours.

/// Public modules of Python's standard library, 3.11 to 3.14.
pub(super) const STANDARD: &str = "abc antigravity argparse array ast asyncio atexit base64 bdb binascii bisect \
builtins bz2 calendar cmath cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib \
contextvars copy copyreg cProfile csv ctypes curses dataclasses datetime dbm decimal difflib dis doctest email \
encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath \
getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib importlib inspect io \
ipaddress itertools json keyword linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder \
msvcrt multiprocessing netrc nt ntpath nturl2path numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib \
poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline \
reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket \
socketserver sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess symtable sys sysconfig syslog tabnanny \
tarfile tempfile termios test textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc \
tty turtle turtledemo types typing unicodedata unittest urllib uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xml xmlrpc \
zipapp zipfile zipimport zlib zoneinfo \
aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib \
string annotationlib";

/// What the pinned environment installs beside Manim.
pub(super) const INSTALLED: &str = "manim numpy scipy sympy networkx PIL cairo av bs4 click cloup decorator glcontext glm \
isosurfaces isympy manimpango mapbox_earcut markdown_it mdurl moderngl moderngl_window mpmath pathops pkg_resources \
pydub pyglet pygments rich screeninfo setuptools pip soupsieve srt srt_tools svgelements tqdm typing_extensions watchdog";

/// Plugins that are not installed: a silent stand-in of each is there when a scene is played.
pub(super) const STAND_INS: &str = "manim_voiceover manim_slides";

/// Modules that a scene may use under their own name without saying so.
pub(super) const IMPORTABLE: [(&str, &str); 15] = [
    ("np", "import numpy as np"),
    ("numpy", "import numpy"),
    ("math", "import math"),
    ("cmath", "import cmath"),
    ("random", "import random"),
    ("itertools", "import itertools"),
    ("functools", "import functools"),
    ("string", "import string"),
    ("textwrap", "import textwrap"),
    ("sympy", "import sympy"),
    ("sp", "import sympy as sp"),
    ("nx", "import networkx as nx"),
    ("VoiceoverScene", "from manim_voiceover import VoiceoverScene"),
    (
        "GTTSService",
        "from manim_voiceover.services.gtts import GTTSService",
    ),
    ("Slide", "from manim_slides import Slide"),
];

/// Python's builtins, and what every module binds.
pub(super) const BUILTINS: &str = "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError \
BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError \
ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup False \
FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning \
IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError \
ModuleNotFoundError NameError None NotADirectoryError NotImplemented NotImplementedError OSError OverflowError \
PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning \
StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True TypeError \
UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning \
ValueError Warning ZeroDivisionError __build_class__ __debug__ __import__ abs aiter all anext any ascii bin bool \
breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate \
eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass \
iter len license list locals map max memoryview min next object oct open ord pow print property quit range repr reversed \
round set setattr slice sorted staticmethod str sum super tuple type vars zip \
__name__ __file__ __doc__ __package__ __spec__ __loader__ __builtins__ __annotations__ __dict__ __path__ __class__ __module__ __qualname__ _";

/// What `from math import *` binds.
pub(super) const MATH: &str = "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc \
exp exp2 expm1 fabs factorial floor fma fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma \
log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt sumprod tan tanh tau trunc ulp";

/// Whether `words` has `word`.
pub(super) fn has(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// Names of older Manim and of manimgl that only need another name today.
pub(super) fn renamed(old: &str) -> Option<&'static str> {
    let pair = RENAMED.iter().find(|(name, _)| *name == old);
    pair.map(|(_, new)| *new)
}

const RENAMED: [(&str, &str); 25] = [
    ("ShowCreation", "Create"),
    ("TextMobject", "Text"),
    ("TexMobject", "MathTex"),
    ("OldTex", "MathTex"),
    ("OldTexText", "Tex"),
    ("TexText", "Tex"),
    ("ShowCreationThenDestruction", "ShowPassingFlash"),
    ("ShowCreationThenFadeAround", "Circumscribe"),
    ("CircleIndicate", "Indicate"),
    ("WiggleOutThenIn", "Wiggle"),
    ("SmallDot", "Dot"),
    ("FullScreenFadeRectangle", "FullScreenRectangle"),
    ("TransformMatchingStrings", "TransformMatchingShapes"),
    ("DEG", "DEGREES"),
    ("GraphScene", "Scene"),
    ("InteractiveScene", "Scene"),
    ("FRAME_WIDTH", "config.frame_width"),
    ("FRAME_HEIGHT", "config.frame_height"),
    ("FRAME_X_RADIUS", "config.frame_x_radius"),
    ("FRAME_Y_RADIUS", "config.frame_y_radius"),
    ("LEFT_SIDE", "config.left_side"),
    ("RIGHT_SIDE", "config.right_side"),
    ("TOP", "config.top"),
    ("BOTTOM", "config.bottom"),
    ("ParametricSurface", "Surface"),
];

/// Why a name of another Manim has no counterpart, in words for a model.
pub(super) fn gone(name: &str) -> Option<&'static str> {
    Some(match name {
        "PiCreature" | "PiCreatureScene" | "TeacherStudentsScene" | "Randolph" | "Mortimer" => {
            "Manim Community has no characters. Draw with Text, Circle and other shapes."
        }
        "SpeechBubble" | "ThoughtBubble" | "Bubble" => "Build it from RoundedRectangle and Text.",
        "SpaceScene" => "The physics plugin is not installed. Use Scene and updaters.",
        "ApplyToCenters" | "MoveCar" | "Car" | "Laptop" | "VideoIcon" | "Lightbulb" | "Clock"
        | "ClockPassesTime" => "It is no part of Manim Community. Build it from basic shapes.",
        _ => return None,
    })
}

/// Methods of older Manim and of manimgl that only need another name today.
pub(super) fn renamed_method(old: &str) -> Option<&'static str> {
    Some(match old {
        "get_graph" => "plot",
        "get_parametric_curve" => "plot_parametric_curve",
        "get_implicit_curve" => "plot_implicit_curve",
        "get_derivative_graph" => "plot_derivative_graph",
        "get_antiderivative_graph" => "plot_antiderivative_graph",
        "set_backstroke" => "set_background_stroke",
        "get_line_graph" => "plot_line_graph",
        "set_colour" => "set_color",
        "set_fill_colour" | "set_fillcolor" | "set_fill_color" => "set_fill",
        "set_stroke_color" | "set_strokecolor" => "set_stroke",
        _ => return None,
    })
}

/// The value of a CSS colour, its name without regard to case and `_`.
pub(super) fn css(name: &str) -> Option<&'static str> {
    let plain: String = name
        .chars()
        .filter(|c| *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let grey = plain.replace("grey", "gray");
    CSS.split_ascii_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .find(|(known, _)| *known == plain || *known == grey)
        .map(|(_, value)| value)
}

/// CSS Color Module Level 4, section 6.1, and a few more that models write.
const CSS: &str = "aliceblue=F0F8FF antiquewhite=FAEBD7 aqua=00FFFF aquamarine=7FFFD4 azure=F0FFFF beige=F5F5DC bisque=FFE4C4 \
black=000000 blanchedalmond=FFEBCD blue=0000FF blueviolet=8A2BE2 brown=A52A2A burlywood=DEB887 cadetblue=5F9EA0 chartreuse=7FFF00 \
chocolate=D2691E coral=FF7F50 cornflowerblue=6495ED cornsilk=FFF8DC crimson=DC143C cyan=00FFFF darkblue=00008B darkcyan=008B8B \
darkgoldenrod=B8860B darkgray=A9A9A9 darkgreen=006400 darkkhaki=BDB76B darkmagenta=8B008B darkolivegreen=556B2F darkorange=FF8C00 \
darkorchid=9932CC darkred=8B0000 darksalmon=E9967A darkseagreen=8FBC8F darkslateblue=483D8B darkslategray=2F4F4F darkturquoise=00CED1 \
darkviolet=9400D3 deeppink=FF1493 deepskyblue=00BFFF dimgray=696969 dodgerblue=1E90FF firebrick=B22222 floralwhite=FFFAF0 \
forestgreen=228B22 fuchsia=FF00FF gainsboro=DCDCDC ghostwhite=F8F8FF gold=FFD700 goldenrod=DAA520 gray=808080 green=008000 \
greenyellow=ADFF2F honeydew=F0FFF0 hotpink=FF69B4 indianred=CD5C5C indigo=4B0082 ivory=FFFFF0 khaki=F0E68C lavender=E6E6FA \
lavenderblush=FFF0F5 lawngreen=7CFC00 lemonchiffon=FFFACD lightblue=ADD8E6 lightcoral=F08080 lightcyan=E0FFFF lightgoldenrodyellow=FAFAD2 \
lightgray=D3D3D3 lightgreen=90EE90 lightpink=FFB6C1 lightsalmon=FFA07A lightseagreen=20B2AA lightskyblue=87CEFA lightslategray=778899 \
lightsteelblue=B0C4DE lightyellow=FFFFE0 lime=00FF00 limegreen=32CD32 linen=FAF0E6 magenta=FF00FF maroon=800000 mediumaquamarine=66CDAA \
mediumblue=0000CD mediumorchid=BA55D3 mediumpurple=9370DB mediumseagreen=3CB371 mediumslateblue=7B68EE mediumspringgreen=00FA9A \
mediumturquoise=48D1CC mediumvioletred=C71585 midnightblue=191970 mintcream=F5FFFA mistyrose=FFE4E1 moccasin=FFE4B5 navajowhite=FFDEAD \
navy=000080 oldlace=FDF5E6 olive=808000 olivedrab=6B8E23 orange=FFA500 orangered=FF4500 orchid=DA70D6 palegoldenrod=EEE8AA \
palegreen=98FB98 paleturquoise=AFEEEE palevioletred=DB7093 papayawhip=FFEFD5 peachpuff=FFDAB9 peru=CD853F pink=FFC0CB plum=DDA0DD \
powderblue=B0E0E6 purple=800080 rebeccapurple=663399 red=FF0000 rosybrown=BC8F8F royalblue=4169E1 saddlebrown=8B4513 salmon=FA8072 \
sandybrown=F4A460 seagreen=2E8B57 seashell=FFF5EE sienna=A0522D silver=C0C0C0 skyblue=87CEEB slateblue=6A5ACD slategray=708090 \
snow=FFFAFA springgreen=00FF7F steelblue=4682B4 tan=D2B48C teal=008080 thistle=D8BFD8 tomato=FF6347 turquoise=40E0D0 violet=EE82EE \
wheat=F5DEB3 white=FFFFFF whitesmoke=F5F5F5 yellow=FFFF00 yellowgreen=9ACD32 \
lightpurple=B19CD9 lightorange=FFD580 lightred=FF7F7F darkyellow=9B870C darkpurple=301934 darkpink=E75480 lightviolet=CF9FFF \
amber=FFBF00 bronze=CD7F32 charcoal=36454F cream=FFFDD0 emerald=50C878 mint=98FF98 mustard=FFDB58 peach=FFE5B4 rose=FF007F ruby=E0115F \
sapphire=0F52BA scarlet=FF2400 lilac=C8A2C8 mauve=E0B0FF periwinkle=CCCCFF burgundy=800020 cerulean=007BA7 copper=B87333 \
brightred=FF0000 brightgreen=66FF00 brightblue=0096FF brightyellow=FFEA00 neongreen=39FF14 neonblue=1F51FF neonpink=FF10F0 hotmagenta=FF1DCE \
lightbrown=B5651D darkbrown=5C4033 offwhite=FAF9F6 skybluelight=87CEFA electricblue=7DF9FF jade=00A86B";

#[cfg(test)]
mod tests {
    use super::super::table::table;
    use super::*;

    #[test]
    fn colours_are_found_as_models_write_them() {
        assert_eq!(css("CYAN"), Some("00FFFF"));
        assert_eq!(css("LIGHT_GREEN"), Some("90EE90"));
        assert_eq!(css("DarkSlateGrey"), Some("2F4F4F"));
        assert_eq!(css("BLUE_Z"), None);
    }

    #[test]
    fn nothing_that_exists_is_renamed_and_every_new_name_exists() {
        for (old, new) in RENAMED {
            assert!(!table().exports(old), "{old} exists");
            let name = new.split('.').next().unwrap();
            assert!(table().exports(name), "{new} does not exist");
        }
    }
}
