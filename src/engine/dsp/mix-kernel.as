/**
 * The mix kernel in WebAssembly SIMD (AssemblyScript); mix-kernel.ts is its specification. From
 * eight streams on, four are added in one pass over eight floats, with the sum in memory, where the
 * first-level cache holds it; fewer streams keep the sum in registers. There is no fused
 * multiply-add, and streams are added in the order of the table, so every way gives the same bits.
 */

// One entry of the table; see mix-table.ts.
const ENTRY: usize = 128;
const GAINS: usize = 16;

export function mix(out: usize, table: usize, streams: i32, frames: i32, channels: i32): void {
  const floats = frames * channels;
  if (streams == 0) {
    memory.fill(out, 0, <usize>floats << 2);
    return;
  }
  // Floats after which the gains begin again, in whole vectors.
  const group = channels == 6 ? 12 : channels & (channels - 1) ? channels << 2 : 8;
  const whole = floats - (floats % group);
  const bytes = <usize>whole << 2;
  if (bytes != 0) {
    if (group != 8) mixGroups(out, table, streams, bytes, <usize>group << 2);
    else if (streams == 1) scaleOne(out, table, bytes);
    else if (streams < 8) addFew(out, table, streams, bytes, false);
    else mixMany(out, table, streams, bytes);
  }
  mixRest(out, table, streams, whole, floats);
}

function mixMany(out: usize, table: usize, streams: i32, bytes: usize): void {
  firstFour(out, table, bytes);
  let done = 4;
  for (; done + 4 <= streams; done += 4) addFour(out, table + <usize>done * ENTRY, bytes);
  if (done < streams) addFew(out, table + <usize>done * ENTRY, streams - done, bytes, true);
}

/** `out = s0 g0 + s1 g1 + s2 g2 + s3 g3`, from left to right. */
function firstFour(out: usize, table: usize, bytes: usize): void {
  let s0: usize = load<u32>(table);
  let s1: usize = load<u32>(table, ENTRY);
  let s2: usize = load<u32>(table, 2 * ENTRY);
  let s3: usize = load<u32>(table, 3 * ENTRY);
  const g0 = v128.load(table, GAINS);
  const g1 = v128.load(table, ENTRY + GAINS);
  const g2 = v128.load(table, 2 * ENTRY + GAINS);
  const g3 = v128.load(table, 3 * ENTRY + GAINS);
  const h0 = v128.load(table, GAINS + 16);
  const h1 = v128.load(table, ENTRY + GAINS + 16);
  const h2 = v128.load(table, 2 * ENTRY + GAINS + 16);
  const h3 = v128.load(table, 3 * ENTRY + GAINS + 16);
  const end = out + bytes;
  do {
    let low = f32x4.mul(v128.load(s0), g0);
    let high = f32x4.mul(v128.load(s0, 16), h0);
    low = f32x4.add(low, f32x4.mul(v128.load(s1), g1));
    high = f32x4.add(high, f32x4.mul(v128.load(s1, 16), h1));
    low = f32x4.add(low, f32x4.mul(v128.load(s2), g2));
    high = f32x4.add(high, f32x4.mul(v128.load(s2, 16), h2));
    low = f32x4.add(low, f32x4.mul(v128.load(s3), g3));
    high = f32x4.add(high, f32x4.mul(v128.load(s3, 16), h3));
    v128.store(out, low);
    v128.store(out, high, 16);
    s0 += 32;
    s1 += 32;
    s2 += 32;
    s3 += 32;
    out += 32;
  } while (out != end);
}

/** `out = out + s0 g0 + s1 g1 + s2 g2 + s3 g3`, from left to right. */
function addFour(out: usize, table: usize, bytes: usize): void {
  let s0: usize = load<u32>(table);
  let s1: usize = load<u32>(table, ENTRY);
  let s2: usize = load<u32>(table, 2 * ENTRY);
  let s3: usize = load<u32>(table, 3 * ENTRY);
  const g0 = v128.load(table, GAINS);
  const g1 = v128.load(table, ENTRY + GAINS);
  const g2 = v128.load(table, 2 * ENTRY + GAINS);
  const g3 = v128.load(table, 3 * ENTRY + GAINS);
  const h0 = v128.load(table, GAINS + 16);
  const h1 = v128.load(table, ENTRY + GAINS + 16);
  const h2 = v128.load(table, 2 * ENTRY + GAINS + 16);
  const h3 = v128.load(table, 3 * ENTRY + GAINS + 16);
  const end = out + bytes;
  do {
    let low = v128.load(out);
    let high = v128.load(out, 16);
    low = f32x4.add(low, f32x4.mul(v128.load(s0), g0));
    high = f32x4.add(high, f32x4.mul(v128.load(s0, 16), h0));
    low = f32x4.add(low, f32x4.mul(v128.load(s1), g1));
    high = f32x4.add(high, f32x4.mul(v128.load(s1, 16), h1));
    low = f32x4.add(low, f32x4.mul(v128.load(s2), g2));
    high = f32x4.add(high, f32x4.mul(v128.load(s2, 16), h2));
    low = f32x4.add(low, f32x4.mul(v128.load(s3), g3));
    high = f32x4.add(high, f32x4.mul(v128.load(s3, 16), h3));
    v128.store(out, low);
    v128.store(out, high, 16);
    s0 += 32;
    s1 += 32;
    s2 += 32;
    s3 += 32;
    out += 32;
  } while (out != end);
}

function scaleOne(out: usize, table: usize, bytes: usize): void {
  let source: usize = load<u32>(table);
  const low = v128.load(table, GAINS);
  const high = v128.load(table, GAINS + 16);
  const end = out + bytes;
  do {
    v128.store(out, f32x4.mul(v128.load(source), low));
    v128.store(out, f32x4.mul(v128.load(source, 16), high), 16);
    source += 32;
    out += 32;
  } while (out != end);
}

/** Few streams: their sum over eight floats stays in registers. */
function addFew(out: usize, table: usize, streams: i32, bytes: usize, adds: bool): void {
  const tableEnd = table + <usize>streams * ENTRY;
  for (let at: usize = 0; at != bytes; at += 32) {
    let low: v128;
    let high: v128;
    let entry = table;
    if (adds) {
      low = v128.load(out + at);
      high = v128.load(out + at, 16);
    } else {
      const source = <usize>load<u32>(entry) + at;
      low = f32x4.mul(v128.load(source), v128.load(entry, GAINS));
      high = f32x4.mul(v128.load(source, 16), v128.load(entry, GAINS + 16));
      entry += ENTRY;
    }
    for (; entry != tableEnd; entry += ENTRY) {
      const source = <usize>load<u32>(entry) + at;
      low = f32x4.add(low, f32x4.mul(v128.load(source), v128.load(entry, GAINS)));
      high = f32x4.add(high, f32x4.mul(v128.load(source, 16), v128.load(entry, GAINS + 16)));
    }
    v128.store(out + at, low);
    v128.store(out + at, high, 16);
  }
}

/** 3, 5, 6 and 7 channels: the gains do not repeat within eight floats, but after `group` bytes. */
function mixGroups(out: usize, table: usize, streams: i32, bytes: usize, group: usize): void {
  let done = 0;
  if (streams < 4) {
    groupsOfOne(out, table, bytes, group, false);
    done = 1;
  } else {
    groupsOfFour(out, table, bytes, group, false);
    done = 4;
    for (; done + 4 <= streams; done += 4) {
      groupsOfFour(out, table + <usize>done * ENTRY, bytes, group, true);
    }
  }
  for (; done < streams; done++) {
    groupsOfOne(out, table + <usize>done * ENTRY, bytes, group, true);
  }
}

function groupsOfOne(out: usize, table: usize, bytes: usize, group: usize, adds: bool): void {
  const source: usize = load<u32>(table);
  const gainEnd = table + group;
  let gain = table;
  for (let at: usize = 0; at != bytes; at += 16) {
    const product = f32x4.mul(v128.load(source + at), v128.load(gain, GAINS));
    v128.store(out + at, adds ? f32x4.add(v128.load(out + at), product) : product);
    gain += 16;
    gain = gain == gainEnd ? table : gain;
  }
}

function groupsOfFour(out: usize, table: usize, bytes: usize, group: usize, adds: bool): void {
  const s0: usize = load<u32>(table);
  const s1: usize = load<u32>(table, ENTRY);
  const s2: usize = load<u32>(table, 2 * ENTRY);
  const s3: usize = load<u32>(table, 3 * ENTRY);
  const gainEnd = table + group;
  let gain = table;
  for (let at: usize = 0; at != bytes; at += 16) {
    let sum = f32x4.mul(v128.load(s0 + at), v128.load(gain, GAINS));
    if (adds) sum = f32x4.add(v128.load(out + at), sum);
    sum = f32x4.add(sum, f32x4.mul(v128.load(s1 + at), v128.load(gain, ENTRY + GAINS)));
    sum = f32x4.add(sum, f32x4.mul(v128.load(s2 + at), v128.load(gain, 2 * ENTRY + GAINS)));
    sum = f32x4.add(sum, f32x4.mul(v128.load(s3 + at), v128.load(gain, 3 * ENTRY + GAINS)));
    v128.store(out + at, sum);
    gain += 16;
    gain = gain == gainEnd ? table : gain;
  }
}

/** What does not fill a group, float by float. */
function mixRest(out: usize, table: usize, streams: i32, from: i32, to: i32): void {
  const tableEnd = table + <usize>streams * ENTRY;
  for (let index = from; index < to; index++) {
    const at = <usize>index << 2;
    const gainAt = <usize>(index - from) << 2;
    let sum = load<f32>(<usize>load<u32>(table) + at) * load<f32>(table + gainAt, GAINS);
    for (let entry = table + ENTRY; entry != tableEnd; entry += ENTRY) {
      sum += load<f32>(<usize>load<u32>(entry) + at) * load<f32>(entry + gainAt, GAINS);
    }
    store<f32>(out + at, sum);
  }
}
