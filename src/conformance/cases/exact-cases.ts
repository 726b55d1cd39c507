/**
 * Exact cases. In virtual time there is no noise to allow for, so what the documents state can be
 * held to the frame: the position is the frame at the converter, moves with the stream's rate and
 * stays inside the buffer; the hardware latency is what lies between memory and jack; nothing moves
 * before RUN; the buffer is as large as asked for.
 */
import { KsError } from '../../client/ks-object.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import type { Bench } from '../bench.ts';
import type { BenchStream } from '../bench-stream.ts';
import { ANY_BUFFER, ANY_STREAM, type ConformanceCase } from '../conformance-case.ts';
import { heardFrames, soundFramesInMemory, storedFrames } from '../exact-frames.ts';
import { PositionTrack } from '../position-track.ts';
import { inFrames } from '../quantity.ts';
import type { TestStream } from '../test-stream.ts';
import { fail, judge, notApplicable, type Outcome, pass } from '../verdict.ts';

const BUFFER_MS = 20;
/** Readings at odd moments, so that they fall anywhere between two frames. */
const STEP_NS = 1_234_567;
const READINGS = 120;
const SETTLE_MS = 30;
/** A position is a whole frame; the converter may be anywhere in it. */
const ACCURACY_FRAMES = 1;

function start(bench: Bench, bufferMs = BUFFER_MS): BenchStream {
  const stream = bench.openMs(bufferMs);
  stream.writeAhead();
  stream.run();
  return stream;
}

function startAny(bench: Bench): TestStream {
  const stream = bench.openAnyMs(BUFFER_MS);
  stream.writeAhead();
  stream.run();
  return stream;
}

/** Lets `count` odd moments pass, with sound in the buffer at each. */
function atOddMoments(stream: TestStream, count: number, look: () => void): void {
  for (let index = 0; index < count; index++) {
    stream.bench.machine.runFor(STEP_NS);
    stream.writeAhead();
    look();
  }
}

function positionAdvance(bench: Bench): Outcome {
  const stream = startAny(bench);
  const track = new PositionTrack(stream);
  track.read();
  track.follow(SETTLE_MS);
  const first = track.read();
  let worst = 0;
  atOddMoments(stream, READINGS, () => {
    const point = track.read();
    const due = ((point.timeNs - first.timeNs) * stream.format.rateHz) / 1e9;
    const play = Math.abs(point.playFrames - first.playFrames - due);
    const write = Math.abs(point.writeFrames - first.writeFrames - due);
    // The write offset of stream packets goes from one to the next.
    worst = Math.max(worst, play, stream.wrapFrames === null ? 0 : write);
  });
  const reason = 'the position does not move by elapsed time * rate';
  return judge(worst <= ACCURACY_FRAMES, `off by ${inFrames(worst)} at most`, reason);
}

/** WRT-POS-005: render says which frame is at the DAC, capture where the one at the ADC will lie. */
function positionAtConverter(bench: Bench): Outcome {
  const leading = bench.isCapture ? capturePipeline(bench) : 0;
  const stream = start(bench);
  bench.runForMs(SETTLE_MS / 10);
  let worst = 0;
  atOddMoments(stream, READINGS, () => {
    stream.pin.check('AUDIO_POSITION', stream.pin.readPosition());
    bench.machine.device.settle();
    const frame = bench.isCapture ? bench.mouth.frames + leading : heardFrames(stream);
    const said = stream.pin.playOffset / stream.frameBytes;
    worst = Math.max(worst, around(said - (frame % stream.bufferFrames), stream.bufferFrames));
  });
  const reason = 'PlayOffset is not the frame at the converter';
  return judge(worst <= ACCURACY_FRAMES, `off by ${inFrames(worst)} at most`, reason);
}

/** WPC-POS-002: bytes since the start of the stream, up to the one at the DAC. */
function streamPositionAtConverter(bench: Bench): Outcome {
  const stream = startAny(bench);
  bench.runForMs(SETTLE_MS / 10);
  let worst = 0;
  atOddMoments(stream, READINGS, () => {
    stream.pin.check('AUDIO_POSITION', stream.pin.readPosition());
    const said = stream.pin.playOffset / stream.frameBytes;
    worst = Math.max(worst, Math.abs(said - heardFrames(stream)));
  });
  const reason = 'PlayOffset is not the frame at the converter';
  return judge(worst <= ACCURACY_FRAMES, `off by ${inFrames(worst)} at most`, reason);
}

/** Distance round a ring of that size, the shorter way. */
function around(distance: number, size: number): number {
  const forward = ((distance % size) + size) % size;
  return Math.min(forward, size - forward);
}

/** Places before the first spoken frame, found out on a bench of its own. */
function capturePipeline(bench: Bench): number {
  const other = bench.another();
  const stream = start(other, 4 * BUFFER_MS);
  other.runForMs(BUFFER_MS);
  const { leadingFrames } = storedFrames(stream);
  other.close();
  return leadingFrames;
}

function positionInside(bench: Bench): Outcome {
  const stream = start(bench);
  const { actualBytes } = stream.buffer;
  let largest = 0;
  atOddMoments(stream, READINGS, () => {
    stream.pin.check('AUDIO_POSITION', stream.pin.readPosition());
    largest = Math.max(largest, stream.pin.playOffset, stream.pin.writeOffset);
  });
  const measured = `${largest} at most in ${actualBytes} bytes`;
  return judge(largest < actualBytes, measured, 'an offset lies outside the buffer');
}

/** The mapped register counts bytes modulo the buffer; KSRTAUDIO_HWREGISTER.Accuracy is its error. */
function positionRegister(bench: Bench): Outcome {
  const stream = start(bench);
  const { register } = stream.pin.tryMapRegister('position');
  if (register === null) return notApplicable('the stream offers no position register');
  if (register.widthBits !== 32) return notApplicable(`it is ${register.widthBits} bits wide`);
  const { ioSpace } = bench.machine.kernel;
  const read = (): number => ioSpace.readRegister(register.address, 4) / stream.frameBytes;
  bench.runForMs(SETTLE_MS);
  const startNs = bench.now;
  const first = read();
  let worst = 0;
  atOddMoments(stream, READINGS, () => {
    const due = ((bench.now - startNs) * stream.format.rateHz) / 1e9;
    worst = Math.max(worst, around(read() - first - due, stream.bufferFrames));
  });
  const limit = ACCURACY_FRAMES + register.accuracy / stream.frameBytes;
  const reason = 'the register does not move by elapsed time * rate';
  return judge(worst <= limit, `off by ${inFrames(worst)} at most`, reason);
}

function latency(bench: Bench): Outcome {
  const stream = start(bench, 4 * BUFFER_MS);
  const { chipsetDelay100ns, codecDelay100ns, fifoBytes } = stream.pin.hardwareLatency();
  bench.runForMs(BUFFER_MS);
  const delayFrames = ((chipsetDelay100ns + codecDelay100ns) * stream.format.rateHz) / 1e7;
  const claimed = Math.round(fifoBytes / stream.frameBytes + delayFrames);
  const found = bench.isCapture ? capturedAfter(stream) : heardAfter(stream);
  if (found === null) return fail('', 'nothing came through');
  const measured = `${inFrames(found)}, HWLATENCY says ${claimed}`;
  return judge(found === claimed, measured, 'HWLATENCY is not what lies between memory and jack');
}

const heardAfter = (stream: BenchStream): number | null => {
  stream.bench.machine.device.settle();
  return stream.bench.ear.leadingFrames;
};

function capturedAfter(stream: BenchStream): number | null {
  const { spokenFrames } = storedFrames(stream);
  return spokenFrames === 0 ? null : stream.bench.mouth.frames - spokenFrames;
}

const STANDING_MS = 100;

/** Sound in the buffer and time to pass: whatever moves before RUN is heard, or stored. */
function nothingBeforeRun(bench: Bench): Outcome {
  const stream = bench.openAnyMs(BUFFER_MS);
  stream.writeAhead();
  for (const state of [KSSTATE.STOP, KSSTATE.ACQUIRE, KSSTATE.PAUSE] as const) {
    stream.setState(state);
    bench.runForMs(STANDING_MS);
  }
  const moved = bench.isCapture ? soundFramesInMemory(stream) : heardFrames(stream);
  return judge(moved === 0, inFrames(moved), 'the device moved sound before RUN');
}

const ASKED_MS = [1, 3, 10, 10.67, 21.33, 100];

function bufferSize(bench: Bench): Outcome {
  const given: string[] = [];
  for (const bufferMs of ASKED_MS) {
    const frames = 2 * Math.round((bench.subject.format.rateHz * bufferMs) / 2000);
    try {
      const stream = bench.open({ bufferFrames: frames });
      const { actualBytes, requestedBytes } = stream.buffer;
      stream.close();
      given.push(`${actualBytes} for ${requestedBytes}`);
      if (actualBytes < requestedBytes) return fail(given.join(', '), 'less than was asked for');
    } catch (error) {
      if (!(error instanceof KsError)) throw error;
    }
  }
  if (given.length === 0) return fail('', 'no request was granted');
  return pass(given.join(', '));
}

const common = { on: ANY_BUFFER } as const;

export const exactCases: readonly ConformanceCase[] = [
  {
    ...common,
    on: ANY_STREAM,
    id: 'C-EXA-01',
    title: 'position moves by time * rate',
    checks: 'both offsets at 120 odd moments against elapsed time * rate',
    limit: 'exact to one frame in virtual time',
    source: 'WRT-POS-008, WRT-POS-003; WPC-POS-001, WPC-POS-011',
    run: positionAdvance,
  },
  {
    ...common,
    id: 'C-EXA-02',
    title: 'position is the frame at the converter',
    checks: 'PlayOffset at 120 odd moments against frames counted at the ear or the mouth',
    limit: 'exact to one frame in virtual time',
    source: 'WRT-POS-005, WRT-POS-013',
    run: positionAtConverter,
  },
  {
    on: ['stream packets'],
    direction: 'render',
    id: 'C-EXA-02',
    title: 'position is the frame at the converter',
    checks: 'PlayOffset at 120 odd moments against frames counted at the ear',
    limit: 'exact to one frame in virtual time',
    source: 'WPC-POS-002',
    run: streamPositionAtConverter,
  },
  {
    ...common,
    id: 'C-EXA-03',
    title: 'position inside the buffer',
    checks: 'both offsets over seven passes of the buffer',
    limit: '0 <= offset < ActualSize',
    source: 'WRT-POS-003',
    run: positionInside,
  },
  {
    ...common,
    id: 'C-EXA-04',
    title: 'position register moves by time * rate',
    checks: 'the mapped register at 120 odd moments',
    limit: 'one frame and the Accuracy that the driver claims',
    source: 'KSRTAUDIO_HWREGISTER',
    run: positionRegister,
  },
  {
    ...common,
    id: 'C-EXA-05',
    title: 'hardware latency',
    checks: 'frames between memory and jack against FifoSize and the two delays',
    limit: 'equal to the frame in virtual time',
    source: 'WRT-LAT-009',
    run: latency,
  },
  {
    ...common,
    on: ANY_STREAM,
    id: 'C-EXA-06',
    title: 'no DMA before RUN',
    checks: '100 ms in each of STOP, ACQUIRE and PAUSE with sound on both sides',
    limit: 'nothing is heard or stored',
    source: 'WRT-STA-011, WRT-BUF-016; WPC-ST-003',
    run: nothingBeforeRun,
  },
  {
    ...common,
    id: 'C-EXA-07',
    title: 'buffer size',
    checks: 'buffers of 1 to 100 ms are asked for',
    limit: 'never less than was asked for',
    source: 'WRT-BUF-023',
    run: bufferSize,
  },
];
