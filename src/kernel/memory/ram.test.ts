import { describe, expect, it } from 'vitest';
import { MAX_RAM_BYTES, Ram } from './ram.ts';

describe('RAM', () => {
  it('is one zeroed WebAssembly memory, private to its thread, with a byte view and a data view', () => {
    const ram = new Ram(0x10_0000);
    expect(ram.byteLength).toBe(0x10_0000);
    expect(ram.bytes.length).toBe(0x10_0000);
    expect(ram.bytes.every((byte) => byte === 0)).toBe(true);
    expect(ram.memory.buffer).toBeInstanceOf(ArrayBuffer);
    ram.view.setUint32(0x1234, 0xa1b2c3d4, true);
    expect([...ram.bytes.subarray(0x1234, 0x1238)]).toEqual([0xd4, 0xc3, 0xb2, 0xa1]);
  });

  it('says which sizes can be built', () => {
    for (const size of [0, 0xf_0000, 0x10_0001, MAX_RAM_BYTES + 0x1_0000, -1, Number.NaN]) {
      expect(() => new Ram(size)).toThrow(/multiple of 65536 bytes from 1 MiB to 2 GiB/);
    }
  });
});
