/** Files played through the engine: one as it is, several mixed, others converted. */
import { describe, expect, it } from 'vitest';
import { deviceKinds } from '../../src/machine/devices.ts';
import { SharedPlay, type SharedPlayConfig } from '../../src/machine/shared-play.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import type { WavFile } from '../../src/wav/wav-reader.ts';
import { recordingOf } from '../support/recording.ts';

const LOUD = 20_000;
const KINDS: readonly StreamKind[] = ['timer', 'event', 'packet'];
const [hda] = deviceKinds;
if (hda === undefined) throw new Error('there is no device');

function playAll(config: Omit<SharedPlayConfig, 'device'>) {
  const heard: number[] = [];
  const session = new SharedPlay({
    device: hda as NonNullable<typeof hda>,
    ...config,
    heard: () => ({
      write: (bytes, offset, byteLength) => {
        for (const byte of bytes.subarray(offset, offset + byteLength)) heard.push(byte);
      },
    }),
  });
  while (!session.step());
  return { heard: new Int16Array(new Uint8Array(heard).buffer), report: session.finish(1) };
}

describe.each(KINDS)('shared mode by %s', (stream) => {
  it.each([
    [48_000, 2, 16],
    [44_100, 2, 24],
    [96_000, 6, 32],
    [8_000, 1, 16],
  ])(
    'plays one file of %i Hz, %i channels, %i bits bit for bit, at the predicted delay',
    (sampleRate, channels, bits) => {
      const file = recordingOf({ sampleRate, channels, bits }, Math.round(sampleRate * 0.4) + 11);
      const { report } = playAll({ files: [file], stream });
      expect(report).toMatchObject({
        mode: 'shared',
        stream,
        bitExact: true,
        glitches: 0,
        frames: file.frames,
        heardFrames: file.frames,
        findings: [],
        leaks: [],
      });
      expect(report.delayFrames).toBe(report.latency.totalFrames);
    },
  );
});

describe('several files', () => {
  it('are mixed, each converted to the format of the first', () => {
    const files = [
      recordingOf({}, 24_000),
      recordingOf({ sampleRate: 44_100 }, 22_050),
      recordingOf({ channels: 1, bits: 24 }, 12_000),
    ];
    const { heard, report } = playAll({ files, volume: 0.25 });
    expect(report).toMatchObject({ bitExact: null, glitches: 0, findings: [], leaks: [] });
    expect(report.sessions.map(({ frames, isConverted }) => [frames, isConverted])).toEqual([
      [24_000, false],
      [22_050, true],
      [12_000, true],
    ]);
    expect(report.heardFrames).toBeGreaterThanOrEqual(24_000);
    expect(heard.length / 2).toBe(report.heardFrames);
    expect(heard.some((sample) => sample !== 0)).toBe(true);
  });

  it('are heard to their ends, also what a converter holds when they end', () => {
    const loudAtEnd = (sampleRate: number, frames: number, loud: number): WavFile => {
      const file = recordingOf({ sampleRate, channels: 1 }, frames);
      return {
        ...file,
        readFrames: (first, into, offset, wanted) => {
          const count = file.readFrames(first, into, offset, wanted);
          const sound = new DataView(into.buffer, into.byteOffset + offset, 2 * count);
          for (let frame = 0; frame < count; frame++) {
            const isLoud = first + frame >= frames - loud;
            sound.setInt16(2 * frame, isLoud ? LOUD : 0, true);
          }
          return count;
        },
      };
    };
    const cases: readonly (readonly WavFile[])[] = [
      [loudAtEnd(22_051, 1, 1)],
      [loudAtEnd(22_051, 30, 30)],
      [loudAtEnd(96_001, 60, 60)],
      [loudAtEnd(48_000, 4800, 0), loudAtEnd(44_100, 4410, 30)],
      [loudAtEnd(1000, 300, 2)],
      [loudAtEnd(1, 3, 1)],
    ];
    for (const files of cases) {
      const { heard, report } = playAll({ files });
      const peak = heard.reduce((most, sample) => Math.max(most, sample), 0);
      expect(peak).toBeGreaterThan(0.9 * LOUD);
      expect(report).toMatchObject({ bitExact: null, glitches: 0, leaks: [] });
      expect(report).toMatchObject({ bitExact: null, glitches: 0, leaks: [] });
    }
  });

  it('that are muted are silence, and take the same time', () => {
    const { heard, report } = playAll({ files: [recordingOf({}, 9600)], isMuted: true });
    expect(report).toMatchObject({ bitExact: null, heardFrames: 9600, leaks: [] });
    expect(heard.every((sample) => sample === 0)).toBe(true);
  });
});

describe('the period of the engine', () => {
  it('is the nearest that the endpoint has, and the latency follows it', () => {
    const frames = [3, 5, 10].map((periodMs) => {
      const { report } = playAll({ files: [recordingOf({}, 9600)], periodMs });
      expect(report).toMatchObject({ bitExact: true, glitches: 0 });
      expect(report.delayFrames).toBe(report.latency.totalFrames);
      return report.periodFrames;
    });
    expect(frames).toEqual([160, 256, 480]);
  });

  it('is the nearest also where the first file has to be converted', () => {
    const file = recordingOf({ sampleRate: 37_800, bits: 16 }, 3780);
    const periods = [3, 10].map((periodMs) => {
      const { heard, report } = playAll({ files: [file], periodMs });
      expect(report).toMatchObject({ bitExact: null, glitches: 0, findings: [], leaks: [] });
      expect(report.format.rateHz).toBe(48_000);
      expect(report.delayFrames).toBe(report.latency.totalFrames);
      expect(heard.some((sample) => Math.abs(sample) > 1000)).toBe(true);
      return report.periodFrames;
    });
    expect(periods).toEqual([160, 480]);
  });
});
