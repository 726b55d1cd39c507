/** One memory with both kinds of kernels over it, for the measurements of the signal processing. */
import { type VirtualAddress, virtual } from '../src/base/brand.ts';
import { createDsp, createScriptDsp, type Dsp } from '../src/engine/dsp/dsp.ts';
import { Ram } from '../src/kernel/memory/ram.ts';

export class DspSpace {
  readonly simd: Dsp;
  readonly script: Dsp;
  readonly floats: Float32Array;
  readonly bytes: Uint8Array;
  #free = 64;
  #noise = 1;

  constructor(byteLength: number) {
    const { memory, bytes } = new Ram(byteLength);
    this.simd = createDsp(memory);
    this.script = createScriptDsp(memory);
    this.floats = new Float32Array(memory.buffer);
    this.bytes = bytes;
    if (this.simd.kernels.mix === this.script.kernels.mix) throw new Error('there is no SIMD here');
  }

  readonly allocate = (byteLength: number): VirtualAddress => {
    const at = this.#free;
    this.#free = (at + byteLength + 63) & ~63;
    if (this.#free > this.bytes.length) throw new Error('the memory of the benchmark is too small');
    return virtual(at);
  };

  /** Memory full of the noise that bench/peers/dsp-peer.c makes too. */
  allocateNoise(floats: number): VirtualAddress {
    const at = this.allocate(4 * floats);
    for (let n = 0; n < floats; n++) {
      this.#noise = (Math.imul(this.#noise, 1664525) + 1013904223) | 0;
      this.floats[(at >>> 2) + n] = this.#noise / 2 ** 32;
    }
    return at;
  }

  /** FNV-1a, as the C program prints it. */
  hash(at: VirtualAddress, byteLength: number): string {
    let hash = 0x811c9dc5;
    for (const byte of this.bytes.subarray(at, at + byteLength)) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, '0');
  }
}
