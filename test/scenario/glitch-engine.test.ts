/**
 * An engine that something holds up again and again: each time is heard at its frame, and named by
 * the step that was late. A pass at the end of period k fills what the device fetches from the end
 * of period k + 1 on, so it may come less than a period late.
 */
import { describe, expect, it } from 'vitest';
import { deviceKind } from '../../src/machine/devices.ts';
import { SharedPlay, type SharedPlayConfig } from '../../src/machine/shared-play.ts';
import { timingOf } from '../../src/machine/timing.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { recordingOf } from '../support/recording.ts';

const MS = 1_000_000;
const PERIOD = 480;
const PERIOD_NS = 10 * MS;
const FRAME_BYTES = 4;
const SOUND_FRAMES = 72_000;
/** More often than a patience that is used up would last. */
const LATE_PERIODS = [5, 12, 19, 30, 37, 44, 58, 65, 72, 90];

const hda = deviceKind('hda');
if (hda === null) throw new Error('there is no HD Audio device');
const device = hda;

function open(options: Omit<SharedPlayConfig, 'device' | 'files'>) {
  const heard: Uint8Array[] = [];
  const file = recordingOf({}, SOUND_FRAMES);
  const session = new SharedPlay({
    device,
    files: [file],
    ...options,
    heard: () => ({
      write: (bytes, offset, byteLength) => {
        heard.push(bytes.slice(offset, offset + byteLength));
      },
    }),
  });
  const sent = new Uint8Array(SOUND_FRAMES * FRAME_BYTES);
  file.readFrames(0, sent, 0, SOUND_FRAMES);
  return { session, sent, heard: () => Buffer.concat(heard) };
}

/** Runs until a nanosecond before the end of the n-th period. */
function runToPeriod(session: SharedPlay, period: number): void {
  while (!session.engine.isStreaming) session.step(MS);
  const { runNs } = session.engine.stream;
  session.step(runNs + period * PERIOD_NS - 1 - session.machine.now);
}

function playOut(session: SharedPlay) {
  while (!session.step());
  return session.finish(1);
}

describe.each(['event', 'packet'] as const)('an engine that is woken by %s', (stream) => {
  it.each([
    ['ISR late', 'interruptDelay'],
    ['DPC late', 'dpcDelay'],
    ['wake-up late', 'wakeUpDelay'],
  ] as const)('and held up is late by %s each time, however often', (cause, source) => {
    const { heard, sent, session } = open({ stream, timing: {} });
    for (const period of LATE_PERIODS) {
      runToPeriod(session, period);
      timingOf(session.machine.kernel)[source].delayNext(PERIOD_NS + 2 * MS);
    }
    const report = playOut(session);
    // Each time the engine goes on with the next packet, and is one behind from there on.
    const expected = LATE_PERIODS.map((period, before) => {
      return { atFrame: (period - before) * PERIOD, frames: PERIOD, cause };
    });
    expect(report).toMatchObject({ glitchList: expected, findings: [], leaks: [] });
    const bytes = heard();
    let place = 0;
    let from = 0;
    for (const { atFrame } of expected) {
      const part = sent.subarray(from, atFrame * FRAME_BYTES);
      expect(Buffer.compare(bytes.subarray(place, place + part.length), part)).toBe(0);
      place += part.length + PERIOD * FRAME_BYTES;
      from = atFrame * FRAME_BYTES;
    }
  });

  it('and is in time all the same when that takes less than a period', () => {
    const { session } = open({ stream, timing: {} });
    for (const period of LATE_PERIODS) {
      runToPeriod(session, period);
      timingOf(session.machine.kernel).dpcDelay.delayNext(PERIOD_NS - MS);
    }
    expect(playOut(session)).toMatchObject({ bitExact: true, glitches: 0, leaks: [] });
  });

  it('but never hears of the driver blames it, and serves each period from then on', () => {
    const driver = bentHdaDriver({
      stream: () => ({
        registerNotificationEvent: () => STATUS_SUCCESS,
        unregisterNotificationEvent: () => STATUS_SUCCESS,
      }),
    });
    const { heard, sent, session } = open({ stream, driver, timing: {} });
    const { glitchList, leaks } = playOut(session);
    expect(glitchList.map(({ cause }) => cause)).toEqual(['driver']);
    expect(leaks).toEqual([]);
    const [{ atFrame, frames } = { atFrame: 0, frames: 0 }] = glitchList;
    // Two periods lay ready when the stream ran, and the engine looks for itself after five.
    expect([atFrame, frames]).toEqual([PERIOD, 3 * PERIOD]);
    const rest = heard().subarray((atFrame + frames) * FRAME_BYTES);
    expect(rest.length).toBeGreaterThan(sent.length / 2);
    const then = sent.subarray(atFrame * FRAME_BYTES);
    expect(Buffer.compare(rest, then.subarray(0, rest.length))).toBe(0);
  });
});

describe('what nobody recorded', () => {
  it('is the engine being late, on a machine without a timing', () => {
    const { session } = open({ stream: 'event' });
    runToPeriod(session, 20);
    const { dispatcher } = session.machine.kernel;
    dispatcher.createThread('busy', 31, function* busy() {
      yield session.machine.kernel.delay(1);
      dispatcher.stall(22_000);
    });
    const { glitchList } = playOut(session);
    // The pass of period 20 came just before; that of period 21 has to be there 20 ms later.
    expect(glitchList).toEqual([{ atFrame: 21 * PERIOD, frames: PERIOD, cause: 'engine late' }]);
  });
});
