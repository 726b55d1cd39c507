/**
 * Drivers whose positions lie, each in one way. The sound that they play and record is right: what
 * is wrong shows only to who asks where the stream is.
 */
import type { DriverModule, KsAudioPosition } from '../../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import { type NtStatus, ntSuccess } from '../../../src/standards/nt/ntstatus.ts';
import { frameBytes } from '../../../src/standards/pcm/format.ts';
import { type BentStream, bentHdaDriver } from '../../support/bent-hda-driver.ts';

/** What a lie may be made of. */
interface Told {
  readonly position: KsAudioPosition;
  readonly state: KSSTATE;
  readonly bufferBytes: number;
  /** Bytes of a millisecond of sound. */
  readonly msBytes: number;
  /** Bytes that the stream has played in all since it stood at 0. */
  readonly playedBytes: number;
  /** Where it was before STOP. */
  readonly leftAt: number;
}

type Lie = (told: Told) => void;

/** `makeLie` is called for each stream. */
function positionActor(name: string, makeLie: () => Lie): DriverModule {
  return bentHdaDriver({
    name,
    stream: (real, _wdk, format) => {
      const lie = makeLie();
      const msBytes = (format.rateHz / 1000) * frameBytes(format);
      const before = { playOffset: 0, writeOffset: 0 };
      const buffer = { bytes: 0 };
      let state: KSSTATE = KSSTATE.STOP;
      let playedBytes = 0;
      let lastOffset = 0;
      return {
        ...noteBuffer(real, buffer),
        setState(next) {
          if (next === KSSTATE.PAUSE) real.getPosition(before);
          const status = real.setState(next);
          if (ntSuccess(status)) state = next;
          if (state === KSSTATE.STOP) playedBytes = lastOffset = 0;
          return status;
        },
        getPosition(position) {
          const status = real.getPosition(position);
          const { playOffset } = position;
          const { bytes } = buffer;
          if (bytes > 0) playedBytes += (playOffset - lastOffset + bytes) % bytes;
          lastOffset = playOffset;
          const leftAt = before.playOffset;
          lie({ position, state, bufferBytes: bytes, msBytes, playedBytes, leftAt });
          return status;
        },
      };
    },
  });
}

/** Methods that remember how large the buffer became. */
function noteBuffer(real: BentStream, buffer: { bytes: number }): Partial<BentStream> {
  return {
    allocateAudioBuffer(requested, mdl, size, offset, cache): NtStatus {
      const status = real.allocateAudioBuffer(requested, mdl, size, offset, cache);
      if (ntSuccess(status)) buffer.bytes = size.value;
      return status;
    },
    allocateBufferWithNotification(count, requested, mdl, size, offset, cache): NtStatus {
      const status = real.allocateBufferWithNotification(
        count,
        requested,
        mdl,
        size,
        offset,
        cache,
      );
      if (ntSuccess(status)) buffer.bytes = size.value;
      return status;
    },
  };
}

/** Whole frames of so many milliseconds, in bytes. */
const bytesOf = (milliseconds: number, { msBytes }: Told): number => {
  const bytes = Math.round(milliseconds * msBytes);
  return bytes - (bytes % 4);
};

const OFFSET_MS = 0.5;

/** Half a millisecond more than it is, always. */
export const constantOffset = positionActor('constant offset', () => (told) => {
  const { bufferBytes, position, state } = told;
  if (state < KSSTATE.PAUSE || bufferBytes === 0) return;
  position.playOffset = (position.playOffset + bytesOf(OFFSET_MS, told)) % bufferBytes;
});

const JUMP_MS = 4.5;
const JUMP_EVERY = 23;

/** Now and then 4.5 ms more than it is. */
export const jumping = positionActor('jumping', () => {
  let readings = 0;
  return (told) => {
    const { bufferBytes, position, state } = told;
    if (state !== KSSTATE.RUN || bufferBytes === 0 || ++readings % JUMP_EVERY !== 0) return;
    position.playOffset = (position.playOffset + bytesOf(JUMP_MS, told)) % bufferBytes;
  };
});

const GRAIN_MS = 7;

/** Only every 7 ms another one, as of a driver that asks its hardware at interrupts alone. */
export const grainy = positionActor('grainy', () => (told) => {
  const { bufferBytes, playedBytes, position } = told;
  if (bufferBytes === 0) return;
  position.playOffset = (playedBytes - (playedBytes % bytesOf(GRAIN_MS, told))) % bufferBytes;
});

/** Stands at the start of the buffer for ever. */
export const frozen = positionActor('frozen', () => ({ position }) => {
  position.playOffset = 0;
  position.writeOffset = 0;
});

/** Counts all bytes since RUN in place of the offset in the buffer. */
export const sinceRun = positionActor('since RUN', () => ({ playedBytes, position }) => {
  position.playOffset = playedBytes;
});

/** A thousandth too fast. */
export const fastClock = positionActor('fast clock', () => (told) => {
  const { bufferBytes, playedBytes, position } = told;
  if (bufferBytes === 0) return;
  const fast = playedBytes + Math.floor(playedBytes / 1000);
  position.playOffset = fast % bufferBytes;
});

/** STOP leaves the position where it was, until RUN. */
export const keptAtStop = positionActor('kept at STOP', () => ({ leftAt, position, state }) => {
  if (state === KSSTATE.STOP) position.playOffset = leftAt;
});

/** PAUSE does not hold the position. */
export const movesInPause = positionActor('moves in PAUSE', () => {
  let asked = 0;
  return ({ bufferBytes, position, state }) => {
    if (state !== KSSTATE.PAUSE || bufferBytes === 0) return;
    asked += 4;
    position.playOffset = (position.playOffset + asked) % bufferBytes;
  };
});
