/**
 * The audio engine: what a period of 10 ms costs with everything in it (application, WASAPI, mix,
 * driver, interrupt, DMA, codec), for few and many sessions, each way of driving the pin, and
 * applications that give each session a thread of its own or serve all of them with one.
 */
import type { StreamDrive } from '../src/engine/engine-pin.ts';
import { type Application, EngineSessions } from './engine-sessions.ts';
import { PERIODS_PER_SECOND } from './recording.ts';
import type { Effort, GroupResult, Row } from './results.ts';
import { Rounds, type Subject, timeOf } from './rounds.ts';

const DRIVES: readonly StreamDrive[] = ['timer', 'events', 'packets'];
const APPLICATIONS: readonly (readonly [Application, string])[] = [
  ['thread', 'one thread for all'],
  ['threads', 'a thread each'],
];
/** Sessions, and seconds of sound that are played with so many. */
const COUNTS: readonly (readonly [number, number])[] = [
  [1, 60],
  [16, 40],
  [64, 20],
  [256, 8],
];

interface Case extends Subject {
  readonly label: string;
  readonly sessions: number;
  readonly playedSeconds: number;
}

export async function measureEngine({ isQuick }: Effort): Promise<GroupResult> {
  const rounds = isQuick ? 3 : 5;
  const cases = APPLICATIONS.flatMap(([application, name]) =>
    DRIVES.flatMap((drive) =>
      COUNTS.map(([count, seconds]) =>
        caseOf(count, isQuick ? Math.ceil(seconds / 10) : seconds, drive, application, name),
      ),
    ),
  );
  const measured = await Rounds.measure(cases, rounds, 1);
  const rows = cases.map(({ key, label, playedSeconds, sessions }): Row => {
    const periods = playedSeconds * PERIODS_PER_SECOND;
    const period = measured.figure(key, ({ cpuSeconds }) => (1e6 * cpuSeconds) / periods);
    return {
      key,
      label,
      cells: {
        period,
        session: measured.figure(
          key,
          ({ cpuSeconds }) => (1e6 * cpuSeconds) / (periods * sessions),
        ),
        speed: measured.figure(key, ({ wallSeconds }) => playedSeconds / wallSeconds),
      },
    };
  });
  return {
    group: 'engine',
    title: `The audio engine, sessions of 48 kHz, 16 bits, stereo, ${rounds} interleaved rounds`,
    columns: [
      { key: 'period', heading: 'us CPU per period', decimals: 2 },
      { key: 'session', heading: 'and session', decimals: 2 },
      { key: 'speed', heading: 'x real time', decimals: 0 },
    ],
    rows,
    notes: [
      'A period is 10 ms: every application writes it, the engine mixes it, the device plays it.',
      'The machine is booted before the clock starts, and has played a second of it.',
      'In a second before and one behind, every frame is compared with the sum of all sessions.',
    ],
  };
}

function caseOf(
  sessions: number,
  playedSeconds: number,
  drive: StreamDrive,
  application: Application,
  name: string,
): Case {
  const run = () => {
    const played = new EngineSessions(sessions, drive, application);
    // What sounds first is the silence before the first pass.
    played.run(1);
    played.checkSecond();
    const taken = timeOf(() => played.run(playedSeconds));
    played.checkSecond();
    played.end();
    return taken;
  };
  const key = `${application}-${drive}-${sessions}`;
  const label = `${sessions} ${sessions === 1 ? 'session' : 'sessions'}, ${name}, by ${drive}`;
  return { key, label, sessions, playedSeconds, run };
}
