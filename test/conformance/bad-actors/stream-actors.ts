/**
 * Drivers that are wrong about a stream as a whole: its buffer, when its DMA starts, its latency,
 * the formats that it is claimed to have, what it leaves behind, and what it leaves to chance.
 */
import { NonPagedPoolNx } from '../../../src/kernel/memory/pool.ts';
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import { ntSuccess, STATUS_SUCCESS } from '../../../src/standards/nt/ntstatus.ts';
import { bentHdaDriver } from '../../support/bent-hda-driver.ts';

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
