/** The machine that the figures were measured on; without it they say nothing. */
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

export interface HostFacts {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  /** Of the last minute, before measuring. */
  readonly load: number;
}

export function readHostFacts(): HostFacts {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    load: loadavg()[0] ?? 0,
  };
}
