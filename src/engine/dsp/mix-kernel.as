/**
 * The mix kernel in WebAssembly SIMD (AssemblyScript); mix-kernel.ts is its specification. Streams
 * that follow each other in the table and are of one kind, floats or 16-bit integers, are added
 * together: from eight streams on, four in one pass over eight samples, with the sum in memory,
 * where the first-level cache holds it; fewer streams keep the sum in registers. Integers at full
 * volume are added as whole numbers, where that is exact. There is no fused multiply-add, and
 * streams are added in the order of the table, so every way gives the same bits.
 */

// One entry of the table; see mix-table.ts.
const ENTRY: usize = 128;
const MASK: usize = 4;
const GAINS: usize = 16;
const STEP_OF_16_BITS: f32 = 1.0 / 32768.0;
/** So many 16-bit integers have a sum that a float holds exactly. */
const EXACT_STREAMS: usize = 512;

export function mix(out: usize, table: usize, streams: i32, frames: i32, channels: i32): void {
  const samples = frames * channels;
  if (streams == 0) {
    memory.fill(out, 0, <usize>samples << 2);
    return;
  }
  // Samples after which the gains begin again, in whole vectors.
  const group = channels == 6 ? 12 : channels & (channels - 1) ? channels << 2 : 8;
  const whole = samples - (samples % group);
  const end = table + <usize>streams * ENTRY;
  if (whole != 0) {
    for (let first = table; first != end; ) {
      const isInteger = load<u32>(first, MASK) != 0;
      let behind = first + ENTRY;
      while (behind != end && (load<u32>(behind, MASK) != 0) == isInteger) behind += ENTRY;
      const adds = first != table;
      if (isInteger) addRun<i16>(out, first, behind, whole, group, adds);
      else addRun<f32>(out, first, behind, whole, group, adds);
      first = behind;
    }
  }
  mixRest(out, table, end, whole, samples);
}

/** Four samples as floats, of which a step of integers is 1. */
@inline
function fourOf<T>(source: usize): v128 {
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load16x4_s(source));
  return v128.load(source);
}

/** The next four. */
@inline
function nextOf<T>(source: usize): v128 {
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load16x4_s(source, 8));
  return v128.load(source, 16);
}

/** Four gains of what `fourOf` gives. */
@inline
function gainsOf<T>(gains: v128): v128 {
  return sizeof<T>() == 2 ? f32x4.mul(gains, f32x4.splat(STEP_OF_16_BITS)) : gains;
}

/** Streams of one kind, over `whole` samples; the first ones of the table are not added to `out`. */
function addRun<T>(
  out: usize, first: usize, behind: usize, whole: i32, group: i32, adds: bool,
): void {
  const streams = <i32>((behind - first) / ENTRY);
  const bytes = <usize>whole << 2;
  if (group != 8) addGroups<T>(out, first, streams, bytes, <usize>group << 2, adds);
  else if (streams == 1 && !adds) scaleOne<T>(out, first, bytes);
  else if (streams < 8) addFew<T>(out, first, streams, bytes, adds);
  else addMany<T>(out, first, streams, bytes, adds);
}

function addMany<T>(out: usize, table: usize, streams: i32, bytes: usize, adds: bool): void {
  const fours = streams & ~3;
  const rest = table + <usize>fours * ENTRY;
  if (sizeof<T>() == 2 && !adds && isExact(table, rest)) {
    addWhole(out, table, rest, bytes);
  } else {
    if (adds) addFour<T>(out, table, bytes);
    else firstFour<T>(out, table, bytes);
    for (let four = table + 4 * ENTRY; four != rest; four += 4 * ENTRY) {
      addFour<T>(out, four, bytes);
    }
  }
  if (fours < streams) addFew<T>(out, rest, streams - fours, bytes, true);
}

/** Whether the sum of these 16-bit streams is exact, as floats and as whole numbers. */
function isExact(table: usize, end: usize): bool {
  if (end - table > EXACT_STREAMS * ENTRY) return false;
  const unity = f32x4.splat(1);
  for (; table != end; table += ENTRY) {
    const low = f32x4.eq(v128.load(table, GAINS), unity);
    const high = f32x4.eq(v128.load(table, GAINS + 16), unity);
    if (!i32x4.all_true(v128.and(low, high))) return false;
  }
  return true;
}

/** 16-bit streams at full volume, in whole numbers until the last pass: fewer steps, the same bits. */
function addWhole(out: usize, table: usize, end: usize, bytes: usize): void {
  wholeFour(out, table, bytes, false);
  for (table += 4 * ENTRY; table != end; table += 4 * ENTRY) wholeFour(out, table, bytes, true);
  const step = f32x4.splat(STEP_OF_16_BITS);
  for (const outEnd = out + bytes; out != outEnd; out += 32) {
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(v128.load(out)), step));
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(v128.load(out, 16)), step), 16);
  }
}

/** `out = out + s0 + s1 + s2 + s3` */
function wholeFour(out: usize, table: usize, bytes: usize, adds: bool): void {
  let s0: usize = load<u32>(table);
  let s1: usize = load<u32>(table, ENTRY);
  let s2: usize = load<u32>(table, 2 * ENTRY);
  let s3: usize = load<u32>(table, 3 * ENTRY);
  const ones = i16x8.splat(1);
  const end = out + bytes;
  do {
    const one = v128.load(s0);
    const two = v128.load(s1);
    const three = v128.load(s2);
    const four = v128.load(s3);
    let low = i32x4.add(firstSums(one, two, ones), firstSums(three, four, ones));
    let high = i32x4.add(lastSums(one, two, ones), lastSums(three, four, ones));
    if (adds) {
      low = i32x4.add(low, v128.load(out));
      high = i32x4.add(high, v128.load(out, 16));
    }
    v128.store(out, low);
    v128.store(out, high, 16);
    s0 += 16;
    s1 += 16;
    s2 += 16;
    s3 += 16;
    out += 32;
  } while (out != end);
}

@inline
function firstSums(one: v128, two: v128, ones: v128): v128 {
  return i32x4.dot_i16x8_s(v128.shuffle<i16>(one, two, 0, 8, 1, 9, 2, 10, 3, 11), ones);
}

@inline
function lastSums(one: v128, two: v128, ones: v128): v128 {
  return i32x4.dot_i16x8_s(v128.shuffle<i16>(one, two, 4, 12, 5, 13, 6, 14, 7, 15), ones);
}

/** `out = s0 g0 + s1 g1 + s2 g2 + s3 g3`, from left to right. */
function firstFour<T>(out: usize, table: usize, bytes: usize): void {
  fourStreams<T>(out, table, bytes, false);
}

/** `out = out + s0 g0 + s1 g1 + s2 g2 + s3 g3`, from left to right. */
function addFour<T>(out: usize, table: usize, bytes: usize): void {
  fourStreams<T>(out, table, bytes, true);
}

@inline
function fourStreams<T>(out: usize, table: usize, bytes: usize, adds: bool): void {
  let s0: usize = load<u32>(table);
  let s1: usize = load<u32>(table, ENTRY);
  let s2: usize = load<u32>(table, 2 * ENTRY);
  let s3: usize = load<u32>(table, 3 * ENTRY);
  const g0 = gainsOf<T>(v128.load(table, GAINS));
  const g1 = gainsOf<T>(v128.load(table, ENTRY + GAINS));
  const g2 = gainsOf<T>(v128.load(table, 2 * ENTRY + GAINS));
  const g3 = gainsOf<T>(v128.load(table, 3 * ENTRY + GAINS));
  const h0 = gainsOf<T>(v128.load(table, GAINS + 16));
  const h1 = gainsOf<T>(v128.load(table, ENTRY + GAINS + 16));
  const h2 = gainsOf<T>(v128.load(table, 2 * ENTRY + GAINS + 16));
  const h3 = gainsOf<T>(v128.load(table, 3 * ENTRY + GAINS + 16));
  const end = out + bytes;
  do {
    let low = f32x4.mul(fourOf<T>(s0), g0);
    let high = f32x4.mul(nextOf<T>(s0), h0);
    if (adds) {
      low = f32x4.add(v128.load(out), low);
      high = f32x4.add(v128.load(out, 16), high);
    }
    low = f32x4.add(low, f32x4.mul(fourOf<T>(s1), g1));
    high = f32x4.add(high, f32x4.mul(nextOf<T>(s1), h1));
    low = f32x4.add(low, f32x4.mul(fourOf<T>(s2), g2));
    high = f32x4.add(high, f32x4.mul(nextOf<T>(s2), h2));
    low = f32x4.add(low, f32x4.mul(fourOf<T>(s3), g3));
    high = f32x4.add(high, f32x4.mul(nextOf<T>(s3), h3));
    v128.store(out, low);
    v128.store(out, high, 16);
    s0 += sizeof<T>() << 3;
    s1 += sizeof<T>() << 3;
    s2 += sizeof<T>() << 3;
    s3 += sizeof<T>() << 3;
    out += 32;
  } while (out != end);
}

function scaleOne<T>(out: usize, table: usize, bytes: usize): void {
  let source: usize = load<u32>(table);
  const low = gainsOf<T>(v128.load(table, GAINS));
  const high = gainsOf<T>(v128.load(table, GAINS + 16));
  const end = out + bytes;
  do {
    v128.store(out, f32x4.mul(fourOf<T>(source), low));
    v128.store(out, f32x4.mul(nextOf<T>(source), high), 16);
    source += sizeof<T>() << 3;
    out += 32;
  } while (out != end);
}

/** Few streams: their sum over eight samples stays in registers. */
function addFew<T>(out: usize, table: usize, streams: i32, bytes: usize, adds: bool): void {
  const tableEnd = table + <usize>streams * ENTRY;
  for (let at: usize = 0; at != bytes; at += 32) {
    const place = sizeof<T>() == 2 ? at >> 1 : at;
    let low: v128;
    let high: v128;
    let entry = table;
    if (adds) {
      low = v128.load(out + at);
      high = v128.load(out + at, 16);
    } else {
      const source = <usize>load<u32>(entry) + place;
      low = f32x4.mul(fourOf<T>(source), gainsOf<T>(v128.load(entry, GAINS)));
      high = f32x4.mul(nextOf<T>(source), gainsOf<T>(v128.load(entry, GAINS + 16)));
      entry += ENTRY;
    }
    for (; entry != tableEnd; entry += ENTRY) {
      const source = <usize>load<u32>(entry) + place;
      const lowGains = gainsOf<T>(v128.load(entry, GAINS));
      const highGains = gainsOf<T>(v128.load(entry, GAINS + 16));
      low = f32x4.add(low, f32x4.mul(fourOf<T>(source), lowGains));
      high = f32x4.add(high, f32x4.mul(nextOf<T>(source), highGains));
    }
    v128.store(out + at, low);
    v128.store(out + at, high, 16);
  }
}

/** 3, 5, 6 and 7 channels: the gains do not repeat within eight samples, but after `group` bytes. */
function addGroups<T>(
  out: usize, table: usize, streams: i32, bytes: usize, group: usize, adds: bool,
): void {
  let done = 0;
  if (streams < 4) {
    groupsOfOne<T>(out, table, bytes, group, adds);
    done = 1;
  } else {
    groupsOfFour<T>(out, table, bytes, group, adds);
    done = 4;
    for (; done + 4 <= streams; done += 4) {
      groupsOfFour<T>(out, table + <usize>done * ENTRY, bytes, group, true);
    }
  }
  for (; done < streams; done++) {
    groupsOfOne<T>(out, table + <usize>done * ENTRY, bytes, group, true);
  }
}

function groupsOfOne<T>(out: usize, table: usize, bytes: usize, group: usize, adds: bool): void {
  let source: usize = load<u32>(table);
  const gainEnd = table + group;
  let gain = table;
  for (let at: usize = 0; at != bytes; at += 16) {
    const product = f32x4.mul(fourOf<T>(source), gainsOf<T>(v128.load(gain, GAINS)));
    v128.store(out + at, adds ? f32x4.add(v128.load(out + at), product) : product);
    source += sizeof<T>() << 2;
    gain += 16;
    gain = gain == gainEnd ? table : gain;
  }
}

function groupsOfFour<T>(out: usize, table: usize, bytes: usize, group: usize, adds: bool): void {
  const s0: usize = load<u32>(table);
  const s1: usize = load<u32>(table, ENTRY);
  const s2: usize = load<u32>(table, 2 * ENTRY);
  const s3: usize = load<u32>(table, 3 * ENTRY);
  const gainEnd = table + group;
  let gain = table;
  for (let at: usize = 0; at != bytes; at += 16) {
    const place = sizeof<T>() == 2 ? at >> 1 : at;
    const g1 = gainsOf<T>(v128.load(gain, ENTRY + GAINS));
    const g2 = gainsOf<T>(v128.load(gain, 2 * ENTRY + GAINS));
    const g3 = gainsOf<T>(v128.load(gain, 3 * ENTRY + GAINS));
    let sum = f32x4.mul(fourOf<T>(s0 + place), gainsOf<T>(v128.load(gain, GAINS)));
    if (adds) sum = f32x4.add(v128.load(out + at), sum);
    sum = f32x4.add(sum, f32x4.mul(fourOf<T>(s1 + place), g1));
    sum = f32x4.add(sum, f32x4.mul(fourOf<T>(s2 + place), g2));
    sum = f32x4.add(sum, f32x4.mul(fourOf<T>(s3 + place), g3));
    v128.store(out + at, sum);
    gain += 16;
    gain = gain == gainEnd ? table : gain;
  }
}

/** What does not fill a group, sample by sample. */
function mixRest(out: usize, table: usize, tableEnd: usize, from: i32, to: i32): void {
  for (let index = from; index < to; index++) {
    const gainAt = <usize>(index - from) << 2;
    let sum = productOf(table, index, gainAt);
    for (let entry = table + ENTRY; entry != tableEnd; entry += ENTRY) {
      sum += productOf(entry, index, gainAt);
    }
    store<f32>(out + (<usize>index << 2), sum);
  }
}

@inline
function productOf(entry: usize, index: i32, gainAt: usize): f32 {
  const source: usize = load<u32>(entry);
  const gain = load<f32>(entry + gainAt, GAINS);
  if (load<u32>(entry, MASK) == 0) return load<f32>(source + (<usize>index << 2)) * gain;
  return <f32>load<i16>(source + (<usize>index << 1)) * (gain * STEP_OF_16_BITS);
}
