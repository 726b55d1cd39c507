/**
 * Why a stream of packets glitched. The device stands still when all packets are played, until the
 * client sends the next one: what the ear has missed by then, the client came too late for, and
 * the step of its wake-up that took longest is the cause. A recorder stands between the client, the
 * ledger and the ear.
 */
import { EarGaps } from './ear-gaps.ts';
import type { GlitchReason } from './late-step.ts';
import type { RenderJournal } from './render-buffer.ts';
import type { Glitch, SoundLedger } from './sound-ledger.ts';

export interface PacketGlitchCausesConfig {
  readonly ledger: SoundLedger;
  /** Brings the device up to now. */
  readonly settle: () => void;
  /** Why the thread that runs now comes so many frames too late. */
  readonly whyLate: (frames: number) => GlitchReason | null;
  readonly fifoErrors: () => number;
  /** As the other recorder has it. */
  readonly fifoErrorCause?: GlitchReason;
}

export class PacketGlitchCauses implements RenderJournal {
  readonly #config: PacketGlitchCausesConfig;
  /** Of the ledger's glitches, in their order. */
  readonly #causes: (GlitchReason | null)[] = [];
  readonly #gaps: EarGaps;

  constructor(config: PacketGlitchCausesConfig) {
    this.#config = config;
    this.#gaps = new EarGaps(config.fifoErrors);
  }

  /** Each glitch of the ledger with its cause, as far as it is known. */
  explain(): Glitch[] {
    const { fifoErrorCause = 'FIFO empty', ledger } = this.#config;
    return ledger.glitches.map((glitch, index) => {
      const { atFrame, frames } = glitch;
      const cause = this.#causes[index] ?? 'driver';
      // A port that copies plays old frames when its own DPC is late; others are just wrong.
      const isWrong =
        glitch.cause === 'different' && (cause === 'client late' || cause === 'driver');
      if (isWrong) return glitch;
      if (this.#gaps.isFifoError(atFrame)) return { atFrame, frames, cause: fifoErrorCause };
      return { atFrame, frames, cause };
    });
  }

  prime(frames: number): void {
    this.#noteLate();
    this.#config.ledger.prime(frames);
  }

  send(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.#noteLate();
    this.#config.ledger.send(bytes, offset, byteLength);
  }

  stale(frames: number): void {
    this.#config.ledger.stale(frames);
  }

  endSending(): void {
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
    this.#gaps.silent(ledger.gapFrames - before, ledger.glitches.at(-1)?.atFrame ?? 0);
  }

  /** What was missed since the client was here last. */
  #noteLate(): void {
    const { ledger, settle, whyLate } = this.#config;
    settle();
    const { glitches } = ledger;
    while (this.#causes.length < glitches.length) {
      this.#causes.push(whyLate(glitches[this.#causes.length]?.frames ?? 0));
    }
  }
}
