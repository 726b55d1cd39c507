/**
 * Where the sum of the sessions lies, and its way from there to the device: limited, rounded to the
 * device's format, dithered where depth falls. A device of more bits than a float has gets its sum
 * in double precision, so that it is rounded but once; for others single precision is exact enough,
 * and twice as fast. Sound that is nothing but zeros is silence, without dither.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { Dither } from './dsp/dither.ts';
import { type Allocate, type Dsp, FLOAT_PRECISION_BITS } from './dsp/dsp.ts';
import type { Limiter } from './dsp/limiter.ts';

const FLOAT_BYTES = 4;
const DOUBLE_BYTES = 8;

/** Whether the mix for a device is made in double precision. */
export const isDeepFormat = ({ float, validBits }: PcmFormat): boolean =>
  !float && validBits > FLOAT_PRECISION_BITS;

export class MixBus {
  readonly isDouble: boolean;
  readonly limiter: Limiter;
  /** The period's frames, as floats or as doubles. */
  readonly at: VirtualAddress;
  readonly #dsp: Dsp;
  readonly #device: PcmFormat;
  readonly #periodFrames: number;
  readonly #sampleBytes: number;
  #dither: Dither | undefined;

  constructor(dsp: Dsp, device: PcmFormat, periodFrames: number, allocate: Allocate) {
    this.#dsp = dsp;
    this.#device = device;
    this.#periodFrames = periodFrames;
    this.isDouble = isDeepFormat(device);
    this.#sampleBytes = this.isDouble ? DOUBLE_BYTES : FLOAT_BYTES;
    this.at = allocate(periodFrames * device.channels * this.#sampleBytes, 'own');
    const precision = this.isDouble ? 'double' : 'single';
    this.limiter = dsp.createLimiter(device.rateHz, device.channels, precision);
  }

  /** Adds up a period of the sessions in the table, and limits the sum. */
  mix(tableAt: VirtualAddress, sessions: number): void {
    const dsp = this.#dsp;
    const { channels } = this.#device;
    if (this.isDouble) dsp.mixDoubles(this.at, tableAt, sessions, this.#periodFrames, channels);
    else dsp.mix(this.at, tableAt, sessions, this.#periodFrames, channels);
    this.limiter.process(this.at, this.#periodFrames);
  }

  /**
   * How the period is rounded from now on: with `noise` if depth falls in it, as it does wherever
   * the limiter acts.
   */
  useDither(noise: Dither, isFalling: boolean): void {
    const isDithered = (isFalling || this.limiter.isActing) && !this.isDouble;
    const samples = this.#periodFrames * this.#device.channels;
    this.#dither = isDithered && !this.#dsp.isSilent(this.at, samples) ? noise : undefined;
  }

  /** Writes some frames of the period into the device's buffer. */
  write(at: VirtualAddress, fromFrame: number, frames: number): void {
    if (frames === 0) return;
    const { channels, validBits } = this.#device;
    const fromAt = (this.at + fromFrame * channels * this.#sampleBytes) as VirtualAddress;
    const samples = frames * channels;
    if (this.isDouble) this.#dsp.fromDouble(at, fromAt, samples, validBits);
    else this.#dsp.fromFloat(at, fromAt, samples, this.#device, this.#dither);
  }
}
