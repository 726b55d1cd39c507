/**
 * The channel map in WebAssembly SIMD (AssemblyScript); channel-map.ts is its specification. Each
 * input sample is multiplied with its column of gains, up to eight outputs at once in two vectors.
 */

const COLUMN: usize = 32;

export function mapChannels(
  out: usize, input: usize, frames: i32, inChannels: i32, outChannels: i32, columns: usize,
): void {
  const inBytes = <usize>inChannels << 2;
  const outBytes = <usize>outChannels << 2;
  for (; frames > 0; frames--) {
    let sample = v128.load32_splat(input);
    let low = f32x4.mul(sample, v128.load(columns));
    let high = f32x4.mul(sample, v128.load(columns, 16));
    let column = columns + COLUMN;
    for (let at = input + 4; at != input + inBytes; at += 4, column += COLUMN) {
      sample = v128.load32_splat(at);
      low = f32x4.add(low, f32x4.mul(sample, v128.load(column)));
      high = f32x4.add(high, f32x4.mul(sample, v128.load(column, 16)));
    }
    if (outChannels >= 4) {
      v128.store(out, low);
      storeLanes(out + 16, high, outChannels - 4);
    } else {
      storeLanes(out, low, outChannels);
    }
    input += inBytes;
    out += outBytes;
  }
}

@inline
function storeLanes(at: usize, lanes: v128, count: i32): void {
  if (count == 4) {
    v128.store(at, lanes);
  } else if (count >= 2) {
    v128.store64_lane(at, lanes, 0);
    if (count == 3) v128.store32_lane(at, lanes, 2, 8);
  } else if (count == 1) {
    v128.store32_lane(at, lanes, 0);
  }
}
