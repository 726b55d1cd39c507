/**
 * A place to try signal processing: one memory, with a Dsp of each kind of kernel over it, an
 * allocator that only goes up, and views. What both kinds made can be compared as bits.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { Ram } from '../../kernel/memory/ram.ts';
import { createDsp, createScriptDsp, type Dsp } from './dsp.ts';
import type { DspMemory } from './kernels.ts';

export class DspBench {
  readonly memory: DspMemory;
  readonly simd: Dsp;
  readonly script: Dsp;
  readonly both: readonly Dsp[];
  readonly floats: Float32Array;
  readonly bytes: Uint8Array;
  #free = 64;

  constructor(byteLength = 16 << 20) {
    this.memory = new Ram(byteLength).memory;
    this.simd = createDsp(this.memory);
    this.script = createScriptDsp(this.memory);
    this.both = [this.simd, this.script];
    this.floats = new Float32Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
  }

  readonly allocate = (byteLength: number): VirtualAddress => {
    const at = this.#free;
    this.#free = (at + byteLength + 15) & ~15;
    if (this.#free > this.bytes.length) throw new Error('the bench has no more memory');
    return virtual(at);
  };

  /** Memory that holds these floats. */
  hold(values: ArrayLike<number>): VirtualAddress {
    const at = this.allocate(4 * values.length);
    this.floats.set(values, at >>> 2);
    return at;
  }

  floatsAt(at: number, count: number): Float32Array {
    return this.floats.slice(at >>> 2, (at >>> 2) + count);
  }

  bytesAt(at: number, count: number): Uint8Array {
    return this.bytes.slice(at, at + count);
  }
}

/** FNV-1a over bytes. */
export function hashOf(bytes: Uint8Array, hash = 0x811c9dc5): number {
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
