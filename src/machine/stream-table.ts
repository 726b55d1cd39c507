/**
 * The streams of a machine at this moment, as a table shows them: one row for the device's stream,
 * and one for each session that is mixed into it. The view only looks: it sends no request, reads
 * no register and calls no driver, so that a watched machine does what an unwatched one does. How
 * far the device is comes from the ear, which counts every frame period from RUN on.
 */
import { PinState } from '../ks/pin-state.ts';
import { KSSTATE, ksStateName } from '../standards/ks/requests.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import type { PinStreamKind } from './stream-kind.ts';
import type { DpcMeter } from './top-dpc-meter.ts';

/** What plays, as whoever plays it tells of it; each value is that of the moment it is read. */
export interface WatchedStream {
  readonly mode: 'shared' | 'exclusive';
  readonly endpoint: string;
  readonly format: PcmFormat;
  readonly drive: PinStreamKind;
  readonly periodFrames: number;
  /** Frames from RUN on that were written to the cyclic buffer. */
  readonly writtenFrames: number;
  /** Glitches at the ear so far; null where what is heard is not held against what was sent. */
  readonly heardGlitches: number | null;
  /** Times that the engine came too late; null where there is no engine. */
  readonly lateGlitches: number | null;
  readonly sessions: readonly SessionRow[];
}

export interface SessionRow {
  readonly state: 'waiting' | 'running' | 'ended';
  readonly format: PcmFormat;
  readonly paddingFrames: number;
  readonly bufferFrames: number;
  /** 0 to 1, without the endpoint's own. */
  readonly volume: number;
  readonly isMuted: boolean;
  /** Frames that the engine asked for before they were written. */
  readonly starvedFrames: number;
}

export interface StreamRow {
  /** Virtual time since the machine was switched on. */
  readonly atNs: number;
  readonly mode: WatchedStream['mode'];
  readonly direction: 'render';
  readonly endpoint: string;
  /** KSSTATE without its prefix, or `closed`. */
  readonly state: ReturnType<typeof ksStateName> | 'closed';
  readonly format: PcmFormat;
  readonly drive: PinStreamKind;
  readonly periodFrames: number;
  /**
   * Frames that were written and that the device has not fetched; below 0 when the device is past
   * them; null while the stream does not run.
   */
  readonly leadFrames: number | null;
  readonly leadMs: number | null;
  readonly glitches: number;
  /** Since the last look, per second of virtual time. */
  readonly interruptsPerSecond: number;
  readonly dpcsPerSecond: number;
  /** Microseconds of the meter's clock inside DPCs, per second of virtual time. */
  readonly dpcUsPerSecond: number;
  readonly sessions: readonly SessionRow[];
}

interface Totals {
  readonly atNs: number;
  readonly interrupts: number;
  readonly dpcs: number;
  readonly dpcNs: number;
}

const NS_PER_SECOND = 1e9;
const NS_PER_US = 1000;

export class StreamTable {
  readonly #machine: Machine<AudioDevice>;
  readonly #stream: WatchedStream;
  readonly #meter: DpcMeter;
  /** Frame periods at the ear before the stream's own. */
  readonly #periodsBefore: number;
  #last: Totals;

  /** Made before the stream first runs, on a machine that has no other. */
  constructor(machine: Machine<AudioDevice>, stream: WatchedStream, meter: DpcMeter) {
    this.#machine = machine;
    this.#stream = stream;
    this.#meter = meter;
    this.#periodsBefore = this.#earPeriods;
    this.#last = this.#totals();
  }

  /** The rows as of where the machine has come to. */
  look(): StreamRow {
    const { drive, endpoint, format, mode, periodFrames, sessions } = this.#stream;
    const state = this.#state;
    const leadFrames = state === KSSTATE.RUN ? this.#leadFrames : null;
    return {
      atNs: this.#machine.now,
      mode,
      direction: 'render',
      endpoint,
      state: state === null ? 'closed' : ksStateName(state),
      format,
      drive,
      periodFrames,
      leadFrames,
      leadMs: leadFrames === null ? null : (1000 * leadFrames) / format.rateHz,
      glitches: this.#glitches(leadFrames),
      ...this.#rates(),
      sessions,
    };
  }

  get #state(): KSSTATE | null {
    for (const file of this.#machine.portClass.openPins) {
      if ('state' in file && file.state instanceof PinState) return file.state.current;
    }
    return null;
  }

  get #earPeriods(): number {
    const { heardFrames, silentFrames } = this.#machine.device.speaker;
    return heardFrames + silentFrames;
  }

  /** Of each frame period since RUN the device has fetched one frame. */
  get #leadFrames(): number {
    return this.#stream.writtenFrames - (this.#earPeriods - this.#periodsBefore);
  }

  /** An engine notices that it is late when it comes; until then the device is past it. */
  #glitches(leadFrames: number | null): number {
    const { heardGlitches, lateGlitches } = this.#stream;
    if (lateGlitches === null) return heardGlitches ?? 0;
    const isUnnoticed = leadFrames !== null && leadFrames < 0;
    return Math.max(heardGlitches ?? 0, lateGlitches + (isUnnoticed ? 1 : 0));
  }

  #totals(): Totals {
    const { count, spentNs } = this.#meter;
    const { interruptsDelivered, now } = this.#machine;
    return { atNs: now, interrupts: interruptsDelivered, dpcs: count, dpcNs: spentNs };
  }

  #rates(): Pick<StreamRow, 'dpcsPerSecond' | 'dpcUsPerSecond' | 'interruptsPerSecond'> {
    const before = this.#last;
    const now = this.#totals();
    this.#last = now;
    const seconds = (now.atNs - before.atNs) / NS_PER_SECOND;
    const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0);
    return {
      interruptsPerSecond: perSecond(now.interrupts - before.interrupts),
      dpcsPerSecond: perSecond(now.dpcs - before.dpcs),
      dpcUsPerSecond: perSecond((now.dpcNs - before.dpcNs) / NS_PER_US),
    };
  }
}
