/** What a stream of any port borrows from the adapter. */
import type { Ac97Adapter } from './ac97-adapter.ts';
import type { Codec } from './codec.ts';
import type { DmaEngine } from './dma-engine.ts';

export interface WaveStreamParts {
  readonly adapter: Ac97Adapter;
  readonly codec: Codec;
  /** Lent by the adapter; the stream gives it back. */
  readonly engine: DmaEngine;
}
