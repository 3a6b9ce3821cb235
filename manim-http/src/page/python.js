// Colours Python for reading. Builds text nodes only: code is hostile until proven otherwise.

const KEYWORDS = new Set(("and as assert async await break class continue def del elif else except False finally for from "
  + "global if import in is lambda None nonlocal not or pass raise return self True try while with yield").split(" "));
const TOKEN = /(#[^\n]*)|([rRbBfFuU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(\b\d[\w.]*)|([A-Za-z_]\w*)/g;

export function coloured(code) {
  const pre = document.createElement("pre");
  pre.tabIndex = 0;
  let end = 0;
  for (const match of code.matchAll(TOKEN)) {
    pre.append(code.slice(end, match.index));
    end = match.index + match[0].length;
    const [text, comment, string, number] = match;
    const kind = comment ? "c" : string ? "s" : number ? "n" : KEYWORDS.has(text) ? "k" : "";
    if (!kind) {
      pre.append(text);
      continue;
    }
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = text;
    pre.append(span);
  }
  pre.append(code.slice(end));
  return pre;
}
