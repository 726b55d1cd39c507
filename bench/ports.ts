/**
 * The same stream on the same AC'97 hardware through each port: what WavePci's mappings and
 * WaveCyclic's copies cost beside WaveRT. Every frame is compared.
 */
import { defined } from '../src/base/assert.ts';
import { nativeMatcher } from '../src/cli/native-match.ts';
import { deviceKind } from '../src/machine/devices.ts';
import { PlaySession } from '../src/machine/play-session.ts';
import { checkEnd } from './player.ts';
import { PERIODS_PER_SECOND, recordingInMemory } from './recording.ts';
import type { Effort, GroupResult } from './results.ts';
import { Rounds, type Subject, timeOf } from './rounds.ts';

const ac97 = defined(deviceKind('ac97'), "AC'97 device");
const ports = [...defined(ac97.ports, 'ports')];
const REFERENCE = 'wavert';
const WARM_UPS = 3;

export async function measurePorts({ isQuick }: Effort): Promise<GroupResult> {
  const seconds = isQuick ? 20 : 120;
  const rounds = isQuick ? 3 : 7;
  const file = recordingInMemory(seconds);
  const subjects = ports.map(
    ([key, driver]): Subject => ({
      key,
      run: () => {
        const session = new PlaySession({ file, device: ac97, driver, match: nativeMatcher() });
        const taken = timeOf(() => {
          while (!session.step());
        });
        checkEnd(session);
        return taken;
      },
    }),
  );
  const measured = await Rounds.measure(subjects, rounds, WARM_UPS);
  return {
    group: 'ports',
    title: `One stream through each port, ${seconds} s of sound, ${rounds} interleaved rounds`,
    columns: [
      { key: 'speed', heading: 'x real time', decimals: 0 },
      { key: 'period', heading: 'us per period', decimals: 2 },
      { key: 'cpuPeriod', heading: 'us by CPU time', decimals: 2 },
      { key: 'ratio', heading: 'WaveRT : this, by CPU', decimals: 2 },
    ],
    rows: ports.map(([key]) => ({
      key,
      label: key,
      cells: {
        speed: measured.figure(key, ({ wallSeconds }) => seconds / wallSeconds),
        period: measured.figure(
          key,
          ({ wallSeconds }) => (1e6 * wallSeconds) / (seconds * PERIODS_PER_SECOND),
        ),
        cpuPeriod: measured.figure(
          key,
          ({ cpuSeconds }) => (1e6 * cpuSeconds) / (seconds * PERIODS_PER_SECOND),
        ),
        ratio: measured.ratio(REFERENCE, key, 'cpuSeconds'),
      },
    })),
    notes: ['The machine is booted before the clock starts; the sound comes from memory.'],
  };
}
