import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  KSINTERFACESETID_Standard,
  KSMEDIUMSETID_Standard,
  KSNAME_Pin,
} from '../standards/ks/guids.ts';
import { isPinName, type PinConnect, readPinConnect, writePinName } from './pin-connect.ts';

const format = new Uint8Array(82).fill(7);
new DataView(format.buffer).setUint32(0, 82, true);
const CONNECT: PinConnect = {
  interfaceSet: KSINTERFACESETID_Standard,
  interfaceId: 1,
  mediumSet: KSMEDIUMSETID_Standard,
  mediumId: 0,
  pinId: 3,
  pinToHandle: 0x44,
  format,
};
const NAME_BYTES = 78;

describe('the name that creates a pin', () => {
  it('is read as it was written, by 64-bit and 32-bit callers', () => {
    for (const [pointerBytes, connectBytes] of [
      [8, 72],
      [4, 64],
    ] as const) {
      const name = writePinName(CONNECT, pointerBytes);
      expect(name).toHaveLength(NAME_BYTES + connectBytes + 82);
      expect(isPinName(name)).toBe(true);
      expect(readPinConnect(name, pointerBytes)).toEqual(CONNECT);
    }
  });

  it('is the GUID in braces and a backslash, in any case', () => {
    const name = writePinName(CONNECT, 8);
    const text = String.fromCharCode(...new Uint16Array(name.slice(0, NAME_BYTES).buffer));
    expect(text).toBe(`${KSNAME_Pin.text}\\`);
    const lower = name.slice();
    for (const [index, unit] of [...text.toLowerCase()].entries()) {
      lower[2 * index] = unit.charCodeAt(0);
    }
    expect(isPinName(lower)).toBe(true);
    for (const at of [0, 1, 2, 40, 75, 76, 77]) {
      const wrong = name.slice();
      wrong[at] = (wrong[at] ?? 0) ^ 0x11;
      expect(isPinName(wrong), `byte ${at}`).toBe(false);
    }
    expect(isPinName(name.slice(0, NAME_BYTES - 1))).toBe(false);
  });

  it('is refused when it is shorter than it says', () => {
    const name = writePinName(CONNECT, 8);
    expect(readPinConnect(name.slice(0, -1), 8)).toBeNull();
    expect(readPinConnect(name.slice(0, NAME_BYTES + 72 + 63), 8)).toBeNull();
    expect(readPinConnect(name.slice(0, NAME_BYTES), 8)).toBeNull();
    for (const size of [0, 63, 83, 0xffff_ffff]) {
      new DataView(name.buffer).setUint32(NAME_BYTES + 72, size, true);
      expect(readPinConnect(name, 8)).toBeNull();
    }
  });

  it('never throws, whatever the bytes', () => {
    const pointers = fc.constantFrom(4 as const, 8 as const);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), pointers, (bytes, pointerBytes) => {
        expect(isPinName(bytes)).toBe(false);
        const read = readPinConnect(bytes, pointerBytes);
        if (read === null) return;
        const layoutBytes = pointerBytes === 8 ? 72 : 64;
        expect(read.format).toHaveLength(bytes.length - NAME_BYTES - layoutBytes);
      }),
    );
  });

  it('never throws either when only the part behind the name is random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const name = new Uint8Array(NAME_BYTES + bytes.length);
        name.set(writePinName(CONNECT, 8).slice(0, NAME_BYTES));
        name.set(bytes, NAME_BYTES);
        expect(isPinName(name)).toBe(true);
        const read = readPinConnect(name, 8);
        if (read !== null) expect(read.format.length).toBeGreaterThanOrEqual(64);
      }),
    );
  });
});
