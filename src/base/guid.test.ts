import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Guid, guid, readGuid, sameGuid, writeGuid } from './guid.ts';

const TEXT = '{65E8773E-8F56-11D0-A3B9-00A0C9223196}';
const word = fc.integer({ min: 0, max: 0xffff_ffff });

function bytesOf(value: Guid): number[] {
  const view = new DataView(new ArrayBuffer(16));
  writeGuid(view, 0, value);
  return [...new Uint8Array(view.buffer)];
}

describe('a GUID', () => {
  it('lies in memory as its C struct does: three little-endian fields, then bytes', () => {
    expect(
      bytesOf(guid(TEXT))
        .map((byte) => byte.toString(16))
        .join(' '),
    ).toBe('3e 77 e8 65 56 8f d0 11 a3 b9 0 a0 c9 22 31 96');
  });

  it('is one object for one text, whatever the case, and keeps its first name', () => {
    const named = guid('{0F4B7A10-0001-0002-0003-000000000004}', 'FIRST');
    expect(guid('{0f4b7a10-0001-0002-0003-000000000004}', 'SECOND')).toBe(named);
    expect(named.name).toBe('FIRST');
    expect(guid('{0F4B7A11-0001-0002-0003-000000000004}').name).toMatch(/^\{0F4B7A11/);
  });

  it('refuses text that is none', () => {
    for (const text of ['', TEXT.slice(1), TEXT.replace('6', 'G'), `${TEXT}0`]) {
      expect(() => guid(text)).toThrow(/not a GUID/);
    }
  });

  it('is read as the object that is known, and as a fresh one when none is', () => {
    const known = guid(TEXT);
    const view = new DataView(new ArrayBuffer(20));
    writeGuid(view, 4, known);
    expect(readGuid(view, 4)).toBe(known);
    view.setUint8(19, 0x97);
    const fresh = readGuid(view, 4);
    expect(fresh.text).toBe('{65E8773E-8F56-11D0-A3B9-00A0C9223197}');
    expect(readGuid(view, 4)).not.toBe(fresh);
    expect(sameGuid(readGuid(view, 4), fresh)).toBe(true);
    expect(sameGuid(known, fresh)).toBe(false);
  });

  it('has text and bytes that say the same, for any sixteen bytes', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (words) => {
        const view = new DataView(new ArrayBuffer(16));
        for (const [index, value] of words.entries()) view.setUint32(4 * index, value, true);
        const read = readGuid(view, 0);
        expect(read.words).toEqual(words);
        expect(sameGuid(guid(read.text), read)).toBe(true);
        expect(bytesOf(read)).toEqual([...new Uint8Array(view.buffer)]);
      }),
    );
  });

  it('differs when a single word does', () => {
    const base = guid('{00000001-0002-0003-0004-000000000005}');
    for (const other of [
      '{00000002-0002-0003-0004-000000000005}',
      '{00000001-0003-0003-0004-000000000005}',
      '{00000001-0002-0003-0005-000000000005}',
      '{00000001-0002-0003-0004-000000000006}',
    ]) {
      expect(sameGuid(base, guid(other))).toBe(false);
    }
  });
});
