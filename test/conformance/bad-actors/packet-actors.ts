/**
 * Drivers that get the packet protocol wrong: numbers one off, a count that waits for the client,
 * and a late packet taken as if it were in time.
 */
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import {
  ntSuccess,
  STATUS_DATA_LATE_ERROR,
  STATUS_SUCCESS,
} from '../../../src/standards/nt/ntstatus.ts';
import { bentHdaDriver } from '../../support/bent-hda-driver.ts';

/** Packets are numbered from 1. */
export const fromOne = bentHdaDriver({
  name: 'packets from one',
  stream: (real) => ({
    getPacketCount(count) {
      const status = real.getPacketCount(count);
      count.value++;
      return status;
    },
    getReadPacket(number, flags, performanceCounter, moreData) {
      const status = real.getReadPacket(number, flags, performanceCounter, moreData);
      if (ntSuccess(status)) number.value++;
      return status;
    },
  }),
});

/** The count stands while the client writes nothing new. */
export const waitsForClient = bentHdaDriver({
  name: 'count waits for the client',
  stream: (real) => {
    let written = 0;
    return {
      setState(state) {
        if (state === KSSTATE.STOP) written = 0;
        return real.setState(state);
      },
      setWritePacket(packet, flags, length) {
        const status = real.setWritePacket(packet, flags, length);
        if (ntSuccess(status)) written = packet + 1;
        return status;
      },
      getPacketCount(count) {
        const status = real.getPacketCount(count);
        count.value = Math.min(count.value, written);
        return status;
      },
    };
  },
});

export const takesLate = bentHdaDriver({
  name: 'takes late packets',
  stream: (real) => ({
    setWritePacket(packet, flags, length) {
      const status = real.setWritePacket(packet, flags, length);
      return status === STATUS_DATA_LATE_ERROR ? STATUS_SUCCESS : status;
    },
  }),
});

const EARLY_FRAMES = 48;

/** Says that a millisecond more has left the output than has. */
export const presentsEarly = bentHdaDriver({
  name: 'presents early',
  stream: (real) => ({
    getOutputStreamPresentationPosition(position) {
      const status = real.getOutputStreamPresentationPosition(position);
      position.positionInBlocks += EARLY_FRAMES;
      return status;
    },
  }),
});

const LATE_TICKS = 10_000;

/** Stamps a packet with the time a millisecond after its first sample, as of DMA. */
export const stampsLate = bentHdaDriver({
  name: 'stamps late',
  stream: (real) => ({
    getReadPacket(number, flags, performanceCounter, moreData) {
      const status = real.getReadPacket(number, flags, performanceCounter, moreData);
      performanceCounter.value += LATE_TICKS;
      return status;
    },
  }),
});
