/**
 * Drivers whose streams do not come to where they should when a state changes, or the device
 * sleeps: a STOP that is only a pause, a PAUSE that is a STOP, a wake-up without the stream's
 * registers, a position that wakes late, and a state that takes too long to reach.
 */
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import { ntSuccess, STATUS_SUCCESS } from '../../../src/standards/nt/ntstatus.ts';
import { bentHdaDriver } from '../../support/bent-hda-driver.ts';

/** Only pauses at STOP, so that the next RUN goes on where the last one ended. */
export const stopsShort = bentHdaDriver({
  name: 'stops short',
  stream: (real) => {
    let isPaused = false;
    return {
      setState(next) {
        if (isPaused && next <= KSSTATE.PAUSE) return STATUS_SUCCESS;
        const status = real.setState(next);
        isPaused = next === KSSTATE.PAUSE && ntSuccess(status);
        return status;
      },
    };
  },
});

/** Goes through STOP on the way from RUN to PAUSE. */
export const startsOverInPause = bentHdaDriver({
  name: 'starts over in PAUSE',
  stream: (real) => {
    let state: KSSTATE = KSSTATE.STOP;
    return {
      setState(next) {
        if (state === KSSTATE.RUN && next === KSSTATE.PAUSE) {
          real.setState(KSSTATE.STOP);
          real.setState(KSSTATE.ACQUIRE);
        }
        const status = real.setState(next);
        if (ntSuccess(status)) state = next;
        return status;
      },
    };
  },
});

/** Leaves the stream's registers as the power-up left them. */
export const forgetsInSleep = bentHdaDriver({
  name: 'forgets in sleep',
  stream: () => ({ powerChangeNotify: () => undefined }),
});

const SLOW_MICROSECONDS = 600_000;

/** Spins for more than half a second before it takes a stream to ACQUIRE. */
export const slowState = bentHdaDriver({
  name: 'slow state',
  stream: (real, wdk) => ({
    setState(next) {
      if (next === KSSTATE.ACQUIRE) wdk.KeStallExecutionProcessor(SLOW_MICROSECONDS);
      return real.setState(next);
    },
  }),
});

const LATE_TICKS = 250_000;

/** Tells no movement of the position for the first 25 ms of RUN. */
export const wakesLate = bentHdaDriver({
  name: 'wakes late',
  stream: (real, wdk) => {
    const stood = { playOffset: 0, writeOffset: 0 };
    let runAt: number | null = null;
    return {
      setState(next) {
        if (next === KSSTATE.RUN) real.getPosition(stood);
        const status = real.setState(next);
        runAt = next === KSSTATE.RUN ? wdk.KeQueryPerformanceCounter() : null;
        return status;
      },
      getPosition(position) {
        const status = real.getPosition(position);
        if (runAt !== null && wdk.KeQueryPerformanceCounter() - runAt < LATE_TICKS) {
          position.playOffset = stood.playOffset;
          position.writeOffset = stood.writeOffset;
        }
        return status;
      },
    };
  },
});
