/** The groups of measurements, in the order in which they are run and printed. */
import { measureConversion } from './dsp-convert.ts';
import { measureMixing } from './dsp-mix.ts';
import { measureResampling } from './dsp-resample.ts';
import { measureEngine } from './engine.ts';
import { measureEngineMemory } from './engine-memory.ts';
import { measureMappings } from './mappings.ts';
import { measureMemory } from './memory.ts';
import { measureMicro } from './micro.ts';
import { measureOneStream } from './one-stream.ts';
import { measurePorts } from './ports.ts';
import type { Effort, GroupResult } from './results.ts';
import { measureSeveralStreams } from './several-streams.ts';

type Measure = (effort: Effort) => GroupResult | Promise<GroupResult>;

export const groups: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ['stream', measureOneStream],
  ['streams', measureSeveralStreams],
  ['ports', measurePorts],
  ['mappings', measureMappings],
  ['micro', measureMicro],
  ['memory', measureMemory],
  ['engine', measureEngine],
  ['engine-memory', measureEngineMemory],
  ['mixing', measureMixing],
  ['conversion', measureConversion],
  ['resampling', measureResampling],
]);
