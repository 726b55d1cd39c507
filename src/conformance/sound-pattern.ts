/**
 * The known sound that cases send and speak: sample by sample a hash of its place, so that every
 * channel of every frame differs from its neighbours, and no sample is silence. Source of the
 * method: Linux ALSA selftests, test-pcmtest-driver (a pattern per channel).
 */

/** The part of a format that says how samples lie in memory. */
export interface SampleShape {
  readonly channels: number;
  readonly containerBytes: number;
  readonly validBits: number;
  readonly float: boolean;
}

/** 32 bits that depend on all bits of `place`. */
function hash(place: number): number {
  let value = Math.imul(place ^ (place >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return (value ^ (value >>> 15)) >>> 0;
}

/** Bits of the container `width` bits wide that hold the sample of that place, as a number. */
function sampleAt(place: number, width: number, validBits: number): number {
  const scrambled = hash(place + 1);
  // The lowest valid bit is set, so that no sample is zero.
  const valid = ((scrambled >>> (32 - validBits)) | 1) >>> 0;
  return valid * 2 ** (width - validBits);
}

const FLOAT_BITS = 24;

/** Writes `frames` frames from frame `first` of the pattern on at `bytes[offset]`. */
export function writePattern(
  bytes: Uint8Array,
  offset: number,
  shape: SampleShape,
  first: number,
  frames: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { channels, containerBytes, float, validBits } = shape;
  const width = 8 * containerBytes;
  const end = (first + frames) * channels;
  for (let place = first * channels, at = offset; place < end; place++, at += containerBytes) {
    if (float) {
      view.setFloat32(at, sampleAt(place, FLOAT_BITS, FLOAT_BITS) / 2 ** FLOAT_BITS, true);
      continue;
    }
    const sample = sampleAt(place, width, validBits);
    if (containerBytes === 2) view.setUint16(at, sample, true);
    else if (containerBytes === 4) view.setUint32(at, sample, true);
    else
      for (let byte = 0; byte < containerBytes; byte++)
        view.setUint8(at + byte, sample >>> (8 * byte));
  }
}

/** What a comparison with the pattern found. */
export interface PatternMatch {
  /** Frames in a row that are as they should be. */
  readonly frames: number;
  /** All of them were. */
  readonly isWhole: boolean;
}

const PIECE_FRAMES = 1024;

/** Holds `frames` frames at `bytes[offset]` against the pattern from frame `first` on. */
export function matchPattern(
  bytes: Uint8Array,
  offset: number,
  shape: SampleShape,
  first: number,
  frames: number,
): PatternMatch {
  const frameBytes = shape.channels * shape.containerBytes;
  const expected = new Uint8Array(Math.min(PIECE_FRAMES, frames) * frameBytes);
  for (let done = 0; done < frames; done += PIECE_FRAMES) {
    const piece = Math.min(PIECE_FRAMES, frames - done);
    writePattern(expected, 0, shape, first + done, piece);
    const at = offset + done * frameBytes;
    for (let byte = 0; byte < piece * frameBytes; byte++) {
      if (bytes[at + byte] !== expected[byte]) {
        return { frames: done + Math.floor(byte / frameBytes), isWhole: false };
      }
    }
  }
  return { frames, isWhole: true };
}

/** Whether the frame at `bytes[offset]` is silence. */
export function isSilentFrame(bytes: Uint8Array, offset: number, frameBytes: number): boolean {
  for (let byte = 0; byte < frameBytes; byte++) if (bytes[offset + byte] !== 0) return false;
  return true;
}
