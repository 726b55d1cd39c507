import { describe, expect, it } from 'vitest';
import { encodeCommand, VERB } from '../../standards/hda/verbs.ts';
import { CODEC_VENDOR_ID } from './codec-nodes.ts';
import { HdaBench } from './hda.test-support.ts';

const VENDOR = encodeCommand(0, 0, VERB.GET_PARAMETER, 0);
const REVISION = encodeCommand(0, 0, VERB.GET_PARAMETER, 2);
const ABSENT_CODEC = encodeCommand(3, 0, VERB.GET_PARAMETER, 0);

/** A bench with both rings in place; RINTCNT and RIRBCTL as given. */
function rings(responseCount: number, control = 0x3) {
  const bench = new HdaBench().boot();
  const corb = bench.memory.allocate(1);
  const rirb = bench.memory.allocate(1);
  bench.write(0x40, 4, corb % 0x1_0000_0000);
  bench.write(0x44, 4, Math.floor(corb / 0x1_0000_0000));
  bench.write(0x50, 4, rirb % 0x1_0000_0000);
  bench.write(0x54, 4, Math.floor(rirb / 0x1_0000_0000));
  bench.write(0x58, 2, 0x8000);
  bench.write(0x5a, 2, responseCount);
  bench.write(0x5c, 1, control);
  bench.write(0x20, 4, 0xc000_0000);
  bench.write(0x4c, 1, 0x2);
  let writePointer = 0;
  const send = (...commands: number[]): void => {
    for (const command of commands) {
      writePointer = (writePointer + 1) % 256;
      bench.memory.putWord(corb + 4 * writePointer, command);
    }
    bench.write(0x48, 2, writePointer);
  };
  const response = (index: number): number[] => [
    bench.memory.word(rirb + 8 * index),
    bench.memory.word(rirb + 8 * index + 4),
  ];
  return { bench, send, response };
}

describe('the command rings', () => {
  it('send one command per link frame and write its response one frame later', () => {
    const { bench, send, response } = rings(255);
    // The link counts frames from CRST at 0; the bench is past frame 25.
    send(VENDOR, REVISION);
    bench.clock.advanceTo(541_667);
    expect([bench.read(0x4a, 2), bench.read(0x58, 2)]).toEqual([1, 0]);
    bench.clock.advanceTo(562_500);
    expect([bench.read(0x4a, 2), bench.read(0x58, 2)]).toEqual([2, 1]);
    bench.clock.advanceTo(583_334);
    expect([bench.read(0x4a, 2), bench.read(0x58, 2)]).toEqual([2, 2]);
    expect(response(1)).toEqual([CODEC_VENDOR_ID, 0]);
    expect(response(2)).toEqual([0x0010_0100, 0]);
  });

  it('wrap after 256 entries', () => {
    const { bench, send, response } = rings(255);
    for (let round = 0; round < 3; round++) {
      send(...Array.from({ length: 100 }, () => (round === 2 ? REVISION : VENDOR)));
      bench.runFor(3_000_000);
    }
    expect([bench.read(0x4a, 2), bench.read(0x58, 2)]).toEqual([300 - 256, 300 - 256]);
    expect(response(0)[0]).toBe(0x0010_0100);
    expect(response(44)[0]).toBe(0x0010_0100);
    expect(response(45)[0]).toBe(CODEC_VENDOR_ID);
  });

  it('keep CORBRPRST as written and reset the pointer; RIRBWPRST reads 0', () => {
    const { bench, send } = rings(255);
    send(VENDOR);
    bench.runFor(100_000);
    bench.write(0x4c, 1, 0);
    bench.write(0x4a, 2, 0x8000);
    expect(bench.read(0x4a, 2)).toBe(0x8000);
    bench.write(0x4a, 2, 0);
    expect(bench.read(0x4a, 2)).toBe(0);
    expect(bench.read(0x58, 2)).toBe(1);
    bench.write(0x58, 2, 0x8000);
    expect(bench.read(0x58, 2)).toBe(0);
  });

  it('raise RINTFL after RINTCNT responses, or when a frame brings none', () => {
    const { bench, send } = rings(2);
    send(VENDOR, VENDOR, VENDOR);
    bench.clock.advanceTo(562_500);
    expect(bench.read(0x5d, 1)).toBe(0);
    bench.clock.advanceTo(583_334);
    expect(bench.read(0x5d, 1)).toBe(1);
    expect(bench.isAsserted).toBe(true);
    bench.write(0x5d, 1, 1);
    expect(bench.isAsserted).toBe(false);
    // The third response comes with the next frame, the empty slot with the one after.
    bench.clock.advanceTo(604_167);
    expect(bench.read(0x5d, 1)).toBe(0);
    bench.clock.advanceTo(625_000);
    expect(bench.read(0x5d, 1)).toBe(1);
  });

  it('take RINTCNT 0 for 256, and set RINTFL without an interrupt when RINTCTL is clear', () => {
    const { bench, send } = rings(0, 0x2);
    send(VENDOR);
    bench.clock.advanceTo(562_500);
    expect([bench.read(0x58, 2), bench.read(0x5d, 1)]).toEqual([1, 0]);
    bench.runFor(25_000);
    expect(bench.read(0x5d, 1)).toBe(1);
    expect(bench.read(0x24, 4)).toBe(0);
    expect(bench.edges).toEqual([]);
  });

  it('hold eight responses while the RIRB engine is off, and lose more with an overrun', () => {
    const { bench, send, response } = rings(255, 0x4);
    send(...Array.from({ length: 9 }, () => VENDOR), REVISION);
    bench.runFor(1_000_000);
    expect([bench.read(0x58, 2), bench.read(0x5d, 1)]).toEqual([0, 0x4]);
    expect(bench.isAsserted).toBe(true);
    bench.write(0x5d, 1, 0x4);
    bench.write(0x5c, 1, 0x6);
    bench.runFor(100_000);
    expect(bench.read(0x58, 2)).toBe(8);
    expect(response(8)[0]).toBe(CODEC_VENDOR_ID);
  });

  it('move past a command for an absent codec without a response', () => {
    const { bench, send, response } = rings(255);
    send(ABSENT_CODEC, VENDOR);
    bench.runFor(200_000);
    expect([bench.read(0x4a, 2), bench.read(0x58, 2)]).toEqual([2, 1]);
    expect(response(1)[0]).toBe(CODEC_VENDOR_ID);
    expect(bench.clock.pending).toHaveLength(0);
  });

  it('stop with CMEI on a memory error, which interrupts if CMEIE is set', () => {
    const { bench, send } = rings(255);
    bench.write(0x4c, 1, 0x3);
    bench.device.injectCommandMemoryError();
    send(VENDOR);
    bench.runFor(100_000);
    expect([bench.read(0x4c, 2), bench.read(0x4a, 2)]).toEqual([0x0101, 0]);
    expect(bench.isAsserted).toBe(true);
    bench.write(0x4d, 1, 1);
    expect(bench.isAsserted).toBe(false);
  });
});

describe('immediate commands', () => {
  it('are busy until the response is latched two link frames later', () => {
    const bench = new HdaBench().boot();
    bench.write(0x60, 4, VENDOR);
    bench.write(0x68, 2, 1);
    expect(bench.read(0x68, 2)).toBe(1);
    bench.clock.advanceTo(562_499);
    expect(bench.read(0x68, 2)).toBe(1);
    bench.clock.advanceTo(562_500);
    expect([bench.read(0x68, 2), bench.read(0x64, 4)]).toEqual([2, CODEC_VENDOR_ID]);
    bench.write(0x68, 2, 2);
    expect(bench.read(0x68, 2)).toBe(0);
  });

  it('stay busy when no codec answers, until software gives up', () => {
    const bench = new HdaBench().boot();
    bench.write(0x60, 4, ABSENT_CODEC);
    bench.write(0x68, 2, 1);
    bench.runFor(10_000_000);
    expect(bench.read(0x68, 2)).toBe(1);
    bench.write(0x68, 2, 0);
    expect(bench.verb(0, VERB.GET_PARAMETER, 0)).toBe(CODEC_VENDOR_ID);
  });

  it('get no answer from a codec that has not asked for its address yet', () => {
    const bench = new HdaBench();
    bench.write(0x08, 4, 1);
    bench.write(0x60, 4, VENDOR);
    bench.write(0x68, 2, 1);
    bench.runFor(400_000);
    expect(bench.read(0x68, 2)).toBe(1);
  });
});

describe('unsolicited responses', () => {
  it('reach the RIRB with the tag when the jack changes, if codec and GCTL allow it', () => {
    const { bench, response } = rings(1);
    const jack = (present: boolean): number => {
      bench.device.speaker.jackPresent = present;
      bench.runFor(100_000);
      return bench.read(0x58, 2);
    };
    expect(jack(false)).toBe(0);
    bench.verb(4, VERB.SET_UNSOLICITED, 0x85);
    expect(bench.verb(4, VERB.GET_UNSOLICITED)).toBe(0x85);
    expect(jack(true)).toBe(0);
    bench.write(0x08, 4, 0x101);
    expect(jack(false)).toBe(1);
    expect(response(1)).toEqual([0x05 * 2 ** 26, 0x10]);
    expect(bench.isAsserted).toBe(true);
    expect(bench.verb(4, VERB.GET_PIN_SENSE)).toBe(0);
    expect(jack(false)).toBe(1);
    expect(jack(true)).toBe(2);
    expect(bench.verb(4, VERB.GET_PIN_SENSE)).toBe(0x8000_0000);
  });
});
