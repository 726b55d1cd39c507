/**
 * A recording client that comes too late, and why: the buffer holds 20 ms, of which half is new at
 * each wake-up, so a wake-up that is 12 ms late finds 2 ms written over.
 */
import { describe, expect, it } from 'vitest';
import { deviceKind } from '../../src/machine/devices.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import { timingOf } from '../../src/machine/timing.ts';
import { recordingOf } from '../support/recording.ts';

const MS = 1_000_000;
const LATE_NS = 12 * MS;
const LOST_FRAMES = 96;
/** The wake-up that something happens to, counted from 0. */
const WAKE = 6;

const hda = deviceKind('hda');
if (hda === null) throw new Error('there is no HD Audio device');
const device = hda;

function record(
  stream: 'timer' | 'event',
  wakeDelayNs?: (wake: number) => number,
  beforeLate?: (session: RecordSession) => void,
) {
  const session = new RecordSession({
    device,
    stream,
    spoken: recordingOf({}, 48_000),
    frames: 24_000,
    // That every thread waits a little for the processor is no excuse.
    timing: { wakeUpDelay: { kind: 'fixed', ns: 1_000 } },
    ...(wakeDelayNs === undefined ? {} : { wakeDelayNs }),
  });
  session.machine.runFor((WAKE + 1) * 10 * MS - MS);
  beforeLate?.(session);
  while (!session.step());
  return session.finish(1);
}

describe('a recording client', () => {
  it('is late itself when it asked to be woken too late', () => {
    const report = record('timer', (wake) => (wake === WAKE ? LATE_NS : 0));
    expect(report.glitchList).toMatchObject([{ cause: 'client late' }]);
    const [{ frames } = { frames: 0 }] = report.glitchList;
    expect(Math.abs(frames - LOST_FRAMES)).toBeLessThan(20);
    expect(report).toMatchObject({ lostFrames: frames, bitExact: false, leaks: [] });
  });

  it.each([
    ['timer', 'wake-up late', 'wakeUpDelay'],
    ['event', 'wake-up late', 'wakeUpDelay'],
    ['event', 'DPC late', 'dpcDelay'],
    ['event', 'ISR late', 'interruptDelay'],
  ] as const)('by %s is late because of what held it up: %s', (stream, cause, source) => {
    const report = record(stream, undefined, ({ machine }) =>
      timingOf(machine.kernel)[source].delayNext(LATE_NS),
    );
    expect(report.glitchList).toMatchObject([{ cause }]);
    const [{ frames } = { frames: 0 }] = report.glitchList;
    expect(Math.abs(frames - LOST_FRAMES)).toBeLessThan(20);
    expect(report).toMatchObject({ lostFrames: frames, bitExact: false, leaks: [] });
  });

  it('that is late by less than a period loses nothing', () => {
    const report = record('event', undefined, ({ machine }) =>
      timingOf(machine.kernel).dpcDelay.delayNext(9 * MS),
    );
    expect(report).toMatchObject({ glitchList: [], lostFrames: 0, bitExact: true, leaks: [] });
  });
});
