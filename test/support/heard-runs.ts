/**
 * What an ear heard, as runs of the sound that was sent: at which frame of the ear's time which
 * frames began. Between runs lies what hardware fills a gap with: silence, or the last frame over
 * and over. The sound is noise, whose frames are all different and never silence.
 */
import type { HeardSound } from '../../src/testing/index.ts';

/** Frames `from` up to and without `to` of the sound, from frame `at` of the ear's time on. */
export interface HeardRun {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Not a frame of the sound, and no filling of a gap. */
const STRANGE = -1;

/** @throws Error unless the sound's frames are all different; 16-bit stereo */
export function heardRuns({ bytes, frames }: HeardSound, sound: Uint8Array): HeardRun[] {
  const heard = wordsOf(bytes.subarray(0, 4 * frames));
  const sent = wordsOf(sound);
  const places = new Map<number, number>();
  for (const [place, frame] of sent.entries()) places.set(frame, place);
  if (places.size !== sent.length || places.has(0)) throw new Error('frames of a sound are alike');
  const runs: HeardRun[] = [];
  for (let at = 0; at < heard.length; ) {
    const first = heard[at] ?? 0;
    if (first === 0 || (at > 0 && first === heard[at - 1])) {
      at++;
      continue;
    }
    const from = places.get(first) ?? STRANGE;
    if (from === STRANGE) throw new Error(`frame ${at} at the ear was never sent`);
    let count = 1;
    while (at + count < heard.length && heard[at + count] === sent[from + count]) count++;
    runs.push({ at, from, to: from + count });
    at += count;
  }
  return runs;
}

/** Whole frames of a copy, which lies as words need it. */
const wordsOf = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.slice(0, bytes.length - (bytes.length % 4)).buffer);
