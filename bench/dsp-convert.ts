/** Conversion of samples: every container to floats and back, by period of 10 ms stereo. */
import { Dither } from '../src/engine/dsp/dither.ts';
import type { Dsp, SampleFormat } from '../src/engine/dsp/dsp.ts';
import { DspSpace } from './dsp-space.ts';
import type { Effort, GroupResult } from './results.ts';
import { Rounds, type Subject, timeOf } from './rounds.ts';

const SAMPLES = 960;

interface Case {
  readonly key: string;
  readonly label: string;
  readonly format: SampleFormat;
}

const pcm = (key: string, label: string, validBits: number, containerBits: number): Case => {
  return { key, label, format: { validBits, containerBits, float: false } };
};
const cases: readonly Case[] = [
  pcm('u8', '8 bits', 8, 8),
  pcm('s16', '16 bits', 16, 16),
  pcm('s24', '24 bits, packed', 24, 24),
  pcm('s24in32', '24 bits in 32', 24, 32),
  pcm('s32', '32 bits', 32, 32),
];
const headings = { read: 'to float', write: 'from float', dither: 'with dither' } as const;
const ways = ['read', 'write', 'dither'] as const;

export async function measureConversion({ isQuick }: Effort): Promise<GroupResult> {
  const rounds = isQuick ? 3 : 11;
  const periods = isQuick ? 500 : 4000;
  const space = new DspSpace(1 << 20);
  const floatsAt = space.allocateNoise(SAMPLES);
  const samplesAt = space.allocate(4 * SAMPLES);
  const dither = new Dither(1);
  const work = (dsp: Dsp, way: (typeof ways)[number], format: SampleFormat): void => {
    if (way === 'read') dsp.toFloat(floatsAt, samplesAt, SAMPLES, format);
    else if (way === 'write') dsp.fromFloat(samplesAt, floatsAt, SAMPLES, format);
    else dsp.fromFloat(samplesAt, floatsAt, SAMPLES, format, dither);
  };
  const subject = (key: string, count: number, step: () => void): Subject => ({
    key,
    run: () => timeOf(() => repeat(count, step)),
  });
  const subjects = cases.flatMap(({ key, format }) =>
    ways.flatMap((way) => [
      subject(`${key} ${way}`, periods, () => work(space.simd, way, format)),
      subject(`${key} ${way} script`, periods / 10, () => work(space.script, way, format)),
    ]),
  );
  const measured = await Rounds.measure(subjects, rounds, 2);
  const ns = (key: string, count: number) => {
    return measured.figure(key, ({ cpuSeconds }) => (1e9 * cpuSeconds) / (count * SAMPLES));
  };
  return {
    group: 'conversion',
    title: `Conversion of ${SAMPLES} samples, ns of processor time per sample, ${rounds} interleaved rounds`,
    columns: ways.flatMap((way) => [
      { key: way, heading: `${headings[way]}, SIMD`, decimals: 3 },
      { key: `${way} script`, heading: 'script', decimals: 2 },
    ]),
    rows: cases.map(({ key, label }) => ({
      key,
      label,
      cells: Object.fromEntries(
        ways.flatMap((way) => [
          [way, ns(`${key} ${way}`, periods)],
          [`${way} script`, ns(`${key} ${way} script`, periods / 10)],
        ]),
      ),
    })),
    notes: ['Formats of 24 bits and more lose no bits of a float, and so get no dither.'],
  };
}

function repeat(count: number, step: () => void): void {
  for (let n = 0; n < count; n++) step();
}
