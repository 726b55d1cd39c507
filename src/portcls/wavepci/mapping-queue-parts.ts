/** What a mapping queue is made of, and what it asks of the miniport's stream. */
import type { Kernel } from '../../kernel/kernel.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import type { IMiniportWavePciStream } from '../ddi/wavepci.ts';

/** What the queue asks of the stream that the miniport made. */
export type MappingUser = Pick<
  IMiniportWavePciStream,
  'getPosition' | 'mappingAvailable' | 'normalizePhysicalPosition' | 'revokeMappings'
>;

export interface MappingQueueParts {
  readonly kernel: Kernel;
  readonly isRender: boolean;
  /** The pin was opened with KSINTERFACE_STANDARD_LOOPED_STREAMING. */
  readonly isLooped: boolean;
  /** The most pages of one mapping. */
  readonly mostPages: number;
  readonly report: (text: string) => void;
  /** Whether the pin takes packets in its state, or the status that refuses them. */
  readonly admit: () => NtStatus;
  /** A packet brings a new format: the bytes at `address` are a KSDATAFORMAT. PASSIVE_LEVEL. */
  readonly changeFormat: (address: number, bytes: number) => NtStatus;
  /** The packet that ends the stream is over. */
  readonly endOfStream: () => void;
}
