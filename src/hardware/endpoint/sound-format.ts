/**
 * The shape of sound at an endpoint: what comes out of a converter towards the ear, or is spoken
 * into one. Samples are little-endian, channels interleaved; an integer sample sits in the high
 * bits of its container (HDA 1.0a 4.5.1), a float sample is an IEEE 754 single.
 */
export interface SoundFormat {
  readonly rateHz: number;
  /** Significant bits of a sample. */
  readonly bits: number;
  readonly channels: number;
  /** Bytes that one sample takes. */
  readonly containerBytes: number;
  readonly float: boolean;
}

/** Bytes of one frame: one sample of every channel. */
export function soundFrameBytes(format: SoundFormat): number {
  return format.channels * format.containerBytes;
}

export function isSameSound(left: SoundFormat | null, right: SoundFormat | null): boolean {
  if (left === null || right === null) return left === right;
  return (
    left.rateHz === right.rateHz &&
    left.bits === right.bits &&
    left.channels === right.channels &&
    left.containerBytes === right.containerBytes &&
    left.float === right.float
  );
}
