/**
 * What `waveport latency` found, as a table for a person and as an object for a program. Each term
 * stands in frames and in milliseconds; a row whose measurement is not what was predicted is
 * marked, and says below in which way.
 */
import type { LatencyRow } from '../machine/latency-row.ts';
import { spanText } from '../machine/latency-row.ts';
import type { BufferTrial, SmallestBuffer } from '../machine/latency-search.ts';
import { framesToMs, type LatencyTerm } from '../machine/latency-terms.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { AbsentStream } from './latency-plan.ts';
import { counted, kilohertz, milliseconds, thousands } from './quantities.ts';

export interface LatencyFacts {
  readonly device: string;
  readonly driver: string;
  readonly format: PcmFormat;
  readonly seed: number;
  readonly rows: readonly LatencyRow[];
  readonly absent: readonly AbsentStream[];
  /** Null when it was not asked for. */
  readonly smallest: readonly SmallestBuffer[] | null;
}

const differing = ({ rows }: LatencyFacts): number =>
  rows.filter(({ differences }) => differences.length > 0).length;

/** Searches in which no buffer held. */
const unheld = ({ smallest }: LatencyFacts): number =>
  (smallest ?? []).filter(({ found }) => found === null).length;

export const isClean = (facts: LatencyFacts): boolean =>
  differing(facts) === 0 && unheld(facts) === 0;

/** `as predicted`, or how many rows are not. */
export function latencyVerdict(facts: LatencyFacts): string {
  const [odd, lost] = [differing(facts), unheld(facts)];
  const found: string[] = [];
  if (odd > 0) found.push(`${odd} of ${counted(facts.rows.length, 'row')} not as predicted`);
  if (lost > 0) found.push(`no buffer up to a second holds for ${counted(lost, 'stream')}`);
  return found.length === 0 ? 'as predicted' : found.join('; ');
}

export function latencyJson(facts: LatencyFacts): object {
  const { absent, device, driver, format, rows, seed, smallest } = facts;
  return {
    verdict: latencyVerdict(facts),
    device,
    driver,
    format,
    seed,
    rows,
    notOffered: absent,
    ...(smallest === null ? {} : { smallestBuffers: smallest }),
  };
}

export function latencyText(facts: LatencyFacts): string {
  const { absent, device, driver, format, rows } = facts;
  const sound = `${kilohertz(format.rateHz)}, ${format.validBits} bits, ${counted(format.channels, 'channel')}`;
  const lines = [`${device}, driver ${driver}, ${sound}`, '', ...tableOf(rows)];
  for (const { direction, reason, stream } of absent) {
    lines.push(`${direction} ${stream}: not offered: ${reason}`);
  }
  lines.push(...smallestLines(facts));
  const verdict = latencyVerdict(facts);
  return [...lines, '', isClean(facts) ? verdict : `FAULT: ${verdict}`].join('\n');
}

const HEADINGS = [
  ...['direction', 'stream', 'buffer', 'client (B)', 'FIFO', 'chipset', 'codec'],
  ...['predicted', 'measured', 'from RUN', 'newest', ''],
];

function tableOf(rows: readonly LatencyRow[]): string[] {
  const [heading = '', ...lines] = columns([HEADINGS, ...rows.map(cellsOf)]);
  const marked = lines.flatMap((line, index) => {
    const differences = rows[index]?.differences ?? [];
    return [line, ...differences.map((difference) => `    ${difference}`)];
  });
  return [heading, ...marked];
}

function cellsOf({ differences, measured, predicted, rateHz, terms, ...row }: LatencyRow) {
  const { chipset, client, codec, fifo } = terms;
  return [
    row.direction,
    row.stream,
    sized(row.bufferFrames, row.bufferMs),
    `${thousands(client.bytes)} B, ${termText(client)}`,
    termText(fifo),
    termText(chipset),
    termText(codec),
    sized(spanText(predicted), framesToMs(predicted.mostFrames, rateHz)),
    spanText(measured),
    row.direction === 'render' ? `${measured.fromRunFrames ?? 'unheard'}` : '-',
    measured.newest === undefined ? '-' : spanText(measured.newest),
    differences.length === 0 ? '' : 'DIFFERS',
  ];
}

/** `480 = 10.000 ms` */
const sized = (frames: number | string, ms: number): string => `${frames} = ${milliseconds(ms)}`;

const termText = ({ frames, ms }: LatencyTerm): string => sized(frames, ms);

function smallestLines({ seed, smallest }: LatencyFacts): string[] {
  const [first] = smallest ?? [];
  if (smallest === null || first === undefined) return [];
  const rows = smallest.map(({ boundFrames, direction, found, rateHz, smaller, stream }) => [
    direction,
    stream,
    found === null ? 'none' : sized(found.bufferFrames, found.bufferMs),
    smallerText(found, smaller),
    boundFrames === null ? 'none' : sized(boundFrames, framesToMs(boundFrames, rateHz)),
  ]);
  const headings = ['direction', 'stream', 'smallest buffer', 'the next smaller', 'at worst'];
  return [
    '',
    `Wake-ups up to ${thousands(first.jitterUs)} us late, evenly spread (seed ${seed}):`,
    ...columns([headings, ...rows]),
  ];
}

function smallerText(found: BufferTrial | null, smaller: BufferTrial | null): string {
  if (found === null) return '';
  if (smaller === null) return 'nothing smaller to try';
  return `${smaller.bufferFrames} loses ${counted(smaller.lostFrames, 'frame')}`;
}

/** Rows of cells as lines, each column as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
