/**
 * The signal processing of the audio engine. Every buffer is a place in the machine's one memory,
 * given by its address, so that nothing is copied to reach a kernel: sessions' buffers, scratch
 * space and the device's cyclic buffer alike. The kernels are WebAssembly SIMD where the host has
 * it, and script of the same bits where not. No call here allocates, except those named create.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';
import type { Dither } from './dither.ts';
import type { DspKernels, DspMemory, ReadSamples, WriteSamples } from './kernels.ts';
import { Limiter } from './limiter.ts';
import {
  MIX_ENTRY_BYTES,
  MIX_GAINS_AT,
  MIX_MASK_AT,
  MIX_SHORT_MASK,
  patternFloats,
} from './mix-table.ts';
import { createScriptKernels } from './script-kernels.ts';
import { createWasmKernels } from './wasm-kernels.ts';

/** What of a format matters to a single sample. */
export type SampleFormat = Pick<PcmFormat, 'validBits' | 'containerBits' | 'float'>;

/**
 * Gives memory for tables and state, at a multiple of 16. What is `shared` serves every part made
 * with the same Dsp and must last as long; what is the part's `own` may go with it.
 */
export type Allocate = (byteLength: number, lifetime: 'shared' | 'own') => VirtualAddress;

/** A float has 24 bits of precision: nothing falls away above, and dither has nothing to do. */
export const FLOAT_PRECISION_BITS = 24;
const DOUBLE_BYTES = 8;

export class Dsp {
  readonly memory: DspMemory;
  readonly kernels: DspKernels;
  /** Filter tables by pair of rates, for createResampler. */
  readonly filterTables = new Map<string, VirtualAddress>();
  readonly #floats: Float32Array;
  readonly #words: Uint32Array;
  readonly #memoryBytes: number;

  constructor(memory: DspMemory, kernels: DspKernels) {
    this.memory = memory;
    this.kernels = kernels;
    this.#floats = new Float32Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#memoryBytes = memory.buffer.byteLength;
  }

  /**
   * Adds up the first `streams` entries of the table, each with its gains, into interleaved float
   * frames; 0 streams give silence. Entries are of floats or of 16-bit integers, and are added in
   * the order of the table, in single precision. A table takes MIX_ENTRY_BYTES per stream. The
   * output may not be a source.
   */
  mix(
    outAt: VirtualAddress,
    tableAt: VirtualAddress,
    streams: number,
    frames: number,
    channels: number,
  ): void {
    this.checkFloats(outAt, frames * channels);
    this.checkFloats(tableAt, (streams * MIX_ENTRY_BYTES) >>> 2);
    this.kernels.mix(outAt, tableAt, streams, frames, channels);
  }

  /** As `mix`, in double precision and into doubles, of floats and of 32-bit integers. */
  mixDoubles(
    outAt: VirtualAddress,
    tableAt: VirtualAddress,
    streams: number,
    frames: number,
    channels: number,
  ): void {
    this.checkSamples(outAt, frames * channels, DOUBLE_BYTES);
    this.checkFloats(tableAt, (streams * MIX_ENTRY_BYTES) >>> 2);
    this.kernels.mixDoubles(outAt, tableAt, streams, frames, channels);
  }

  /** Says where the samples of stream `index` begin, of which `setGains` has told the kind. */
  setSource(tableAt: VirtualAddress, index: number, sourceAt: VirtualAddress): void {
    const entry = (tableAt + index * MIX_ENTRY_BYTES) >>> 2;
    const sampleBytes = this.#words[entry + (MIX_MASK_AT >>> 2)] === MIX_SHORT_MASK ? 2 : 4;
    if ((sourceAt & (sampleBytes - 1)) !== 0) {
      throw new RangeError(`samples of ${sampleBytes} bytes do not begin at this address`);
    }
    this.#words[entry] = sourceAt;
  }

  /**
   * Sets the gain of every channel of stream `index`: one for all, or one for each. Its samples are
   * floats, or where there is an `integerMask`, integers with those bits of sound.
   */
  setGains(
    tableAt: VirtualAddress,
    index: number,
    gains: number | ArrayLike<number>,
    channels: number,
    integerMask = 0,
  ): void {
    const count = patternFloats(channels);
    this.#words[(tableAt + index * MIX_ENTRY_BYTES + MIX_MASK_AT) >>> 2] = integerMask;
    const first = (tableAt + index * MIX_ENTRY_BYTES + MIX_GAINS_AT) >>> 2;
    for (let lane = 0; lane < count; lane++) {
      const gain = typeof gains === 'number' ? gains : gains[lane % channels];
      if (gain === undefined) throw new RangeError('a channel of the frames has no gain');
      this.#floats[first + lane] = gain;
    }
  }

  /** Reads `samples` samples (of all channels together) of `format` as floats. */
  toFloat(
    outAt: VirtualAddress,
    inAt: VirtualAddress,
    samples: number,
    format: SampleFormat,
  ): void {
    const containerBytes = format.containerBits >> 3;
    this.checkFloats(outAt, samples);
    this.checkSamples(inAt, samples, containerBytes);
    if (format.float) {
      this.kernels.readF32(outAt, inAt, samples);
    } else {
      const mask = -1 << (format.containerBits - format.validBits);
      this.#readerOf(format)(outAt, inAt, samples, mask);
    }
  }

  /**
   * Writes floats as `samples` samples of `format`: rounded to nearest, halves to even, clamped.
   * With `dither`, and where bits fall away (fewer than 24 are valid), triangular noise is added
   * first, and the dither moves on.
   */
  fromFloat(
    outAt: VirtualAddress,
    inAt: VirtualAddress,
    samples: number,
    format: SampleFormat,
    dither?: Dither,
  ): void {
    const containerBytes = format.containerBits >> 3;
    this.checkFloats(inAt, samples);
    this.checkSamples(outAt, samples, containerBytes);
    if (format.float) {
      this.kernels.readF32(outAt, inAt, samples);
      return;
    }
    const { validBits } = format;
    const write = this.#writerOf(format);
    if (dither === undefined || validBits >= FLOAT_PRECISION_BITS) {
      write(outAt, inAt, samples, validBits, 0, 0);
    } else {
      write(outAt, inAt, samples, validBits, 1, dither.counter);
      dither.skip(samples);
    }
  }

  /** Writes doubles into containers of 32 bits: rounded to nearest, halves to even, clamped. */
  fromDouble(
    outAt: VirtualAddress,
    inAt: VirtualAddress,
    samples: number,
    validBits: number,
  ): void {
    this.checkSamples(inAt, samples, DOUBLE_BYTES);
    this.checkFloats(outAt, samples);
    this.kernels.writeDoubles(outAt, inAt, samples, validBits);
  }

  /** Whether there is nothing but zeros: as a rule the first float tells. */
  isSilent(at: VirtualAddress, samples: number): boolean {
    const first = at >>> 2;
    for (let index = first; index < first + samples; index++) {
      if (this.#floats[index] !== 0) return false;
    }
    return true;
  }

  createLimiter(
    rateHz: number,
    channels: number,
    precision: 'single' | 'double' = 'single',
  ): Limiter {
    return new Limiter(this, rateHz, channels, precision);
  }

  /** @throws RangeError unless `count` floats lie in memory from there */
  checkFloats(at: number, count: number): void {
    this.checkSamples(at, count, 4);
  }

  /** @throws RangeError unless `count` samples lie in memory from there, aligned */
  checkSamples(at: number, count: number, sampleBytes: number): void {
    const isAligned = sampleBytes === 3 || (at & (sampleBytes - 1)) === 0;
    if (isAligned && at >= 0 && count >= 0 && at + count * sampleBytes <= this.#memoryBytes) return;
    throw new RangeError(
      `${count} samples of ${sampleBytes} bytes at address ${at} do not lie in memory, aligned`,
    );
  }

  #readerOf(format: SampleFormat): ReadSamples {
    switch (format.containerBits) {
      case 8:
        return this.kernels.readU8;
      case 16:
        return this.kernels.readS16;
      case 24:
        return this.kernels.readS24;
      case 32:
        return this.kernels.readS32;
      default:
        throw unknownContainer(format);
    }
  }

  #writerOf(format: SampleFormat): WriteSamples {
    switch (format.containerBits) {
      case 8:
        return this.kernels.writeU8;
      case 16:
        return this.kernels.writeS16;
      case 24:
        return this.kernels.writeS24;
      case 32:
        return this.kernels.writeS32;
      default:
        throw unknownContainer(format);
    }
  }
}

/** Signal processing over `memory`, by the fastest kernels that the host runs. */
export function createDsp(memory: DspMemory): Dsp {
  return new Dsp(memory, createWasmKernels(memory) ?? createScriptKernels(memory));
}

/** The same in script alone: the specification, to the bit. */
export function createScriptDsp(memory: DspMemory): Dsp {
  return new Dsp(memory, createScriptKernels(memory));
}

function unknownContainer({ containerBits }: SampleFormat): Error {
  return new RangeError(`samples of ${containerBits} bits are not known: 8, 16, 24 and 32 are`);
}
