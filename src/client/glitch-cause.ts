/**
 * Why a render stream glitched. A recorder stands between the client, the ledger and the ear; it
 * knows when the device fetched which frame (its timeline), how the client's wake-up came about
 * (the wake chain) and when the client wrote. Each time the device got ahead of the client, or the
 * ear heard nothing, it writes down one cause, with the time that every step took.
 */
import type { WakeChains } from '../kernel/dispatch/wake-chain.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { DeviceTimeline } from './device-timeline.ts';
import { EarGaps } from './ear-gaps.ts';
import { type GlitchReason, type GlitchSteps, longestStep, stepsOf } from './late-step.ts';
import type { PositionSource } from './position-source.ts';
import type { RenderJournal } from './render-buffer.ts';
import type { Glitch, SoundLedger } from './sound-ledger.ts';

export type { GlitchReason, GlitchSteps };

export interface GlitchEvidence {
  readonly cause: GlitchReason;
  /** Sent frames before it. */
  readonly atFrame: number;
  readonly frames: number;
  /** When the wake-up that should have written the frame was due. */
  readonly dueNs: number;
  readonly wroteNs: number;
  /** The nanosecond at which the device fetched the first frame that was missing. */
  readonly deadlineNs: number;
  /** From due to deadline: what all steps together had. */
  readonly slackNs: number;
  /** From deadline to writing; 0 when it was written at the deadline itself. */
  readonly lateNs: number;
  readonly steps: GlitchSteps;
}

export interface ExplainedGlitch extends Omit<Glitch, 'cause'> {
  readonly cause: GlitchReason;
  /** Null when the client was in time with every frame before it. */
  readonly evidence: GlitchEvidence | null;
}

export interface GlitchCausesConfig {
  readonly kernel: Kernel;
  readonly chains: WakeChains;
  readonly ledger: SoundLedger;
  readonly timeline: DeviceTimeline;
  readonly frameBytes: number;
  readonly bufferFrames: number;
  /** How often the device's FIFO ran empty so far. */
  readonly fifoErrors: () => number;
  /** Why that happens, where the device has only one reason; else the empty FIFO is the cause. */
  readonly fifoErrorCause?: GlitchReason;
}

export class GlitchCauses implements RenderJournal {
  readonly #config: GlitchCausesConfig;
  readonly #evidence: GlitchEvidence[] = [];
  readonly #gaps: EarGaps;
  #sentFrames = 0;
  #writtenFrames = 0;
  #isSendingOver = false;
  #readNs = -1;
  /** Frames by which the last position that the client read was too low. */
  #reportedLow = 0;

  constructor(config: GlitchCausesConfig) {
    this.#config = config;
    this.#gaps = new EarGaps(config.fifoErrors);
  }

  /** What was found so far, in the order of the frames. */
  get evidence(): readonly GlitchEvidence[] {
    return this.#evidence;
  }

  /** Each glitch of the ledger with its cause. */
  explain(): ExplainedGlitch[] {
    return this.#config.ledger.glitches.map((glitch) => this.#explain(glitch));
  }

  /** The position as the client reads it, held against what the device has done. */
  watch(position: PositionSource): PositionSource {
    return {
      kind: position.kind,
      readWriteOffset: () => {
        const offset = position.readWriteOffset();
        const { bufferFrames, frameBytes, kernel, timeline } = this.#config;
        this.#readNs = kernel.clock.now;
        const fetched = timeline.fetchedAt(this.#readNs);
        const low =
          (((fetched - offset / frameBytes) % bufferFrames) + bufferFrames) % bufferFrames;
        // Half a buffer too low is as far as a position can be told from one too high.
        this.#reportedLow = low > bufferFrames / 2 ? 0 : low;
        return offset;
      },
    };
  }

  prime(frames: number): void {
    this.#writtenFrames += frames;
    this.#config.ledger.prime(frames);
  }

  send(bytes: Uint8Array, offset: number, byteLength: number): void {
    const { frameBytes, kernel, ledger, timeline } = this.#config;
    const missed = timeline.fetchedAt(kernel.clock.now) - this.#writtenFrames;
    if (missed > 0) this.#note(missed);
    const frames = byteLength / frameBytes;
    this.#sentFrames += frames;
    this.#writtenFrames += frames;
    ledger.send(bytes, offset, byteLength);
  }

  stale(frames: number): void {
    if (!this.#isSendingOver) this.#note(frames);
    this.#writtenFrames += frames;
    this.#config.ledger.stale(frames);
  }

  endSending(): void {
    this.#isSendingOver = true;
    this.#config.ledger.endSending();
  }

  /** The ear's side, in front of the ledger. */
  open(): void {
    this.#config.ledger.open();
  }

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.#gaps.sounded();
    this.#config.ledger.hear(bytes, offset, byteLength);
  }

  silence(frames: number): void {
    const { ledger } = this.#config;
    const before = ledger.gapFrames;
    ledger.silence(frames);
    const atFrame = ledger.glitches.at(-1)?.atFrame ?? 0;
    this.#gaps.silent(ledger.gapFrames - before, atFrame);
  }

  #explain({ atFrame, cause, frames }: Glitch): ExplainedGlitch {
    if (cause === 'gap') {
      const isFifo = this.#gaps.isFifoError(atFrame);
      const { fifoErrorCause = 'FIFO empty' } = this.#config;
      return { atFrame, frames, cause: isFifo ? fifoErrorCause : 'driver', evidence: null };
    }
    // Frames written behind the device put all that follow out of their place.
    let evidence: GlitchEvidence | null = null;
    for (const each of this.#evidence) if (each.atFrame <= atFrame) evidence = each;
    if (cause === 'client late' && evidence?.atFrame !== atFrame) evidence = null;
    return { atFrame, frames, cause: evidence?.cause ?? 'driver', evidence };
  }

  /** The device has fetched `frames` frames that the client has not written. */
  #note(frames: number): void {
    const { chains, kernel, timeline } = this.#config;
    const wroteNs = kernel.clock.now;
    const thread = kernel.dispatcher.currentThread;
    const chain = thread === null ? null : chains.of(thread);
    const dueNs = chain?.originNs ?? wroteNs;
    const deadlineNs = timeline.timeOfFetch(this.#writtenFrames + 1);
    const driftNs = timeline.nominalTimeOfFetch(this.#writtenFrames + 1, this.#readNs) - deadlineNs;
    const lowNs =
      this.#reportedLow === 0
        ? 0
        : wroteNs - timeline.timeOfFetch(timeline.fetchedAt(wroteNs) - this.#reportedLow);
    const steps = stepsOf(chain, wroteNs, { lowNs, driftNs });
    const isAskedTooLate = dueNs >= Math.max(deadlineNs, deadlineNs + driftNs);
    this.#evidence.push({
      cause: isAskedTooLate && lowNs === 0 ? 'client late' : longestStep(steps),
      atFrame: this.#sentFrames,
      frames,
      dueNs,
      wroteNs,
      deadlineNs,
      slackNs: deadlineNs - dueNs,
      lateNs: wroteNs - deadlineNs,
      steps,
    });
  }
}
