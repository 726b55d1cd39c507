/** An hour of sound takes no more memory than a minute of it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { nativeMatcher } from '../../src/cli/native-match.ts';
import { deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import type { WavFile } from '../../src/wav/wav-reader.ts';

const RATE_HZ = 48_000;
const FRAME_BYTES = 6;
const MIB = 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** 24-bit stereo that is made as it is read: frames carry their own number. */
function generated(frames: number): WavFile {
  return {
    format: {
      rateHz: RATE_HZ,
      channels: 2,
      validBits: 24,
      containerBits: 24,
      float: false,
      channelMask: 3,
    },
    frames,
    warnings: [],
    readFrames(firstFrame, into, offset, wanted) {
      const count = Math.max(0, Math.min(wanted, frames - firstFrame));
      for (let frame = 0; frame < count; frame++) {
        const at = offset + frame * FRAME_BYTES;
        const number = firstFrame + frame;
        into[at] = number;
        into[at + 1] = number >> 8;
        into[at + 2] = number >> 16;
        into[at + 4] = number >> 24;
      }
      return count;
    },
  };
}

interface Held {
  readonly heap: number;
  readonly external: number;
}

function bytesHeld(): Held {
  // What the first collection finds dead, the second one finds swept.
  collectGarbage();
  collectGarbage();
  const { external, heapUsed } = process.memoryUsage();
  return { heap: heapUsed, external };
}

/** Plays it all; the bytes that are held after a minute, and while the last second is still open. */
function playAnHour(): { readonly minute: Held; readonly hour: Held } {
  const device = deviceKind('hda');
  if (device === null) throw new Error('there is no such device');
  const frames = 3600 * RATE_HZ;
  let heardBytes = 0;
  const session = new PlaySession({
    file: generated(frames),
    device,
    match: nativeMatcher(),
    heard: () => ({
      write: (_bytes, _offset, byteLength) => {
        heardBytes += byteLength;
      },
    }),
  });
  while (session.heardFrames < 60 * RATE_HZ) session.step();
  const minute = bytesHeld();
  while (!session.step());
  const hour = bytesHeld();
  const report = session.finish(0);
  expect(report).toMatchObject({ frames, heardFrames: frames, bitExact: true, leaks: [] });
  expect(heardBytes).toBe(frames * 8);
  return { minute, hour };
}

it('an hour is heard bit for bit in the memory of a minute', () => {
  const { minute, hour } = playAnHour();
  expect(hour.heap - minute.heap).toBeLessThan(2 * MIB);
  expect(hour.external - minute.external).toBeLessThan(MIB);
});
