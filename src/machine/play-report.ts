/**
 * What a played stream was: everything that `play --json` prints, in the same shape but for the
 * driver's calls, which it nests by interface.
 */
import type { GlitchReason } from '../client/glitch-cause.ts';
import type { GlitchCause } from '../client/sound-ledger.ts';
import type { StreamKind } from './stream-kind.ts';

export interface ReportedFormat {
  readonly rateHz: number;
  readonly channels: number;
  readonly validBits: number;
  readonly containerBits: number;
  readonly float: boolean;
}

export interface BufferReport {
  readonly requestedBytes: number;
  readonly actualBytes: number;
  readonly offsetBytes: number;
  readonly pages: number;
  readonly contiguousRuns: number;
  readonly cacheType: string;
}

export interface LatencyReport {
  readonly fifoBytes: number;
  readonly chipsetDelay100ns: number;
  readonly codecDelay100ns: number;
  /** Bytes between the client's position and the device's, after each wake-up's work. */
  readonly clientBytes: number;
  readonly totalFrames: number;
}

/** What stream packets came to, of a pin that takes them. */
export interface PacketReport {
  readonly irps: { readonly completed: number; readonly cancelled: number };
  /** How often the device ran out of sound, or of room for it. */
  readonly starvations: number;
  /** Of a WavePci stream. */
  readonly mappings?: {
    readonly handedOut: number;
    readonly released: number;
    readonly revoked: number;
    readonly bytesMin: number;
    readonly bytesMax: number;
    readonly outstandingMax: number;
  };
  /**
   * Of a WavePci stream: bytes that the driver copied between the client's memory and memory of
   * its own, because the device could not move them where they lay.
   */
  readonly bouncedBytes?: number;
}

export interface PlayReport extends Partial<PacketReport> {
  readonly mode: 'exclusive';
  /** `irp`: stream packets, of a pin that has no cyclic buffer. */
  readonly stream: StreamKind | 'irp';
  readonly device: string;
  readonly driver: string;
  readonly endpoint: string;
  /** What the stream was opened with; the file's own format may be packed tighter. */
  readonly format: ReportedFormat;
  readonly fileFormat: ReportedFormat;
  /** Frames sent, and frames heard from the first sent one on. */
  readonly frames: number;
  readonly heardFrames: number;
  readonly bitExact: boolean;
  readonly firstDifference: number | null;
  /** Frames at the ear between RUN and the first sent frame. */
  readonly delayFrames: number | null;
  readonly glitches: number;
  readonly glitchList: readonly {
    readonly atFrame: number;
    readonly frames: number;
    /** What was heard, or why, where the machine records how wake-ups come about. */
    readonly cause: GlitchCause | GlitchReason | 'engine late';
  }[];
  readonly buffer: BufferReport;
  readonly latency: LatencyReport;
  readonly periodFrames: number;
  readonly wakeUps: number;
  /** Interrupts between RUN and its end. */
  readonly interrupts: number;
  /** Interrupts before RUN: bringing up controller and codec. */
  readonly interruptsBeforeRun: number;
  /** Calls across the DDI between RUN and its end, by `Interface.Method`. */
  readonly callsWhileRunning: Readonly<Record<string, number>>;
  /** Bytes of sound that port or driver copied between RUN and its end. */
  readonly bytesCopiedByDriverStack: number;
  /** Virtual time in KSSTATE_RUN, up to the end or until now. */
  readonly runSeconds: number;
  readonly virtualSeconds: number;
  readonly wallSeconds: number;
  readonly speed: number;
  /** Broken rules that Windows would let pass. */
  readonly findings: readonly string[];
  /** What was left when the machine was shut down. */
  readonly leaks: readonly string[];
  readonly warnings: readonly string[];
}

/** Whether the run found nothing wrong. */
export function isClean(
  report: Pick<PlayReport, 'findings' | 'glitches' | 'leaks'> & {
    readonly bitExact: boolean | null;
  },
): boolean {
  return (
    report.bitExact !== false &&
    report.glitches === 0 &&
    report.findings.length === 0 &&
    report.leaks.length === 0
  );
}
