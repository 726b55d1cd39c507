/**
 * GUIDs. A GUID that our code names is interned, so two of them are the same GUID exactly when
 * they are the same object; one that is read from memory becomes the interned object if we know
 * it, without allocating, and a fresh object if we do not (so that a fuzzer cannot fill a table).
 */
export interface Guid {
  /** `{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}`, upper case. */
  readonly text: string;
  /** The sixteen bytes in memory order, as four little-endian words. */
  readonly words: readonly [number, number, number, number];
  /** The name the headers give it, for reports; the text when it has none. */
  readonly name: string;
}

export const GUID_BYTES = 16;

const knownByFirstWord = new Map<number, Guid[]>();
const PATTERN = /^\{([0-9A-F]{8})-([0-9A-F]{4})-([0-9A-F]{4})-([0-9A-F]{4})-([0-9A-F]{12})\}$/;

/** Names a GUID; the same text gives the same object. @throws Error on malformed text. */
export function guid(text: string, name?: string): Guid {
  const upper = text.toUpperCase();
  const parts = PATTERN.exec(upper);
  if (parts === null) throw new Error(`not a GUID: ${text}`);
  const [, data1 = '', data2 = '', data3 = '', data4 = '', data5 = ''] = parts;
  const tail = data4 + data5;
  const tailWord = (at: number): number =>
    Number.parseInt(
      tail.slice(at + 6, at + 8) +
        tail.slice(at + 4, at + 6) +
        tail.slice(at + 2, at + 4) +
        tail.slice(at, at + 2),
      16,
    ) >>> 0;
  const words = [
    Number.parseInt(data1, 16) >>> 0,
    ((Number.parseInt(data3, 16) << 16) | Number.parseInt(data2, 16)) >>> 0,
    tailWord(0),
    tailWord(8),
  ] as const;
  const known = find(words[0], words[1], words[2], words[3]);
  if (known !== null) return known;
  const created: Guid = { text: upper, words, name: name ?? upper };
  const bucket = knownByFirstWord.get(words[0]);
  if (bucket === undefined) knownByFirstWord.set(words[0], [created]);
  else bucket.push(created);
  return created;
}

function find(a: number, b: number, c: number, d: number): Guid | null {
  const bucket = knownByFirstWord.get(a);
  if (bucket === undefined) return null;
  for (const candidate of bucket) {
    const words = candidate.words;
    if (words[1] === b && words[2] === c && words[3] === d) return candidate;
  }
  return null;
}

/** Reads a GUID at byte `at`. Known GUIDs come back as the interned object. */
export function readGuid(view: DataView, at: number): Guid {
  const a = view.getUint32(at, true);
  const b = view.getUint32(at + 4, true);
  const c = view.getUint32(at + 8, true);
  const d = view.getUint32(at + 12, true);
  const known = find(a, b, c, d);
  if (known !== null) return known;
  const text = guidText(view, at);
  return { text, words: [a, b, c, d], name: text };
}

export function writeGuid(view: DataView, at: number, value: Guid): void {
  for (let word = 0; word < 4; word++) {
    view.setUint32(at + 4 * word, value.words[word] as number, true);
  }
}

export function sameGuid(left: Guid, right: Guid): boolean {
  return (
    left === right ||
    (left.words[0] === right.words[0] &&
      left.words[1] === right.words[1] &&
      left.words[2] === right.words[2] &&
      left.words[3] === right.words[3])
  );
}

function guidText(view: DataView, at: number): string {
  const hex = (value: number, digits: number): string =>
    value.toString(16).toUpperCase().padStart(digits, '0');
  let tail = '';
  for (let byte = 8; byte < 16; byte++) {
    tail += hex(view.getUint8(at + byte), 2);
    if (byte === 9) tail += '-';
  }
  const data1 = hex(view.getUint32(at, true), 8);
  const data2 = hex(view.getUint16(at + 4, true), 4);
  const data3 = hex(view.getUint16(at + 6, true), 4);
  return `{${data1}-${data2}-${data3}-${tail}}`;
}
