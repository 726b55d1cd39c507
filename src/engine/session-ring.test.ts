import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtual } from '../base/brand.ts';
import type { Process } from '../kernel/io/process.ts';
import { Ram } from '../kernel/memory/ram.ts';
import { SessionRing } from './session-ring.ts';

const AT = 4096;

function ring(capacityFrames: number, frameBytes: number) {
  const ram = new Ram(0x10_0000);
  const freed: number[] = [];
  const process = { alloc: () => virtual(AT), free: (at: number) => freed.push(at) };
  return {
    ram,
    freed,
    ring: new SessionRing(process as unknown as Process, ram, capacityFrames, frameBytes),
  };
}

describe('a session ring', () => {
  it('gives back what was written, in order, each time in one piece', () => {
    const step = fc.record({ writes: fc.nat(9), takes: fc.nat(9) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step), (capacity, steps) => {
        const { ram, ring: tested } = ring(capacity, 2);
        let written = 0;
        let taken = 0;
        for (const { takes, writes } of steps) {
          const room = Math.min(writes, tested.freeFrames);
          const at = tested.writeAt;
          for (let frame = 0; frame < room; frame++) {
            ram.view.setUint16(at + 2 * frame, written++, true);
          }
          tested.wrote(room);
          const ready = Math.min(takes, tested.filledFrames);
          const from = tested.takeAt(ready);
          for (let frame = 0; frame < ready; frame++) {
            expect(ram.view.getUint16(from + 2 * frame, true)).toBe(taken++);
          }
          tested.took(ready);
          expect(tested.filledFrames).toBe(written - taken);
          expect(tested.filledFrames + tested.freeFrames).toBe(capacity);
        }
      }),
    );
  });

  it('writes nowhere but in twice its capacity, and frees that', () => {
    const { freed, ram, ring: tested } = ring(3, 4);
    for (let turn = 0; turn < 7; turn++) {
      ram.bytes.fill(turn + 1, tested.writeAt, tested.writeAt + 8);
      tested.wrote(2);
      tested.takeAt(2);
      tested.took(2);
    }
    expect(ram.bytes.subarray(AT - 16, AT)).toEqual(new Uint8Array(16));
    expect(ram.bytes.subarray(AT + 24, AT + 64)).toEqual(new Uint8Array(40));
    tested.free();
    expect(freed).toEqual([AT]);
  });

  it('is empty and at its start after a clear', () => {
    const { ring: tested } = ring(4, 4);
    const start = tested.writeAt;
    tested.wrote(3);
    tested.clear();
    expect([tested.filledFrames, tested.writeAt, tested.takeAt(0)]).toEqual([0, start, start]);
  });
});
