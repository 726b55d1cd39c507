/**
 * A client of stream packets that something holds up once: the device plays what it has, stands
 * still until the next packet comes, and the step that was late is named. Three packets of 10 ms
 * are under way, so that what wakes the client may be late by less than two of them.
 */
import { describe, expect, it } from 'vitest';
import { deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { timingOf } from '../../src/machine/timing.ts';
import { recordingOf } from '../support/recording.ts';

const MS = 1_000_000;
const ac97 = deviceKind('ac97');
if (ac97 === null) throw new Error("there is no AC'97 device");
const device = ac97;

/** Plays, and makes one step `lateMs` late from 85 ms after RUN on. */
function play(source: 'interruptDelay' | 'dpcDelay' | 'wakeUpDelay' | null, lateMs: number) {
  const session = new PlaySession({ device, file: recordingOf({}, 24_000), timing: {} });
  session.step(85 * MS);
  if (source !== null) timingOf(session.machine.kernel)[source].delayNext(lateMs * MS);
  while (!session.step());
  return session.finish(1);
}

describe('a client of packets', () => {
  it.each([
    ['ISR late', 'interruptDelay'],
    ['DPC late', 'dpcDelay'],
    ['wake-up late', 'wakeUpDelay'],
  ] as const)('is late because of what held it up: %s', (cause, source) => {
    const report = play(source, 35);
    expect(report.glitchList).toMatchObject([{ cause }]);
    const [{ frames } = { frames: 0 }] = report.glitchList;
    // 35 ms less what two packets and the FIFO play on for.
    expect(frames).toBeGreaterThan(4 * 48);
    expect(frames).toBeLessThan(16 * 48);
    expect(report).toMatchObject({ bitExact: false, findings: [], leaks: [] });
    expect(report.heardFrames).toBe(24_000 + frames);
  });

  it.each(['interruptDelay', 'dpcDelay', 'wakeUpDelay', null] as const)(
    'is in time when that takes no longer than its packets: %s',
    (source) => {
      const report = play(source, 15);
      expect(report).toMatchObject({ glitches: 0, bitExact: true, findings: [], leaks: [] });
    },
  );
});
