/** Matchers for sound: `expect(heard).toMatchFrames(submitted, { delayFrames })`. */
import { expect } from 'vitest';
import type { HeardSound } from './ear-recorder.ts';

export interface MatchOptions {
  /** Frames at the ear before the first submitted one. */
  readonly delayFrames: number;
}

interface SoundMatchers<R> {
  /** The ear heard every submitted frame, in order, bit for bit, after exactly this delay. */
  toMatchFrames(submitted: Uint8Array, options: MatchOptions): R;
}

declare module 'vitest' {
  interface Matchers<T> extends SoundMatchers<T> {}
}

/** The first frame at which the two differ, and how; null when they match. */
export function firstMismatch(
  heard: HeardSound,
  submitted: Uint8Array,
  delayFrames: number,
): string | null {
  const { bytes, frameBytes } = heard;
  const start = delayFrames * frameBytes;
  for (let byte = 0; byte < start && byte < bytes.length; byte++) {
    if (bytes[byte] !== 0) return `frame ${Math.floor(byte / frameBytes)} should be silence`;
  }
  if (bytes.length < start + submitted.length) {
    const missing = (start + submitted.length - bytes.length) / frameBytes;
    return `the last ${missing} of ${submitted.length / frameBytes} frames were not heard`;
  }
  for (let byte = 0; byte < submitted.length; byte++) {
    if (bytes[start + byte] !== submitted[byte]) {
      const frame = Math.floor(byte / frameBytes);
      return `frame ${frame} was heard otherwise than it was sent (byte ${byte % frameBytes})`;
    }
  }
  return null;
}

expect.extend({
  toMatchFrames(heard: HeardSound, submitted: Uint8Array, options: MatchOptions) {
    const mismatch = firstMismatch(heard, submitted, options.delayFrames);
    return {
      pass: mismatch === null,
      message: () => mismatch ?? `heard what was sent after ${options.delayFrames} frames`,
    };
  },
});
