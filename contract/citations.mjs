/**
 * Finds which contract entries a test file cites: ids in square brackets in the title of a test.
 * Nothing is run. A test that is skipped, to do or expected to fail shows nothing, so its ids do
 * not count.
 */
import { behindGroup, depthChange, tokenize } from './tokens.mjs';

const CALLS = new Set([
  ...['it', 'test', 'scenario', 'pinTable', 'fuzz', 'describe'],
  ...['describeBackends', 'backendScenario'],
]);
const NOT_SHOWN = new Set(['skip', 'todo', 'fails']);
// These take arguments of their own before the call that has the title: it.each(rows)('title').
const BEFORE_TITLE = new Set(['each', 'for', 'skipIf', 'runIf']);
const BRACKETS = /\[([^[\]]*)\]/g;
const LOOKS_LIKE_AN_ID = /^(?:WRT|WPC|PCL|VER)-/i;

/** The ids that the titles in `source` cite, with the lines of their titles, in order. */
export function findCitations(source) {
  const tokens = tokenize(source);
  const found = [];
  for (let index = 0; index < tokens.length; index++) {
    const call = readCall(tokens, index);
    if (call === null) continue;
    if (call.isSkipped) {
      index = behindGroup(tokens, call.open) - 1;
      continue;
    }
    const title = readTitle(tokens, call.open);
    for (const id of idsIn(title)) found.push({ id, line: tokens[index].line });
  }
  return found;
}

/** A misspelt id is still taken for an id, so that the count can report it as unknown. */
function idsIn(title) {
  const ids = [];
  for (const [, inside = ''] of title.matchAll(BRACKETS)) {
    const parts = inside.split(/[\s,]+/).filter((part) => part !== '');
    if (parts.some((part) => LOOKS_LIKE_AN_ID.test(part))) ids.push(...parts);
  }
  return ids;
}

/** The call of a test function that begins at `start`: where its own parenthesis opens. */
function readCall(tokens, start) {
  const before = tokens[start - 1];
  if (tokens[start].kind !== 'word' || !CALLS.has(tokens[start].text)) return null;
  if (before?.kind === 'mark' && before.text === '.') return null;
  let isSkipped = false;
  let wantsArguments = false;
  for (let index = start + 1; index < tokens.length; ) {
    const token = tokens[index];
    if (isMark(token, '.') && tokens[index + 1]?.kind === 'word') {
      const modifier = tokens[index + 1].text;
      isSkipped ||= NOT_SHOWN.has(modifier);
      wantsArguments = BEFORE_TITLE.has(modifier);
      index += 2;
    } else if (isMark(token, '<')) {
      index = behindTypeArguments(tokens, index);
    } else if (wantsArguments && (isMark(token, '(') || token.kind === 'template')) {
      index =
        token.kind === 'template' ? behindTemplate(tokens, index) : behindGroup(tokens, index);
      wantsArguments = false;
    } else {
      return isMark(token, '(') ? { open: index, isSkipped } : null;
    }
  }
  return null;
}

function isMark(token, text) {
  return token?.kind === 'mark' && token.text === text;
}

function behindTypeArguments(tokens, open) {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (isMark(tokens[index], '<')) depth++;
    if (isMark(tokens[index], '>') && !isMark(tokens[index - 1], '=')) depth--;
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}

function behindTemplate(tokens, start) {
  let index = start + 1;
  while (isMark(tokens[index], '${')) index = behindGroup(tokens, index);
  return index;
}

/** The text of the first argument: one string, or several that are joined with `+`. */
function readTitle(tokens, open) {
  let title = '';
  let depth = 1;
  for (let index = open + 1; index < tokens.length; index++) {
    const token = tokens[index];
    depth += depthChange(token);
    if (depth === 0 || (depth === 1 && isMark(token, ','))) break;
    if (depth === 1 && (token.kind === 'string' || token.kind === 'template')) title += token.text;
  }
  return title;
}
