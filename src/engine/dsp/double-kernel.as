/**
 * The mix in double precision in WebAssembly SIMD (AssemblyScript); double-kernel.ts is its
 * specification. Streams are added one after the other, four samples at a time, with the sum in
 * memory; there is no fused multiply-add.
 */

const ENTRY: usize = 128;
const GAINS: usize = 16;
const MASK: usize = 4;
const STEP_OF_32_BITS: f64 = 1.0 / 2147483648.0;
const LOUDEST: f64 = 1.329227995784916e36;

export function mixDoubles(
  out: usize, table: usize, streams: i32, frames: i32, channels: i32,
): void {
  const samples = frames * channels;
  if (streams == 0) {
    memory.fill(out, 0, <usize>samples << 3);
    return;
  }
  // Bytes after which the gains begin again, in whole vectors.
  const group: usize = (channels == 6 ? 12 : channels & (channels - 1) ? channels << 2 : 8) << 2;
  const bytes = <usize>samples << 2;
  for (let stream = 0; stream < streams; stream++) {
    addStream(out, table, bytes, group, stream != 0);
    table += ENTRY;
  }
}

function addStream(out: usize, entry: usize, bytes: usize, group: usize, adds: bool): void {
  const source: usize = load<u32>(entry);
  const mask = load<i32>(entry, MASK);
  const masks = i32x4.splat(mask);
  const scales = f64x2.splat(STEP_OF_32_BITS);
  const gains = entry + GAINS;
  const whole = bytes & ~15;
  let gain: usize = 0;
  for (let at: usize = 0; at != whole; at += 16) {
    const four = v128.load(source + at);
    let low: v128;
    let high: v128;
    if (mask == 0) {
      low = f64x2.promote_low_f32x4(four);
      high = f64x2.promote_low_f32x4(upperHalf(four));
    } else {
      const steps = v128.and(four, masks);
      low = f64x2.mul(f64x2.convert_low_i32x4_s(steps), scales);
      high = f64x2.mul(f64x2.convert_low_i32x4_s(upperHalf(steps)), scales);
    }
    const factors = v128.load(gains + gain);
    low = f64x2.mul(low, f64x2.promote_low_f32x4(factors));
    high = f64x2.mul(high, f64x2.promote_low_f32x4(upperHalf(factors)));
    const to = out + (at << 1);
    v128.store(to, adds ? f64x2.add(v128.load(to), low) : low);
    v128.store(to, adds ? f64x2.add(v128.load(to, 16), high) : high, 16);
    gain += 16;
    gain = gain == group ? 0 : gain;
  }
  for (let at = whole; at != bytes; at += 4) {
    const value =
      mask == 0
        ? <f64>load<f32>(source + at)
        : <f64>(load<i32>(source + at) & mask) * STEP_OF_32_BITS;
    const product = value * <f64>load<f32>(gains + gain);
    const to = out + (at << 1);
    store<f64>(to, adds ? load<f64>(to) + product : product);
    gain += 4;
  }
}

@inline
function upperHalf(four: v128): v128 {
  return v128.shuffle<i32>(four, four, 2, 3, 2, 3);
}

export function limitDoubles(
  at: usize, frames: i32, channels: i32, gain: f64, releaseStep: f64,
): f64 {
  const frameBytes = <usize>channels << 3;
  let hasActed = false;
  for (; frames > 0; frames--) {
    const end = at + frameBytes;
    let peak: f64 = 0;
    for (let sample = at; sample != end; sample += 8) {
      const loudness = abs(load<f64>(sample));
      peak = loudness > peak ? loudness : peak;
    }
    peak = peak > LOUDEST ? LOUDEST : peak;
    gain += releaseStep;
    gain = gain > 1 ? 1 : gain;
    if (peak * gain > 1) gain = 1 / peak;
    if (gain < 1) {
      hasActed = true;
      for (let sample = at; sample != end; sample += 8) {
        const limited = load<f64>(sample) * gain;
        store<f64>(sample, limited > 1 ? 1 : limited < -1 ? -1 : limited == limited ? limited : 0);
      }
    }
    at = end;
  }
  return hasActed ? -gain : gain;
}

export function writeDoubles(out: usize, input: usize, samples: i32, validBits: i32): void {
  const scale = <f64>(<i64>1 << (validBits - 1));
  const shift = 32 - validBits;
  for (; samples > 0; samples--, input += 8, out += 4) {
    const rounded = nearest(load<f64>(input) * scale);
    const value = rounded >= scale ? scale - 1 : rounded <= -scale ? -scale : rounded;
    store<i32>(out, value == value ? <i32>value << shift : 0);
  }
}
