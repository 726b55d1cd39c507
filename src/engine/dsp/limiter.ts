/**
 * The peak limiter behind the mix, as the Windows audio engine has one there (CAudioLimiter): it
 * acts only when the sum of the streams leaves full scale, and below it every bit passes as it is.
 * It has no look-ahead and so no delay: the first frame above full scale takes the gain of all
 * channels down to where that frame just fits, and from there on the gain rises again by the same
 * step in each frame until it is exactly 1. Where Windows is silent, RELEASE_SECONDS is our choice.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Dsp } from './dsp.ts';
import type { DspKernels, DspMemory } from './kernels.ts';

const { fround, abs } = Math;

/** From gain 0 to gain 1; a sum of twice full scale is let go in half of it. */
export const RELEASE_SECONDS = 0.5;

/** Limits one endpoint's mix, period after period: of floats, or of doubles. */
export class Limiter {
  /** It has turned some frame down since it was made. */
  hasActed = false;
  /** It did so in the last block. */
  isActing = false;
  readonly #dsp: Dsp;
  readonly #channels: number;
  readonly #sampleBytes: number;
  readonly #limit: DspKernels['limit'];
  readonly #releaseStep: number;
  #gain = 1;

  constructor(dsp: Dsp, rateHz: number, channels: number, precision: 'single' | 'double') {
    const { limit, limitDoubles } = dsp.kernels;
    const isDouble = precision === 'double';
    this.#dsp = dsp;
    this.#channels = channels;
    this.#sampleBytes = isDouble ? 8 : 4;
    this.#limit = isDouble ? limitDoubles : limit;
    const releaseStep = 1 / (rateHz * RELEASE_SECONDS);
    this.#releaseStep = isDouble ? releaseStep : fround(releaseStep);
  }

  /** The gain after the last frame; 1 when the limiter is at rest. */
  get gain(): number {
    return this.#gain;
  }

  /** Limits `frames` interleaved frames in place. */
  process(at: VirtualAddress, frames: number): void {
    this.#dsp.checkSamples(at, frames * this.#channels, this.#sampleBytes);
    const gain = this.#limit(at, frames, this.#channels, this.#gain, this.#releaseStep);
    this.isActing = gain < 0;
    if (this.isActing) this.hasActed = true;
    this.#gain = abs(gain);
  }

  /** Forgets the sound so far, as between two runs of a stream. */
  reset(): void {
    this.#gain = 1;
  }
}

/** What is louder counts as this loud, so that no gain is too small to be exact. */
export const LOUDEST = 2 ** 120;

/** The specification of the kernel in limiter.as. */
export function createLimitScript(memory: DspMemory): DspKernels['limit'] {
  const floats = new Float32Array(memory.buffer);

  return (at, frames, channels, gain, releaseStep) => {
    const end = (at >>> 2) + frames * channels;
    let hasActed = false;
    for (let frame = at >>> 2; frame < end; frame += channels) {
      let peak = 0;
      for (let sample = frame; sample < frame + channels; sample++) {
        const loudness = abs(floats[sample] as number);
        if (loudness > peak) peak = Math.min(loudness, LOUDEST);
      }
      gain = Math.min(fround(gain + releaseStep), 1);
      if (fround(peak * gain) > 1) gain = fround(1 / peak);
      if (gain === 1) continue;
      hasActed = true;
      for (let sample = frame; sample < frame + channels; sample++) {
        const limited = fround((floats[sample] as number) * gain);
        floats[sample] = Number.isNaN(limited) ? 0 : Math.min(Math.max(limited, -1), 1);
      }
    }
    return hasActed ? -gain : gain;
  };
}
