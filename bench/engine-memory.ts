/**
 * What an hour of the audio engine costs in memory: 16 sessions that play without end. Nothing may
 * be kept per period, and what a period throws away is told, because a collector has to take it.
 */
import { type Application, EngineSessions } from './engine-sessions.ts';
import { PERIODS_PER_SECOND } from './recording.ts';
import type { Effort, GroupResult, Row } from './results.ts';

const KIB = 1024;
const SESSIONS = 16;
/** Short enough that most of them end before the collector comes. */
const SLICE_SECONDS = 2;
const SLICES = 20;

const APPLICATIONS: readonly (readonly [Application, string])[] = [
  ['thread', 'one thread for all'],
  ['threads', 'a thread each'],
];

export function measureEngineMemory({ isQuick }: Effort): GroupResult {
  const minutes = isQuick ? [1, 2, 3, 4, 5] : [1, 15, 30, 45, 60];
  return {
    group: 'engine-memory',
    title: `Memory of the audio engine over ${minutes.at(-1)} min, ${SESSIONS} sessions, by events`,
    columns: [
      { key: 'heap', heading: 'heap KiB', decimals: 1 },
      { key: 'buffers', heading: 'array buffers KiB', decimals: 1 },
      { key: 'poolBlocks', heading: 'pool blocks', decimals: 0 },
      { key: 'pages', heading: 'pages', decimals: 0 },
      { key: 'garbage', heading: 'garbage bytes per period', decimals: 0 },
    ],
    rows: APPLICATIONS.flatMap(([application, name]) => rowsOf(application, name, minutes)),
    notes: [
      'Growth is from the second look on: until then Node compiles what runs hot.',
      'Garbage is of all that a period needs, the applications included.',
    ],
  };
}

function rowsOf(application: Application, name: string, minutes: readonly number[]): Row[] {
  const sessions = new EngineSessions(SESSIONS, 'events', application);
  let played = 0;
  const looks = minutes.map((minute) => {
    sessions.run(60 * minute - played);
    played = 60 * minute;
    return look(sessions);
  });
  const garbage = garbagePerPeriod(sessions);
  sessions.checkSecond();
  sessions.end();
  const second = looks[1] ?? {};
  const last = looks.at(-1) ?? {};
  const growth = Object.keys(last).map((key) => [key, (last[key] ?? 0) - (second[key] ?? 0)]);
  const lookRows = minutes.map((minute, index): Row => {
    const label = `${name}, after ${minute} min`;
    return { key: `${application}-minute${minute}`, label, cells: looks[index] ?? {} };
  });
  return [
    ...lookRows,
    {
      key: `${application}-growth`,
      label: `${name}, growth`,
      cells: { ...Object.fromEntries(growth), garbage },
    },
  ];
}

function look({ machine }: EngineSessions): Record<string, number> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('run node with --expose-gc');
  // The second one takes what finalizers of the first let go.
  collect();
  collect();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  const { memory, pool } = machine.kernel;
  return {
    heap: heapUsed / KIB,
    buffers: arrayBuffers / KIB,
    poolBlocks: pool.livePoolBlocks,
    pages: memory.frames.allocatedPages,
  };
}

/** The median of slices: one in which the collector came is out of line. */
function garbagePerPeriod(sessions: EngineSessions): number {
  const slices = Array.from({ length: SLICES }, () => {
    const before = process.memoryUsage().heapUsed;
    sessions.run(SLICE_SECONDS);
    return process.memoryUsage().heapUsed - before;
  }).sort((left, right) => left - right);
  return (slices[SLICES >> 1] ?? 0) / (SLICE_SECONDS * PERIODS_PER_SECOND);
}
