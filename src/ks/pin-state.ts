/**
 * The state of a pin: STOP, ACQUIRE, PAUSE, RUN. A stream is only ever taken from one state to a
 * neighbour; when a client asks for a state further off, the steps between are inserted, and the
 * first step that fails ends the walk where it got to. Source: KSSTATE, KSPROPERTY_CONNECTION_STATE.
 */
import { KSSTATE } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';

export class PinState {
  #current: KSSTATE = KSSTATE.STOP;
  /** Where the client believes a stream to be that lost its device; null while it has one. */
  #believed: KSSTATE | null = null;
  readonly #step: (state: KSSTATE) => NtStatus;

  /** `step` takes the stream to a neighbouring state. */
  constructor(step: (state: KSSTATE) => NtStatus) {
    this.#step = step;
  }

  get current(): KSSTATE {
    return this.#believed ?? this.#current;
  }

  /** Falls to STOP, one state at a time, whatever the steps say: there is no staying up. */
  fallToStop(): void {
    while (this.#current > KSSTATE.STOP) {
      const next = (this.#current - 1) as KSSTATE;
      this.#step(next);
      this.#current = next;
    }
  }

  /**
   * The device goes: the stream falls to STOP at once, and the client, who does not know yet, may
   * take it down from where it was. Nothing leads it up again.
   */
  loseDevice(): void {
    this.#believed ??= this.#current;
    this.fallToStop();
  }

  /** Walks to `target`. The state it has already succeeds without a step. */
  walkTo(target: number): NtStatus {
    if (target > KSSTATE.RUN || target < KSSTATE.STOP) return STATUS_INVALID_PARAMETER;
    if (this.#believed !== null) {
      if (target > this.#believed || target === KSSTATE.RUN) return STATUS_INVALID_DEVICE_STATE;
      this.#believed = target as KSSTATE;
      return STATUS_SUCCESS;
    }
    while (this.#current !== target) {
      const next = (this.#current + (target > this.#current ? 1 : -1)) as KSSTATE;
      const status = this.#step(next);
      if (!ntSuccess(status)) return status;
      this.#current = next;
    }
    return STATUS_SUCCESS;
  }
}
