/**
 * The rate suite: a straight line through the positions at each claimed rate, at the start of a
 * stream, and after the device has slept; how large the steps of the position are; how long calls
 * take. After ChromiumOS' conformance test, whose own criterion is a hundredth of a percent.
 */

import { KSSTATE } from '../../standards/ks/requests.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';
import type { Bench } from '../bench.ts';
import {
  ALSA_CONFORMANCE,
  ANY_STREAM,
  type ConformanceCase,
  ONE_STREAM,
} from '../conformance-case.ts';
import { sleepInPause } from '../device-sleep.ts';
import { PositionTrack } from '../position-track.ts';
import { inMs, inPercent, rounded } from '../quantity.ts';
import { fitLine, type Line, mean } from '../regression.ts';
import type { TestStream } from '../test-stream.ts';
import { judge, notApplicable, type Outcome, pass } from '../verdict.ts';

const BUFFER_MS = 40;
const SETTLE_MS = 30;
const RATE_MS = 1000;
const READ_MS = 5;
const MOST_RATE_ERROR = 0.0001;
const MOST_REGRESSION_ERROR = 10;
const FIRST_MS = 100;
const MOST_START_ERROR = 0.01;

/** The line through positions read for so long, in frames over seconds. */
function measureRate(stream: TestStream, durationMs = RATE_MS, settleMs = SETTLE_MS): Line {
  const track = new PositionTrack(stream);
  track.read();
  track.follow(settleMs);
  const times: number[] = [];
  const frames: number[] = [];
  for (let passedMs = 0; passedMs < durationMs; passedMs += READ_MS) {
    track.follow(READ_MS);
    const point = track.read();
    times.push((point.timeNs - stream.runNs) / 1e9);
    frames.push(point.playFrames);
  }
  return fitLine(times, frames);
}

/** One claimed format for each claimed rate. */
function ratesOf(bench: Bench): PcmFormat[] {
  const formats = new Map<number, PcmFormat>();
  for (const [format] of bench.claimedFormats) {
    if (!formats.has(format.rateHz)) formats.set(format.rateHz, format);
  }
  return [...formats.values()];
}

interface RateLine {
  readonly rateHz: number;
  readonly line: Line;
}

function lines(bench: Bench): RateLine[] {
  return ratesOf(bench).map((format) => {
    const stream = bench.openAnyMs(BUFFER_MS, format);
    stream.run();
    const line = measureRate(stream);
    stream.setState(KSSTATE.STOP);
    stream.close();
    return { rateHz: format.rateHz, line };
  });
}

/** The rate at which `error` is largest. */
function worstOf(
  measured: readonly RateLine[],
  error: (rate: RateLine) => number,
): RateLine | null {
  let worst: RateLine | null = null;
  for (const rate of measured) if (worst === null || error(rate) > error(worst)) worst = rate;
  return worst;
}

const rateError = ({ line, rateHz }: RateLine): number => Math.abs(line.slope / rateHz - 1);

function rates(bench: Bench): Outcome {
  const measured = lines(bench);
  const worst = worstOf(measured, rateError);
  if (worst === null) return notApplicable('the pin claims no rate');
  const error = rateError(worst);
  const text = `${inPercent(error)} at ${worst.rateHz} Hz is the worst of ${measured.length} rates`;
  return judge(error <= MOST_RATE_ERROR, text, 'the position is no clock of the stream rate');
}

function rateRegression(bench: Bench): Outcome {
  const worst = worstOf(lines(bench), ({ line }) => line.slopeError);
  if (worst === null) return notApplicable('the pin claims no rate');
  const { slopeError } = worst.line;
  const text = `${rounded(slopeError, 3)} at ${worst.rateHz} Hz`;
  return judge(slopeError <= MOST_REGRESSION_ERROR, text, 'the positions do not lie on a line');
}

const STEPS = 200;
const STEP_MS = 1;

function steps(bench: Bench): Outcome {
  const stream = bench.openAnyMs(BUFFER_MS);
  stream.run();
  const track = new PositionTrack(stream);
  track.read();
  track.follow(SETTLE_MS);
  const sizes: number[] = [];
  for (let last = track.read().playFrames; sizes.length < STEPS; ) {
    bench.runForMs(STEP_MS);
    const { playFrames } = track.read();
    sizes.push(playFrames - last);
    last = playFrames;
  }
  const average = mean(sizes);
  const spread = Math.sqrt(mean(sizes.map((size) => (size - average) ** 2)));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const text = `${least} to ${most} frames a ms, mean ${rounded(average, 2)}`;
  return pass(`${text}, sd ${rounded(spread, 2)}`);
}

/** KsTimedPinSetDeviceState: the bound that a driver verifier puts on these callbacks. */
const MOST_CALL_MS = 500;

function callTimes(bench: Bench): Outcome {
  const spent: [string, number][] = [];
  const timed = <T>(name: string, call: () => T): T => {
    const startNs = bench.now;
    const result = call();
    spent.push([name, (bench.now - startNs) / 1e6]);
    return result;
  };
  const stream = timed('open', () => bench.openAnyMs(BUFFER_MS));
  timed('ACQUIRE', () => stream.setState(KSSTATE.ACQUIRE));
  timed('PAUSE', () => stream.setState(KSSTATE.PAUSE));
  timed('RUN', () => stream.setState(KSSTATE.RUN));
  bench.runForMs(BUFFER_MS);
  timed('STOP', () => stream.setState(KSSTATE.STOP));
  timed('close', () => stream.close());
  const longest = Math.max(...spent.map(([, ms]) => ms));
  const text = spent.map(([name, ms]) => `${name} ${inMs(ms)}`).join(', ');
  return judge(longest <= MOST_CALL_MS, text, 'a call takes too long');
}

const BEFORE_SLEEP_MS = 100;

function rateAfterSleep(bench: Bench): Outcome {
  const stream = bench.openAnyMs(BUFFER_MS);
  stream.run();
  bench.runForMs(BEFORE_SLEEP_MS);
  const asleep = sleepInPause(stream);
  if (asleep !== null) return asleep;
  const { rateHz } = stream.format;
  const error = rateError({ rateHz, line: measureRate(stream) });
  return judge(error <= MOST_RATE_ERROR, inPercent(error), 'the rate is another one after D3');
}

function rateAtStart(bench: Bench): Outcome {
  const stream = bench.openAnyMs(BUFFER_MS);
  stream.run();
  const { rateHz } = stream.format;
  const first = measureRate(stream, FIRST_MS, READ_MS);
  const steady = measureRate(stream);
  const error = Math.abs(first.slope - steady.slope) / rateHz;
  const text = `${inPercent(error)} apart`;
  return judge(error <= MOST_START_ERROR, text, 'the rate is another one right after the start');
}

const common = { on: ANY_STREAM, source: ALSA_CONFORMANCE } as const;

export const rateCases: readonly ConformanceCase[] = [
  {
    ...common,
    on: ONE_STREAM,
    id: 'C-ACT-02',
    title: 'rate',
    checks: 'one second of positions at each claimed rate, by linear regression',
    limit: '0.01 % of nominal',
    run: rates,
  },
  {
    ...common,
    on: ONE_STREAM,
    id: 'C-ACT-03',
    title: 'error of the rate',
    checks: 'standard error of the regression at each claimed rate',
    limit: 'at most 10 frames/s',
    run: rateRegression,
  },
  {
    ...common,
    id: 'C-ACT-05',
    title: 'steps of the position',
    checks: 'movement of the position per millisecond, 200 times',
    limit: 'none: a report',
    run: steps,
  },
  {
    ...common,
    id: 'C-ACT-06',
    title: 'time in calls',
    checks: 'virtual time from request to answer of open, states and close',
    limit: '500 ms each',
    source: `${ALSA_CONFORMANCE}; limit of the KsTimed* rules`,
    run: callTimes,
  },
  {
    ...common,
    on: ONE_STREAM,
    id: 'C-ACT-07',
    title: 'rate after D3 and D0',
    checks: 'a paused stream whose device sleeps 100 ms and wakes, then one second of positions',
    limit: '0.01 % of nominal',
    source: `derived from ${ALSA_CONFORMANCE}`,
    run: rateAfterSleep,
  },
  {
    ...common,
    id: 'C-ACT-08',
    title: 'rate at the start',
    checks: 'rate in the first 100 ms against the second that follows',
    limit: '1 % of nominal',
    source: `derived from ${ALSA_CONFORMANCE}`,
    run: rateAtStart,
  },
];
