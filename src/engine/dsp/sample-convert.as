/**
 * Samples of every container <-> float32 in WebAssembly SIMD (AssemblyScript); sample-convert.ts is
 * the specification. Whole vectors first, then the rest sample by sample: both give the same bits.
 */

const LARGEST: f32 = 3.4028234663852886e38;
// Adding 1.5 * 2^23 leaves no bits for a fraction, and the whole number in the low bits.
const ROUNDER: f32 = 12582912.0;
const ROUNDER_BITS: i32 = 0x4b400000;
// The noise of dither.ts.
const HASH_FIRST: i32 = 0x7feb352d;
const HASH_SECOND: i32 = <i32>0x846ca68b;
const NOISE_UNIT: f32 = 1.0 / 65536.0;

// Constants of a loop are held in locals: the host's compiler does not move them out of it.

export function readU8(out: usize, input: usize, samples: i32, mask: i32): void {
  const masks = i32x4.splat(mask);
  const scales = f32x4.splat(<f32>(1.0 / 128.0));
  const middle = i8x16.splat(-128);
  let done = 0;
  for (; done + 8 <= samples; done += 8) {
    const halves = i16x8.extend_low_i8x16_s(v128.xor(v128.load64_zero(input), middle));
    const low = v128.and(i32x4.extend_low_i16x8_s(halves), masks);
    const high = v128.and(i32x4.extend_high_i16x8_s(halves), masks);
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(low), scales));
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(high), scales), 16);
    input += 8;
    out += 32;
  }
  for (; done < samples; done++, input += 1, out += 4) {
    store<f32>(out, <f32>((<i32>load<u8>(input) - 128) & mask) * <f32>(1.0 / 128.0));
  }
}

export function readS16(out: usize, input: usize, samples: i32, mask: i32): void {
  const masks = i32x4.splat(mask);
  const scales = f32x4.splat(<f32>(1.0 / 32768.0));
  let done = 0;
  for (; done + 8 <= samples; done += 8) {
    const halves = v128.load(input);
    const low = v128.and(i32x4.extend_low_i16x8_s(halves), masks);
    const high = v128.and(i32x4.extend_high_i16x8_s(halves), masks);
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(low), scales));
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(high), scales), 16);
    input += 16;
    out += 32;
  }
  for (; done < samples; done++, input += 2, out += 4) {
    store<f32>(out, <f32>(<i32>load<i16>(input) & mask) * <f32>(1.0 / 32768.0));
  }
}

export function readS24(out: usize, input: usize, samples: i32, mask: i32): void {
  const zero = i32x4.splat(0);
  // The vectors hold the samples on top of 32 bits.
  const masks = i32x4.splat(mask << 8);
  const scales = f32x4.splat(<f32>(1.0 / 2147483648.0));
  let done = 0;
  // A load is 16 bytes for the 12 of four samples, so two more samples have to follow.
  for (; done + 6 <= samples; done += 4) {
    const bytes = v128.load(input);
    const words = v128.shuffle<i8>(
      zero, bytes, 0, 16, 17, 18, 0, 19, 20, 21, 0, 22, 23, 24, 0, 25, 26, 27,
    );
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(v128.and(words, masks)), scales));
    input += 12;
    out += 16;
  }
  for (; done < samples; done++, input += 3, out += 4) {
    const value = (<i32>load<i8>(input, 2) << 16) | <i32>load<u16>(input);
    store<f32>(out, <f32>(value & mask) * <f32>(1.0 / 8388608.0));
  }
}

export function readS32(out: usize, input: usize, samples: i32, mask: i32): void {
  const masks = i32x4.splat(mask);
  const scales = f32x4.splat(<f32>(1.0 / 2147483648.0));
  let done = 0;
  for (; done + 4 <= samples; done += 4) {
    const words = v128.and(v128.load(input), masks);
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(words), scales));
    input += 16;
    out += 16;
  }
  for (; done < samples; done++, input += 4, out += 4) {
    store<f32>(out, <f32>(load<i32>(input) & mask) * <f32>(1.0 / 2147483648.0));
  }
}

export function readF32(out: usize, input: usize, samples: i32): void {
  const most = f32x4.splat(LARGEST);
  const least = f32x4.splat(-LARGEST);
  let done = 0;
  for (; done + 4 <= samples; done += 4) {
    const floats = v128.load(input);
    const numbers = v128.and(floats, f32x4.eq(floats, floats));
    v128.store(out, f32x4.pmax(f32x4.pmin(numbers, most), least));
    input += 16;
    out += 16;
  }
  for (; done < samples; done++, input += 4, out += 4) {
    const float = load<f32>(input);
    const number = float == float ? float : 0;
    store<f32>(out, number > LARGEST ? LARGEST : number < -LARGEST ? -LARGEST : number);
  }
}

@inline
function hashed(value: i32): i32 {
  value = (value ^ (value >>> 16)) * HASH_FIRST;
  value = (value ^ (value >>> 15)) * HASH_SECOND;
  return value ^ (value >>> 16);
}

@inline
function noiseOf(counter: i32): f32 {
  const word = hashed(counter);
  return <f32>((word >>> 16) + (word & 0xffff) - 0xffff) * NOISE_UNIT;
}

/** Noise of four samples. */
@inline
function noisesOf(counters: v128, first: v128, second: v128, low: v128, unit: v128): v128 {
  let words = i32x4.mul(v128.xor(counters, i32x4.shr_u(counters, 16)), first);
  words = i32x4.mul(v128.xor(words, i32x4.shr_u(words, 15)), second);
  words = v128.xor(words, i32x4.shr_u(words, 16));
  const sums = i32x4.sub(i32x4.add(i32x4.shr_u(words, 16), v128.and(words, low)), low);
  return f32x4.mul(f32x4.convert_i32x4_s(sums), unit);
}

/** Up to 16 valid bits: limits, and the sum with ROUNDER, which holds every result. */
@inline
function roundedShort(steps: v128, least: v128, most: v128, rounder: v128, bits: v128): v128 {
  const numbers = v128.and(steps, f32x4.eq(steps, steps));
  return i32x4.sub(f32x4.add(f32x4.pmax(f32x4.pmin(numbers, most), least), rounder), bits);
}

/** Any width: saturating conversion makes a NaN 0. */
@inline
function roundedLong(steps: v128, least: v128, most: v128): v128 {
  const values = i32x4.trunc_sat_f32x4_s(f32x4.nearest(steps));
  return i32x4.min_s(i32x4.max_s(values, least), most);
}

@inline
function leastOf(validBits: i32): i32 {
  return -1 << (validBits - 1);
}

@inline
function scaleOf(validBits: i32): f32 {
  return <f32>(<u32>1 << (validBits - 1));
}

/** One sample, the way of the last few. */
@inline
function roundedAt(input: usize, validBits: i32, dithered: i32, counter: i32): i32 {
  let step = load<f32>(input) * scaleOf(validBits);
  if (dithered) step += noiseOf(counter);
  const value = <i32>nearest<f32>(step);
  const least = leastOf(validBits);
  return value < least ? least : value > ~least ? ~least : value;
}

/** Eight samples as 16-bit integers. */
@inline
function eightAt(
  input: usize, scales: v128, least: v128, most: v128, rounder: v128, bits: v128,
): v128 {
  const low = f32x4.mul(v128.load(input), scales);
  const high = f32x4.mul(v128.load(input, 16), scales);
  return i16x8.narrow_i32x4_s(
    roundedShort(low, least, most, rounder, bits), roundedShort(high, least, most, rounder, bits),
  );
}

/** The same with dither. */
@inline
function eightDitheredAt(
  input: usize, scales: v128, least: v128, most: v128, rounder: v128, bits: v128,
  counters: v128, four: v128, first: v128, second: v128, mask: v128, unit: v128,
): v128 {
  let low = f32x4.mul(v128.load(input), scales);
  let high = f32x4.mul(v128.load(input, 16), scales);
  low = f32x4.add(low, noisesOf(counters, first, second, mask, unit));
  high = f32x4.add(high, noisesOf(i32x4.add(counters, four), first, second, mask, unit));
  return i16x8.narrow_i32x4_s(
    roundedShort(low, least, most, rounder, bits), roundedShort(high, least, most, rounder, bits),
  );
}

/** 8- and 16-bit containers: how one vector of eight is stored is all that differs. */
@inline
function writeShort<T>(
  out: usize, input: usize, samples: i32, validBits: i32, dithered: i32, counter: i32,
): void {
  const shift = (<i32>sizeof<T>() << 3) - validBits;
  const scale = scaleOf(validBits);
  const scales = f32x4.splat(scale);
  const least = f32x4.splat(-scale);
  const most = f32x4.splat(scale - 1);
  const rounder = f32x4.splat(ROUNDER);
  const bits = i32x4.splat(ROUNDER_BITS);
  const whole = samples & ~7;
  if (dithered) {
    let counters = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
    const four = i32x4.splat(4);
    const first = i32x4.splat(HASH_FIRST);
    const second = i32x4.splat(HASH_SECOND);
    const mask = i32x4.splat(0xffff);
    const unit = f32x4.splat(NOISE_UNIT);
    for (let done = 0; done < whole; done += 8) {
      const halves = eightDitheredAt(
        input, scales, least, most, rounder, bits, counters, four, first, second, mask, unit,
      );
      storeEight<T>(out, i16x8.shl(halves, shift));
      counters = i32x4.add(counters, i32x4.add(four, four));
      input += 32;
      out += sizeof<T>() << 3;
    }
  } else {
    for (let done = 0; done < whole; done += 8) {
      const halves = eightAt(input, scales, least, most, rounder, bits);
      storeEight<T>(out, i16x8.shl(halves, shift));
      input += 32;
      out += sizeof<T>() << 3;
    }
  }
  for (let done = whole; done < samples; done++, input += 4, out += sizeof<T>()) {
    const value = roundedAt(input, validBits, dithered, counter + done) << shift;
    store<T>(out, <T>(sizeof<T>() == 1 ? value + 128 : value));
  }
}

@inline
function storeEight<T>(out: usize, halves: v128): void {
  if (sizeof<T>() == 1) {
    const bytes = v128.xor(i8x16.narrow_i16x8_s(halves, halves), i8x16.splat(-128));
    v128.store64_lane(out, bytes, 0);
  } else {
    v128.store(out, halves);
  }
}

export function writeU8(
  out: usize, input: usize, samples: i32, validBits: i32, dithered: i32, counter: i32,
): void {
  writeShort<u8>(out, input, samples, validBits, dithered, counter);
}

export function writeS16(
  out: usize, input: usize, samples: i32, validBits: i32, dithered: i32, counter: i32,
): void {
  writeShort<i16>(out, input, samples, validBits, dithered, counter);
}

/** Four samples on their way to 24 or 32 bits, at the bottom of their lanes. */
@inline
function fourAt(
  input: usize, scales: v128, least: v128, most: v128, dithered: i32, counters: v128,
): v128 {
  let steps = f32x4.mul(v128.load(input), scales);
  if (dithered) {
    const first = i32x4.splat(HASH_FIRST);
    const second = i32x4.splat(HASH_SECOND);
    const unit = f32x4.splat(NOISE_UNIT);
    steps = f32x4.add(steps, noisesOf(counters, first, second, i32x4.splat(0xffff), unit));
  }
  return roundedLong(steps, least, most);
}

export function writeS24(
  out: usize, input: usize, samples: i32, validBits: i32, dithered: i32, counter: i32,
): void {
  const shift = 24 - validBits;
  const scales = f32x4.splat(scaleOf(validBits));
  const least = i32x4.splat(leastOf(validBits));
  const most = i32x4.splat(~leastOf(validBits));
  let counters = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  let done = 0;
  for (; done + 4 <= samples; done += 4) {
    const words = i32x4.shl(fourAt(input, scales, least, most, dithered, counters), shift);
    const bytes = v128.shuffle<i8>(
      words, words, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15,
    );
    v128.store64_lane(out, bytes, 0);
    v128.store32_lane(out, bytes, 2, 8);
    counters = i32x4.add(counters, i32x4.splat(4));
    input += 16;
    out += 12;
  }
  for (; done < samples; done++, input += 4, out += 3) {
    const value = roundedAt(input, validBits, dithered, counter + done) << shift;
    store<u16>(out, value);
    store<u8>(out, value >> 16, 2);
  }
}

export function writeS32(
  out: usize, input: usize, samples: i32, validBits: i32, dithered: i32, counter: i32,
): void {
  const shift = 32 - validBits;
  const scales = f32x4.splat(scaleOf(validBits));
  const least = i32x4.splat(leastOf(validBits));
  const most = i32x4.splat(~leastOf(validBits));
  let counters = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  let done = 0;
  for (; done + 4 <= samples; done += 4) {
    const words = fourAt(input, scales, least, most, dithered, counters);
    v128.store(out, i32x4.shl(words, shift));
    counters = i32x4.add(counters, i32x4.splat(4));
    input += 16;
    out += 16;
  }
  for (; done < samples; done++, input += 4, out += 4) {
    store<i32>(out, roundedAt(input, validBits, dithered, counter + done) << shift);
  }
}
