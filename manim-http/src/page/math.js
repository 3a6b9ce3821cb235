// Shows the formulas of a problem as MathML, which browsers set themselves. What is not
// understood stays as it was written: this is a preview, not the check.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const GREEK = "alpha α beta β gamma γ delta δ epsilon ε theta θ lambda λ mu μ pi π rho ρ sigma σ tau τ phi φ omega ω Delta Δ Sigma Σ Omega Ω";
const SIGNS = "times × cdot ⋅ div ÷ pm ± le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ to → infty ∞ infinity ∞ oo ∞ in ∈ sum ∑ int ∫ prod ∏ partial ∂ approx ≈ ldots … dots …";
const table = (text) => new Map(text.split(" ").flatMap((word, at, all) => (at % 2 ? [] : [[word, all[at + 1]]])));
const LETTERS = table(GREEK);
const OPERATORS = table(SIGNS);
const FUNCTIONS = new Set("sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp lim det max min gcd".split(" "));
const RELATIONS = { "<=": "≤", ">=": "≥", "!=": "≠", "->": "→", "*": "⋅", "-": "−", "**": "^" };
const DEPTH = 24;

const node = (name, ...children) => {
  const element = document.createElementNS(MATHML, name);
  element.append(...children);
  return element;
};

// The text with its formulas set.
export function typeset(text) {
  const fragment = document.createDocumentFragment();
  for (const [piece, formula] of pieces(text)) fragment.append(formula ? set(piece) ?? piece : piece);
  return fragment;
}

// Formulas stand between dollars, or are words that no sentence has.
function* pieces(text) {
  const marked = /\$\$?([^$\n]+)\$\$?|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]/g;
  let end = 0;
  for (const match of text.matchAll(marked)) {
    yield* unmarked(text.slice(end, match.index));
    yield [match[1] ?? match[2] ?? match[3], true];
    end = match.index + match[0].length;
  }
  yield* unmarked(text.slice(end));
}

function* unmarked(text) {
  const words = text.split(/(\s+)/);
  let formula = "";
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const space = /^\s+$/.test(word);
    const next = words[at + 1];
    if (space && formula && next && (isFormula(next) || isJoint(next))) {
      formula += word;
    } else if (!space && (isFormula(word) || (isJoint(word) && (formula || isOperator(words[at + 2]))) || isFactor(word, words[at + 2]))) {
      formula += word;
    } else {
      if (formula) yield* trimmed(formula);
      formula = "";
      if (word) yield [word, false];
    }
  }
  if (formula) yield* trimmed(formula);
}

// A sentence's comma or full stop is not the formula's.
function* trimmed(formula) {
  const [, body, rest] = /^([\s\S]*?)([.,;:?!\s]*)$/.exec(formula);
  if (body) yield [body, !/^\d+$/.test(body) || body.length > 3];
  if (rest) yield [rest, false];
}

const isOperator = (word) => word !== undefined && /^(=|<|>|<=|>=|!=|->|\+|\*|\/|\^)$/.test(word);
const isJoint = (word) => /^(=|<|>|<=|>=|!=|->|\+|-|\*|\/|\^)$/.test(word) || /^[\d.]+[.,;:?!]?$/.test(word) || /^[a-zA-Z][.,;:?!]?$/.test(word) && !/^[aAI]$/.test(word);
// The `x` of `x e^x`.
const isFactor = (word, next) => /^[b-hj-z]$/.test(word) && next !== undefined && isFormula(next);
const isFormula = (word) => /[\^_=√∫∑]|\\[a-zA-Z]|^[-+]?\d+(\.\d+)?[a-z]\b|[a-zA-Z0-9)]\s*[+*/<>]\s*[a-zA-Z0-9(\\]|\d-\d|^(sqrt|sin|cos|tan|log|ln|exp|d[xyzt])\b\(?|^[a-z]\([a-z0-9]+\)/.test(word) && !/^[a-z]+\/[a-z]+$/i.test(word.replace(/\bd[a-z]\/d[a-z]\b/, "^")) && !/^https?:/.test(word) || /^d[xyzt][.,?]?$/.test(word);

function set(formula) {
  const tokens = formula.match(/\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|[A-Za-z]+|<=|>=|!=|->|\*\*|\s+|[\s\S]/g) ?? [];
  const reader = { tokens: tokens.flatMap(split).filter((token) => token.trim()), at: 0, depth: 0 };
  try {
    const row = sequence(reader, () => false);
    const math = node("math", ...row);
    math.setAttribute("aria-label", formula.trim());
    return math;
  } catch {
    return null;
  }
}

// `xy` is two letters, `sin` is one name; `2xcos` is left to the reader.
function split(token) {
  if (!/^[A-Za-z]{2,}$/.test(token)) return [token];
  if (FUNCTIONS.has(token) || LETTERS.has(token) || OPERATORS.has(token) || token === "sqrt" || token === "frac") return [token];
  return token.length <= 3 ? [...token] : [token];
}

function sequence(reader, ends) {
  const row = [];
  while (reader.at < reader.tokens.length && !ends(reader.tokens[reader.at])) {
    const named = isFunction(reader);
    if (named && row.length && row.at(-1).localName !== "mo") row.push(gap());
    const item = scripted(reader);
    if (reader.tokens[reader.at] === "/" && item.localName !== "mo") {
      reader.at += 1;
      row.push(node("mfrac", bare(item), bare(scripted(reader))));
    } else {
      row.push(item);
      if (named && item.localName === "mi" && /^[\w\\]/.test(reader.tokens[reader.at] ?? "")) row.push(gap());
    }
  }
  return row;
}

const isFunction = (reader) => FUNCTIONS.has(reader.tokens[reader.at].replace(/^\\/, ""));

// What stands around the name of a function.
function gap() {
  const space = node("mspace");
  space.setAttribute("width", "0.17em");
  return space;
}

function scripted(reader) {
  const name = reader.tokens[reader.at]?.replace(/^\\/, "");
  let base = atom(reader);
  for (;;) {
    const sign = reader.tokens[reader.at];
    if (sign === "(" && FUNCTIONS.has(name)) return node("mrow", base, node("mo", "\u2061"), group(advanced(reader), "("));
    if (sign !== "^" && sign !== "_" && sign !== "**") return base;
    reader.at += 1;
    base = node(sign === "_" ? "msub" : "msup", base, bare(signed(reader)));
  }
}

function advanced(reader) {
  reader.at += 1;
  return reader;
}

// `x^-2`: the sign belongs to the exponent.
function signed(reader) {
  if (reader.tokens[reader.at] !== "-") return atom(reader);
  reader.at += 1;
  return node("mrow", node("mo", "−"), atom(reader));
}

function atom(reader) {
  const token = reader.tokens[reader.at];
  if (token === undefined) throw new Error("the formula ends too soon");
  reader.at += 1;
  const name = token.replace(/^\\/, "");
  if (token === "(" || token === "{" || token === "[") return group(reader, token);
  if (name === "sqrt") return node("msqrt", bare(atom(reader)));
  if (name === "frac") return node("mfrac", bare(atom(reader)), bare(atom(reader)));
  if (name === "left" || name === "right") return atom(reader);
  if (/^\d/.test(token)) return node("mn", token);
  if (LETTERS.has(name)) return node("mi", LETTERS.get(name));
  if (OPERATORS.has(name) && name !== "in" && name !== "to") return node("mo", OPERATORS.get(name));
  if (token.startsWith("\\") && OPERATORS.has(name)) return node("mo", OPERATORS.get(name));
  if (FUNCTIONS.has(name)) return node("mi", name);
  if (/^[A-Za-z]$/.test(token)) return node("mi", token);
  if (/^[A-Za-z]/.test(name)) return node("mtext", ` ${name} `);
  return node("mo", RELATIONS[token] ?? name);
}

const CLOSING = { "(": ")", "{": "}", "[": "]" };

function group(reader, opening) {
  reader.depth += 1;
  if (reader.depth > DEPTH) throw new Error("the formula is nested too deep");
  const row = sequence(reader, (token) => token === CLOSING[opening]);
  if (reader.tokens[reader.at] !== CLOSING[opening]) throw new Error("a bracket is open");
  reader.at += 1;
  reader.depth -= 1;
  if (opening === "{") return node("mrow", ...row);
  const inner = node("mrow", ...row);
  const tall = inner.querySelector("mfrac") !== null;
  const whole = node("mrow", fence(opening, "prefix", tall), inner, fence(CLOSING[opening], "postfix", tall));
  whole.bare = inner;
  return whole;
}

// Browsers leave room beside a bracket that they may stretch.
function fence(sign, form, tall) {
  const fenced = node("mo", sign);
  for (const [key, value] of [["form", form], ["fence", "true"], ["stretchy", String(tall)], ["lspace", "0em"], ["rspace", "0em"]]) fenced.setAttribute(key, value);
  return fenced;
}

// Brackets around a whole numerator, exponent or root are shown by its place.
const bare = (item) => item.bare ?? item;
