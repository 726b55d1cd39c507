/** The ledger: what was sent against what was heard, with frames of two bytes that count up. */
import { describe, expect, it } from 'vitest';
import { SoundLedger } from './sound-ledger.ts';

const FRAME_BYTES = 2;

/** Frames first, first + 1, ... as bytes; no frame is 0, which is silence. */
function frames(first: number, count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(count * FRAME_BYTES));
  for (let frame = 0; frame < count; frame++) view.setUint16(2 * frame, first + frame, true);
  return new Uint8Array(view.buffer);
}

/** A ledger, with short ways to both its sides, and what it passed on. */
function open(ringFrames = 16) {
  const written: number[] = [];
  const output = {
    write: (bytes: Uint8Array, offset: number, byteLength: number): void => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + offset, byteLength);
      for (let at = 0; at < byteLength; at += FRAME_BYTES) written.push(view.getUint16(at, true));
    },
  };
  const ledger = new SoundLedger(FRAME_BYTES, ringFrames, output);
  return {
    ledger,
    written,
    send: (first: number, count: number) =>
      ledger.send(frames(first, count), 0, count * FRAME_BYTES),
    hear: (first: number, count: number) =>
      ledger.hear(frames(first, count), 0, count * FRAME_BYTES),
  };
}

const run = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

describe('the ledger between client and ear', () => {
  it('is bit-exact when all was heard, whatever the cuts, and the delay is what came before', () => {
    const { hear, ledger, send, written } = open();
    ledger.prime(3);
    ledger.silence(2);
    expect(ledger.delayFrames).toBeNull();
    ledger.hear(new Uint8Array(2 * FRAME_BYTES), 0, 2 * FRAME_BYTES);
    send(1, 10);
    ledger.hear(new Uint8Array([0, 0, ...frames(1, 4)]), 0, 5 * FRAME_BYTES);
    expect(ledger.delayFrames).toBe(5);
    hear(5, 6);
    expect(ledger.isComplete).toBe(false);
    ledger.endSending();
    expect({ sent: ledger.sentFrames, heard: ledger.heardFrames }).toEqual({ sent: 10, heard: 10 });
    expect({ exact: ledger.isBitExact, glitches: ledger.glitches }).toEqual({
      exact: true,
      glitches: [],
    });
    expect(written).toEqual(run(1, 10));
  });

  it('takes no notice of what is heard behind the end', () => {
    const { hear, ledger, send, written } = open();
    send(1, 4);
    ledger.endSending();
    hear(1, 4);
    hear(77, 5);
    ledger.silence(3);
    expect(ledger.isBitExact).toBe(true);
    expect(written).toEqual(run(1, 4));
  });

  it('joins frames that differ into one glitch as long as they are neighbours', () => {
    const { hear, ledger, send, written } = open();
    send(1, 8);
    hear(1, 2);
    hear(90, 2);
    hear(5, 1);
    hear(95, 1);
    hear(7, 2);
    ledger.endSending();
    expect(ledger.glitches).toEqual([
      { atFrame: 2, frames: 2, cause: 'different' },
      { atFrame: 5, frames: 1, cause: 'different' },
    ]);
    expect([ledger.firstDifference, ledger.isComplete, ledger.isBitExact]).toEqual([
      2,
      true,
      false,
    ]);
    expect(written).toEqual([1, 2, 90, 91, 5, 95, 7, 8]);
  });

  it('counts stale frames as the client being late, and knows the sound again behind them', () => {
    const { hear, ledger, send, written } = open();
    send(1, 4);
    ledger.stale(3);
    send(5, 2);
    hear(1, 4);
    hear(60, 3);
    hear(5, 2);
    ledger.endSending();
    expect(ledger.glitches).toEqual([{ atFrame: 4, frames: 3, cause: 'client late' }]);
    expect([ledger.isComplete, ledger.heardFrames]).toEqual([true, 9]);
    expect(written).toEqual([1, 2, 3, 4, 60, 61, 62, 5, 6]);
  });

  it('does not count twice what was heard before the client said that it is late', () => {
    const { hear, ledger, send } = open();
    send(1, 4);
    hear(1, 4);
    hear(60, 2);
    ledger.stale(3);
    send(5, 2);
    hear(62, 1);
    hear(5, 2);
    ledger.endSending();
    expect(ledger.glitches).toEqual([{ atFrame: 4, frames: 3, cause: 'client late' }]);
    expect(ledger.isComplete).toBe(true);
  });

  it('takes a gap behind which the sound goes on for a pause', () => {
    const { hear, ledger, send, written } = open();
    send(1, 20);
    hear(1, 4);
    ledger.silence(2);
    ledger.silence(1);
    hear(5, 16);
    ledger.endSending();
    expect(ledger.glitches).toEqual([{ atFrame: 4, frames: 3, cause: 'gap' }]);
    expect([ledger.firstDifference, ledger.isComplete, ledger.heardFrames]).toEqual([4, true, 23]);
    expect(written).toEqual([...run(1, 4), 0, 0, 0, ...run(5, 16)]);
  });

  it('takes a gap behind which frames are missing for lost ones', () => {
    const { hear, ledger, send } = open(32);
    send(1, 30);
    hear(1, 4);
    ledger.silence(3);
    hear(8, 23);
    ledger.endSending();
    expect(ledger.glitches).toEqual([{ atFrame: 4, frames: 3, cause: 'gap' }]);
    expect([ledger.isComplete, ledger.heardFrames]).toEqual([true, 30]);
  });

  it('keeps all that a client sends ahead, beyond the room that was foreseen', () => {
    const { hear, ledger, send } = open(2);
    for (let round = 0; round < 10; round++) send(1 + 7 * round, 7);
    hear(1, 70);
    ledger.endSending();
    expect(ledger.isBitExact).toBe(true);
  });

  it('sends and hears nothing without a change', () => {
    const { hear, ledger, send } = open();
    send(1, 0);
    hear(1, 0);
    ledger.prime(0);
    ledger.silence(0);
    expect([ledger.sentFrames, ledger.heardFrames, ledger.delayFrames]).toEqual([0, 0, null]);
    ledger.endSending();
    expect(ledger.isBitExact).toBe(true);
  });

  it('leaves out what was dropped on the way, at its frame, and knows the sound behind it', () => {
    const { hear, ledger, send, written } = open(32);
    send(1, 6);
    send(7, 3);
    ledger.drop(2);
    send(10, 2);
    ledger.drop(1);
    expect(ledger.hasUnexplained).toBe(true);
    ledger.explain('re-arm late');
    expect(ledger.hasUnexplained).toBe(false);
    hear(1, 7);
    expect(ledger.lostFrames).toBe(0);
    hear(10, 1);
    send(12, 4);
    hear(12, 4);
    ledger.endSending();
    expect(ledger.glitches).toEqual([
      { atFrame: 7, frames: 2, cause: 're-arm late' },
      { atFrame: 10, frames: 1, cause: 're-arm late' },
    ]);
    expect([ledger.lostFrames, ledger.isComplete, ledger.heardFrames]).toEqual([3, true, 12]);
    expect(written).toEqual([...run(1, 7), 10, ...run(12, 4)]);
  });

  it('tells apart what was dropped for one reason and for another', () => {
    const { hear, ledger, send } = open(32);
    send(1, 4);
    ledger.drop(2);
    ledger.explain('DPC late');
    send(5, 1);
    ledger.drop(1);
    send(6, 3);
    ledger.drop(1);
    hear(1, 2);
    hear(6, 2);
    expect(ledger.glitches).toEqual([
      { atFrame: 2, frames: 2, cause: 'DPC late' },
      { atFrame: 4, frames: 1, cause: 'lost' },
    ]);
    expect(() => ledger.drop(1)).toThrow(/not the last to be sent/);
  });

  it('loses as one what was sent and what was dropped', () => {
    const { hear, ledger, send } = open(32);
    ledger.prime(2);
    send(1, 8);
    ledger.drop(3);
    send(9, 6);
    ledger.lose(2 + 5 + 3 + 1, 'ISR late');
    hear(10, 5);
    ledger.endSending();
    expect(ledger.glitches).toEqual([{ atFrame: 0, frames: 5 + 3 + 1, cause: 'ISR late' }]);
    expect([ledger.delayFrames, ledger.isComplete]).toEqual([2, true]);
  });

  it.each([
    ['as many as it is told', 20, 6],
    ['fewer', 20, 4],
    ['none', 20, 0],
    ['more', 20, 9],
  ])('finds out how many frames were lost where about 6 may be: %s', (_, count, lost) => {
    const { hear, ledger, send } = open(64);
    send(1, count + lost);
    hear(1, 2);
    ledger.suspect(6, 'wake-up late');
    hear(3 + lost, count - 2);
    ledger.endSending();
    const glitch = { atFrame: 2, frames: lost, cause: 'wake-up late' };
    expect(ledger.glitches).toEqual(lost === 0 ? [] : [glitch]);
    expect([ledger.lostFrames, ledger.isComplete]).toEqual([lost, true]);
  });

  it('believes that the frames were kept behind which a device dropped others', () => {
    const { hear, ledger, send } = open(64);
    send(1, 10);
    hear(1, 4);
    ledger.drop(3);
    ledger.explain('DPC late');
    send(11, 10);
    ledger.suspect(5, 'DPC late');
    hear(5, 3);
    hear(11, 10);
    ledger.endSending();
    expect(ledger.glitches).toEqual([{ atFrame: 7, frames: 3, cause: 'DPC late' }]);
  });

  it('believes it too where every frame sounds the same', () => {
    const { ledger } = open(64);
    const same = (count: number) => new Uint8Array(count * FRAME_BYTES).fill(7);
    const send = (count: number) => ledger.send(same(count), 0, count * FRAME_BYTES);
    send(10);
    ledger.drop(3);
    ledger.explain('DPC late');
    send(10);
    ledger.hear(same(4), 0, 4 * FRAME_BYTES);
    ledger.suspect(5, 'DPC late');
    ledger.hear(same(13), 0, 13 * FRAME_BYTES);
    ledger.endSending();
    expect(ledger.glitches).toEqual([{ atFrame: 7, frames: 3, cause: 'DPC late' }]);
    expect(ledger.isComplete).toBe(true);
  });

  it('believes what it is told when nothing more comes', () => {
    const { hear, ledger, send } = open(64);
    send(1, 10);
    hear(1, 4);
    ledger.suspect(5, 'engine late');
    ledger.endHearing();
    ledger.endHearing();
    expect(ledger.glitches).toEqual([{ atFrame: 4, frames: 5, cause: 'engine late' }]);
  });

  it('has heard what its output has taken whole, when it is stopped in the midst', () => {
    let taken = 0;
    const output = {
      get frames() {
        return taken;
      },
      write: (_: Uint8Array, __: number, byteLength: number): void => {
        if (taken > 0) throw new Error('stopped');
        taken += byteLength / FRAME_BYTES;
      },
    };
    const ledger = new SoundLedger(FRAME_BYTES, 16, output);
    ledger.send(frames(1, 8), 0, 8 * FRAME_BYTES);
    ledger.hear(frames(1, 3), 0, 3 * FRAME_BYTES);
    expect(() => ledger.hear(frames(4, 2), 0, 2 * FRAME_BYTES)).toThrow('stopped');
    expect(ledger.heardFrames).toBe(3);
  });
});
