/**
 * Mixing: K stereo float streams with a gain per channel, added up and made 16-bit samples. Every
 * stream has a ring of four periods, so that the sources are not all in the nearest cache. What the
 * kernels, the script and the C build make is compared before anything is measured.
 */
import { type VirtualAddress, virtual } from '../src/base/brand.ts';
import type { Dsp } from '../src/engine/dsp/dsp.ts';
import type { Limiter } from '../src/engine/dsp/limiter.ts';
import { MIX_ENTRY_BYTES } from '../src/engine/dsp/mix-table.ts';
import { CPeer } from './dsp-c-peer.ts';
import { DspSpace } from './dsp-space.ts';
import type { Effort, GroupResult, Row, Spread } from './results.ts';
import { Rounds, type Subject, timeOf } from './rounds.ts';

const STREAMS = [1, 16, 64, 256] as const;
const FRAMES = 480;
const CHANNELS = 2;
const FLOATS = FRAMES * CHANNELS;
const SLOTS = 4;
const S16 = { validBits: 16, containerBits: 16, float: false } as const;
/** Stream-frames of one run; script, which is slower, gets an eighth. */
const WORK = 32_000_000;

const labels: readonly (readonly [key: string, label: string])[] = [
  ['simd', 'WebAssembly SIMD: mix, 16 bits'],
  ['bare', 'the mix alone, float out'],
  ['period', 'a whole period: sources set, mix, limiter, 16 bits'],
  ['limited', 'the same while the limiter is at work'],
  ['script', 'script, the same bits'],
  ['copy', 'TypedArray.set of the inputs'],
  ['c4', 'C, gcc -O3 SSE2, four streams in a pass'],
  ['c1', 'C, gcc -O3, plain loop'],
];

export async function measureMixing({ isQuick }: Effort): Promise<GroupResult> {
  const rounds = isQuick ? 3 : 11;
  const peer = CPeer.compile();
  const cells = new Map<string, Record<string, Spread>>(labels.map(([key]) => [key, {}]));
  for (const streams of STREAMS) {
    const periods = Math.ceil(WORK / (isQuick ? 8 : 1) / (streams * FRAMES));
    const subjects = new Mixer(streams).subjects(periods, peer);
    const measured = await Rounds.measure(subjects, rounds, 2);
    for (const { key } of subjects) {
      const row = cells.get(key);
      if (row === undefined) continue;
      const streamFrames = periodsOf(key, periods) * FRAMES * streams;
      row[`ns${streams}`] = measured.figure(key, (run) => (1e9 * run.cpuSeconds) / streamFrames);
      row[`ratio${streams}`] = perPeriod(measured, key, 'simd', periods);
      if (streams === 64) row['bare64'] = perPeriod(measured, key, 'bare', periods);
    }
  }
  peer?.remove();
  return {
    group: 'mixing',
    title: `Mixing K stereo streams, ${FRAMES} frames a period, ${rounds} interleaved rounds`,
    columns: [
      ...STREAMS.map((k) => ({ key: `ns${k}`, heading: `K=${k} ns/stream-frame`, decimals: 3 })),
      ...STREAMS.map((k) => ({ key: `ratio${k}`, heading: `K=${k} time/SIMD`, decimals: 2 })),
      { key: 'bare64', heading: 'K=64 time/mix alone', decimals: 2 },
    ],
    rows: labels.map(([key, label]) => rowOf(key, label, cells.get(key) ?? {}, peer)),
    notes: ['By processor time. Kernel, script and C give the same bits, checked in each run.'],
  };
}

function rowOf(key: string, label: string, cells: Row['cells'], peer: CPeer | null): Row {
  const isMissing = peer === null && (key === 'c4' || key === 'c1');
  return isMissing ? { key, label, cells, remark: 'not installed: gcc' } : { key, label, cells };
}

function periodsOf(key: string, periods: number): number {
  return key === 'script' ? Math.ceil(periods / 8) : periods;
}

/** Time of one period over that of another subject in the same round. */
function perPeriod(measured: Rounds, key: string, other: string, periods: number): Spread {
  const { median, min, max } = measured.ratio(other, key, 'cpuSeconds');
  const scale = periods / periodsOf(key, periods);
  return { median: median * scale, min: min * scale, max: max * scale };
}

/** K streams, and the ways to mix them. */
class Mixer {
  readonly #streams: number;
  readonly #space = new DspSpace(32 << 20);
  readonly #ringAt: VirtualAddress;
  readonly #tables: readonly VirtualAddress[];
  readonly #copyAt: VirtualAddress;
  readonly #sumAt: VirtualAddress;
  readonly #outAt: VirtualAddress;
  readonly #limiter: Limiter;
  readonly #slots: readonly Float32Array[];

  constructor(streams: number) {
    const space = this.#space;
    this.#streams = streams;
    this.#ringAt = space.allocateNoise(streams * SLOTS * FLOATS);
    this.#copyAt = space.allocate(4 * streams * FLOATS);
    this.#sumAt = space.allocate(4 * FLOATS);
    this.#outAt = space.allocate(2 * FLOATS);
    this.#limiter = space.simd.createLimiter(48_000, CHANNELS);
    // A table for each slot, so that the bare kernel finds its sources set.
    this.#tables = Array.from({ length: SLOTS }, () => space.allocate(streams * MIX_ENTRY_BYTES));
    this.#tables.forEach((tableAt, slot) => {
      // They add up to less than 1, and so does the sound.
      this.#setGains(tableAt, 1);
      this.#setSources(tableAt, slot);
    });
    this.#slots = Array.from({ length: streams * SLOTS }, (_, index) => {
      const first = (this.#ringAt >>> 2) + index * FLOATS;
      return space.floats.subarray(first, first + FLOATS);
    });
  }

  subjects(periods: number, peer: CPeer | null): Subject[] {
    this.#compare(periods, peer);
    const { simd, script } = this.#space;
    const loop = (key: string, period: (slot: number) => void): Subject => ({
      key,
      run: () =>
        timeOf(() => {
          const count = periodsOf(key, periods);
          for (let step = 0; step < count; step++) period(step % SLOTS);
        }),
    });
    const inC = (key: string, mode: string): Subject => ({
      key,
      run: () => this.#runC(peer, mode, periods),
    });
    return [
      loop('simd', (slot) => this.#mix(simd, slot)),
      loop('bare', (slot) => this.#mixOnly(simd, slot)),
      loop('period', (slot) => this.#wholePeriod(slot)),
      this.#limitedSubject(loop),
      loop('script', (slot) => this.#mix(script, slot)),
      loop('copy', (slot) => this.#copy(slot)),
      // Four streams in a pass need four streams.
      ...(peer !== null && this.#streams >= 4 ? [inC('c4', 'mix4')] : []),
      ...(peer === null ? [] : [inC('c1', 'mix1')]),
    ];
  }

  /** Gains that add up to far more than 1, in a table of their own, keep the limiter at work. */
  #limitedSubject(loop: (key: string, period: (slot: number) => void) => Subject): Subject {
    const tableAt = this.#space.allocate(this.#streams * MIX_ENTRY_BYTES);
    this.#setGains(tableAt, 4 * this.#streams);
    const limiter = this.#space.simd.createLimiter(48_000, CHANNELS);
    return loop('limited', (slot) => this.#period(tableAt, slot, limiter));
  }

  #setGains(tableAt: VirtualAddress, factor: number): void {
    for (let stream = 0; stream < this.#streams; stream++) {
      const gain = (factor * (1 + (stream % 4))) / (4 * this.#streams);
      this.#space.simd.setGains(tableAt, stream, [gain, gain / 2], CHANNELS);
    }
  }

  #setSources(tableAt: VirtualAddress, slot: number): void {
    const { simd } = this.#space;
    let at: number = this.#ringAt + slot * FLOATS * 4;
    for (let stream = 0; stream < this.#streams; stream++) {
      simd.setSource(tableAt, stream, virtual(at));
      at += SLOTS * FLOATS * 4;
    }
  }

  #mixOnly(dsp: Dsp, slot: number): void {
    dsp.mix(this.#sumAt, this.#tables[slot] ?? virtual(0), this.#streams, FRAMES, CHANNELS);
  }

  #mix(dsp: Dsp, slot: number): void {
    this.#mixOnly(dsp, slot);
    dsp.fromFloat(this.#outAt, this.#sumAt, FLOATS, S16);
  }

  #wholePeriod(slot: number): void {
    this.#period(this.#tables[slot] ?? virtual(0), slot, this.#limiter);
  }

  #period(tableAt: VirtualAddress, slot: number, limiter: Limiter): void {
    const { simd } = this.#space;
    this.#setSources(tableAt, slot);
    simd.mix(this.#sumAt, tableAt, this.#streams, FRAMES, CHANNELS);
    limiter.process(this.#sumAt, FRAMES);
    simd.fromFloat(this.#outAt, this.#sumAt, FLOATS, S16);
  }

  #copy(slot: number): void {
    let to = this.#copyAt >>> 2;
    for (let stream = 0; stream < this.#streams; stream++) {
      this.#space.floats.set(this.#slots[stream * SLOTS + slot] ?? [], to);
      to += FLOATS;
    }
  }

  #runC(peer: CPeer | null, mode: string, periods: number): ReturnType<Subject['run']> {
    if (peer === null) throw new Error('there is no C build');
    return peer.run(mode, this.#streams, FRAMES, periods).taken;
  }

  /** @throws Error unless every way to mix gives the same bits */
  #compare(periods: number, peer: CPeer | null): void {
    const { simd, script } = this.#space;
    const lastSlot = (periods - 1) % SLOTS;
    const ways: [string, string][] = [];
    for (const [name, dsp] of Object.entries({ simd, script })) {
      this.#mix(dsp, lastSlot);
      ways.push([name, this.#space.hash(this.#outAt, 2 * FLOATS)]);
    }
    if (peer !== null) {
      ways.push(['c1', peer.run('mix1', this.#streams, FRAMES, periods).hash]);
      if (this.#streams >= 4) {
        ways.push(['c4', peer.run('mix4', this.#streams, FRAMES, periods).hash]);
      }
    }
    if (new Set(ways.map(([, hash]) => hash)).size !== 1) {
      throw new Error(`the mixes of ${this.#streams} streams differ: ${ways.join(' ')}`);
    }
  }
}
