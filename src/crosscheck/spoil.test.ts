/** Buffers that are recorded into hold no silence before the device has written them. */
import { expect, it } from 'vitest';
import { DMA_PAGE_BYTES, type DmaMemory } from '../hardware/device.ts';
import { spoil } from './spoil.ts';

it('spoils every byte of a buffer, over pages that lie apart, and no other', () => {
  const bytes = new Uint8Array(4 * DMA_PAGE_BYTES);
  // Two neighbours on the bus are the third and the first page of memory.
  const places = new Map([
    [0x1000, 2 * DMA_PAGE_BYTES],
    [0x2000, 0],
  ]);
  const memory: DmaMemory = {
    bytes,
    view: new DataView(bytes.buffer),
    resolve: (address) => {
      const into = address % DMA_PAGE_BYTES;
      const place = places.get(address - into);
      if (place === undefined) throw new Error('no such page');
      return place + into;
    },
  };
  spoil(memory, [{ address: 0x1f00, bytes: 0x200 }]);
  const spoilt = [...bytes.keys()].filter((at) => bytes[at] !== 0);
  expect(spoilt).toHaveLength(0x200);
  expect(spoilt.slice(0, 0x100)).toEqual(Array.from({ length: 0x100 }, (_, at) => at));
  expect(spoilt[0x100]).toBe(2 * DMA_PAGE_BYTES + 0xf00);
});
