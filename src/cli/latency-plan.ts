/**
 * What `waveport latency` measures: every direction, kind of stream and buffer size that the
 * command line names, as far as the driver offers them. What it does not offer is told, and
 * refused where it was named.
 */
import { findSubjects, type Subject } from '../conformance/subject.ts';
import type { AudioDevice } from '../machine/devices.ts';
import type { LatencyDirection, LatencyStream } from '../machine/latency-terms.ts';
import type { Machine } from '../machine/machine.ts';
import { UsageError } from './outcome.ts';

export const STREAMS: readonly LatencyStream[] = ['timer', 'event', 'packet', 'shared'];
export const DIRECTIONS: readonly LatencyDirection[] = ['render', 'capture'];

const SWEEP_MS = [2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100];
const DEFAULT_MS = [10];

export interface LatencyWishes {
  readonly direction?: LatencyDirection | 'both';
  readonly stream?: readonly LatencyStream[];
  readonly bufferMs?: readonly number[];
  readonly sweep?: boolean;
}

/** One direction of one kind of stream. */
export interface OfferedStream {
  readonly direction: LatencyDirection;
  readonly stream: LatencyStream;
}

export interface AbsentStream extends OfferedStream {
  readonly reason: string;
}

export interface LatencyPlan {
  readonly streams: readonly OfferedStream[];
  readonly buffersMs: readonly number[];
  /** Kinds of streams that are not there to be measured. */
  readonly absent: readonly AbsentStream[];
}

const classOf = { timer: 'timer', event: 'notification', packet: 'packets' } as const;

/**
 * Asks the machine what it offers, and shuts it down.
 * @throws KsError; UsageError when a kind is named that the driver does not offer
 */
export function planLatency(machine: Machine<AudioDevice>, wishes: LatencyWishes): LatencyPlan {
  const home = { process: machine.openProcess('latency'), ram: machine.kernel.ram };
  const subjects = findSubjects(home, machine.kernel.interfaces);
  machine.shutDown();
  const { bufferMs, direction = 'both', stream = STREAMS, sweep = false } = wishes;
  const streams: OfferedStream[] = [];
  const absent: AbsentStream[] = [];
  for (const each of direction === 'both' ? DIRECTIONS : [direction]) {
    for (const kind of STREAMS.filter((known) => stream.includes(known))) {
      const reason = whyAbsent(subjects, each, kind);
      if (reason === null) streams.push({ direction: each, stream: kind });
      else absent.push({ direction: each, stream: kind, reason });
    }
  }
  const kinds = wishes.stream ?? [];
  const unmet = kinds.find((kind) => streams.every((offered) => offered.stream !== kind));
  if (unmet !== undefined || streams.length === 0) refuse(subjects, absent, unmet);
  const buffersMs = bufferMs ?? (sweep ? SWEEP_MS : DEFAULT_MS);
  return { streams, absent, buffersMs: [...new Set(buffersMs)].sort((a, b) => a - b) };
}

function whyAbsent(
  subjects: readonly Subject[],
  direction: LatencyDirection,
  stream: LatencyStream,
): string | null {
  const offered = subjects.filter(({ endpoint }) => endpoint.direction === direction);
  if (offered.length === 0) return `there is no ${direction} endpoint`;
  if (stream === 'shared') return null;
  const subject = offered.find(({ streamClass }) => streamClass === classOf[stream]);
  return subject === undefined ? 'the driver does not offer it' : subject.unavailable;
}

function refuse(
  subjects: readonly Subject[],
  absent: readonly AbsentStream[],
  kind: LatencyStream | undefined,
): never {
  const told = absent.find(({ stream }) => stream === kind) ?? absent[0];
  const what =
    told === undefined ? 'no stream' : `no ${told.direction} stream of kind ${told.stream}`;
  const why = told === undefined ? '' : ` (${told.reason})`;
  const offered = DIRECTIONS.map((direction) => {
    const kinds = STREAMS.filter((stream) => whyAbsent(subjects, direction, stream) === null);
    return `to ${direction}: ${kinds.length === 0 ? 'nothing' : kinds.join(', ')}`;
  });
  throw new UsageError(`there is ${what}${why}; what there is ${offered.join('; ')}`);
}
