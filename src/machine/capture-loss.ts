/**
 * Why frames of a recording were lost: because who takes them came too late, or because the device
 * had no room for them, which for some devices has one reason only, and for others means again that
 * nobody came in time. On a machine without a timing only what was lost is known.
 */
import { type GlitchReason, whyLate } from '../client/late-step.ts';
import type { GlitchCause, SoundLedger } from '../client/sound-ledger.ts';
import type { EngineReason } from '../engine/engine-glitch.ts';
import type { AudioDevice, DeviceKind } from './devices.ts';
import type { Machine } from './machine.ts';

export type LossReason = EngineReason | GlitchCause;

export class CaptureLoss {
  readonly #machine: Machine<AudioDevice>;
  readonly #ledger: SoundLedger;
  readonly #rateHz: number;
  readonly #deviceReason: GlitchReason | null;

  constructor(
    machine: Machine<AudioDevice>,
    ledger: SoundLedger,
    rateHz: number,
    { fifoErrorCause }: Pick<DeviceKind, 'fifoErrorCause'>,
  ) {
    this.#machine = machine;
    this.#ledger = ledger;
    this.#rateHz = rateHz;
    this.#deviceReason = fifoErrorCause ?? null;
  }

  /** Asked by the thread that takes the frames, at the moment at which it says that some are lost. */
  whyLost(frames: number): LossReason {
    return whyLate(this.#machine.kernel, (frames / this.#rateHz) * 1e9) ?? 'client late';
  }

  /**
   * The thread that takes the frames is here: what the device dropped before has its cause now,
   * which is `reason` if somebody has found it.
   */
  explainDropped(reason?: LossReason): void {
    this.#machine.device.settle();
    if (!this.#ledger.hasUnexplained) return;
    const found = this.#deviceReason ?? reason ?? whyLate(this.#machine.kernel, 0);
    if (found !== null) this.#ledger.explain(found);
  }
}
