/**
 * The Wave test: RUN moves the position, PAUSE freezes it, STOP resets it; the smallest and the
 * largest buffer stream; the pin can do what a WaveRT pin should; every endpoint is plugged in.
 */

import { KsError } from '../../client/ks-object.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_UNSUCCESSFUL,
  statusName,
} from '../../standards/nt/ntstatus.ts';
import { type Bench, LARGEST_BUFFER_MS } from '../bench.ts';
import type { BenchStream } from '../bench-stream.ts';
import {
  ANY_BUFFER,
  ANY_STREAM,
  type ConformanceCase,
  ONE_STREAM,
  WAVE_TEST,
} from '../conformance-case.ts';
import { processingModes } from '../processing-modes.ts';
import { inMs } from '../quantity.ts';
import type { TestStream } from '../test-stream.ts';
import { fail, judge, notApplicable, type Outcome, pass, warning } from '../verdict.ts';

const BUFFER_MS = 40;
const SETTLE_MS = 100;
const READS = 10;
const READ_MS = 50;
/** Not a divisor of a buffer's length, so that a moving position shows in a buffer of any size. */
const ODD_MS = 7.3;
/** 2.67 ms at 48 kHz: the least of Windows' own HD Audio driver. */
const SHORTEST_PERIOD_FRAMES = 128;
/** What AllocateAudioBuffer may answer. */
const ALLOCATION_FAILURES: readonly NtStatus[] = [
  STATUS_UNSUCCESSFUL,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_DEVICE_NOT_READY,
];

/** Play and write offset, ten times. */
function readings(stream: TestStream, everyMs: number): string[] {
  return Array.from({ length: READS }, () => {
    stream.bench.runForMs(everyMs);
    stream.pin.check('AUDIO_POSITION', stream.pin.readPosition());
    return `${stream.pin.playOffset}/${stream.pin.writeOffset}`;
  });
}

const distinct = (values: readonly string[]): number => new Set(values).size;

/** Whether the position changes while the stream runs. */
export function moves(stream: TestStream, everyMs = ODD_MS): boolean {
  return distinct(readings(stream, everyMs)) > 1;
}

function openAndRun(bench: Bench): TestStream {
  const stream = bench.openAnyMs(BUFFER_MS);
  stream.writeAhead();
  stream.run();
  bench.runForMs(SETTLE_MS);
  return stream;
}

function runMoves(bench: Bench): Outcome {
  // Half a millisecond more, so that no reading falls on a whole pass of the buffer.
  const count = distinct(readings(openAndRun(bench), READ_MS + 0.5));
  return judge(count > 1, `${count} different positions`, 'the position stands in RUN');
}

function pauseFreezes(bench: Bench): Outcome {
  const stream = openAndRun(bench);
  stream.setState(KSSTATE.PAUSE);
  const count = distinct(readings(stream, READ_MS + 0.5));
  return judge(count === 1, positions(count), 'the position moves in PAUSE');
}

const positions = (count: number): string => `${count} different position${count === 1 ? '' : 's'}`;

function stopResets(bench: Bench): Outcome {
  const stream = openAndRun(bench);
  stream.setState(KSSTATE.STOP);
  const others = readings(stream, READ_MS).filter((reading) => reading !== '0/0');
  const [first] = others;
  if (first === undefined) return pass('0 in all readings');
  return fail(`play/write ${first} bytes`, 'the position is not 0 in STOP');
}

/** Two of the shortest periods of Windows' own HD Audio driver, or what the driver makes of it. */
function smallestBuffer(bench: Bench): Outcome {
  return streams(bench.open({ bufferFrames: 2 * SHORTEST_PERIOD_FRAMES }));
}

function largestBuffer(bench: Bench): Outcome {
  let refused = '';
  for (let bufferMs = LARGEST_BUFFER_MS; bufferMs >= 10; bufferMs /= 2) {
    try {
      const outcome = streams(bench.openMs(bufferMs));
      const { measured } = outcome;
      return { ...outcome, measured: refused === '' ? measured : `${measured}; more: ${refused}` };
    } catch (error) {
      if (!(error instanceof KsError)) throw error;
      if (!ALLOCATION_FAILURES.includes(error.status)) {
        return fail(
          `${bufferMs} ms: ${statusName(error.status)}`,
          'that is no answer to a request',
        );
      }
      refused = statusName(error.status);
    }
  }
  return fail(refused, 'no buffer of 10 ms or more is given');
}

function streams(stream: BenchStream): Outcome {
  stream.writeAhead();
  stream.run();
  const { actualBytes } = stream.buffer;
  const lasts = inMs((1000 * stream.bufferFrames) / stream.format.rateHz);
  return judge(moves(stream), `${actualBytes} bytes, ${lasts}`, 'the position stands in RUN');
}

function twoModes(bench: Bench): Outcome {
  const { possibleInstances, id } = bench.subject.endpoint.streamingPin;
  if (possibleInstances < 2) {
    return notApplicable(`pin ${id} allows ${possibleInstances} instance at a time`);
  }
  const modes = processingModes(bench.filter, id);
  const streams = [0, 1].map((index) => {
    // A pin that lists one mode runs both streams in it.
    const mode = modes[Math.min(index, modes.length - 1)];
    return bench.openMs(BUFFER_MS, mode === undefined ? {} : { mode });
  });
  for (const stream of streams) stream.run();
  const moving = streams.filter((stream) => moves(stream)).length;
  const measured = `${moving} of 2 streams in ${Math.min(2, modes.length)} modes`;
  return judge(moving === streams.length, measured, 'two streams do not run at once');
}

function isWaveRt(bench: Bench): Outcome {
  if (bench.subject.streamClass === 'stream packets') {
    return warning('stream packets', 'no WaveRT: the port has a hand in every packet');
  }
  const stream = bench.openMs(BUFFER_MS);
  const canNotify = stream.pin.queryNotificationSupport();
  if (canNotify) return pass('WaveRT, event-driven');
  const reason = 'no notification support: clients fall back to a timer';
  return warning('WaveRT, timer-driven', reason);
}

const common = { on: ANY_BUFFER, source: WAVE_TEST } as const;

export const waveCases: readonly ConformanceCase[] = [
  {
    ...common,
    on: ANY_STREAM,
    id: 'C-WAV-01',
    title: 'RUN moves the position',
    checks: '100 ms in RUN, then 10 readings 50 ms apart',
    limit: 'the readings change',
    run: runMoves,
  },
  {
    ...common,
    on: ANY_STREAM,
    id: 'C-WAV-02',
    title: 'PAUSE freezes the position',
    checks: 'from RUN to PAUSE, then 10 readings',
    limit: 'all are equal',
    run: pauseFreezes,
  },
  {
    ...common,
    on: ANY_STREAM,
    id: 'C-WAV-03',
    title: 'STOP resets the position',
    checks: 'from RUN down to STOP, then 10 readings',
    limit: 'all are 0',
    run: stopResets,
  },
  {
    ...common,
    id: 'C-WAV-04',
    title: 'smallest buffer',
    checks: 'the buffer given for a request of two periods of 128 frames streams',
    limit: 'the position moves',
    run: smallestBuffer,
  },
  {
    ...common,
    id: 'C-WAV-05',
    title: 'largest buffer',
    checks: 'the largest buffer up to 4 s that is given streams; refusals are documented statuses',
    limit: 'the position moves',
    run: largestBuffer,
  },
  {
    ...common,
    on: ['timer'],
    id: 'C-WAV-07',
    title: 'two modes at once',
    checks: 'a pin that allows two instances runs two, in two processing modes where it lists them',
    limit: 'both positions move',
    run: twoModes,
  },
  {
    ...common,
    on: ONE_STREAM,
    id: 'C-WAV-08',
    title: 'WaveRT and event-driven',
    checks: 'a stream opens on a filter of KSCATEGORY_REALTIME; QUERY_NOTIFICATION_SUPPORT',
    limit: 'WaveRT and event-driven, else a warning',
    run: isWaveRt,
  },
];
