/**
 * A client that comes late. In wake-up n it should come at (n + 1) periods after RUN; before that
 * it has written up to a whole buffer beyond what DMA had fetched at its last wake-up. So what
 * goes wrong, and where, follows from the clock alone.
 */
import { describe, expect } from 'vitest';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { describeBackends } from '../support/backends.ts';
import { bootHda, HdaStream, MS } from '../support/hda-machine.ts';

const SOUND_MS = 400;

/** Takes what the ear hears from the first sent frame on. */
class Taken {
  readonly bytes: number[] = [];

  write(bytes: Uint8Array, offset: number, byteLength: number): void {
    for (let at = offset; at < offset + byteLength; at++) this.bytes.push(bytes[at] ?? 0);
  }
}

/** Rate, buffer, which wake-up is late, and by how much in ms. */
type Lateness = readonly [rateHz: number, bufferMs: number, wake: number, lateMs: number];

const glitching: readonly Lateness[] = [
  [48_000, 20, 5, 9.4],
  [48_000, 20, 1, 12.5],
  [44_100, 10, 7, 6.3],
  [44_100, 20, 4, 19.9],
  [96_000, 5, 20, 3.3],
  // More than a whole buffer: the position has gone round and says nothing about how often.
  [48_000, 20, 5, 35],
  [48_000, 20, 5, 50.02],
  [44_100, 10, 9, 47.7],
  [192_000, 2, 30, 61.3],
];

const harmless: readonly Lateness[] = [
  // The lead is the buffer less what FIFO and codec hold, here 30 frames of 960, or 0.625 ms.
  [48_000, 20, 5, 9.3],
  [48_000, 20, 5, 9.375],
  [44_100, 10, 7, 4.3],
  [96_000, 500, 0, 240],
];

const played = (lab: Parameters<typeof bootHda>[0], lateness: Lateness, heard: Taken) => {
  const [sampleRate, bufferMs, lateWake, lateMs] = lateness;
  const wakeDelayNs = (wake: number): number => (wake === lateWake ? lateMs * MS : 0);
  const machine = bootHda(lab);
  const options = { bufferMs, soundMs: SOUND_MS, wakeDelayNs, heard };
  return new HdaStream(machine, formatOf({ sampleRate }), options).playOut();
};

describe('a client that wakes late, to the frame', () => {
  for (const lateness of glitching) {
    const [rateHz, bufferMs, lateWake, lateMs] = lateness;
    scenario(
      `by ${lateMs} ms at ${rateHz} Hz is heard from where its ${bufferMs} ms end, as the buffer once more [WRT-OVR-010 WRT-BUF-041]`,
      (lab) => {
        const taken = new Taken();
        const stream = played(lab, lateness, taken);
        const { leadFrames, ledger, periodNs, pin } = stream;
        const atFrame = stream.fetchedAt(lateWake * periodNs);
        const cameAt = stream.fetchedAt((lateWake + 1) * periodNs + lateMs * MS);
        const frames = cameAt - atFrame - leadFrames;
        expect(frames).toBeGreaterThan(0);
        expect(ledger.glitches).toEqual([{ atFrame, frames, cause: 'client late' }]);
        expect(ledger).toMatchObject({ isComplete: true, isBitExact: false });
        expect(ledger.delayFrames).toBe(leadFrames + stream.hardwareFrames);
        const sound = Array.from(stream.sound);
        const glitchAt = atFrame * pin.frameBytes;
        const again = taken.bytes.slice(0, glitchAt);
        // Before the first frame of sound the buffer held the silence that primed it.
        for (let at = glitchAt; at < glitchAt + frames * pin.frameBytes; at++) {
          again.push(again[at - stream.buffer.actualBytes] ?? 0);
        }
        expect(taken.bytes).toEqual([...again, ...sound.slice(glitchAt)]);
      },
    );
  }

  for (const lateness of harmless) {
    const [rateHz, bufferMs, , lateMs] = lateness;
    scenario(`by ${lateMs} ms of ${bufferMs} at ${rateHz} Hz is not heard`, (lab) => {
      const { ledger } = played(lab, lateness, new Taken());
      expect(ledger).toMatchObject({ glitches: [], isBitExact: true });
    });
  }

  scenario('again and again loses exactly what each wake-up misses', (lab) => {
    const late = new Map([
      [3, 10.5],
      [8, 10.75],
      [15, 65.5],
    ]);
    const wakeDelayNs = (wake: number): number => (late.get(wake) ?? 0) * MS;
    const options = { bufferMs: 20, soundMs: SOUND_MS, wakeDelayNs };
    const stream = new HdaStream(bootHda(lab), formatOf({}), options).playOut();
    // Each glitch holds up the sound behind it; 480 frames are a period, 930 the client's lead.
    expect(stream.ledger.glitches).toEqual([
      { atFrame: 3 * 480, frames: 54, cause: 'client late' },
      { atFrame: 8 * 480 - 54, frames: 66, cause: 'client late' },
      { atFrame: 15 * 480 - 54 - 66, frames: 65.5 * 48 - 450, cause: 'client late' },
    ]);
    expect(stream.ledger.isComplete).toBe(true);
  });
});

describeBackends('a client that wakes late', 'hda', (backend) => {
  const bufferMs = backend.bufferMs(20, 48_000);
  const play = (lab: Parameters<typeof bootHda>[0], lateMs: ReadonlyMap<number, number>) => {
    const wakeDelayNs = (wake: number): number => (lateMs.get(wake) ?? 0) * MS;
    const taken = new Taken();
    const options = { bufferMs, soundMs: 8 * bufferMs, wakeDelayNs, heard: taken };
    const stream = new HdaStream(backend.boot(lab), formatOf({}), options).playOut();
    return { stream, taken };
  };

  scenario(
    'by more than its buffer is heard as the buffer once more, and all it wrote after it in order [WRT-OVR-010 WRT-BUF-041]',
    (lab) => {
      const { stream, taken } = play(lab, new Map([[3, 1.5 * bufferMs]]));
      const { buffer, ledger, pin, sound } = stream;
      expect(ledger).toMatchObject({ isComplete: true, isBitExact: false });
      expect(ledger.glitches).toHaveLength(1);
      const { atFrame = 0, cause, frames = 0 } = ledger.glitches[0] ?? {};
      expect(cause).toBe('client late');
      const heard = Uint8Array.from(taken.bytes);
      const glitchAt = atFrame * pin.frameBytes;
      const goesOnAt = glitchAt + frames * pin.frameBytes;
      expect(glitchAt).toBeGreaterThan(buffer.actualBytes);
      expect(heard.subarray(0, glitchAt)).toEqual(sound.subarray(0, glitchAt));
      const before = heard.subarray(glitchAt - buffer.actualBytes, goesOnAt - buffer.actualBytes);
      expect(heard.subarray(glitchAt, goesOnAt)).toEqual(before);
      expect(heard.subarray(goesOnAt)).toEqual(sound.subarray(glitchAt));
    },
  );

  scenario('by a tenth of its buffer is not heard, again and again', (lab) => {
    const late = new Map([1, 4, 5, 9].map((wake) => [wake, bufferMs / 10]));
    const { stream } = play(lab, late);
    expect(stream.ledger).toMatchObject({ glitches: [], isBitExact: true });
  });

  scenario('again and again has a gap each time, and comes to its end', (lab) => {
    const late = new Map([3, 7, 11].map((wake) => [wake, bufferMs]));
    const { ledger } = play(lab, late).stream;
    expect(ledger.glitches.map(({ cause }) => cause)).toEqual(new Array(3).fill('client late'));
    expect(ledger.isComplete).toBe(true);
  });
});
