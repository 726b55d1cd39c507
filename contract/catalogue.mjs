/**
 * The contract catalogue and the decisions about it, read from YAML and checked. Every fault is
 * collected as a sentence that names the file and the id, because whoever edits the catalogue
 * wants to see all of them at once.
 */
import { parse } from 'yaml';

/** The files of the catalogue in the order in which tables list them. */
export const CATALOGUE_FILES = ['wavert', 'wavepci', 'portcls-common', 'verifier'];
export const KINDS = [
  'signature',
  'irql',
  'precondition',
  'behaviour',
  'status',
  'sequence',
  'limit',
  'timing',
  'optional',
  'security',
];
export const PARTIES = ['port', 'miniport', 'client', 'hardware', 'adapter'];
export const SEVERITIES = ['violation', 'warning'];

const ID = /^[A-Z]{3}-[A-Z]+-\d{3}$/;
// Every entry has these fields, each a text that is not empty.
const ENTRY_TEXTS = ['id', 'subject', 'kind', 'who', 'says', 'violation', 'test', 'source'];
const RULE_TEXTS = ['id', 'name', 'checks', 'detects_by', 'severity', 'example', 'source'];
const ENTRY_EXTRAS =
  'since first iid clsid vtable returns params fields values size32 size64 also note'.split(' ');
const RULE_EXTRAS = ['code', 'note', 'first'];

/** Reads the catalogue: `texts` maps a file's name without `.yaml` to what it holds. */
export function readCatalogue(texts) {
  const problems = [];
  const files = [];
  const byId = new Map();
  for (const [name, text] of Object.entries(texts)) {
    const where = `contract/${name}.yaml`;
    const entries = [];
    for (const [index, raw] of listIn(text, where, problems).entries()) {
      const fault = faultOf(raw);
      if (fault !== null) problems.push(`${where}: ${raw?.id ?? `entry ${index + 1}`} ${fault}`);
      else if (byId.has(raw.id)) problems.push(`${where}: ${raw.id} is there twice`);
      else {
        const entry = entryOf(raw, name);
        entries.push(entry);
        byId.set(entry.id, entry);
      }
    }
    files.push({ name, entries });
  }
  return { files, byId, problems };
}

/** Reads status.yaml: for each id it names, the state and the reason. */
export function readDecisions(text, catalogue) {
  const where = 'contract/status.yaml';
  const problems = [];
  const byId = new Map();
  for (const [index, raw] of listIn(text, where, problems).entries()) {
    const fault = faultOfDecision(raw);
    if (fault !== null) {
      problems.push(`${where}: decision ${index + 1} ${fault}`);
      continue;
    }
    for (const pattern of raw.entries) {
      const ids = idsUnder(pattern, catalogue.byId);
      if (ids.length === 0) problems.push(`${where}: there is no entry ${pattern}`);
      for (const id of ids) {
        if (byId.has(id)) problems.push(`${where}: ${id} is decided twice`);
        else byId.set(id, { state: raw.state, reason: raw.reason });
      }
    }
  }
  return { byId, problems };
}

function listIn(text, where, problems) {
  try {
    const list = parse(text);
    if (Array.isArray(list)) return list;
    problems.push(`${where}: it has to be a list`);
  } catch (error) {
    problems.push(`${where}: ${error.message}`);
  }
  return [];
}

function faultOf(raw) {
  if (typeof raw !== 'object' || raw === null) return 'is not a map of fields';
  const isRule = String(raw.id).startsWith('VER-');
  const texts = isRule ? RULE_TEXTS : ENTRY_TEXTS;
  const missing = texts.find((field) => !isText(raw[field]));
  if (missing !== undefined) return `has no ${missing}`;
  if (!ID.test(raw.id)) return 'is no id: three letters, an area, three digits';
  const extras = isRule ? RULE_EXTRAS : ENTRY_EXTRAS;
  const stray = Object.keys(raw).find((field) => !texts.includes(field) && !extras.includes(field));
  if (stray !== undefined) return `has an unknown field, ${stray}`;
  if ('first' in raw && raw.first !== true) return 'has a "first" that is not true';
  if (isRule) return SEVERITIES.includes(raw.severity) ? null : `has severity ${raw.severity}`;
  if (!KINDS.includes(raw.kind)) return `has an unknown kind, ${raw.kind}`;
  return PARTIES.includes(raw.who) ? null : `obliges an unknown party, ${raw.who}`;
}

function isText(value) {
  return typeof value === 'string' && value.trim() !== '';
}

function entryOf(raw, file) {
  return {
    id: raw.id,
    area: areaOf(raw.id),
    file,
    subject: raw.subject ?? raw.name,
    kind: raw.kind ?? raw.severity,
    who: raw.who ?? 'verifier',
    says: raw.says ?? raw.checks,
    source: raw.source,
    first: raw.first === true,
  };
}

function areaOf(id) {
  return id.slice(0, id.lastIndexOf('-'));
}

function faultOfDecision(raw) {
  if (typeof raw !== 'object' || raw === null) return 'is not a map of fields';
  if (raw.state !== 'not-applicable' && raw.state !== 'later')
    return `has state ${raw.state}; it has to be not-applicable or later`;
  if (!isText(raw.reason)) return 'has no reason';
  if (!Array.isArray(raw.entries) || raw.entries.length === 0 || !raw.entries.every(isText))
    return 'has no list of entries';
  return null;
}

/** The ids that a pattern names: one id, or all that begin as the pattern does before its `*`. */
function idsUnder(pattern, byId) {
  if (!pattern.endsWith('-*')) return byId.has(pattern) ? [pattern] : [];
  return [...byId.keys()].filter((id) => id.startsWith(pattern.slice(0, -1)));
}
