/** What the model beside a mapping bench knows of each packet, and of each mapping that is out. */
import type { Irp } from '../../src/kernel/io/irp.ts';
import type { NtStatus } from '../../src/standards/nt/ntstatus.ts';

export interface Piece {
  readonly at: number;
  readonly bytes: number;
}

export interface ModelPacket {
  readonly pieces: readonly Piece[];
  readonly total: number;
  /** What a write brings, or what was put into a read so far. */
  readonly content: number[];
  readonly headersAt: number;
  readonly headerCount: number;
  irp: Irp | null;
  cut: number;
  moved: number;
  openCount: number;
  /** Bytes at which it was closed before its end. */
  closed: number | null;
  /** What the model expects of it by now, and how often it really came back. */
  expected: 'pending' | 'SUCCESS' | 'CANCELLED';
  completions: number;
  status: NtStatus;
  information: number;
}

export interface ModelMapping {
  readonly tag: number;
  readonly packet: ModelPacket;
  readonly physical: number;
  readonly bytes: number;
  done: number;
}
