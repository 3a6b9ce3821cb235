#! shell | latex-error or rendered
# runs a program from LaTeX
template = TexTemplate()
template.add_to_preamble(r"\immediate\write18{touch %s/harm; sleep 60}" % OPEN)
self.add(Tex("shell", tex_template=template))
#! shell-by-pipe | latex-error
# reads the output of a program into a formula
self.add(Tex(r"\input{|cat %s}" % SECRET))
#! input | latex-error
# reads the planted file into a formula
self.add(Tex(r"\input{%s}" % SECRET))
#! input-by-dots | latex-error
# reads the planted file with a path that starts with dots
self.add(Tex(r"\input{%s}" % ("../" * 12 + SECRET[1:])))
#! openin | rendered or latex-error
# reads the planted file line by line, tells of it by failing
template = TexTemplate()
template.add_to_preamble(r"\newread\f\openin\f=%s \ifeof\f\else\read\f to\x\errmessage{\x}\fi" % SECRET)
self.add(Tex("openin", tex_template=template))
#! openout | latex-error or rendered
# writes files from LaTeX
template = TexTemplate()
for number, path in enumerate([PRECIOUS, OPEN + "/harm", TEX_CACHE + "/harm", "../harm"]):
    template.add_to_preamble(r"\newwrite\f%s\immediate\openout\f%s=%s \immediate\write\f%s{harm}" % ("a" * (number + 1), "a" * (number + 1), path, "a" * (number + 1)))
self.add(Tex("openout", tex_template=template))
#! endless-formula | latex-timeout
# expands a macro for ever
self.add(Tex(r"\def\x{\x}\x"))
#! growing-formula | latex-error or latex-limit or latex-timeout
# expands a macro to more and more
self.add(Tex(r"\def\x{\x\x a}\x"))
#! program-in-lua | latex-error or latex-timeout
# runs programs and reads files from LuaTeX
code = r"os.execute('touch %s/harm') io.popen('sleep 60') local f=io.open('%s') if f then error(f:read('a')) end error('no')" % (OPEN, SECRET)
self.add(Tex(r"\directlua{%s}" % code, tex_template=TexTemplate(tex_compiler="lualatex", output_format=".pdf")))
#! picture-in-a-formula | latex-error
# takes a picture file of the machine into a formula
template = TexTemplate(tex_compiler="pdflatex", output_format=".pdf")
template.add_to_preamble(r"\usepackage{graphicx}")
self.add(Tex(r"\includegraphics{%s}" % PICTURE, tex_template=template))
#! script-in-a-drawing | latex-error
# puts a script into the drawing that dvisvgm makes
self.add(Tex(r"x\special{dvisvgm:raw <script>alert(1)</script>}"))
#! file-in-a-drawing | latex-error
# puts a reference to the planted picture into the drawing
self.add(Tex(r"x\special{dvisvgm:raw <image href='file://%s' width='99' height='99'/>}" % PICTURE))
#! entity-in-a-drawing | latex-error or rendered
# puts what an XML reader would expand into the drawing
self.add(Tex(r"x\special{dvisvgm:raw <use href='http://127.0.0.1:%d/x'/>}" % TCP))
#! postscript | latex-error or rendered
# has dvisvgm run PostScript
self.add(Tex(r"x\special{ps:: (%s) (r) file 100 string readstring pop == }" % SECRET))
#! many-formulas | formula-limit
# sets new formulas without end
for number in range(100):
    self.add(MathTex(f"x_{{{number}}} + {os.getpid()}"))
#! long-formula | latex-limit
# sets a formula of seventy kilobytes
self.add(Tex("x" * 70_000))
