/**
 * The kernels in WebAssembly SIMD, bound to one memory. The module is committed as base64, compiled
 * once, and instantiated for each memory, without a promise: it is small enough for every host. It
 * uses fixed-width SIMD only, whose results do not differ between processors.
 */
import { KERNEL_BINARY } from './kernel-binary.ts';
import type { DspKernels, DspMemory } from './kernels.ts';

/** Declared here because the language's own library does not describe its host. */
declare const WebAssembly: {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: DspMemory } },
  ) => { readonly exports: DspKernels };
};

const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Undefined until it is first asked for, null where the host cannot compile it. */
let kernelModule: object | null | undefined;

/**
 * The kernels over `memory`; null when the host has no SIMD.
 * @throws LinkError, from the host, when `memory` is shared between threads
 */
export function createWasmKernels(memory: DspMemory): DspKernels | null {
  if (kernelModule === undefined) {
    const bytes = decodeBase64(KERNEL_BINARY);
    kernelModule = WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
  }
  if (kernelModule === null) return null;
  const { exports } = new WebAssembly.Instance(kernelModule, { env: { memory } });
  // An object of one shape for all memories: every instance's exports have a shape of their own,
  // which would make each access slow as soon as there are several machines.
  const { mix, mapChannels, limit, deinterleave, slidePlanes, resample, resampleBetween } = exports;
  const { readU8, readS16, readS24, readS32, readF32 } = exports;
  const { writeU8, writeS16, writeS24, writeS32 } = exports;
  const { mixDoubles, limitDoubles, writeDoubles } = exports;
  const readers = { readU8, readS16, readS24, readS32, readF32 };
  const writers = { writeU8, writeS16, writeS24, writeS32 };
  return {
    mix,
    ...readers,
    ...writers,
    mapChannels,
    limit,
    deinterleave,
    slidePlanes,
    resample,
    resampleBetween,
    mixDoubles,
    limitDoubles,
    writeDoubles,
  };
}

/** Bytes of base64 text; line breaks and padding are skipped. */
export function decodeBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.replace(/[\n=]/g, '').length * 3) / 4));
  let length = 0;
  let bits = 0;
  let held = 0;
  for (const digit of text) {
    if (digit === '\n' || digit === '=') continue;
    const value = BASE64_DIGITS.indexOf(digit);
    if (value < 0) throw new Error(`there is no base64 digit ${digit}`);
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = held >> bits;
    }
  }
  return bytes;
}
