/** The groups of measurements, in the order in which they are run and printed. */
import { measureConversion } from './dsp-convert.ts';
import { measureMixing } from './dsp-mix.ts';
import { measureResampling } from './dsp-resample.ts';
import { measureManyMachines } from './many-machines.ts';
import { measureMemory } from './memory.ts';
import { measureMicro } from './micro.ts';
import { measureOneStream } from './one-stream.ts';
import type { Effort, GroupResult } from './results.ts';

type Measure = (effort: Effort) => GroupResult | Promise<GroupResult>;

export const groups: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ['stream', measureOneStream],
  ['machines', measureManyMachines],
  ['micro', measureMicro],
  ['memory', measureMemory],
  ['mixing', measureMixing],
  ['conversion', measureConversion],
  ['resampling', measureResampling],
]);
