/**
 * All kernels in plain script: the specification of the WebAssembly ones, bit for bit, and what
 * runs where a host has no WebAssembly SIMD.
 */
import { createMapScript } from './channel-map.ts';
import { createDoubleScript } from './double-kernel.ts';
import type { DspKernels, DspMemory } from './kernels.ts';
import { createLimitScript } from './limiter.ts';
import { createMixScript } from './mix-kernel.ts';
import { createResampleScript } from './resample-kernel.ts';
import { createReadScript, createWriteScript } from './sample-convert.ts';

export function createScriptKernels(memory: DspMemory): DspKernels {
  return {
    mix: createMixScript(memory),
    ...createReadScript(memory),
    ...createWriteScript(memory),
    mapChannels: createMapScript(memory),
    limit: createLimitScript(memory),
    ...createResampleScript(memory),
    ...createDoubleScript(memory),
  };
}
