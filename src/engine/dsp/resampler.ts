/**
 * A change of sample rate for a stream that comes in blocks of any size. The frames of the past
 * stand in one plane per channel: `taps` old ones and behind them a block of new ones. The output
 * does not depend on how the stream is cut into blocks. Output frame n is the input at the moment
 * n * fromHz / toHz - taps / 2, in input frames, exactly; see resample-filter.ts for the filter.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import type { Allocate, Dsp } from './dsp.ts';
import { MAX_CHANNELS } from './mix-table.ts';
import { fillRows, type ResampleFilter, resampleFilter, rowsOf } from './resample-filter.ts';

/** New frames that are taken in at once. */
const BLOCK_FRAMES = 1024;

export class Resampler {
  readonly filter: ResampleFilter;
  readonly channels: number;
  readonly #dsp: Dsp;
  readonly #rowsAt: VirtualAddress;
  readonly #planesAt: VirtualAddress;
  readonly #planeBytes: number;
  readonly #planes: Float32Array;
  /** Input frames that the next output frame still waits for. */
  #awaited = 1;
  /** The next output frame's row: its number, from the start on, modulo the phases. */
  #row = 0;
  /** Where it lies between two input frames, in 1 / phases of a frame. */
  #phase = 0;

  constructor(
    dsp: Dsp,
    filter: ResampleFilter,
    channels: number,
    rowsAt: VirtualAddress,
    planesAt: VirtualAddress,
  ) {
    this.filter = filter;
    this.channels = channels;
    this.#dsp = dsp;
    this.#rowsAt = rowsAt;
    this.#planesAt = planesAt;
    this.#planeBytes = planeBytes(filter);
    this.#planes = new Float32Array(
      dsp.memory.buffer,
      planesAt,
      (channels * this.#planeBytes) >>> 2,
    );
    this.reset();
  }

  /** By how much the output is late, in frames of the input rate: half the filter. */
  get delayInputFrames(): number {
    return this.filter.taps / 2;
  }

  /** The same in frames of the output rate, which need not be a whole number. */
  get delayOutputFrames(): number {
    return (this.delayInputFrames * this.filter.phases) / this.filter.step;
  }

  /** Forgets the sound so far: silence stands before the next frame. */
  reset(): void {
    this.#planes.fill(0);
    this.#awaited = 1;
    this.#row = 0;
    this.#phase = 0;
  }

  /** Input frames that `pull` takes in for the next `outFrames`. */
  framesNeeded(outFrames: number): number {
    if (outFrames === 0) return 0;
    const { phases, step } = this.filter;
    return this.#awaited + Math.floor((this.#phase + (outFrames - 1) * step) / phases);
  }

  /** Output frames that `push` gives for the next `inFrames`. */
  framesMade(inFrames: number): number {
    if (inFrames < this.#awaited) return 0;
    const { phases, step } = this.filter;
    return Math.ceil(((inFrames - this.#awaited + 1) * phases - this.#phase) / step);
  }

  /** Makes exactly `outFrames`, and returns how many input frames it took: framesNeeded. */
  pull(outAt: VirtualAddress, outFrames: number, inAt: VirtualAddress): number {
    const inFrames = this.framesNeeded(outFrames);
    this.#process(outAt, outFrames, inAt, inFrames);
    return inFrames;
  }

  /** Takes in all of `inFrames`, and returns how many output frames came of it: framesMade. */
  push(outAt: VirtualAddress, inAt: VirtualAddress, inFrames: number): number {
    const outFrames = this.framesMade(inFrames);
    this.#process(outAt, outFrames, inAt, inFrames);
    return outFrames;
  }

  #process(outAt: VirtualAddress, outFrames: number, inAt: VirtualAddress, inFrames: number): void {
    const frameBytes = 4 * this.channels;
    this.#dsp.checkFloats(outAt, outFrames * this.channels);
    this.#dsp.checkFloats(inAt, inFrames * this.channels);
    let out: number = outAt;
    let input: number = inAt;
    let left = outFrames;
    let unread = inFrames;
    while (left > 0 || unread > 0) {
      const taken = Math.min(unread, BLOCK_FRAMES);
      const made = Math.min(left, this.framesMade(taken));
      this.#processBlock(out, made, input, taken);
      out += made * frameBytes;
      input += taken * frameBytes;
      left -= made;
      unread -= taken;
    }
  }

  #processBlock(outAt: number, made: number, inAt: number, taken: number): void {
    const { taps, phases, step } = this.filter;
    const { deinterleave, slidePlanes } = this.#dsp.kernels;
    const { channels } = this;
    const stride = this.#planeBytes;
    if (taken > 0) deinterleave(this.#planesAt + 4 * taps, stride, inAt, taken, channels);
    if (made > 0) {
      this.#filter(outAt, made);
      const moved = this.#phase + made * step;
      this.#awaited += Math.floor(moved / phases);
      this.#phase = moved % phases;
      this.#row = (this.#row + made) % phases;
    }
    if (taken > 0) slidePlanes(this.#planesAt, stride, taken, taps, channels);
    this.#awaited -= taken;
  }

  #filter(outAt: number, made: number): void {
    const { taps, phases, step, steps } = this.filter;
    const { resample, resampleBetween } = this.#dsp.kernels;
    const { channels } = this;
    const windowAt = this.#planesAt + 4 * this.#awaited;
    const stride = this.#planeBytes;
    const rowsAt = this.#rowsAt;
    if (steps === null) {
      resample(outAt, made, windowAt, stride, channels, rowsAt, taps, this.#row, phases, step);
    } else {
      const phase = this.#phase;
      resampleBetween(
        outAt,
        made,
        windowAt,
        stride,
        channels,
        rowsAt,
        taps,
        steps,
        phase,
        phases,
        step,
      );
    }
  }
}

/** @throws RangeError when the rates are equal, or fall to less than a hundredth */
export function createResampler(
  dsp: Dsp,
  fromHz: number,
  toHz: number,
  channels: number,
  allocate: Allocate,
): Resampler {
  if (fromHz === toHz) throw new RangeError(`${fromHz} Hz to ${toHz} Hz needs no resampler`);
  if (!(channels >= 1 && channels <= MAX_CHANNELS)) {
    throw new RangeError(`${channels} channels cannot be resampled: 1 to ${MAX_CHANNELS} can`);
  }
  const filter = resampleFilter(fromHz, toHz);
  const { phases, step, steps, taps } = filter;
  // The filter depends on the ratio alone: 44.1 to 48 kHz and 88.2 to 96 kHz share a table. One
  // of even steps serves every rate that rises.
  const ratio = steps === null || step > phases ? `${phases}:${step}` : 'rising';
  let rowsAt = dsp.filterTables.get(ratio);
  if (rowsAt === undefined) {
    const rowTaps = rowsOf(filter) * taps;
    rowsAt = allocate(4 * rowTaps, 'shared');
    fillRows(filter, new Float32Array(dsp.memory.buffer, rowsAt, rowTaps));
    dsp.filterTables.set(ratio, rowsAt);
  }
  const planesAt = allocate(channels * planeBytes(filter), 'own');
  return new Resampler(dsp, filter, channels, virtual(rowsAt), planesAt);
}

function planeBytes({ taps }: ResampleFilter): number {
  return 4 * (taps + BLOCK_FRAMES);
}
