/**
 * The AC-link between controller and codec: whether its clock (BIT_CLK) runs, how it comes up after
 * a reset, and register access across it. ICH datasheet 12.2.8 (GLOB_CNT), 12.2.9 (GLOB_STA) and
 * 12.2.10 (CAS); AC'97 2.3, 4.2 (resets, wake-up).
 */
import { Alarm } from '../../sim/clock.ts';
import {
  AC97_CODEC_BYTES,
  AC97_LINK_FRAME_HZ,
  AC97_MIXER_BYTES,
} from '../../standards/ac97/mixer-registers.ts';
import type { AccessWidth, DeviceSlot, RegisterSpace } from '../device.ts';
import { TRACE_CODEC, TRACE_LINK, TRACE_STRAY } from './ac97-trace.ts';
import type { Codec } from './codec.ts';

/** From the end of a cold reset until the codec says that it is ready. Ours is a quick one. */
export const COLD_RESET_NS = 1_000_000;
/** From a warm reset until it is ready: it has kept its registers. */
export const WARM_RESET_NS = 100_000;
/** A register is written in one frame of the link. */
const ACCESS_NS = Math.ceil(1_000_000_000 / AC97_LINK_FRAME_HZ);
const ALL_ONES: Readonly<Record<AccessWidth, number>> = { 1: 0xff, 2: 0xffff, 4: 0xffff_ffff };
const MIXER_SPACE = 0;
const ACCESS_WIDTH = 2;

export interface LinkHost {
  /** Brings the engines up to now, before something about the codec or the link changes. */
  settle(): void;
  /** The link came up or went down, or a register of the codec was written. */
  linkChanged(isUp: boolean): void;
  /** A read found no codec. */
  readTimedOut(): void;
}

/** What holds the link down: a cold reset, its aftermath, a codec in PR4, a warm reset. */
type LinkState = 'reset' | 'waking' | 'up' | 'asleep';

export class AcLink implements RegisterSpace {
  readonly sizeBytes = AC97_MIXER_BYTES;
  readonly #slot: DeviceSlot;
  readonly #codec: Codec;
  readonly #host: LinkHost;
  readonly #ready: Alarm;
  #state: LinkState = 'reset';
  #isShutOff = false;
  #isTaken = false;
  #busyUntilNs = 0;
  #wasUp = false;

  constructor(slot: DeviceSlot, codec: Codec, host: LinkHost) {
    this.#slot = slot;
    this.#codec = codec;
    this.#host = host;
    this.#ready = new Alarm(slot.clock, 'ac97 codec ready', () => this.#woke());
  }

  /** Primary codec ready, and frames pass. */
  get isUp(): boolean {
    return this.#state === 'up' && !this.#isShutOff;
  }

  /** A warm reset is under way. */
  get isWaking(): boolean {
    return this.#state === 'waking';
  }

  /** AC_RST# goes low: whatever the codec held is lost. */
  assertReset(): void {
    this.#host.settle();
    this.#ready.cancel();
    this.#state = 'reset';
    this.#isTaken = false;
    this.#busyUntilNs = 0;
    this.#codec.reset();
    this.#changed();
  }

  /** AC_RST# goes high: the codec starts its clock, and gets ready. */
  deassertReset(): void {
    if (this.#state !== 'reset') return;
    this.#state = 'waking';
    this.#ready.set(this.#slot.clock.now + COLD_RESET_NS);
  }

  /** Wakes a codec that sleeps; while BIT_CLK runs nothing happens. True when it was asleep. */
  warmReset(): boolean {
    if (this.#state !== 'asleep') return false;
    this.#state = 'waking';
    this.#ready.set(this.#slot.clock.now + WARM_RESET_NS);
    return true;
  }

  /** GLOB_CNT.LSO: the controller drives the link no longer. */
  shutOff(isShutOff: boolean): void {
    if (isShutOff === this.#isShutOff) return;
    this.#host.settle();
    this.#isShutOff = isShutOff;
    this.#changed();
  }

  /** PR4 was written: the codec stops BIT_CLK. */
  sleep(): void {
    this.#state = 'asleep';
  }

  /** CAS: 1 while an access is under way or somebody has taken it; a 0 takes it. */
  takeSemaphore(): number {
    if (this.#isTaken || this.#slot.clock.now < this.#busyUntilNs) return 1;
    this.#isTaken = true;
    return 0;
  }

  /** The native audio mixer: words at even offsets, the primary codec's below 80h. */
  read(offset: number, width: AccessWidth): number {
    if (width !== ACCESS_WIDTH) return this.#stray(offset, width, 0);
    this.#isTaken = false;
    if (!this.isUp || offset >= AC97_CODEC_BYTES) {
      this.#host.readTimedOut();
      return this.#stray(offset, width, 0);
    }
    const value = this.#codec.read(offset);
    this.#slot.trace.write(TRACE_CODEC, offset, value, 0);
    return value;
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (width !== ACCESS_WIDTH) {
      this.#stray(offset, width, 1);
      return;
    }
    this.#isTaken = false;
    if (!this.isUp || offset >= AC97_CODEC_BYTES) {
      this.#stray(offset, width, 1);
      return;
    }
    this.#busyUntilNs = this.#slot.clock.now + ACCESS_NS;
    this.#host.settle();
    this.#slot.trace.write(TRACE_CODEC, offset, value, 1);
    this.#codec.write(offset, value);
    this.#changed();
  }

  #woke(): void {
    this.#host.settle();
    this.#state = 'up';
    this.#codec.linkWoke();
    this.#changed();
  }

  #changed(): void {
    const { isUp } = this;
    if (isUp !== this.#wasUp) this.#slot.trace.write(TRACE_LINK, isUp ? 1 : 0);
    this.#wasUp = isUp;
    this.#host.linkChanged(isUp);
  }

  #stray(offset: number, width: AccessWidth, written: 0 | 1): number {
    this.#slot.trace.write(TRACE_STRAY, MIXER_SPACE, offset, width, written);
    return ALL_ONES[width];
  }
}
