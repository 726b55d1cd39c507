/** What a session gives to the mix in a period that its client did not fill. */
import { describe, expect, it } from 'vitest';
import { virtual } from '../base/brand.ts';
import { Ram } from '../kernel/memory/ram.ts';
import { Random } from '../sim/random.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { createDsp } from './dsp/dsp.ts';
import { SessionConverter } from './session-converter.ts';

const PERIOD = 480;
const CHANNELS = 2;

const stereo = (containerBits: number, float = false): PcmFormat => ({
  rateHz: 48_000,
  channels: CHANNELS,
  validBits: containerBits,
  containerBits,
  float,
  channelMask: 3,
});

/** Sessions of a format for a mix that takes integers of so many bits as they are. */
const kinds: readonly (readonly [
  name: string,
  PcmFormat,
  16 | 32,
  samplesOf: 16 | 32 | 'float',
])[] = [
  ['8 bits', stereo(8), 16, 'float'],
  ['16 bits', stereo(16), 16, 16],
  ['16 bits for a deep device', stereo(16), 32, 'float'],
  ['24 bits', stereo(24), 16, 'float'],
  ['32 bits', stereo(32), 16, 'float'],
  ['32 bits for a deep device', stereo(32), 32, 32],
  ['floats', stereo(32, true), 16, 'float'],
];

describe('a session of', () => {
  it.each(kinds)('%s is silent where its client has written nothing', (_, format, bits, kind) => {
    const ram = new Ram(1 << 20);
    const dsp = createDsp(ram.memory);
    let free = 0x1000;
    const allocate = (bytes: number) => {
      const at = virtual(free);
      free += (bytes + 15) & ~15;
      return at;
    };
    const converter = new SessionConverter(dsp, ram, format, format, PERIOD, bits, allocate);
    const soundAt = allocate(PERIOD * frameBytes(format));
    const random = new Random(5);
    const samples = PERIOD * CHANNELS;
    if (format.float) {
      const floats = new Float32Array(ram.memory.buffer, soundAt, samples);
      for (let n = 0; n < samples; n++) floats[n] = 0.5 + random.below(100) / 1000;
    } else {
      ram.bytes.fill(0x55, soundAt, soundAt + PERIOD * frameBytes(format));
    }
    const read = { 16: 'getInt16', 32: 'getInt32', float: 'getFloat32' } as const;
    const size = kind === 16 ? 2 : 4;
    const take = (frames: number): number[] => {
      const at = converter.convert(soundAt, frames, PERIOD);
      return Array.from({ length: samples }, (__, n) => ram.view[read[kind]](at + n * size, true));
    };
    const whole = take(PERIOD);
    expect(whole.every((sample) => sample !== 0)).toBe(true);
    for (const frames of [300, 100, 0, PERIOD, 479]) {
      const silence = Array(CHANNELS * (PERIOD - frames)).fill(0);
      expect(take(frames)).toEqual([...whole.slice(0, CHANNELS * frames), ...silence]);
    }
  });
});
