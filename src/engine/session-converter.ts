/**
 * From the frames of a client's format to float frames of the endpoint's rate and speakers: depth
 * first, then speakers, then rate. A client that writes what the mixer takes is mixed from its own
 * buffer, without a copy: floats, and integers of 16 bits, or for a mix in double precision those
 * of 32 bits, which have more bits than a float. Everything is allocated when the session is opened.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { type ChannelMap, createChannelMap } from './dsp/channel-map.ts';
import type { Allocate, Dsp } from './dsp/dsp.ts';
import { MIX_ENTRY_BYTES, MIX_SHORT_MASK } from './dsp/mix-table.ts';
import { createResampler, type Resampler } from './dsp/resampler.ts';
import { isDeepFormat } from './mix-bus.ts';

const FLOAT_BYTES = 4;

export class SessionConverter {
  /** The mixer can take the client's frames as they are. */
  readonly isDirect: boolean;
  /** What it gives are integers with these bits of sound; 0 where it gives floats. */
  readonly integerMask: number;
  readonly #from: PcmFormat;
  /** Of a frame in the client's channels, behind the change of depth. */
  readonly #outFrameBytes: number;
  readonly #dsp: Dsp;
  readonly #bytes: Uint8Array;
  readonly #map: ChannelMap | null;
  readonly #resampler: Resampler | null;
  readonly #floatsAt: VirtualAddress;
  readonly #mappedAt: VirtualAddress;
  readonly #resampledAt: VirtualAddress;
  /** A mix table of the one session, which scales its channels before they are mapped. */
  readonly #scaleTableAt: VirtualAddress;
  readonly #scaledAt: VirtualAddress;
  #isScaled = false;

  /** @throws RangeError for rates or channels that the signal processing cannot convert */
  constructor(
    dsp: Dsp,
    ram: Ram,
    from: PcmFormat,
    to: PcmFormat,
    mostOutFrames: number,
    integerBits: 16 | 32,
    allocate: Allocate,
  ) {
    this.#from = from;
    this.#dsp = dsp;
    this.#bytes = ram.bytes;
    this.#map = createChannelMap(dsp, from, to, allocate);
    this.#resampler =
      from.rateHz === to.rateHz
        ? null
        : createResampler(dsp, from.rateHz, to.rateHz, to.channels, allocate);
    const isOnlyDepth = this.#map === null && this.#resampler === null;
    this.integerMask = isOnlyDepth ? integerMaskOf(from, integerBits) : 0;
    this.isDirect = isOnlyDepth && (from.float || this.integerMask !== 0);
    this.#outFrameBytes = frameBytes(
      this.integerMask === 0 ? { ...from, containerBits: 32 } : from,
    );
    const mostInFrames =
      Math.ceil((mostOutFrames * from.rateHz) / to.rateHz) + (this.#resampler?.filter.taps ?? 0);
    const floats = (frames: number, channels: number): VirtualAddress =>
      allocate(frames * channels * FLOAT_BYTES, 'own');
    this.#floatsAt = floats(mostInFrames, from.channels);
    this.#mappedAt = this.#map === null ? this.#floatsAt : floats(mostInFrames, to.channels);
    this.#resampledAt =
      this.#resampler === null ? this.#mappedAt : floats(mostOutFrames, to.channels);
    this.#scaledAt = this.#map === null ? this.#floatsAt : floats(mostInFrames, from.channels);
    this.#scaleTableAt = allocate(MIX_ENTRY_BYTES, 'own');
  }

  /** The mix has other channels than the client, so the client's gains must act before. */
  get isMapped(): boolean {
    return this.#map !== null;
  }

  /** Gains of the client's own channels, before they are mapped to those of the mix. */
  setChannelGains(gains: Float32Array): void {
    this.#isScaled = this.#map !== null && gains.some((gain) => gain !== 1);
    this.#dsp.setGains(this.#scaleTableAt, 0, gains, this.#from.channels);
    this.#dsp.setSource(this.#scaleTableAt, 0, this.#floatsAt);
  }

  /** By how much conversion delays the sound, in frames of the output. */
  get delayFrames(): number {
    return this.#resampler?.delayOutputFrames ?? 0;
  }

  /** Frames of the client that make the next `outFrames`. */
  framesNeeded(outFrames: number): number {
    return this.#resampler === null ? outFrames : this.#resampler.framesNeeded(outFrames);
  }

  /**
   * Makes `outFrames` frames out of `available` ones at `inAt`, and silence where fewer than
   * `framesNeeded` are there. Returns where the result lies, until the next call.
   */
  convert(inAt: VirtualAddress, available: number, outFrames: number): VirtualAddress {
    const needed = this.framesNeeded(outFrames);
    if (this.isDirect && available === needed) return inAt;
    const { channels } = this.#from;
    const floatsAt = this.#floatsAt;
    this.#take(inAt, available);
    if (available < needed) {
      const size = this.#outFrameBytes;
      this.#bytes.fill(0, floatsAt + available * size, floatsAt + needed * size);
    }
    let toMapAt = floatsAt;
    if (this.#isScaled) {
      this.#dsp.mix(this.#scaledAt, this.#scaleTableAt, 1, needed, channels);
      toMapAt = this.#scaledAt;
    }
    this.#map?.process(this.#mappedAt, toMapAt, needed);
    this.#resampler?.pull(this.#resampledAt, outFrames, this.#mappedAt);
    return this.#resampledAt;
  }

  #take(inAt: VirtualAddress, frames: number): void {
    if (frames === 0) return;
    const samples = frames * this.#from.channels;
    if (this.integerMask === 0) this.#dsp.toFloat(this.#floatsAt, inAt, samples, this.#from);
    else this.#bytes.copyWithin(this.#floatsAt, inAt, inAt + frames * this.#outFrameBytes);
  }

  /** Forgets the sound so far. */
  reset(): void {
    this.#resampler?.reset();
  }
}

/** Which bits of a format's samples a mix takes as they are; 0 where it needs floats. */
function integerMaskOf(format: PcmFormat, integerBits: 16 | 32): number {
  const { containerBits, float, validBits } = format;
  if (integerBits === 32) return isDeepFormat(format) ? -1 << (containerBits - validBits) : 0;
  return !float && containerBits === 16 && validBits === 16 ? MIX_SHORT_MASK : 0;
}

/** Memory out of a process' heap, and the giving back of what was one part's own. */
export class PartMemory {
  readonly #process: { alloc(bytes: number): VirtualAddress; free(at: VirtualAddress): void };
  readonly #own: VirtualAddress[] = [];
  readonly allocate: Allocate;

  constructor(process: { alloc(bytes: number): VirtualAddress; free(at: VirtualAddress): void }) {
    this.#process = process;
    this.allocate = (bytes, lifetime) => {
      const at = process.alloc(bytes);
      if (lifetime === 'own') this.#own.push(at);
      return virtual(at);
    };
  }

  free(): void {
    for (const at of this.#own.splice(0)) this.#process.free(at);
  }
}
