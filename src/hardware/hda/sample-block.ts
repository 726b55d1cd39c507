/**
 * A block of memory for frames, with the views that a converter needs made once: a typed array per
 * sample container. RAM seen as a block lets frames be handed on without being copied. Short copies
 * run in a loop, since a subarray for `set` costs more than they do, and is garbage afterwards.
 */
const LOOP_BYTES = 32;
const LOOP_WORD_BYTES = 512;

export class SampleBlock {
  readonly bytes: Uint8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;

  /** @param bytes start at a multiple of 4 in their buffer. @throws RangeError otherwise */
  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes;
    this.bytes = bytes;
    this.int16 = new Int16Array(buffer, byteOffset, length >>> 1);
    this.int32 = new Int32Array(buffer, byteOffset, length >>> 2);
    this.float32 = new Float32Array(buffer, byteOffset, length >>> 2);
  }
}

/** A block of zeros. */
export function makeBlock(byteLength: number): SampleBlock {
  return new SampleBlock(new Uint8Array(byteLength));
}

/** Copies between two ranges that do not overlap. */
export function copyBytes(
  target: SampleBlock,
  targetAt: number,
  source: SampleBlock,
  sourceAt: number,
  byteLength: number,
): void {
  if (byteLength <= LOOP_WORD_BYTES && ((targetAt | sourceAt | byteLength) & 3) === 0) {
    copyWords(target.int32, targetAt >>> 2, source.int32, sourceAt >>> 2, byteLength >>> 2);
  } else if (byteLength <= LOOP_BYTES) {
    const to = target.bytes;
    const from = source.bytes;
    for (let at = 0; at < byteLength; at++) to[targetAt + at] = from[sourceAt + at] as number;
  } else {
    target.bytes.set(source.bytes.subarray(sourceAt, sourceAt + byteLength), targetAt);
  }
}

function copyWords(
  to: Int32Array,
  first: number,
  from: Int32Array,
  firstFrom: number,
  words: number,
): void {
  for (let at = 0; at < words; at++) to[first + at] = from[firstFrom + at] as number;
}
