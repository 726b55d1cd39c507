import { describe, expect, it } from 'vitest';
import { physical, virtual } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import { AC97_BDL_ENTRIES } from '../../standards/ac97/index.ts';
import { BusMaster } from './bus-master.ts';
import type { DescriptorPage } from './descriptor-page.ts';
import { DescriptorRing } from './descriptor-ring.ts';
import { DmaEngine } from './dma-engine.ts';

const PIECE_BYTES = 400;
const PIECES = 5;
const BUFFER_BYTES = PIECES * PIECE_BYTES;

/** A ring over an engine whose registers a test sets; `between` happens before each is read. */
function ringAt(registers: { civ: number; picb: number }, between: () => void = () => undefined) {
  const wdk = {
    READ_REGISTER_UCHAR: () => {
      between();
      return registers.civ;
    },
    READ_REGISTER_USHORT: () => {
      between();
      return registers.picb;
    },
    READ_REGISTER_ULONG: () => 0,
    WRITE_REGISTER_UCHAR: () => undefined,
    WRITE_REGISTER_USHORT: () => undefined,
    WRITE_REGISTER_ULONG: () => undefined,
  } as unknown as KernelDdi;
  const engine = new DmaEngine(wdk, new BusMaster(wdk, virtual(0x1000)), false);
  const page = {
    physicalAddress: physical(0),
    write: () => undefined,
  } as unknown as DescriptorPage;
  const pieces = Array.from({ length: PIECES }, (_, index) => ({
    address: physical(index * 0x1000),
    offset: index * PIECE_BYTES,
    bytes: PIECE_BYTES,
    endsPacket: false,
  }));
  const ring = new DescriptorRing(engine, page, pieces);
  ring.load(0, BUFFER_BYTES);
  ring.run();
  return ring;
}

describe('the position of an engine that goes round a buffer', () => {
  it('is told without taking note of it, up to a lap of the list after the last interrupt', () => {
    const registers = { civ: 0, picb: PIECE_BYTES / 2 };
    const ring = ringAt(registers);
    for (let piece = 0; piece < AC97_BDL_ENTRIES; piece++) {
      registers.civ = piece;
      registers.picb = 150;
      expect(ring.processedBytesNow).toBe(piece * PIECE_BYTES + PIECE_BYTES - 300);
    }
    // Nobody has followed: the list seems to begin again.
    registers.civ = 0;
    expect(ring.processedBytesNow).toBe(PIECE_BYTES - 300);
    registers.civ = 20;
    ring.follow();
    registers.civ = 10;
    const passed = AC97_BDL_ENTRIES + 10;
    expect(ring.processedBytesNow).toBe(passed * PIECE_BYTES + PIECE_BYTES - 300);
    expect(ring.processedBytes).toBe(21 * PIECE_BYTES - 300);
  });

  it('is right when an interrupt comes while the registers are read, whichever', () => {
    for (let strike = 1; strike <= 8; strike++) {
      let reads = 0;
      const registers = { civ: 14, picb: 2 };
      const ring: DescriptorRing = ringAt(registers, () => {
        reads++;
        if (reads !== strike) return;
        // The piece ends, and the service routine takes note of that.
        registers.civ = 15;
        registers.picb = 180;
        ring.follow();
      });
      const before = 15 * PIECE_BYTES - 4;
      const after = 16 * PIECE_BYTES - 360;
      expect([strike, ring.processedBytesNow]).toEqual([strike, strike <= 4 ? after : before]);
    }
  });

  it('of a device that is gone is the last that was known', () => {
    const registers = { civ: 3, picb: 100 };
    const ring = ringAt(registers);
    ring.follow();
    registers.civ = 0xff;
    registers.picb = 0xffff;
    expect(ring.processedBytesNow).toBe(4 * PIECE_BYTES - 200);
  });
});
