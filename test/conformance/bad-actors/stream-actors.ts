/**
 * Drivers that are wrong about a stream as a whole: its buffer, when its DMA starts, its latency,
 * the formats that it is claimed to have, what it leaves behind, and what it leaves to chance.
 */
import { NonPagedPoolNx } from '../../../src/kernel/memory/pool.ts';
import type { IMiniportWaveRT, Wdk } from '../../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import { ntSuccess, STATUS_SUCCESS } from '../../../src/standards/nt/ntstatus.ts';
import { type BentStream, bentHdaDriver } from '../../support/bent-hda-driver.ts';

const BLOCK_BYTES = 256;
const SMALLEST_BYTES = 512;
const oneBlockLess = (bytes: number): number =>
  bytes <= SMALLEST_BYTES ? bytes : bytes - BLOCK_BYTES;

/** Gives a block of the hardware less than it is asked for. */
export const smallBuffer = bentHdaDriver({
  name: 'small buffer',
  stream: (real) => ({
    allocateAudioBuffer: (requested, ...rest) =>
      real.allocateAudioBuffer(oneBlockLess(requested), ...rest),
    allocateBufferWithNotification: (count, requested, ...rest) =>
      real.allocateBufferWithNotification(count, oneBlockLess(requested), ...rest),
  }),
});

/** DMA starts with PAUSE on the way up. */
export const earlyDma = bentHdaDriver({
  name: 'early DMA',
  stream: (real) => {
    let isEarly = false;
    let state: KSSTATE = KSSTATE.STOP;
    return {
      setState(next) {
        const isUp = next > state;
        state = next;
        if (next === KSSTATE.RUN && isEarly) {
          isEarly = false;
          return STATUS_SUCCESS;
        }
        if (isEarly) real.setState(KSSTATE.PAUSE);
        isEarly = false;
        const status = real.setState(next);
        if (next === KSSTATE.PAUSE && isUp && ntSuccess(status)) {
          isEarly = ntSuccess(real.setState(KSSTATE.RUN));
        }
        return status;
      },
    };
  },
});

const HALF_A_MILLISECOND = 5000;

export const wrongLatency = bentHdaDriver({
  name: 'wrong latency',
  stream: (real) => ({
    getHWLatency(latency) {
      real.getHWLatency(latency);
      latency.codecDelay += HALF_A_MILLISECOND;
    },
  }),
});

/** Gives the clock register out as the position register. */
export const wrongRegister = bentHdaDriver({
  name: 'wrong register',
  stream: (real) => ({ getPositionRegister: (register) => real.getClockRegister(register) }),
});

/** Allows two streams at a time for each pin; the hardware has engines for them. */
export const twoStreams = bentHdaDriver({ name: 'two streams', miniport: twoInstances });

/** Allows the same, and leaves the second one standing while the first one runs. */
export const oneAtATime = bentHdaDriver({
  name: 'one at a time',
  miniport: twoInstances,
  stream: (real, wdk) => {
    const running = runningStreams(wdk);
    return {
      setState(next) {
        const isBusy = running.size > 0 && !running.has(real);
        if (next === KSSTATE.RUN && isBusy) return STATUS_SUCCESS;
        if (next === KSSTATE.RUN) running.add(real);
        else running.delete(real);
        return real.setState(next);
      },
    };
  },
});

const running = new WeakMap<Wdk, Set<BentStream>>();

/** The streams that run, for each machine that has loaded the driver. */
function runningStreams(wdk: Wdk): Set<BentStream> {
  const known = running.get(wdk) ?? new Set<BentStream>();
  running.set(wdk, known);
  return known;
}

function twoInstances(real: IMiniportWaveRT): Partial<IMiniportWaveRT> {
  return {
    getDescription(description) {
      const status = real.getDescription(description);
      const { value } = description;
      if (value === null) return status;
      const pins = value.pins.map((pin) => {
        const isStreaming = pin.maxFilterInstanceCount > 0;
        return isStreaming ? { ...pin, maxGlobalInstanceCount: 2, maxFilterInstanceCount: 2 } : pin;
      });
      description.value = { ...value, pins };
      return status;
    },
  };
}

/** Claims 20 bits at 96 kHz as ever, and opens no stream with that. */
export const emptyClaim = bentHdaDriver({
  name: 'empty claim',
  refuses: ({ rateHz, validBits }) => rateHz === 96_000 && validBits === 20,
});

/** Forgets a little pool memory with each stream. */
export const leaky = bentHdaDriver({
  name: 'leaky',
  stream: (_real, wdk) => {
    wdk.ExAllocatePoolWithTag(NonPagedPoolNx, 64, 'leak');
    return {};
  },
});

/** Does something else in each run. */
export const byChance = bentHdaDriver({
  name: 'by chance',
  stream: (_real, wdk) => {
    wdk.DbgPrint(`${Math.random()}`);
    return {};
  },
});

/** Waits in GetPosition, be it for no time at all, which is not allowed at DISPATCH_LEVEL. */
export const waitsForPosition = bentHdaDriver({
  name: 'waits for the position',
  stream: (real, wdk) => ({
    getPosition(position) {
      wdk.KeDelayExecutionThread(0);
      return real.getPosition(position);
    },
  }),
});

const SLOW_MICROSECONDS = 2000;

/** Spins for two milliseconds before it tells the position. */
export const slowPosition = bentHdaDriver({
  name: 'slow position',
  stream: (real, wdk) => ({
    getPosition(position) {
      wdk.KeStallExecutionProcessor(SLOW_MICROSECONDS);
      return real.getPosition(position);
    },
  }),
});
