#!/usr/bin/env node
/**
 * Makes assets/first-sound.wav, the music that the first run plays: a few bars of plucked
 * strings in D major, 4.8 s, 16-bit stereo at 48 kHz. Every string is a Karplus-Strong loop (a
 * burst of noise that runs round a delay line and loses its edge), the room a Schroeder
 * reverberator. Only + - * / and sqrt touch the sound, which IEEE 754 rounds alike everywhere,
 * so each run, on any host, gives the same bytes.
 *
 *   node scripts/make-recording.mjs            writes the file
 *   node scripts/make-recording.mjs --check    fails when the file is not what this makes
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../assets/first-sound.wav', import.meta.url);
const RATE_HZ = 48_000;
const FRAMES = 4.8 * RATE_HZ;
const HEADER_BYTES = 44;
/** Where the loudest sample comes to lie: 3 dB below full scale. */
const PEAK = 0.708;
const FADE_FRAMES = 0.8 * RATE_HZ;
const EIGHTH_SECONDS = 0.2;
const START_SECONDS = 0.04;

/** The twelfth root of 2, written out because library functions do not round alike everywhere. */
const SEMITONE = 1.0594630943592953;
const STEPS_FROM_A = { A: 0, B: 2, 'C#': 4, D: 5, E: 7, 'F#': 9, G: 10 };

/**
 * Triples: the eighth on which a note is plucked, its name, and how hard (0 to 1). One chord a
 * line: D, B minor 7, G major 7, A with its fourth resolved, and D once more, strummed.
 */
const SCORE = `
   0 D2 .75    0 F#5 .70   0 D3 .40    1 A3 .40    2 D4 .45    2 A5 .55    3 F#4 .40
   4 B2 .70    4 F#5 .65   5 F#3 .35   5 A4 .35    6 B3 .40    6 E5 .60    7 D4 .35   7 D5 .55
   8 G2 .75    8 B4 .65    9 D4 .40    9 G3 .30   10 B3 .40   10 D5 .60   11 F#4 .45
  12 A2 .70   12 E5 .70   13 E3 .35   13 A3 .40   14 D4 .45   15 C#4 .40  15 E4 .35  15 C#5 .50
  16.1 D2 .70   16.22 A2 .40   16.34 F#3 .40   16.46 A3 .40   16.58 D4 .45   16.7 F#4 .45
  16.84 D5 .65`;
/** The hand leaves the strings when the chord changes; the last chord rings on. */
const EIGHTHS_PER_CHORD = 4;
const LAST_CHORD_EIGHTH = 16;
const DAMPED_SECONDS = 0.3;

/** Marsaglia's 32-bit xorshift, as numbers from -1 to 1. */
let randomState = 0x2545f491;
function random() {
  randomState ^= randomState << 13;
  randomState ^= randomState >>> 17;
  randomState ^= randomState << 5;
  return randomState / 0x8000_0000;
}

function frequencyOf(note) {
  const steps = STEPS_FROM_A[note.slice(0, -1)];
  // Octave numbers change at C, three steps above A.
  let octaves = Number(note.slice(-1)) - 4 - (steps >= 3 ? 1 : 0);
  let hz = 440;
  for (let step = 0; step < steps; step++) hz *= SEMITONE;
  for (; octaves > 0; octaves--) hz *= 2;
  for (; octaves < 0; octaves++) hz /= 2;
  return hz;
}

/** What the finger leaves on the string: noise, duller when soft, thinned by where it plucks. */
function excite(length, hz, hardness) {
  const cutoffHz = (450 + 2.2 * hz) * (0.5 + hardness);
  const brightness = Math.min(0.7, (2 * Math.PI * cutoffHz) / RATE_HZ);
  const burst = Float64Array.from({ length }, random);
  // Each filter goes round the string twice, so that the loop closes without an edge.
  for (let pass = 0; pass < 2; pass++) {
    let dulled = 0;
    for (let step = 0; step < 2 * length; step++) {
      const index = step % length;
      dulled += brightness * (burst[index] - dulled);
      if (step >= length) burst[index] = dulled;
    }
  }
  const mean = burst.reduce((sum, value) => sum + value, 0) / length;
  const pluckAt = Math.floor(0.21 * length);
  const shaped = burst.map((value, index) => {
    const reflected = burst[(index + length - pluckAt) % length];
    return value - mean - 0.8 * (reflected - mean);
  });
  const energy = shaped.reduce((sum, value) => sum + value * value, 0);
  const gain = hardness / Math.sqrt(energy / length);
  return shaped.map((value) => gain * value);
}

/** What one trip round the loop leaves, so that after `seconds` a thousandth is left. */
function lossFor(periodFrames, seconds) {
  return 1 - (6.9 * periodFrames) / (RATE_HZ * seconds);
}

/** Adds one plucked string to both sides of `mix`, from frame `first` on, damped at `damped`. */
function pluck(mix, first, damped, hz, hardness, place) {
  const smoothing = 0.3;
  const period = RATE_HZ / hz;
  // The loop is a whole delay, the smoothing filter's delay, and an allpass for the rest.
  const length = Math.floor(period - smoothing - 0.3);
  const rest = period - smoothing - length;
  const allpass = (1 - rest) / (1 + rest);
  const decaySeconds = hz < 130 ? 5 : 4.6 - hz / 400;
  let loss = lossFor(period, decaySeconds);
  const line = excite(length, hz, hardness);
  const left = Math.sqrt(1 - place);
  const right = Math.sqrt(place);
  let previous = 0;
  let allpassIn = 0;
  let allpassOut = 0;
  let index = 0;
  for (let frame = first; frame < FRAMES; frame++) {
    if (frame === damped) loss = lossFor(period, DAMPED_SECONDS);
    const out = line[index];
    const smooth = loss * ((1 - smoothing) * out + smoothing * previous);
    previous = out;
    allpassOut = allpass * (smooth - allpassOut) + allpassIn;
    allpassIn = smooth;
    line[index] = allpassOut;
    index = index + 1 === length ? 0 : index + 1;
    mix.left[frame] += left * out;
    mix.right[frame] += right * out;
  }
}

/** Adds the wooden body's answer at `hz`: a state-variable filter's band-pass. */
function resonate(samples, hz, gain) {
  const step = (2 * Math.PI * hz) / RATE_HZ;
  let low = 0;
  let band = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    low += step * band;
    band += step * (samples[frame] - low - 0.35 * band);
    samples[frame] += gain * band;
  }
}

/** A delay line that feeds itself; the room's walls swallow the treble. */
function comb(samples, length, feedback) {
  const line = new Float64Array(length);
  const heard = new Float64Array(FRAMES);
  let dulled = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const index = frame % length;
    heard[frame] = line[index];
    dulled += 0.6 * (line[index] - dulled);
    line[index] = samples[frame] + feedback * dulled;
  }
  return heard;
}

function diffuse(samples, length) {
  const line = new Float64Array(length);
  for (let frame = 0; frame < FRAMES; frame++) {
    const index = frame % length;
    const delayed = line[index];
    line[index] = samples[frame] + 0.6 * delayed;
    samples[frame] = delayed - 0.6 * line[index];
  }
}

/** What comes back from the room on one side; `spread` makes the two sides differ. */
function room(samples, spread) {
  const sum = new Float64Array(FRAMES);
  for (const length of [1553, 1787, 2039, 2251]) {
    const heard = comb(samples, length + spread, 0.78);
    for (let frame = 0; frame < FRAMES; frame++) sum[frame] += 0.25 * heard[frame];
  }
  for (const length of [241, 607]) diffuse(sum, length + spread);
  return sum;
}

function frameOf(eighth) {
  return Math.floor(RATE_HZ * (START_SECONDS + EIGHTH_SECONDS * eighth));
}

function perform() {
  const mix = { left: new Float64Array(FRAMES), right: new Float64Array(FRAMES) };
  const words = SCORE.trim().split(/\s+/);
  for (let word = 0; word < words.length; word += 3) {
    const eighth = Number(words[word]);
    const hz = frequencyOf(words[word + 1]);
    const hardness = Number(words[word + 2]);
    const isBass = hz < 130;
    // A player is never quite on the beat.
    const first = frameOf(eighth) + Math.floor(0.008 * RATE_HZ * (0.5 + 0.5 * random()));
    const chordEnd = EIGHTHS_PER_CHORD * (Math.floor(eighth / EIGHTHS_PER_CHORD) + 1);
    const damped = eighth < LAST_CHORD_EIGHTH ? frameOf(chordEnd) : FRAMES;
    // Low strings sound from the middle, the others from alternate sides.
    const place = 0.5 + (word % 2 === 0 ? 1 : -1) * (isBass ? 0.04 : 0.32);
    pluck(mix, first, damped, hz, (isBass ? 1.25 : 1) * hardness, place);
  }
  for (const side of [mix.left, mix.right]) {
    resonate(side, 108, 0.25);
    resonate(side, 205, 0.2);
  }
  const echoLeft = room(mix.left, 0);
  const echoRight = room(mix.right, 31);
  for (let frame = 0; frame < FRAMES; frame++) {
    mix.left[frame] += 0.2 * echoLeft[frame] + 0.06 * echoRight[frame];
    mix.right[frame] += 0.2 * echoRight[frame] + 0.06 * echoLeft[frame];
  }
  return mix;
}

/** Levels, fades out, rounds to 16 bits, and puts the header of a plain PCM file before. */
function encode(mix) {
  const dataBytes = 4 * FRAMES;
  const file = Buffer.alloc(HEADER_BYTES + dataBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(2, 22);
  file.writeUInt32LE(RATE_HZ, 24);
  file.writeUInt32LE(4 * RATE_HZ, 28);
  file.writeUInt16LE(4, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(dataBytes, 40);
  let loudest = 0;
  for (const side of [mix.left, mix.right]) {
    for (const sample of side) loudest = Math.max(loudest, Math.abs(sample));
  }
  for (let frame = 0; frame < FRAMES; frame++) {
    const left = Math.min(1, (FRAMES - 1 - frame) / FADE_FRAMES);
    const gain = (32_767 * PEAK * left * left) / loudest;
    file.writeInt16LE(Math.round(gain * mix.left[frame]), HEADER_BYTES + 4 * frame);
    file.writeInt16LE(Math.round(gain * mix.right[frame]), HEADER_BYTES + 4 * frame + 2);
  }
  return file;
}

const argument = process.argv[2] ?? '';
if (argument !== '' && argument !== '--check') {
  console.error('usage: node scripts/make-recording.mjs [--check]');
  process.exit(2);
}
const file = encode(perform());
if (argument === '--check') {
  const isSame = existsSync(FILE) && file.equals(readFileSync(FILE));
  console.log(isSame ? 'first-sound.wav is as made here' : 'first-sound.wav is not as made here');
  process.exitCode = isSame ? 0 : 1;
} else {
  writeFileSync(FILE, file);
  console.log(`first-sound.wav: ${FRAMES} frames, ${file.length} bytes`);
}
