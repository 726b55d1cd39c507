/**
 * The resampler's kernels in WebAssembly SIMD (AssemblyScript); resample-kernel.ts is their
 * specification. Two channels go together, so that a row of taps is read once for both; each keeps
 * four vectors of partial sums, which hides the latency of the additions.
 */

export function deinterleave(
  planes: usize, planeBytes: usize, input: usize, frames: i32, channels: i32,
): void {
  if (channels == 2) {
    deinterleavePairs(planes, planes + planeBytes, input, frames);
    return;
  }
  const frameBytes = <usize>channels << 2;
  for (let channel = 0; channel < channels; channel++) {
    let from = input + (<usize>channel << 2);
    const end = planes + (<usize>frames << 2);
    for (let to = planes; to != end; to += 4, from += frameBytes) {
      store<f32>(to, load<f32>(from));
    }
    planes += planeBytes;
  }
}

function deinterleavePairs(left: usize, right: usize, input: usize, frames: i32): void {
  for (; frames >= 4; frames -= 4) {
    const first = v128.load(input);
    const second = v128.load(input, 16);
    v128.store(left, v128.shuffle<f32>(first, second, 0, 2, 4, 6));
    v128.store(right, v128.shuffle<f32>(first, second, 1, 3, 5, 7));
    input += 32;
    left += 16;
    right += 16;
  }
  for (; frames > 0; frames--, input += 8, left += 4, right += 4) {
    store<f32>(left, load<f32>(input));
    store<f32>(right, load<f32>(input, 4));
  }
}

export function slidePlanes(
  planes: usize, planeBytes: usize, used: i32, kept: i32, channels: i32,
): void {
  for (; channels > 0; channels--, planes += planeBytes) {
    memory.copy(planes, planes + (<usize>used << 2), <usize>kept << 2);
  }
}

export function resample(
  out: usize, frames: i32, window: usize, planeBytes: usize, channels: i32,
  rowsAt: usize, taps: i32, row: i32, phases: i32, step: i32,
): void {
  const rowBytes = <usize>taps << 2;
  const wholeBytes = <usize>(step / phases) << 2;
  const rest = step % phases;
  const rowsEnd = rowsAt + <usize>phases * rowBytes;
  let rowAt = rowsAt + <usize>row * rowBytes;
  let phase = (row * step) % phases;
  for (; frames > 0; frames--) {
    let plane = window;
    let channel = 0;
    for (; channel + 2 <= channels; channel += 2) {
      filterPair(out, plane, plane + planeBytes, rowAt, rowBytes);
      plane += planeBytes << 1;
      out += 8;
    }
    if (channel < channels) {
      filterOne(out, plane, rowAt, rowBytes);
      out += 4;
    }
    rowAt += rowBytes;
    rowAt = rowAt == rowsEnd ? rowsAt : rowAt;
    window += wholeBytes;
    phase += rest;
    if (phase >= phases) {
      phase -= phases;
      window += 4;
    }
  }
}

@inline
function addedUp(s0: v128, s1: v128, s2: v128, s3: v128): f32 {
  const sums = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  return (
    f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}

/** Places are whole numbers below 2^53, so that doubles hold them. */
export function resampleBetween(
  out: usize, frames: i32, window: usize, planeBytes: usize, channels: i32,
  rowsAt: usize, taps: i32, steps: i32, phase: f64, phases: f64, step: f64,
): void {
  const rowBytes = <usize>taps << 2;
  const wholeFrames = Math.floor(step / phases);
  const wholeBytes = <usize>wholeFrames << 2;
  const rest = step - wholeFrames * phases;
  for (; frames > 0; frames--) {
    const place = phase * <f64>steps;
    const row = Math.floor(place / phases);
    const between = f32x4.splat(<f32>((place - row * phases) / phases));
    const rowAt = rowsAt + <usize>row * rowBytes;
    let plane = window;
    let channel = 0;
    for (; channel + 2 <= channels; channel += 2) {
      betweenPair(out, plane, plane + planeBytes, rowAt, rowBytes, between);
      plane += planeBytes << 1;
      out += 8;
    }
    if (channel < channels) {
      betweenOne(out, plane, rowAt, rowBytes, between);
      out += 4;
    }
    window += wholeBytes;
    phase += rest;
    if (phase >= phases) {
      phase -= phases;
      window += 4;
    }
  }
}

/** Four taps on the straight line from a row to the next one. */
@inline
function tapsBetween(row: usize, rowBytes: usize, between: v128): v128 {
  const first = v128.load(row);
  return f32x4.add(first, f32x4.mul(f32x4.sub(v128.load(row + rowBytes), first), between));
}

@inline
function betweenPair(
  out: usize, left: usize, right: usize, row: usize, rowBytes: usize, between: v128,
): void {
  let t = tapsBetween(row, rowBytes, between);
  let l0 = f32x4.mul(v128.load(left), t);
  let r0 = f32x4.mul(v128.load(right), t);
  t = tapsBetween(row + 16, rowBytes, between);
  let l1 = f32x4.mul(v128.load(left, 16), t);
  let r1 = f32x4.mul(v128.load(right, 16), t);
  t = tapsBetween(row + 32, rowBytes, between);
  let l2 = f32x4.mul(v128.load(left, 32), t);
  let r2 = f32x4.mul(v128.load(right, 32), t);
  t = tapsBetween(row + 48, rowBytes, between);
  let l3 = f32x4.mul(v128.load(left, 48), t);
  let r3 = f32x4.mul(v128.load(right, 48), t);
  for (let at: usize = 64; at != rowBytes; at += 64) {
    const taps = row + at;
    const lefts = left + at;
    const rights = right + at;
    t = tapsBetween(taps, rowBytes, between);
    l0 = f32x4.add(l0, f32x4.mul(v128.load(lefts), t));
    r0 = f32x4.add(r0, f32x4.mul(v128.load(rights), t));
    t = tapsBetween(taps + 16, rowBytes, between);
    l1 = f32x4.add(l1, f32x4.mul(v128.load(lefts, 16), t));
    r1 = f32x4.add(r1, f32x4.mul(v128.load(rights, 16), t));
    t = tapsBetween(taps + 32, rowBytes, between);
    l2 = f32x4.add(l2, f32x4.mul(v128.load(lefts, 32), t));
    r2 = f32x4.add(r2, f32x4.mul(v128.load(rights, 32), t));
    t = tapsBetween(taps + 48, rowBytes, between);
    l3 = f32x4.add(l3, f32x4.mul(v128.load(lefts, 48), t));
    r3 = f32x4.add(r3, f32x4.mul(v128.load(rights, 48), t));
  }
  store<f32>(out, addedUp(l0, l1, l2, l3));
  store<f32>(out, addedUp(r0, r1, r2, r3), 4);
}

@inline
function betweenOne(out: usize, window: usize, row: usize, rowBytes: usize, between: v128): void {
  let s0 = f32x4.mul(v128.load(window), tapsBetween(row, rowBytes, between));
  let s1 = f32x4.mul(v128.load(window, 16), tapsBetween(row + 16, rowBytes, between));
  let s2 = f32x4.mul(v128.load(window, 32), tapsBetween(row + 32, rowBytes, between));
  let s3 = f32x4.mul(v128.load(window, 48), tapsBetween(row + 48, rowBytes, between));
  for (let at: usize = 64; at != rowBytes; at += 64) {
    const taps = row + at;
    const sound = window + at;
    s0 = f32x4.add(s0, f32x4.mul(v128.load(sound), tapsBetween(taps, rowBytes, between)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(sound, 16), tapsBetween(taps + 16, rowBytes, between)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(sound, 32), tapsBetween(taps + 32, rowBytes, between)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(sound, 48), tapsBetween(taps + 48, rowBytes, between)));
  }
  store<f32>(out, addedUp(s0, s1, s2, s3));
}

@inline
function filterPair(out: usize, left: usize, right: usize, row: usize, rowBytes: usize): void {
  // The first 16 products are not added to anything, and cost no additions.
  let t = v128.load(row);
  let l0 = f32x4.mul(v128.load(left), t);
  let r0 = f32x4.mul(v128.load(right), t);
  t = v128.load(row, 16);
  let l1 = f32x4.mul(v128.load(left, 16), t);
  let r1 = f32x4.mul(v128.load(right, 16), t);
  t = v128.load(row, 32);
  let l2 = f32x4.mul(v128.load(left, 32), t);
  let r2 = f32x4.mul(v128.load(right, 32), t);
  t = v128.load(row, 48);
  let l3 = f32x4.mul(v128.load(left, 48), t);
  let r3 = f32x4.mul(v128.load(right, 48), t);
  for (let at: usize = 64; at != rowBytes; at += 64) {
    const taps = row + at;
    const lefts = left + at;
    const rights = right + at;
    t = v128.load(taps);
    l0 = f32x4.add(l0, f32x4.mul(v128.load(lefts), t));
    r0 = f32x4.add(r0, f32x4.mul(v128.load(rights), t));
    t = v128.load(taps, 16);
    l1 = f32x4.add(l1, f32x4.mul(v128.load(lefts, 16), t));
    r1 = f32x4.add(r1, f32x4.mul(v128.load(rights, 16), t));
    t = v128.load(taps, 32);
    l2 = f32x4.add(l2, f32x4.mul(v128.load(lefts, 32), t));
    r2 = f32x4.add(r2, f32x4.mul(v128.load(rights, 32), t));
    t = v128.load(taps, 48);
    l3 = f32x4.add(l3, f32x4.mul(v128.load(lefts, 48), t));
    r3 = f32x4.add(r3, f32x4.mul(v128.load(rights, 48), t));
  }
  // Both channels' lanes are added at once: (0 + 1) + (2 + 3).
  const l = f32x4.add(f32x4.add(l0, l1), f32x4.add(l2, l3));
  const r = f32x4.add(f32x4.add(r0, r1), f32x4.add(r2, r3));
  const halves = f32x4.add(
    v128.shuffle<f32>(l, r, 0, 2, 4, 6), v128.shuffle<f32>(l, r, 1, 3, 5, 7),
  );
  const sums = f32x4.add(
    v128.shuffle<f32>(halves, halves, 0, 2, 0, 2), v128.shuffle<f32>(halves, halves, 1, 3, 1, 3),
  );
  v128.store64_lane(out, sums, 0);
}

@inline
function filterOne(out: usize, window: usize, row: usize, rowBytes: usize): void {
  let s0 = f32x4.mul(v128.load(window), v128.load(row));
  let s1 = f32x4.mul(v128.load(window, 16), v128.load(row, 16));
  let s2 = f32x4.mul(v128.load(window, 32), v128.load(row, 32));
  let s3 = f32x4.mul(v128.load(window, 48), v128.load(row, 48));
  for (let at: usize = 64; at != rowBytes; at += 64) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(window + at), v128.load(row + at)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(window + at, 16), v128.load(row + at, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(window + at, 32), v128.load(row + at, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(window + at, 48), v128.load(row + at, 48)));
  }
  store<f32>(out, addedUp(s0, s1, s2, s3));
}
