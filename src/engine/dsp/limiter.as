/**
 * The limiter in WebAssembly SIMD (AssemblyScript); limiter.ts is its specification. While the gain
 * is 1, blocks are only searched for a peak; frame by frame goes only what is above full scale, and
 * what comes after it until the gain is 1 again.
 */

const BLOCK_FRAMES: i32 = 64;
const LOUDEST: f32 = 1.329227995784916e36;

export function limit(at: usize, frames: i32, channels: i32, gain: f32, releaseStep: f32): f32 {
  const frameBytes = <usize>channels << 2;
  let hasActed = false;
  while (frames > 0) {
    const block = frames < BLOCK_FRAMES ? frames : BLOCK_FRAMES;
    if (gain < 1 || exceedsFullScale(at, block * channels)) {
      const limited = limitBlock(at, block, frameBytes, gain, releaseStep);
      hasActed = hasActed || limited < 0;
      gain = abs(limited);
    }
    at += <usize>block * frameBytes;
    frames -= block;
  }
  return hasActed ? -gain : gain;
}

function exceedsFullScale(at: usize, floats: i32): bool {
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  let done = 0;
  // A pseudo-maximum keeps its first operand against a NaN, which is silence here.
  for (; done + 8 <= floats; done += 8) {
    low = f32x4.pmax(low, f32x4.abs(v128.load(at)));
    high = f32x4.pmax(high, f32x4.abs(v128.load(at, 16)));
    at += 32;
  }
  if (v128.any_true(f32x4.gt(f32x4.pmax(low, high), f32x4.splat(1)))) return true;
  for (; done < floats; done++, at += 4) {
    if (abs(load<f32>(at)) > 1) return true;
  }
  return false;
}

function limitBlock(at: usize, frames: i32, frameBytes: usize, gain: f32, releaseStep: f32): f32 {
  let hasActed = false;
  for (; frames > 0; frames--) {
    const end = at + frameBytes;
    let peak: f32 = 0;
    for (let sample = at; sample != end; sample += 4) {
      const loudness = abs(load<f32>(sample));
      peak = loudness > peak ? loudness : peak;
    }
    peak = peak > LOUDEST ? LOUDEST : peak;
    gain += releaseStep;
    gain = gain > 1 ? 1 : gain;
    if (peak * gain > 1) gain = 1 / peak;
    if (gain < 1) {
      hasActed = true;
      for (let sample = at; sample != end; sample += 4) {
        const limited = load<f32>(sample) * gain;
        store<f32>(sample, limited > 1 ? 1 : limited < -1 ? -1 : limited == limited ? limited : 0);
      }
    }
    at = end;
  }
  return hasActed ? -gain : gain;
}
