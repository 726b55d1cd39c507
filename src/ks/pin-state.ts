/**
 * The state of a pin: STOP, ACQUIRE, PAUSE, RUN. A stream is only ever taken from one state to a
 * neighbour; when a client asks for a state further off, the steps between are inserted, and the
 * first step that fails ends the walk where it got to. Source: KSSTATE, KSPROPERTY_CONNECTION_STATE.
 */
import { KSSTATE } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';

export class PinState {
  #current: KSSTATE = KSSTATE.STOP;
  readonly #step: (state: KSSTATE) => NtStatus;

  /** `step` takes the stream to a neighbouring state. */
  constructor(step: (state: KSSTATE) => NtStatus) {
    this.#step = step;
  }

  get current(): KSSTATE {
    return this.#current;
  }

  /** Falls to STOP, one state at a time, whatever the steps say: there is no staying up. */
  fallToStop(): void {
    while (this.#current > KSSTATE.STOP) {
      const next = (this.#current - 1) as KSSTATE;
      this.#step(next);
      this.#current = next;
    }
  }

  /** Walks to `target`. The state it has already succeeds without a step. */
  walkTo(target: number): NtStatus {
    if (target > KSSTATE.RUN || target < KSSTATE.STOP) return STATUS_INVALID_PARAMETER;
    while (this.#current !== target) {
      const next = (this.#current + (target > this.#current ? 1 : -1)) as KSSTATE;
      const status = this.#step(next);
      if (!ntSuccess(status)) return status;
      this.#current = next;
    }
    return STATUS_SUCCESS;
  }
}
