/**
 * Change of sample rate, stereo, 10 ms at a time. From 44.1 to 48 kHz the kernel stands beside its
 * script and the same algorithm in C, whose outputs are compared as bits, and beside libsoxr.
 */
import { createResampler } from '../src/engine/dsp/resampler.ts';
import { CPeer } from './dsp-c-peer.ts';
import { DspSpace } from './dsp-space.ts';
import type { Effort, GroupResult, Row } from './results.ts';
import { Rounds, type Subject, timeOf } from './rounds.ts';

const CHANNELS = 2;
const FROM_HZ = 44_100;
const TO_HZ = 48_000;
const IN_FRAMES = FROM_HZ / 100;
const OUT_FLOATS = (TO_HZ / 100) * CHANNELS;
const TABLE_BYTES = 4 * 160 * 80;
/** Further ratios, for orientation. */
const others = [
  { key: 'down', fromHz: 48_000, toHz: 44_100 },
  { key: 'double', fromHz: 48_000, toHz: 96_000 },
  { key: 'quarter', fromHz: 192_000, toHz: 48_000 },
];

interface Case extends Subject {
  readonly label: string;
  readonly periods: number;
  readonly outFrames: number;
}

export async function measureResampling({ isQuick }: Effort): Promise<GroupResult> {
  const rounds = isQuick ? 3 : 11;
  const periods = isQuick ? 200 : 1000;
  const peer = CPeer.compile();
  const cases = new ResampleCases(peer).all(periods);
  const measured = await Rounds.measure(cases, rounds, 2);
  peer?.remove();
  const rows = cases.map(({ key, label, periods: count, outFrames }): Row => {
    const ratio = measured.ratio(key, 'simd', 'cpuSeconds');
    const scale = count / periods;
    return {
      key,
      label,
      cells: {
        ns: measured.figure(key, ({ cpuSeconds }) => (1e9 * cpuSeconds) / (count * outFrames)),
        speed: measured.figure(key, ({ cpuSeconds }) => count / 100 / cpuSeconds),
        // How many times as fast as the kernel.
        ratio: { median: ratio.median * scale, min: ratio.min * scale, max: ratio.max * scale },
      },
    };
  });
  const missing: Row[] = [
    { key: 'c', label: 'C, the same algorithm', cells: {}, remark: 'not installed: gcc' },
    { key: 'soxr', label: 'libsoxr, HQ', cells: {}, remark: 'not installed: gcc or libsoxr0' },
  ];
  return {
    group: 'resampling',
    title: `Change of sample rate, stereo, ${rounds} interleaved rounds`,
    columns: [
      { key: 'ns', heading: 'ns per output frame', decimals: 1 },
      { key: 'speed', heading: 'x real time', decimals: 0 },
      { key: 'ratio', heading: 'speed/SIMD 44.1 to 48', decimals: 2 },
    ],
    rows: [...rows, ...missing.filter(({ key }) => rows.every((row) => row.key !== key))],
    notes: [
      'By processor time. SIMD, script and C give the same bits from 44.1 to 48 kHz, checked in each run.',
    ],
  };
}

class ResampleCases {
  readonly #space = new DspSpace(16 << 20);
  readonly #inAt = this.#space.allocateNoise(1920 * CHANNELS);
  readonly #outAt = this.#space.allocate(4 * 1920 * CHANNELS);
  readonly #peer: CPeer | null;

  constructor(peer: CPeer | null) {
    this.#peer = peer;
  }

  all(periods: number): Case[] {
    const cases = [
      this.#ours('simd', 'SIMD, 44100 to 48000 Hz', FROM_HZ, TO_HZ, periods),
      this.#ours('script', 'script, 44100 to 48000 Hz', FROM_HZ, TO_HZ, periods / 20),
      ...this.#inC(periods),
    ];
    return cases.concat(
      others.map(({ key, fromHz, toHz }) =>
        this.#ours(key, `SIMD, ${fromHz} to ${toHz} Hz`, fromHz, toHz, periods),
      ),
    );
  }

  #ours(key: string, label: string, fromHz: number, toHz: number, periods: number): Case {
    const dsp = key === 'script' ? this.#space.script : this.#space.simd;
    const resampler = createResampler(dsp, fromHz, toHz, CHANNELS, this.#space.allocate);
    const run = () =>
      timeOf(() => {
        for (let period = 0; period < periods; period++) {
          resampler.push(this.#outAt, this.#inAt, fromHz / 100);
        }
      });
    return { key, label, periods, outFrames: toHz / 100, run };
  }

  #inC(periods: number): Case[] {
    const peer = this.#peer;
    if (peer === null) return [];
    const tableAt = this.#space.simd.filterTables.get('160:147') ?? 0;
    const rows = this.#space.bytes.slice(tableAt, tableAt + TABLE_BYTES);
    const rowsPath = peer.write('rows', rows);
    this.#compare(peer.run('resample', 4, rowsPath).hash);
    const ofC = (key: string, label: string, ...words: (string | number)[]): Case => {
      const run = () => peer.run(...words).taken;
      return { key, label, periods, outFrames: TO_HZ / 100, run };
    };
    return [
      ofC('c', 'C, gcc -O3 SSE2, the same algorithm', 'resample', periods, rowsPath),
      ...(peer.hasSoxr ? [ofC('soxr', 'libsoxr, HQ', 'soxr', periods)] : []),
    ];
  }

  /** @throws Error unless kernel and script give what C gave after some blocks of the same sound */
  #compare(expected: string): void {
    const { simd, script, allocate } = this.#space;
    for (const dsp of [simd, script]) {
      const resampler = createResampler(dsp, FROM_HZ, TO_HZ, CHANNELS, allocate);
      for (let block = 0; block < 4; block++) resampler.push(this.#outAt, this.#inAt, IN_FRAMES);
      const hash = this.#space.hash(this.#outAt, 4 * OUT_FLOATS);
      if (hash !== expected) throw new Error(`the resamplers differ: ${hash}, in C ${expected}`);
    }
  }
}
