/**
 * Several streams at once, in two ways: mixed by the engine into one device, as Windows does, and
 * on a machine each, as a test suite runs them. Each way has a process of its own, and every frame
 * is compared.
 */
import { join } from 'node:path';
import { EarProcess } from './ear.ts';
import type { EarKey } from './ear-process.ts';
import { PERIODS_PER_SECOND, withScratchFolder, writeRecording } from './recording.ts';
import type { Effort, GroupResult, Row } from './results.ts';
import { Rounds } from './rounds.ts';

interface Case {
  readonly key: EarKey;
  readonly label: string;
  readonly streams: number;
}

const cases: readonly Case[] = [
  { key: 'mixed1', label: '1 of 16 bits through the engine', streams: 1 },
  { key: 'mixed16float', label: '16 of floats, float device, one thread', streams: 16 },
  { key: 'mixed16one', label: '16 of 16 bits, one thread', streams: 16 },
  { key: 'mixed16', label: '16 of 16 bits, a thread each', streams: 16 },
  { key: 'mixed16events', label: 'the same, by events', streams: 16 },
  { key: 'mixed16packets', label: 'the same, by packets', streams: 16 },
  { key: 'machines4', label: '4 machines with a stream each', streams: 4 },
  { key: 'machines16', label: '16 machines with a stream each', streams: 16 },
];
const WARM_UPS = 3;

export async function measureSeveralStreams({ isQuick }: Effort): Promise<GroupResult> {
  const seconds = isQuick ? 20 : 600;
  const rounds = isQuick ? 3 : 7;
  return withScratchFolder(async (folder) => {
    const wavPath = join(folder, 'recording.wav');
    writeRecording(wavPath, join(folder, 'recording.raw'), seconds);
    const processes = cases.map(({ key }) => ({
      key,
      process: new EarProcess(key, wavPath, folder),
    }));
    const subjects = processes.map(({ key, process }) => ({ key, run: () => process.play() }));
    const measured = await Rounds.measure(subjects, rounds, WARM_UPS);
    for (const { process } of processes) process.end();
    const rowOf = ({ key, label, streams }: Case): Row => ({
      key,
      label,
      cells: {
        speed: measured.figure(key, ({ wallSeconds }) => seconds / wallSeconds),
        cpuSpeed: measured.figure(key, ({ cpuSeconds }) => seconds / cpuSeconds),
        period: measured.figure(
          key,
          ({ wallSeconds }) => (1e6 * wallSeconds) / (streams * seconds * PERIODS_PER_SECOND),
        ),
      },
    });
    return {
      group: 'streams',
      title: `Several streams at once, ${seconds} s of sound each, ${rounds} interleaved rounds`,
      columns: [
        { key: 'speed', heading: 'all of them at N x real time', decimals: 0 },
        { key: 'cpuSpeed', heading: 'by CPU time', decimals: 0 },
        { key: 'period', heading: 'us per period and stream', decimals: 2 },
      ],
      rows: cases.map(rowOf),
      notes: [
        'Mixed: WASAPI clients in stereo, served by one thread or by one each; by timer unless told.',
        'Machines share one core, so each can be at best as fast as one alone over their number.',
      ],
    };
  });
}
