/**
 * Sample containers between a file and a device. Files pack 24-bit samples into three bytes and
 * keep 8-bit samples unsigned; devices want two's complement in 16- or 32-bit containers, sound
 * in the top bits. No bit of sound is lost or invented, and the way back is exact. Word-wise
 * paths serve aligned buffers; they rely on the little-endian hosts that WebAssembly needs too.
 */
import { describeFormat, frameBytes, type PcmFormat } from './format.ts';

/**
 * The format in which a device carries the sound of `fileFormat`: 8 and 16 bits in 16 (all of
 * them valid), 24-bit containers in 32 with the same valid bits, 32-bit integers and floats as
 * they are.
 */
export function deviceFormatFor(fileFormat: PcmFormat): PcmFormat {
  if (fileFormat.containerBits <= 16) return { ...fileFormat, validBits: 16, containerBits: 16 };
  return { ...fileFormat, containerBits: 32 };
}

/** Moves `samples` samples from byte `from` of `src` to byte `to` of `dst`. */
type Move = (
  src: BufferWindow,
  from: number,
  dst: BufferWindow,
  to: number,
  samples: number,
) => void;

/** Copies frames out of one format into the other. Needs no memory once it is made. */
export class Repacker {
  readonly from: PcmFormat;
  readonly to: PcmFormat;
  readonly #fromFrameBytes: number;
  readonly #toFrameBytes: number;
  readonly #move: Move;
  readonly #src = new BufferWindow();
  readonly #dst = new BufferWindow();

  /** @throws Error when the formats differ in more than their containers, or no move fits. */
  constructor(from: PcmFormat, to: PcmFormat) {
    const move = moveBetween(from, to);
    if (move === null) {
      throw new Error(
        `cannot repack ${describeFormat(from)} as ${describeFormat(to)}: only the container may ` +
          'differ, 8 against 16 bits or 24 against 32',
      );
    }
    this.from = from;
    this.to = to;
    this.#fromFrameBytes = frameBytes(from);
    this.#toFrameBytes = frameBytes(to);
    this.#move = move;
  }

  /**
   * Repacks `frames` frames; offsets are in bytes, and the two ranges must not overlap.
   * @throws RangeError when they do not lie within their arrays.
   */
  repack(
    src: Uint8Array,
    srcOffset: number,
    dst: Uint8Array,
    dstOffset: number,
    frames: number,
  ): void {
    if (!Number.isInteger(frames)) throw new RangeError(`${frames} is not a number of frames`);
    checkRange('source', src, srcOffset, frames * this.#fromFrameBytes);
    checkRange('destination', dst, dstOffset, frames * this.#toFrameBytes);
    this.#src.open(src.buffer);
    this.#dst.open(dst.buffer);
    const samples = frames * this.from.channels;
    this.#move(
      this.#src,
      src.byteOffset + srcOffset,
      this.#dst,
      dst.byteOffset + dstOffset,
      samples,
    );
  }
}

function checkRange(name: string, array: Uint8Array, offset: number, byteLength: number): void {
  const isInside = offset >= 0 && byteLength >= 0 && offset + byteLength <= array.length;
  if (isInside && Number.isInteger(offset)) return;
  throw new RangeError(
    `${byteLength} bytes at ${offset} do not lie within the ${name} of ${array.length} bytes`,
  );
}

/** The whole of one buffer as bytes and words, made again only when another buffer comes. */
class BufferWindow {
  bytes: Uint8Array = new Uint8Array(0);
  halves: Int16Array = new Int16Array(0);
  words: Int32Array = new Int32Array(0);
  #buffer: ArrayBufferLike | null = null;

  open(buffer: ArrayBufferLike): void {
    if (this.#buffer === buffer) return;
    this.#buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.halves = new Int16Array(buffer, 0, buffer.byteLength >>> 1);
    this.words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
  }
}

function moveBetween(from: PcmFormat, to: PcmFormat): Move | null {
  if (from.rateHz !== to.rateHz || from.channels !== to.channels || from.float !== to.float) {
    return null;
  }
  if (from.containerBits === to.containerBits) {
    const sampleBytes = from.containerBits >> 3;
    return (src, fromByte, dst, toByte, samples) => {
      copy(src, fromByte, dst, toByte, samples * sampleBytes);
    };
  }
  if (from.float) return null;
  if (from.containerBits === 8 && to.containerBits === 16) return widen8;
  if (from.containerBits === 16 && to.containerBits === 8) return narrow16;
  if (from.containerBits === 24 && to.containerBits === 32) return widen24;
  if (from.containerBits === 32 && to.containerBits === 24) return narrow32;
  return null;
}

/**
 * Copies bytes, as words where both places allow. Not `set`: that needs a view of the source
 * made for each call, and is hardly faster into memory that is shared.
 */
function copy(
  src: BufferWindow,
  from: number,
  dst: BufferWindow,
  to: number,
  byteLength: number,
): void {
  let done = 0;
  if (((from | to) & 3) === 0) {
    const input = src.words;
    const output = dst.words;
    done = byteLength & ~15;
    const wordEnd = (from + done) >>> 2;
    let toWord = to >>> 2;
    for (let word = from >>> 2; word < wordEnd; word += 4) {
      output[toWord] = input[word] as number;
      output[toWord + 1] = input[word + 1] as number;
      output[toWord + 2] = input[word + 2] as number;
      output[toWord + 3] = input[word + 3] as number;
      toWord += 4;
    }
  }
  for (; done < byteLength; done++) dst.bytes[to + done] = src.bytes[from + done] as number;
}

const widen8: Move = (src, from, dst, to, samples) => {
  const input = src.bytes;
  if ((to & 1) === 0) {
    const output = dst.halves;
    const toHalf = to >>> 1;
    for (let sample = 0; sample < samples; sample++) {
      output[toHalf + sample] = ((input[from + sample] as number) - 128) << 8;
    }
    return;
  }
  for (let sample = 0; sample < samples; sample++) {
    dst.bytes[to + 2 * sample] = 0;
    dst.bytes[to + 2 * sample + 1] = (input[from + sample] as number) ^ 0x80;
  }
};

/** The way back from `widen8`: the low byte, which it left 0, is dropped. */
const narrow16: Move = (src, from, dst, to, samples) => {
  for (let sample = 0; sample < samples; sample++) {
    dst.bytes[to + sample] = (src.bytes[from + 2 * sample + 1] as number) ^ 0x80;
  }
};

const widen24: Move = (src, from, dst, to, samples) => {
  const input = src.bytes;
  let sample = 0;
  if (((from | to) & 3) === 0)
    sample = widen24Words(src.words, from >>> 2, dst.words, to >>> 2, samples);
  for (; sample < samples; sample++) {
    const in24 = from + 3 * sample;
    const in32 = to + 4 * sample;
    dst.bytes[in32] = 0;
    dst.bytes[in32 + 1] = input[in24] as number;
    dst.bytes[in32 + 2] = input[in24 + 1] as number;
    dst.bytes[in32 + 3] = input[in24 + 2] as number;
  }
};

/** Three words hold four packed samples. Returns the samples done, a multiple of four. */
function widen24Words(
  input: Int32Array,
  fromWord: number,
  output: Int32Array,
  toWord: number,
  samples: number,
): number {
  const fours = samples >> 2;
  for (let four = 0; four < fours; four++) {
    const first = input[fromWord] as number;
    const second = input[fromWord + 1] as number;
    const third = input[fromWord + 2] as number;
    output[toWord] = first << 8;
    output[toWord + 1] = ((first >>> 16) & 0xff00) | (second << 16);
    output[toWord + 2] = ((second >>> 8) & 0xffff00) | (third << 24);
    output[toWord + 3] = third & ~0xff;
    fromWord += 3;
    toWord += 4;
  }
  return fours << 2;
}

/** The way back from `widen24`: the low byte, which it left 0, is dropped. */
const narrow32: Move = (src, from, dst, to, samples) => {
  const input = src.bytes;
  const output = dst.bytes;
  let sample = 0;
  if (((from | to) & 3) === 0) {
    sample = narrow32Words(src.words, from >>> 2, dst.words, to >>> 2, samples);
  }
  for (; sample < samples; sample++) {
    const in32 = from + 4 * sample;
    const in24 = to + 3 * sample;
    output[in24] = input[in32 + 1] as number;
    output[in24 + 1] = input[in32 + 2] as number;
    output[in24 + 2] = input[in32 + 3] as number;
  }
};

/** Four samples into three words. Returns the samples done, a multiple of four. */
function narrow32Words(
  input: Int32Array,
  fromWord: number,
  output: Int32Array,
  toWord: number,
  samples: number,
): number {
  const fours = samples >> 2;
  for (let four = 0; four < fours; four++) {
    const second = input[fromWord + 1] as number;
    const third = input[fromWord + 2] as number;
    output[toWord] = ((input[fromWord] as number) >>> 8) | ((second << 16) & ~0xffffff);
    output[toWord + 1] = (second >>> 16) | ((third << 8) & ~0xffff);
    output[toWord + 2] = (third >>> 24) | ((input[fromWord + 3] as number) & ~0xff);
    fromWord += 4;
    toWord += 3;
  }
  return fours << 2;
}
