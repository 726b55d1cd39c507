/**
 * Drivers on the WavePci port that are wrong in one way each: what they say of the position, when
 * their DMA starts, and what they do with the mappings that they are lent.
 */
import { physical } from '../../../src/base/brand.ts';
import type { DriverModule } from '../../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import { ntSuccess, STATUS_SUCCESS } from '../../../src/standards/nt/ntstatus.ts';
import { bentWavePciDriver } from '../../support/bent-wavepci-driver.ts';

/** 16-bit stereo at 48 kHz. */
const FRAME_BYTES = 4;
const BYTES_A_SECOND = 48_000 * FRAME_BYTES;

/** `makeLie` is called for each stream, and its lie for each position that was told. */
function positionLiar(name: string, makeLie: () => (bytes: number) => number): DriverModule {
  return bentWavePciDriver({
    name,
    stream: (real) => {
      const lie = makeLie();
      return {
        getPosition(position) {
          const status = real.getPosition(position);
          position.value = lie(position.value);
          return status;
        },
      };
    },
  });
}

/** Counts what was fetched: a FIFO of 16 frames ahead of the DAC. */
export const tellsDma = positionLiar("DMA's position", () => (bytes) => {
  return bytes === 0 ? 0 : bytes + 16 * FRAME_BYTES;
});

export const fastPosition = positionLiar('fast position', () => (bytes) => {
  return Math.round((bytes * 1.02) / FRAME_BYTES) * FRAME_BYTES;
});

/** Looks again every 20 ms only. */
export const grainyPosition = positionLiar('grainy', () => {
  const grainBytes = (BYTES_A_SECOND * 20) / 1000;
  return (bytes) => bytes - (bytes % grainBytes);
});

/** DMA starts with PAUSE on the way up. */
export const earlyDma = bentWavePciDriver({
  name: 'early DMA',
  stream: (real) => {
    let state: KSSTATE = KSSTATE.STOP;
    let isEarly = false;
    return {
      setState(next) {
        const isUp = next > state;
        state = next;
        if (isEarly && next === KSSTATE.RUN) {
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

const EVERY = 7;

/** Begins each seventh mapping two frames late, and ends it with what lies behind. */
export const shiftedMappings = bentWavePciDriver({
  name: 'shifted mappings',
  portStream: (real) => {
    let count = 0;
    return {
      getMapping(tag, address, virtualAddress, byteCount, flags) {
        const status = real.getMapping(tag, address, virtualAddress, byteCount, flags);
        if (!ntSuccess(status) || ++count % EVERY !== 0) return status;
        const skipped = Math.min(2 * FRAME_BYTES, byteCount.value);
        address.value = physical(address.value + skipped);
        byteCount.value -= skipped;
        return status;
      },
    };
  },
});
