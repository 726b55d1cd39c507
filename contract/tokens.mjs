/**
 * A small lexer for TypeScript source: just enough to tell code from comments, strings and regular
 * expressions. The count of the contract reads test titles with it, and the test of the layers
 * reads imports, so that neither is fooled by a word in a comment.
 */

const WORD_START = /[A-Za-z0-9_$#]/;
const WORD = /[A-Za-z0-9_$]/;
const SPACE = /\s/;
// After one of these words a slash begins a regular expression and is no division.
const BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new else do yield await instanceof'.split(' '),
);

/**
 * The tokens of `source` in order. The code in a hole of a template follows the template's own
 * token, between the marks `${` and `}$`.
 */
export function tokenize(source) {
  const tokens = [];
  new Lexer(source, tokens).readUntilClosed();
  return tokens;
}

/** Index just behind the group that opens at `open`, or the end when it is never closed. */
export function behindGroup(tokens, open) {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    depth += depthChange(tokens[index]);
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}

/** 1 for a mark that opens a group, -1 for one that closes it, else 0. */
export function depthChange(token) {
  if (token.kind !== 'mark') return 0;
  if (token.text === '${' || '([{'.includes(token.text)) return 1;
  return token.text === '}$' || ')]}'.includes(token.text) ? -1 : 0;
}

class Lexer {
  #source;
  #tokens;
  #at = 0;
  #line = 1;

  constructor(source, tokens) {
    this.#source = source;
    this.#tokens = tokens;
  }

  /** Reads up to the end, or behind the brace that closes the hole we are in. */
  readUntilClosed() {
    let depth = 0;
    while (this.#at < this.#source.length) {
      const next = this.#source[this.#at];
      if (next === '}' && depth === 0) {
        this.#at++;
        return;
      }
      if (next === '{') depth++;
      if (next === '}') depth--;
      this.#readOne(next);
    }
  }

  #readOne(next) {
    const rest = this.#source[this.#at + 1];
    if (next === '\n') this.#line++;
    if (SPACE.test(next)) this.#at++;
    else if (next === '/' && rest === '/') this.#skipTo('\n', 0);
    else if (next === '/' && rest === '*') this.#skipTo('*/', 2);
    else if (next === "'" || next === '"') this.#readString(next);
    else if (next === '`') this.#readTemplate();
    else if (next === '/' && this.#regexMayStart() && this.#readRegex()) return;
    else if (WORD_START.test(next)) this.#readWord();
    else {
      this.#push('mark', next);
      this.#at++;
    }
  }

  #push(kind, text) {
    this.#tokens.push({ kind, text, line: this.#line });
  }

  #skipTo(end, endLength) {
    const found = this.#source.indexOf(end, this.#at + 2);
    const behind = found < 0 ? this.#source.length : found + endLength;
    for (let at = this.#at; at < behind; at++) if (this.#source[at] === '\n') this.#line++;
    this.#at = behind;
  }

  #readString(quote) {
    let end = this.#at + 1;
    while (end < this.#source.length && this.#source[end] !== quote) {
      if (this.#source[end] === '\n') break;
      end += this.#source[end] === '\\' ? 2 : 1;
    }
    this.#push('string', this.#source.slice(this.#at + 1, end));
    this.#at = this.#source[end] === quote ? end + 1 : end;
  }

  #readTemplate() {
    const token = { kind: 'template', text: '', line: this.#line };
    this.#tokens.push(token);
    this.#at++;
    while (this.#at < this.#source.length) {
      const next = this.#source[this.#at];
      if (next === '`') {
        this.#at++;
        return;
      }
      if (next === '$' && this.#source[this.#at + 1] === '{') {
        this.#at += 2;
        this.#push('mark', '${');
        this.readUntilClosed();
        this.#push('mark', '}$');
        continue;
      }
      const length = next === '\\' ? 2 : 1;
      const piece = this.#source.slice(this.#at, this.#at + length);
      if (piece.includes('\n')) this.#line++;
      token.text += piece;
      this.#at += length;
    }
  }

  #regexMayStart() {
    const last = this.#tokens.at(-1);
    if (last === undefined) return true;
    if (last.kind === 'word') return BEFORE_REGEX.has(last.text);
    return last.kind === 'mark' && depthChange(last) !== -1;
  }

  /** False, having read nothing, when the line holds no end of a regular expression. */
  #readRegex() {
    let inClass = false;
    for (let end = this.#at + 1; end < this.#source.length; end++) {
      const next = this.#source[end];
      if (next === '\n') return false;
      if (next === '\\') end++;
      else if (next === '[') inClass = true;
      else if (next === ']') inClass = false;
      else if (next === '/' && !inClass) {
        this.#push('regex', this.#source.slice(this.#at, end + 1));
        this.#at = end + 1;
        while (WORD.test(this.#source[this.#at] ?? '')) this.#at++;
        return true;
      }
    }
    return false;
  }

  #readWord() {
    let end = this.#at + 1;
    while (end < this.#source.length && WORD.test(this.#source[end])) end++;
    this.#push('word', this.#source.slice(this.#at, end));
    this.#at = end;
  }
}
