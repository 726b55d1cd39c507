/**
 * Several machines with one stream each, taking turns of half a second of virtual time in one
 * loop, as a test suite or a farm of them would run. A device has one converter, so more streams
 * mean more machines.
 */
import { type Player, playAndCompare, playToNobody } from './player.ts';
import { PERIODS_PER_SECOND, recordingInMemory } from './recording.ts';
import type { Effort, GroupResult, Row } from './results.ts';
import { Rounds, type Subject, timeOf } from './rounds.ts';

interface Case {
  readonly key: string;
  readonly label: string;
  readonly machines: number;
  readonly open: typeof playAndCompare;
}

const cases: readonly Case[] = [
  { key: 'compare1', label: '1 machine, every frame compared', machines: 1, open: playAndCompare },
  { key: 'compare4', label: '4 machines, every frame compared', machines: 4, open: playAndCompare },
  {
    key: 'compare16',
    label: '16 machines, every frame compared',
    machines: 16,
    open: playAndCompare,
  },
  { key: 'nobody16', label: '16 machines, nobody listens', machines: 16, open: playToNobody },
];

export async function measureManyMachines({ isQuick }: Effort): Promise<GroupResult> {
  const seconds = isQuick ? 10 : 60;
  const rounds = isQuick ? 3 : 5;
  const subjects = cases.map((each) => subjectOf(each, seconds));
  const measured = await Rounds.measure(subjects, rounds, isQuick ? 4 : 1);
  const rowOf = ({ key, label, machines }: Case): Row => ({
    key,
    label,
    cells: {
      speed: measured.figure(key, ({ wallSeconds }) => seconds / wallSeconds),
      total: measured.figure(key, ({ wallSeconds }) => (machines * seconds) / wallSeconds),
      cpuTotal: measured.figure(key, ({ cpuSeconds }) => (machines * seconds) / cpuSeconds),
      cpuPeriod: measured.figure(
        key,
        ({ cpuSeconds }) => (1e6 * cpuSeconds) / (machines * seconds * PERIODS_PER_SECOND),
      ),
    },
  });
  return {
    group: 'machines',
    title: `Machines side by side, ${seconds} s of sound each, ${rounds} interleaved rounds`,
    columns: [
      { key: 'speed', heading: 'each at N x real time', decimals: 0 },
      { key: 'total', heading: 'added up', decimals: 0 },
      { key: 'cpuTotal', heading: 'added up, by CPU time', decimals: 0 },
      { key: 'cpuPeriod', heading: 'us CPU per period and stream', decimals: 2 },
    ],
    rows: cases.map(rowOf),
    notes: [
      'The machines are booted before the clock starts; the sound comes from memory.',
      'They share one core, so each can be at best as fast as one machine alone over their number.',
    ],
  };
}

function subjectOf({ key, machines, open }: Case, seconds: number): Subject {
  const file = recordingInMemory(seconds);
  return {
    key,
    run: () => {
      const players = Array.from({ length: machines }, () => open(file));
      const taken = timeOf(() => playTogether(players));
      for (const player of players) player.finish();
      return taken;
    },
  };
}

function playTogether(players: readonly Player[]): void {
  let playing = [...players];
  while (playing.length > 0) playing = playing.filter((player) => !player.step());
}
