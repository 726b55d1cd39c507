/** What the figures are meant to reach, each judged by one median of the same run. */
import { type GroupResult, medianOf } from './results.ts';

export interface Verdict {
  readonly goal: string;
  /** Null when its group was not measured. */
  readonly measured: number | null;
  readonly limit: number;
  readonly isMet: boolean | null;
}

interface Goal {
  readonly text: string;
  readonly group: string;
  readonly row: string;
  readonly column: string;
  readonly limit: number;
  readonly better: 'more' | 'less';
}

const goals: readonly Goal[] = [
  {
    text: 'one stream, every frame compared: at least 5,000 x real time',
    group: 'stream',
    row: 'compare',
    column: 'speed',
    limit: 5000,
    better: 'more',
  },
  {
    text: 'the same where the host is slower: 1.65 x sox, which is 5,000 x where sox does 3,023 x',
    group: 'stream',
    row: 'compare',
    column: 'yardstick',
    limit: 5000 / 3023,
    better: 'more',
  },
  {
    text: 'one stream, every frame compared: at least as fast as aplay into the ALSA file plugin',
    group: 'stream',
    row: 'compare',
    column: 'nearest',
    limit: 1,
    better: 'more',
  },
  {
    text: 'one stream from a file to a file, which is what aplay does: at least as fast as aplay',
    group: 'stream',
    row: 'file',
    column: 'nearest',
    limit: 1,
    better: 'more',
  },
  {
    text: 'the same, with every frame compared on its way: at least as fast as aplay',
    group: 'stream',
    row: 'comparedFile',
    column: 'nearest',
    limit: 1,
    better: 'more',
  },
  {
    text: '16 such streams into one device, every frame compared: at least 1,500 x real time',
    group: 'stream',
    row: 'mixed16one',
    column: 'speed',
    limit: 1500,
    better: 'more',
  },
  {
    text: 'the same where the host is slower: 0.5 x sox, which is 1,500 x where sox does 3,023 x',
    group: 'stream',
    row: 'mixed16one',
    column: 'yardstick',
    limit: 1500 / 3023,
    better: 'more',
  },
  {
    text: '16 float streams into one device, every frame compared: at least 1,500 x real time',
    group: 'stream',
    row: 'mixed16float',
    column: 'speed',
    limit: 1500,
    better: 'more',
  },
  {
    text: 'the same where the host is slower: 0.5 x sox, which is 1,500 x where sox does 3,023 x',
    group: 'stream',
    row: 'mixed16float',
    column: 'yardstick',
    limit: 1500 / 3023,
    better: 'more',
  },
  {
    text: 'mappings: 10,000 outstanding at most 1.5 x the time of one outstanding',
    group: 'mappings',
    row: 'held10000',
    column: 'ratio',
    limit: 1.5,
    better: 'less',
  },
  {
    text: 'memory is flat: heap growth in KiB after the first looks at most 64',
    group: 'memory',
    row: 'growth',
    column: 'heap',
    limit: 64,
    better: 'less',
  },
  {
    text: 'memory is flat: array buffers do not grow',
    group: 'memory',
    row: 'growth',
    column: 'buffers',
    limit: 0,
    better: 'less',
  },
  {
    text: "memory is flat: the machine's pages do not grow",
    group: 'memory',
    row: 'growth',
    column: 'pages',
    limit: 0,
    better: 'less',
  },
  {
    text: 'the audio engine: 16 sessions by timer, served by one thread: at most 6 us CPU per period',
    group: 'engine',
    row: 'thread-timer-16',
    column: 'period',
    limit: 6,
    better: 'less',
  },
  {
    text: 'the audio engine: heap growth in KiB of 16 sessions after the first looks at most 64',
    group: 'engine-memory',
    row: 'thread-growth',
    column: 'heap',
    limit: 64,
    better: 'less',
  },
  {
    text: "the audio engine: the machine's pages do not grow",
    group: 'engine-memory',
    row: 'thread-growth',
    column: 'pages',
    limit: 0,
    better: 'less',
  },
  {
    text: 'mixing 64 streams: at least 0.8 x the speed of C, vectorised by hand',
    group: 'mixing',
    row: 'c4',
    column: 'ratio64',
    limit: 0.8,
    better: 'more',
  },
  {
    text: 'mixing 64 streams: at least 12 x the speed of script',
    group: 'mixing',
    row: 'script',
    column: 'ratio64',
    limit: 12,
    better: 'more',
  },
  {
    text: 'mixing 64 streams: not slower than a copy of the inputs',
    group: 'mixing',
    row: 'copy',
    column: 'ratio64',
    limit: 1,
    better: 'more',
  },
  {
    text: 'a whole period of 64 streams: at most 1.5 x the mix alone',
    group: 'mixing',
    row: 'period',
    column: 'bare64',
    limit: 1.5,
    better: 'less',
  },
  {
    text: 'resampling 44.1 to 48 kHz: libsoxr HQ at most 1.43 x as fast',
    group: 'resampling',
    row: 'soxr',
    column: 'ratio',
    limit: 1.43,
    better: 'less',
  },
];

export function judge(results: readonly GroupResult[]): Verdict[] {
  return goals.map(({ text, group, row, column, limit, better }) => {
    const measured = medianOf(results, group, row, column);
    const isMet = measured === null ? null : reaches(measured, limit, better);
    return { goal: text, measured, limit, isMet };
  });
}

function reaches(measured: number, limit: number, better: Goal['better']): boolean {
  return better === 'more' ? measured >= limit : measured <= limit;
}
