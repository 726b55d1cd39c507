/**
 * Every format that the HD Audio driver claims, by every kind of stream, in both directions; what a
 * timer drives to the ear is in hda-formats.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { recordingOf } from '../support/recording.ts';

const hda = deviceKind('hda');
if (hda === null) throw new Error('there is no device');
const RENDER_KINDS: readonly StreamKind[] = ['event', 'packet'];
const CAPTURE_KINDS: readonly StreamKind[] = ['timer', ...RENDER_KINDS];
const RATES_HZ = [
  8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];
const SAMPLES = [
  { bits: 16 },
  { bits: 20 },
  { bits: 24 },
  { bits: 32 },
  { bits: 32, float: true },
] as const;
/** Of the sound, and an odd buffer, which the driver makes a whole number of blocks. */
const SOUND_MS = 40;
const BUFFER_MS = 7.3;
const CLEAN = { bitExact: true, glitches: 0, findings: [], leaks: [] };

describe.each(RENDER_KINDS)('a %s-driven stream', (stream) => {
  it.each(RATES_HZ)('plays every sample and channel count at %i Hz bit for bit', (sampleRate) => {
    for (const sample of SAMPLES) {
      for (let channels = 1; channels <= 8; channels++) {
        const frames = Math.round((sampleRate * SOUND_MS) / 1000) + channels;
        const file = recordingOf({ sampleRate, channels, ...sample }, frames);
        const session = new PlaySession({ file, device: hda, bufferMs: BUFFER_MS, stream });
        while (!session.step());
        const report = session.finish(1);
        expect({ sample, channels, ...report }).toMatchObject({ ...CLEAN, heardFrames: frames });
      }
    }
  });
});

describe.each(CAPTURE_KINDS)('a %s-driven stream', (stream) => {
  it.each(RATES_HZ)('records every sample and channel count at %i Hz bit for bit', (sampleRate) => {
    for (const sample of SAMPLES) {
      for (let channels = 1; channels <= 2; channels++) {
        const frames = Math.round((sampleRate * SOUND_MS) / 1000) + channels;
        const spoken = recordingOf({ sampleRate, channels, ...sample }, frames);
        const config = { spoken, frames, device: hda, bufferMs: BUFFER_MS, stream };
        const session = new RecordSession(config);
        while (!session.step());
        const report = session.finish(1);
        expect({ sample, channels, ...report }).toMatchObject({ ...CLEAN, recordedFrames: frames });
      }
    }
  });
});
