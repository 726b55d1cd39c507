/**
 * Cases that only a machine whose every page, reference and nanosecond is counted can have: nothing
 * is left when a stream closes or the driver unloads, the position can be asked for at
 * DISPATCH_LEVEL, counters of 32 bits may wrap under a running stream, and one seed gives one trace.
 */
import { DISPATCH_LEVEL } from '../../kernel/irql.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import { ntSuccess, statusName } from '../../standards/nt/ntstatus.ts';
import type { Bench } from '../bench.ts';
import { BenchStream } from '../bench-stream.ts';
import { ANY_STREAM, type ConformanceCase } from '../conformance-case.ts';
import { PositionTrack } from '../position-track.ts';
import { inFrames } from '../quantity.ts';
import { fail, judge, notApplicable, type Outcome, pass } from '../verdict.ts';

const BUFFER_MS = 20;
const RUN_MS = 50;

/** A stream's whole life, through every state and back. */
function live(bench: Bench): void {
  const stream = bench.openAnyMs(BUFFER_MS);
  if (stream instanceof BenchStream && stream.notifications > 0) stream.events.times.length = 0;
  stream.writeAhead();
  stream.run();
  bench.runForMs(RUN_MS);
  stream.setState(KSSTATE.PAUSE);
  stream.setState(KSSTATE.RUN);
  bench.runForMs(RUN_MS);
  stream.setState(KSSTATE.STOP);
  stream.close();
}

const listed = (left: readonly string[]): string =>
  left.length === 0 ? 'nothing left' : `${left.length} left`;

/** Twice, because a driver may keep something from its first stream on, and only that. */
function pagesBalance(bench: Bench): Outcome {
  const { memory } = bench.machine.kernel;
  live(bench);
  const before = memory.outstanding();
  live(bench);
  const left = added(before, memory.outstanding());
  return judge(left.length === 0, listed(left), `left when the stream closed: ${left.join('; ')}`);
}

/** Lines of `after` that `before` has not, or not as often. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const known = [...before];
  return after.filter((line) => {
    const at = known.indexOf(line);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

function referenceBalance(bench: Bench): Outcome {
  const other = bench.another();
  live(other);
  const left = other.close();
  return judge(left.length === 0, listed(left), `left behind the driver: ${left.join('; ')}`);
}

/** Every other callback has PASSIVE_LEVEL as its highest, and is called there all the time. */
function positionAtDispatch(bench: Bench): Outcome {
  const stream = bench.openMs(BUFFER_MS);
  stream.run();
  bench.runForMs(RUN_MS);
  const { irql } = bench.machine.kernel;
  const old = irql.raise(DISPATCH_LEVEL);
  const status = stream.pin.readPosition();
  irql.lower(old);
  if (!ntSuccess(status)) return fail(statusName(status), 'no position at DISPATCH_LEVEL');
  return pass('GetPosition at DISPATCH_LEVEL');
}

/** When counters of 32 bits wrap: 100 ns, then milliseconds with and without a sign. */
const TICKS_WRAP_NS = 2 ** 32 * 100;
const WRAPS_NS: readonly (readonly [string, number])[] = [
  ['2^32 * 100 ns', TICKS_WRAP_NS],
  ['2^31 ms', 2 ** 31 * 1e6],
  ['2^32 ms', 2 ** 32 * 1e6],
];
const LEAD_NS = 500e6;
/** A driver whose own timers never rest cannot be led through weeks. */
const MOST_ALARMS = 100_000;
const STEP_NS = 1_234_567;
const ACCURACY_FRAMES = 1;

/**
 * Each on a machine that was idle till then: a device that has run once goes on sampling. The
 * first also as time in RUN, which is what a stream's own counters count.
 */
function counterWraps(bench: Bench): Outcome {
  let worst = worstInLongRun(bench);
  const passed: string[] = ['2^32 * 100 ns of RUN'];
  for (const [name, wrapNs] of WRAPS_NS) {
    const other = bench.another();
    other.stopListening();
    const isThere = idleUntil(other, wrapNs - LEAD_NS);
    if (isThere) {
      const stream = other.openMs(BUFFER_MS);
      stream.run();
      worst = Math.max(worst, worstStep(stream, wrapNs + LEAD_NS));
      passed.push(name);
    }
    other.close();
    if (!isThere) break;
  }
  const measured = `off by ${inFrames(worst)} at most at ${passed.join(', ')}`;
  return judge(worst <= ACCURACY_FRAMES, measured, 'the position jumps where a counter wraps');
}

function worstInLongRun(bench: Bench): number {
  const other = bench.another();
  other.stopListening();
  const stream = other.openMs(BUFFER_MS);
  stream.run();
  other.runUntilNs(stream.runNs + TICKS_WRAP_NS - LEAD_NS);
  const worst = worstStep(stream, stream.runNs + TICKS_WRAP_NS + LEAD_NS);
  other.close();
  return worst;
}

/** No machine can be led through so many packets, and no driver lets a client set its count. */
function packetWraps(bench: Bench): Outcome {
  const stream = bench.open({ bufferFrames: SHORTEST_PACKETS_FRAMES });
  const { packetFrames, format } = stream;
  const days = (2 ** 32 * packetFrames) / format.rateHz / SECONDS_PER_DAY;
  const packet = `packets of ${inFrames(packetFrames)}`;
  return notApplicable(`2^32 ${packet} last ${Math.round(days)} days, and STOP starts over at 0`);
}

const SHORTEST_PACKETS_FRAMES = 256;
const SECONDS_PER_DAY = 86_400;

function idleUntil({ machine }: Bench, timeNs: number): boolean {
  for (let alarms = 0; machine.clock.nextDue <= timeNs; alarms++) {
    if (alarms > MOST_ALARMS) return false;
    machine.kernel.run(machine.clock.nextDue);
  }
  machine.runFor(timeNs - machine.now);
  return true;
}

/** How far the position is from elapsed time * rate at worst, until `endNs`. */
function worstStep(stream: BenchStream, endNs: number): number {
  const { bench, format } = stream;
  const track = new PositionTrack(stream);
  track.read();
  track.follow(2 * BUFFER_MS);
  const first = track.read();
  let worst = 0;
  while (bench.now < endNs) {
    bench.machine.runFor(STEP_NS);
    const point = track.read();
    const due = ((point.timeNs - first.timeNs) * format.rateHz) / 1e9;
    worst = Math.max(worst, Math.abs(point.playFrames - first.playFrames - due));
  }
  return worst;
}

function determinism(bench: Bench): Outcome {
  const [first, second] = [tracedLife(bench), tracedLife(bench)];
  const measured = `${first.lines} and ${second.lines} lines of trace`;
  const isSame = first.hash === second.hash && first.lines === second.lines;
  return judge(isSame, measured, 'two runs with one seed differ');
}

interface TraceDigest {
  readonly lines: number;
  readonly hash: number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const NEW_LINE = 10;

function tracedLife(bench: Bench): TraceDigest {
  let hash = FNV_OFFSET;
  let lines = 0;
  const sink = (text: string): void => {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      hash = Math.imul(hash ^ unit, FNV_PRIME);
      if (unit === NEW_LINE) lines++;
    }
  };
  const other = bench.another({ sink });
  live(other);
  other.close();
  return { lines, hash };
}

const common = { on: ANY_STREAM } as const;

export const machineCases: readonly ConformanceCase[] = [
  {
    ...common,
    id: 'C-WVP-01',
    title: 'pages balance',
    checks: 'pages, mappings and pool after a stream has closed against those before it opened',
    limit: 'nothing is left',
    source: 'WRT-BUF-036, WRT-MDL',
    run: pagesBalance,
  },
  {
    ...common,
    id: 'C-WVP-02',
    title: 'reference balance',
    checks: 'objects and everything else that is left after the driver was unloaded',
    limit: 'nothing is left',
    source: 'COM reference counts; PCL',
    run: referenceBalance,
  },
  {
    ...common,
    on: ['timer'],
    id: 'C-WVP-03',
    title: 'callbacks at their highest IRQL',
    checks: 'GetPosition at DISPATCH_LEVEL; every other callback at PASSIVE_LEVEL, its highest',
    limit: 'no bug check',
    source: 'WRT-POS-002',
    run: positionAtDispatch,
  },
  {
    ...common,
    on: ['timer'],
    id: 'C-WVP-06',
    title: 'counters that wrap',
    checks: 'a stream over the moments at which 2^32 * 100 ns, 2^31 ms and 2^32 ms have passed',
    limit: 'the position stays exact to one frame',
    source: 'derived from the width of counters',
    run: counterWraps,
  },
  {
    ...common,
    on: ['packets'],
    id: 'C-WVP-06',
    title: 'counters that wrap',
    checks: 'how long 2^32 of the shortest packets last',
    limit: 'the count wraps without a jump',
    source: 'derived from the width of counters',
    run: packetWraps,
  },
  {
    ...common,
    id: 'C-WVP-07',
    title: 'determinism',
    checks: 'the traces of two runs with one seed',
    limit: 'identical',
    source: 'a machine without chance of its own',
    run: determinism,
  },
];
