/**
 * Streams that stop and go on: after PAUSE the sound goes on with the very next frame, after STOP it
 * starts over from the start of the buffer. WaveRT has no other reset than STOP. Both are checked
 * at the ear and in the captured memory.
 */
import { KSSTATE } from '../../standards/ks/requests.ts';
import type { Bench } from '../bench.ts';
import { ALSA_SELFTEST, ANY_STREAM, type ConformanceCase } from '../conformance-case.ts';
import { sleepInPause } from '../device-sleep.ts';
import { inFrames } from '../quantity.ts';
import { isSilentFrame, matchPattern } from '../sound-pattern.ts';
import type { TestStream } from '../test-stream.ts';
import { fail, judge, type Outcome } from '../verdict.ts';

/** Longer than all that is played, so that each place of the buffer is used once. */
const BUFFER_MS = 200;
const PART_MS = 30;
/**
 * Parts end in the midst of a stream packet: one that was fetched whole has gone back to the
 * client, and what a FIFO still has of it is lost with the power.
 */
const PACKET_MS = 8;
/** Longer than what lies between memory and jack. */
const BREAK_MS = 50;
/** What the pipeline may hold when the second part begins. */
const MOST_HELD_MS = 10;

function start(bench: Bench): TestStream {
  const { rateHz } = bench.subject.format;
  const framesOf = (ms: number): number => Math.round((rateHz * ms) / 1000);
  const sizes = { bufferFrames: framesOf(BUFFER_MS), packetFrames: framesOf(PACKET_MS) };
  const stream = bench.openAny(sizes);
  stream.writeAhead();
  stream.run();
  bench.runForMs(PART_MS);
  return stream;
}

function goesOn(bench: Bench): Outcome {
  const stream = start(bench);
  stream.setState(KSSTATE.PAUSE);
  bench.runForMs(BREAK_MS);
  stream.setState(KSSTATE.RUN);
  return joined(stream, 0);
}

/** A FIFO that has lost its power gives silence for what it held. */
function goesOnAfterSleep(bench: Bench): Outcome {
  const stream = start(bench);
  return sleepInPause(stream) ?? joined(stream, stream.fifoFrames);
}

/** The second part, and whether it follows the first with at most so much silence in between. */
function joined(stream: TestStream, mostSilent: number): Outcome {
  const { bench } = stream;
  bench.runForMs(PART_MS);
  bench.machine.device.settle();
  return bench.isCapture ? joinedCapture(stream, mostSilent) : joinedSound(stream);
}

/** Heard with the silence of the pause taken out: the pattern without a seam. */
function joinedSound(stream: TestStream): Outcome {
  const { bench, shape } = stream;
  const { ear } = bench;
  const joined = new Uint8Array(ear.frames * ear.frameBytes);
  let frames = 0;
  for (let frame = 0; frame < ear.frames; frame++) {
    const at = frame * ear.frameBytes;
    if (isSilentFrame(ear.bytes, at, ear.frameBytes)) continue;
    joined.set(ear.bytes.subarray(at, at + ear.frameBytes), frames * ear.frameBytes);
    frames++;
  }
  if (frames < leastFrames(stream)) return fail(inFrames(frames), 'the sound does not go on');
  const match = matchPattern(joined, 0, shape, 0, frames);
  const measured = `${match.frames} of ${inFrames(frames)} bit for bit`;
  return judge(match.isWhole, measured, `frame ${match.frames} was lost or repeated at the pause`);
}

/** Less than both parts, and more than one: the pipeline may hold the rest, and a packet. */
const leastFrames = ({ bench, elapsedFrames, format, withheldFrames }: TestStream): number => {
  const heldFrames = Math.floor((format.rateHz * MOST_HELD_MS) / 1000);
  return elapsedFrames - heldFrames - (bench.isCapture ? withheldFrames : 0);
};

/** The mouth does not wait, so what was spoken in the pause is missing, and nothing else is. */
function joinedCapture(stream: TestStream, mostSilent: number): Outcome {
  const stored = storedRun(stream);
  const { at, frames } = stored ?? { at: 0, frames: 0 };
  if (frames < leastFrames(stream)) return fail(inFrames(frames), 'the sound does not go on');
  const {
    frameBytes,
    shape,
    stored: { bytes },
  } = stream;
  const before = matchPattern(bytes, at, shape, 0, frames).frames;
  const mostSeam = Math.min(frames, before + mostSilent);
  let seam = before;
  while (seam < mostSeam && isSilentFrame(bytes, at + seam * frameBytes, frameBytes)) seam++;
  const rest = frames - seam;
  const missing = patternStart(bytes, at + seam * frameBytes, stream, before, rest);
  const measured = `${frames} frames, ${missing === null ? 'in disorder' : missing - before} left out`;
  return judge(missing !== null && before > 0, measured, 'more than the pause is missing');
}

interface StoredRun {
  /** Frames of silence before it. */
  readonly first: number;
  readonly at: number;
  readonly frames: number;
}

/** The sound that lies in the buffer, without the silence on both sides. */
function storedRun({ frameBytes, stored }: TestStream): StoredRun | null {
  const { at, bytes, frames } = stored;
  const isSilent = (frame: number): boolean =>
    isSilentFrame(bytes, at + frame * frameBytes, frameBytes);
  let first = 0;
  while (first < frames && isSilent(first)) first++;
  let end = frames;
  while (end > first && isSilent(end - 1)) end--;
  return first === end ? null : { first, at: at + first * frameBytes, frames: end - first };
}

/** The frame of the pattern with which `frames` frames at `at` begin; null when none fits. */
function patternStart(
  bytes: Uint8Array,
  at: number,
  { bench, shape }: TestStream,
  least: number,
  frames: number,
): number | null {
  for (let first = least; first <= bench.mouth.frames; first++) {
    // One frame tells most candidates apart.
    const isLikely = matchPattern(bytes, at, shape, first, Math.min(1, frames)).isWhole;
    if (isLikely && matchPattern(bytes, at, shape, first, frames).isWhole) return first;
  }
  return null;
}

function startsOver(bench: Bench): Outcome {
  const stream = start(bench);
  stream.setState(KSSTATE.STOP);
  bench.runForMs(BREAK_MS);
  bench.machine.device.settle();
  return bench.isCapture ? capturedAnew(stream) : heardAnew(stream);
}

function heardAnew(stream: TestStream): Outcome {
  const { bench, shape } = stream;
  const { ear } = bench;
  let first = ear.frames;
  stream.writeAhead();
  stream.run();
  bench.runForMs(PART_MS);
  bench.machine.device.settle();
  const isSilent = (): boolean => isSilentFrame(ear.bytes, first * ear.frameBytes, ear.frameBytes);
  while (first < ear.frames && isSilent()) first++;
  const due = ear.frames - first;
  if (due === 0) return fail('0 frames', 'nothing is heard after the reset');
  const { frames, isWhole } = matchPattern(ear.bytes, first * ear.frameBytes, shape, 0, due);
  const measured = `${frames} of ${inFrames(due)} bit for bit`;
  return judge(isWhole, measured, 'the stream does not start over from the start of the buffer');
}

function capturedAnew(stream: TestStream): Outcome {
  const { bench, format, frameBytes, memory } = stream;
  for (const { at, bytes, frames } of memory) bytes.fill(0, at, at + frames * frameBytes);
  const held = Math.floor((format.rateHz * MOST_HELD_MS) / 1000);
  const least = Math.max(0, bench.mouth.frames - held);
  stream.run();
  bench.runForMs(PART_MS);
  bench.machine.device.settle();
  const stored = storedRun(stream);
  if (stored === null) return fail('0 frames', 'nothing is captured after the reset');
  const { bytes } = stream.stored;
  const first = patternStart(bytes, stored.at, stream, least, stored.frames);
  const reason = 'the stream does not start over from the start of the buffer';
  return judge(stored.first <= held && first !== null, inFrames(stored.frames), reason);
}

export const restartCases: readonly ConformanceCase[] = [
  {
    on: ANY_STREAM,
    id: 'C-LNX-03',
    title: 'reset in the midst of a stream',
    checks: '30 ms in RUN, STOP, and RUN again: the sound starts over',
    limit: 'the request is served, every frame is right',
    source: `${ALSA_SELFTEST} (test-pcmtest-driver)`,
    run: startsOver,
  },
  {
    on: ANY_STREAM,
    id: 'C-EXA-08',
    title: 'PAUSE loses and repeats nothing',
    checks: '30 ms in RUN, 50 ms in PAUSE, 30 ms in RUN: the sound goes on where it stood',
    limit: 'every frame bit for bit',
    source: 'WRT-STA-012; WPC-ST-006',
    run: goesOn,
  },
  {
    on: ANY_STREAM,
    id: 'C-EXA-09',
    title: 'sleep loses and repeats nothing',
    checks: '30 ms in RUN, PAUSE with 100 ms in D3, 30 ms in RUN: the sound goes on where it stood',
    limit: 'every frame bit for bit, but for what the FIFO of a capture stream held',
    source: 'WRT-PWR-003; WPC-PWR-001, WPC-PWR-003',
    run: goesOnAfterSleep,
  },
];
