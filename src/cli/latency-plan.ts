/**
 * What `waveport latency` measures: every direction, kind of stream and buffer size that the
 * command line names, as far as the driver offers them. What it does not offer is told, and
 * refused where it was named.
 */
import { type EndpointFacts, enumerateFilters, findEndpoints } from '../client/endpoints.ts';
import { KsFilter } from '../client/ks-filter.ts';
import type { ClientHome } from '../client/ks-object.ts';
import { findSubjects, type Subject } from '../conformance/subject.ts';
import { checkProposal, chooseEndpoint, FormatRefusedError } from '../machine/choose-endpoint.ts';
import type { AudioDevice } from '../machine/devices.ts';
import type { LatencyDirection, LatencyStream } from '../machine/latency-terms.ts';
import type { Machine } from '../machine/machine.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
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

/** Why nothing can be measured in a direction; null when something can. */
type Obstacles = Readonly<Record<LatencyDirection, string | null>>;

/** What the driver has for one format. */
interface Offer {
  readonly subjects: readonly Subject[];
  readonly obstacles: Obstacles;
}

/**
 * Asks the machine what it offers in this format, and shuts it down.
 * @throws KsError; UsageError when a kind is named that the driver does not offer
 */
export function planLatency(
  machine: Machine<AudioDevice>,
  format: PcmFormat,
  wishes: LatencyWishes,
): LatencyPlan {
  const home = { process: machine.openProcess('latency'), ram: machine.kernel.ram };
  const { interfaces } = machine.kernel;
  const subjects = findSubjects(home, interfaces);
  const endpoints = findEndpoints(enumerateFilters(home, interfaces));
  const obstacles = {
    render: obstacle(home, endpoints, 'render', format),
    capture: obstacle(home, endpoints, 'capture', format),
  };
  machine.shutDown();
  const offer = { subjects, obstacles };
  const { bufferMs, direction = 'both', stream = STREAMS, sweep = false } = wishes;
  const streams: OfferedStream[] = [];
  const absent: AbsentStream[] = [];
  for (const each of direction === 'both' ? DIRECTIONS : [direction]) {
    for (const kind of STREAMS.filter((known) => stream.includes(known))) {
      const reason = whyAbsent(offer, each, kind);
      if (reason === null) streams.push({ direction: each, stream: kind });
      else absent.push({ direction: each, stream: kind, reason });
    }
  }
  const kinds = wishes.stream ?? [];
  const unmet = kinds.find((kind) => streams.every((offered) => offered.stream !== kind));
  if (unmet !== undefined || streams.length === 0) refuse(offer, absent, unmet);
  const buffersMs = bufferMs ?? (sweep ? SWEEP_MS : DEFAULT_MS);
  return { streams, absent, buffersMs: [...new Set(buffersMs)].sort((a, b) => a - b) };
}

function obstacle(
  home: ClientHome,
  endpoints: readonly EndpointFacts[],
  direction: LatencyDirection,
  format: PcmFormat,
): string | null {
  const endpoint = endpoints.find((each) => each.direction === direction);
  if (endpoint === undefined) return `there is no ${direction} endpoint`;
  const { name, portDriver, symbolicLink } = endpoint.filter;
  if (portDriver !== 'WaveRT') {
    return (
      `filter ${name} takes stream packets, and declares nothing to predict a latency from: it ` +
      'is measured of WaveRT streams, which --port wavert has on ac97'
    );
  }
  const filter = KsFilter.open(home, symbolicLink);
  try {
    chooseEndpoint([endpoint], direction, format);
    checkProposal(filter, endpoint, format);
    return null;
  } catch (error) {
    if (error instanceof FormatRefusedError) return error.message;
    throw error;
  } finally {
    filter.close();
  }
}

function whyAbsent(
  { obstacles, subjects }: Offer,
  direction: LatencyDirection,
  stream: LatencyStream,
): string | null {
  const reason = obstacles[direction];
  if (reason !== null || stream === 'shared') return reason;
  const subject = subjects.find(({ endpoint, streamClass }) => {
    return endpoint.direction === direction && streamClass === classOf[stream];
  });
  return subject === undefined ? 'the driver does not offer it' : subject.unavailable;
}

function refuse(
  offer: Offer,
  absent: readonly AbsentStream[],
  kind: LatencyStream | undefined,
): never {
  const told = absent.find(({ stream }) => stream === kind) ?? absent[0];
  const what =
    told === undefined ? 'no stream' : `no ${told.direction} stream of kind ${told.stream}`;
  const why = told === undefined ? '' : ` (${told.reason})`;
  const offered = DIRECTIONS.map((direction) => {
    const kinds = STREAMS.filter((stream) => whyAbsent(offer, direction, stream) === null);
    return `to ${direction}: ${kinds.length === 0 ? 'nothing' : kinds.join(', ')}`;
  });
  throw new UsageError(`there is ${what}${why}; what there is ${offered.join('; ')}`);
}
