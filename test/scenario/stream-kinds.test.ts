/** The raw clients of all three stream classes, in both directions, on every device that has them. */
import { describe, expect, it } from 'vitest';
import { deviceKinds } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { recordingOf } from '../support/recording.ts';

const KINDS: readonly StreamKind[] = ['timer', 'event', 'packet'];
const [hda] = deviceKinds;
if (hda === undefined) throw new Error('there is no device');

describe.each(KINDS)('a %s-driven stream', (stream) => {
  it.each([
    [48_000, 2, 16, 20],
    [48_000, 2, 16, 4],
    [44_100, 1, 24, 10],
    [192_000, 8, 32, 6],
    [8_000, 2, 20, 500],
  ])(
    'plays %i Hz, %i channels, %i bits over %i ms bit for bit, at the predicted delay',
    (sampleRate, channels, bits, bufferMs) => {
      const file = recordingOf({ sampleRate, channels, bits }, Math.round(sampleRate * 0.7) + 13);
      const session = new PlaySession({ file, device: hda, bufferMs, stream });
      while (!session.step());
      const report = session.finish(1);
      expect(report).toMatchObject({ bitExact: true, glitches: 0, findings: [], leaks: [] });
      expect(report.delayFrames).toBe(report.latency.totalFrames);
    },
  );

  it.each([
    [48_000, 2, 16, 20],
    [44_100, 1, 24, 10],
    [192_000, 2, 32, 6],
    [8_000, 2, 20, 500],
  ])(
    'records %i Hz, %i channels, %i bits over %i ms bit for bit, behind what the codec holds',
    (sampleRate, channels, bits, bufferMs) => {
      const spoken = recordingOf({ sampleRate, channels, bits }, Math.round(sampleRate * 0.7) + 13);
      const frames = Math.round(sampleRate * 0.6) + 7;
      const session = new RecordSession({ spoken, frames, device: hda, bufferMs, stream });
      while (!session.step());
      const report = session.finish(1);
      expect(report).toMatchObject({ bitExact: true, lostFrames: 0, findings: [], leaks: [] });
      expect(report.delayFrames).toBe(
        Math.round((report.latency.codecDelay100ns * sampleRate) / 1e7),
      );
    },
  );

  it('that is late loses sound in both directions, says so, and goes on', () => {
    const file = recordingOf({}, 48_000);
    const wakeDelayNs = (wake: number): number => (wake === 20 ? 25_000_000 : 0);
    const play = new PlaySession({ file, device: hda, bufferMs: 20, stream, wakeDelayNs });
    while (!play.step());
    const played = play.finish(1);
    expect(played.glitches).toBeGreaterThan(0);
    expect(played.glitchList.reduce((sum, { frames }) => sum + frames, 0)).toBeLessThan(2000);
    expect(played.leaks).toEqual([]);
    const record = new RecordSession({
      spoken: file,
      frames: 40_000,
      device: hda,
      bufferMs: 20,
      stream,
      wakeDelayNs,
    });
    while (!record.step());
    const recorded = record.finish(1);
    expect(recorded.lostFrames).toBeGreaterThan(0);
    expect(recorded.glitchList).toEqual([
      { atFrame: expect.any(Number), frames: recorded.lostFrames, cause: 'client late' },
    ]);
    expect(recorded.leaks).toEqual([]);
  });
});
