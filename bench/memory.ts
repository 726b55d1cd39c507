/**
 * What an hour costs in memory: one stream whose every frame is compared, looked at after a
 * garbage collection. Nothing here may grow with the length of the stream.
 */
import { seconds } from '../src/base/brand.ts';
import { type Player, playAndCompare } from './player.ts';
import { recordingInMemory } from './recording.ts';
import type { Effort, GroupResult, Row } from './results.ts';

const KIB = 1024;
/** Beyond the last look, so that the stream still plays then. */
const SPARE_SECONDS = 10;

export function measureMemory({ isQuick }: Effort): GroupResult {
  const minutes = isQuick ? [1, 2, 3, 4, 5] : [1, 15, 30, 45, 60];
  const last = minutes.at(-1) ?? 0;
  const player = playAndCompare(recordingInMemory(60 * last + SPARE_SECONDS));
  const looks = minutes.map((minute) => {
    playTo(player, minute);
    return look(player);
  });
  while (!player.step());
  player.finish();
  const rows: Row[] = minutes.map((minute, index) => ({
    key: `minute${minute}`,
    label: `after ${minute} min`,
    cells: looks[index] ?? {},
  }));
  return {
    group: 'memory',
    title: `Memory over ${last} min of virtual time, one stream, every frame compared`,
    columns: [
      { key: 'heap', heading: 'heap KiB', decimals: 1 },
      { key: 'external', heading: 'external KiB', decimals: 1 },
      { key: 'buffers', heading: 'array buffers KiB', decimals: 1 },
      { key: 'poolBlocks', heading: 'pool blocks', decimals: 0 },
      { key: 'poolBytes', heading: 'pool bytes', decimals: 0 },
      { key: 'pages', heading: 'pages', decimals: 0 },
    ],
    rows: [...rows, growthRow(looks)],
    notes: ['Growth is from the second look on: until then Node compiles what runs hot.'],
  };
}

function playTo(player: Player, minute: number): void {
  while (player.machine.now < seconds(60 * minute)) {
    if (player.step()) throw new Error(`the stream ended before minute ${minute}`);
  }
}

function look({ machine }: Player): Record<string, number> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('run node with --expose-gc');
  // The second one takes what finalizers of the first let go.
  collect();
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { memory, pool } = machine.kernel;
  return {
    heap: heapUsed / KIB,
    external: external / KIB,
    buffers: arrayBuffers / KIB,
    poolBlocks: pool.livePoolBlocks,
    poolBytes: pool.livePoolBytes,
    pages: memory.frames.allocatedPages,
  };
}

function growthRow(looks: readonly Record<string, number>[]): Row {
  const second = looks[1] ?? {};
  const last = looks.at(-1) ?? {};
  const cells = Object.keys(last).map((key) => [key, (last[key] ?? 0) - (second[key] ?? 0)]);
  return { key: 'growth', label: 'growth', cells: Object.fromEntries(cells) };
}
