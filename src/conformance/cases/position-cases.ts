/**
 * The KS Position test: is the position that the driver reports a clock? Positions are read once
 * per packet period and a straight line is laid through them. Limits are those of the public source
 * and hold in real time; in virtual time a right driver stays far below them, and the exact cases
 * say how far.
 */
import type { Bench } from '../bench.ts';
import { ANY_STREAM, type ConformanceCase, KS_POSITION_TEST } from '../conformance-case.ts';
import {
  POSITION_BUFFER_MS,
  type PositionPoint,
  PositionTrack,
  samplePositions,
} from '../position-track.ts';
import { inMs, inPercent } from '../quantity.ts';
import { fitLine, type Line, mean } from '../regression.ts';
import type { TestStream } from '../test-stream.ts';
import { fail, judge, notApplicable, type Outcome, pass, warning } from '../verdict.ts';

const LEAST_POINTS = 30;
const MOST_DRIFT = 0.01;
const MOST_MEAN_ERROR_MS = 2;
const MOST_JITTER_MS = 4;
const MOST_SPREAD_MS = 1;
const MOST_START_MS = 20;
const MOST_AHEAD_MS = 1;
const QUIET_MS = 500;
const DEAD_MS = 1000;
const POLL_MS = 0.1;

interface Sampled {
  readonly stream: TestStream;
  readonly points: readonly PositionPoint[];
  readonly line: Line;
  /** Milliseconds that one frame lasts. */
  readonly frameMs: number;
}

/** Judges the readings of the plan and the line through them, in frames over seconds. */
function onSample(bench: Bench, judgeSample: (sampled: Sampled) => Outcome): Outcome {
  const stream = bench.openAnyMs(POSITION_BUFFER_MS);
  const points = samplePositions(stream);
  if (points.length < LEAST_POINTS) {
    return notApplicable('too few readings are usable; C-POS-01 is about that');
  }
  const line = fitLine(
    points.map(({ timeNs }) => timeNs / 1e9),
    points.map(({ playFrames }) => playFrames),
  );
  return judgeSample({ stream, points, line, frameMs: 1000 / stream.format.rateHz });
}

function samplingPlan(bench: Bench): Outcome {
  const { length } = samplePositions(bench.openAnyMs(POSITION_BUFFER_MS));
  const measured = `${length} usable points`;
  return judge(length >= LEAST_POINTS, measured, `fewer than ${LEAST_POINTS} readings are usable`);
}

function drift({ line, stream }: Sampled): Outcome {
  const error = line.slope / stream.format.rateHz - 1;
  return judge(
    Math.abs(error) <= MOST_DRIFT,
    inPercent(error),
    `the position moves at ${line.slope.toFixed(1)} frames/s instead of ${stream.format.rateHz}`,
  );
}

/**
 * "Compensated" is read as: against the line of the fitted slope through the moment of RUN, after
 * what HWLATENCY says that lies between memory and jack is taken off; a pin of stream packets says
 * nothing, and nothing is taken off.
 */
function meanError({ frameMs, line, points, stream }: Sampled): Outcome {
  const heldMs = stream.bench.isCapture ? 0 : stream.declaredFrames * frameMs;
  const errors = points.map(({ playFrames, timeNs }) => {
    const runSeconds = (timeNs - stream.runNs) / 1e9;
    return (playFrames - line.slope * runSeconds) * frameMs + heldMs;
  });
  const error = mean(errors);
  const reason = 'the positions lie beside the line through the start of the stream';
  return judge(Math.abs(error) < MOST_MEAN_ERROR_MS, inMs(error), reason);
}

function jitter({ frameMs, line }: Sampled): Outcome {
  const largest = line.largestError * frameMs;
  return judge(largest < MOST_JITTER_MS, inMs(largest), 'a position lies far off the line');
}

function jitterSpread({ frameMs, line }: Sampled): Outcome {
  const spread = line.spread * frameMs;
  return judge(spread < MOST_SPREAD_MS, inMs(spread), 'the positions are scattered about the line');
}

/** Milliseconds from RUN to the first change of the position; null when there is none in time. */
function firstMovementMs(bench: Bench): number | null {
  const stream = bench.openAnyMs(POSITION_BUFFER_MS);
  stream.writeAhead();
  stream.run();
  const track = new PositionTrack(stream);
  const first = track.read().playOffset;
  while (bench.now - stream.runNs < DEAD_MS * 1e6) {
    bench.runForMs(POLL_MS);
    if (track.read().playOffset !== first) return (bench.now - stream.runNs) / 1e6;
  }
  return null;
}

function startLatency(bench: Bench): Outcome {
  const movedMs = firstMovementMs(bench);
  if (movedMs === null) return notApplicable('the position does not move; C-POS-08 is about that');
  if (movedMs <= MOST_START_MS) return pass(inMs(movedMs));
  return warning(inMs(movedMs), `the position stands for more than ${MOST_START_MS} ms after RUN`);
}

function deadStream(bench: Bench): Outcome {
  const movedMs = firstMovementMs(bench);
  if (movedMs === null)
    return fail('no movement', `the position stands for ${DEAD_MS} ms after RUN`);
  if (movedMs <= QUIET_MS) return pass(`moves after ${inMs(movedMs)}`);
  return warning(`moves after ${inMs(movedMs)}`, `it should move within ${QUIET_MS} ms`);
}

function notAhead({ frameMs, points, stream }: Sampled): Outcome {
  let largestMs = Number.NEGATIVE_INFINITY;
  for (const { playFrames, timeNs } of points) {
    const runMs = (timeNs - stream.runNs) / 1e6;
    largestMs = Math.max(largestMs, playFrames * frameMs - runMs);
  }
  if (largestMs <= MOST_AHEAD_MS) return pass(`${inMs(largestMs)} at most`);
  return warning(`${inMs(largestMs)} at most`, 'the position is ahead of the time in RUN');
}

const common = { on: ANY_STREAM, source: KS_POSITION_TEST } as const;

export const positionCases: readonly ConformanceCase[] = [
  {
    ...common,
    id: 'C-POS-01',
    title: 'sampling plan',
    checks:
      '100 ms to settle, then a position each packet period, 100 times; slow readings dropped',
    limit: `at least ${LEAST_POINTS} usable points`,
    run: samplingPlan,
  },
  {
    ...common,
    id: 'C-POS-02',
    title: 'position drift',
    checks: 'slope of the line through the positions against the nominal rate',
    limit: '1.0 %',
    run: (bench) => onSample(bench, drift),
  },
  {
    ...common,
    id: 'C-POS-03',
    title: 'mean position error',
    checks: 'mean distance from the line through the start of RUN, hardware latency taken off',
    limit: 'less than 2 ms',
    run: (bench) => onSample(bench, meanError),
  },
  {
    ...common,
    id: 'C-POS-04',
    title: 'largest jitter',
    checks: 'largest distance of a position from the line',
    limit: 'less than 4.0 ms',
    run: (bench) => onSample(bench, jitter),
  },
  {
    ...common,
    id: 'C-POS-05',
    title: 'spread of jitter',
    checks: 'standard deviation of the positions from the line',
    limit: 'less than 1.0 ms',
    run: (bench) => onSample(bench, jitterSpread),
  },
  {
    ...common,
    id: 'C-POS-06',
    title: 'start latency',
    checks: 'time from RUN to the first movement of the position',
    limit: '20 ms, else a warning',
    run: startLatency,
  },
  {
    ...common,
    id: 'C-POS-07',
    title: 'position not ahead',
    checks: 'position less the time in RUN',
    limit: '1 ms, else a warning',
    run: (bench) => onSample(bench, notAhead),
  },
  {
    ...common,
    id: 'C-POS-08',
    title: 'dead stream',
    checks: 'the position moves at all',
    limit: '500 ms, else a warning; 1 s, else a failure',
    run: deadStream,
  },
];
