/** The stream table: states, leads to the frame, glitches the moment they occur, and nothing else. */
import { describe, expect, it } from 'vitest';
import { deviceKind, deviceKinds } from '../../src/machine/devices.ts';
import { bootForPlay, type PlayConfig, PlaySession } from '../../src/machine/play-session.ts';
import { SharedPlay, type SharedPlayConfig } from '../../src/machine/shared-play.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { StreamTable } from '../../src/machine/stream-table.ts';
import { DpcMeter } from '../../src/machine/top-dpc-meter.ts';
import { watchExclusive, watchShared } from '../../src/machine/top-streams.ts';
import type { WavFile } from '../../src/wav/wav-reader.ts';
import { recordingOf } from '../support/recording.ts';

const MS = 1_000_000;
const RATE_HZ = 48_000;
const FRAMES_PER_MS = RATE_HZ / 1000;
const KINDS: readonly StreamKind[] = ['timer', 'event', 'packet'];
const device = deviceKind('hda') ?? deviceKinds[0];
if (device === undefined) throw new Error('there is no device');
const hda = device;

type SharedOptions = Partial<SharedPlayConfig> & { files: readonly WavFile[] };
type ExclusiveOptions = Partial<PlayConfig> & { file: WavFile };

function shared(options: SharedOptions) {
  const config: SharedPlayConfig = { device: hda, timing: {}, ...options };
  const machine = bootForPlay(config);
  const meter = DpcMeter.attach(machine.kernel, () => machine.now);
  const session = new SharedPlay(config, machine);
  const watched = watchShared(session, config.files);
  return { machine, session, table: new StreamTable(machine, watched, meter) };
}

function exclusive(options: ExclusiveOptions) {
  const config = { device: hda, timing: {}, ...options };
  const machine = bootForPlay(config);
  const meter = DpcMeter.attach(machine.kernel, () => machine.now);
  const session = new PlaySession(config, machine);
  const watched = watchExclusive(session, config.stream ?? 'timer');
  return { machine, session, table: new StreamTable(machine, watched, meter) };
}

describe('the state of a stream', () => {
  it.each(KINDS)('goes from STOP to RUN and back, and the stream closes (shared, %s)', (stream) => {
    const { machine, session, table } = shared({ files: [recordingOf({}, 4800)], stream });
    expect(table.look()).toMatchObject({ state: 'STOP', leadFrames: null, leadMs: null });
    session.step(20 * MS);
    expect(table.look()).toMatchObject({ state: 'RUN', drive: stream, atNs: machine.now });
    session.step(500 * MS);
    expect(table.look()).toMatchObject({ state: 'STOP', leadFrames: null, glitches: 0 });
    expect(session.finish(1)).toMatchObject({ bitExact: true, findings: [], leaks: [] });
    expect(table.look()).toMatchObject({ state: 'closed', leadFrames: null });
  });

  it('is told of an exclusive stream as well, which has no sessions', () => {
    const { session, table } = exclusive({ file: recordingOf({}, 4800) });
    expect(table.look()).toMatchObject({ state: 'STOP', leadFrames: null, sessions: [] });
    session.step(20 * MS);
    expect(table.look()).toMatchObject({
      state: 'RUN',
      mode: 'exclusive',
      endpoint: 'Speaker (High Definition Audio Controller)',
    });
    session.step(500 * MS);
    expect(table.look().state).toBe('STOP');
    expect(session.finish(1)).toMatchObject({ bitExact: true, leaks: [] });
    expect(table.look().state).toBe('closed');
  });
});

/** Plays on until RUN is entered, which takes the driver a while. Returns when it was, to 1 us. */
function playUntilRun({ machine, session, table }: ReturnType<typeof exclusive>): number {
  while (table.look().state !== 'RUN') session.step(1000);
  return machine.now;
}

/** Half a frame beyond a whole number of them, so that rounding plays no part. */
const HALF_FRAME_NS = 10_416;

describe('the lead', () => {
  it.each(KINDS)(
    'of the engine is two periods after a pass, less what was fetched since (%s)',
    (stream) => {
      const { machine, session, table } = shared({ files: [recordingOf({}, 24_000)], stream });
      session.step(MS);
      const { runNs } = session.engine.stream;
      expect(runNs).toBeGreaterThan(0);
      for (const atMs of [1, 4, 9, 11, 15, 29, 30.5]) {
        session.step(runNs + atMs * MS + HALF_FRAME_NS - machine.now);
        const { leadFrames, leadMs, periodFrames } = table.look();
        expect(periodFrames).toBe(480);
        // At 0 and at each 10 ms a pass brings the lead to two periods.
        const expected = 960 - (atMs % 10) * FRAMES_PER_MS;
        expect([atMs, leadFrames]).toEqual([atMs, expected]);
        expect(leadMs).toBeCloseTo(expected / FRAMES_PER_MS, 9);
      }
      while (!session.step());
      expect(session.finish(1).bitExact).toBe(true);
    },
  );

  it('of an exclusive client is what it keeps ahead, less what was fetched since its timer', () => {
    const playing = exclusive({ file: recordingOf({}, 24_000), bufferMs: 20 });
    const { machine, session, table } = playing;
    const runNs = playUntilRun(playing);
    for (const atMs of [1, 9, 11, 15.5, 20.5]) {
      session.step(runNs + atMs * MS + HALF_FRAME_NS - machine.now);
      const { leadFrames } = table.look();
      const expected = keptFrames(session) - (atMs % 10) * FRAMES_PER_MS;
      expect([atMs, leadFrames]).toEqual([atMs, expected]);
    }
    while (!session.step());
    expect(session.finish(1).bitExact).toBe(true);
  });

  it('is the same on a device that tells of nothing and is filled by hand', () => {
    const simple = deviceKind('simple');
    if (simple === null) throw new Error('there is no simple device');
    const { machine, session, table } = shared({
      files: [recordingOf({}, 24_000)],
      device: simple,
    });
    session.step(MS);
    const { runNs } = session.engine.stream;
    for (const atMs of [5, 12, 19, 42.5]) {
      session.step(runNs + atMs * MS + HALF_FRAME_NS - machine.now);
      const expected = 960 - (atMs % 10) * FRAMES_PER_MS;
      expect([atMs, table.look().leadFrames]).toEqual([atMs, expected]);
    }
    expect(table.look()).toMatchObject({ drive: 'timer', glitches: 0 });
    while (!session.step());
    expect(session.finish(1).bitExact).toBe(true);
  });

  it('follows a device whose clock is fast, because the ear counts and not the time', () => {
    const driftPpm = 10_000;
    const files = [recordingOf({}, 24_000)];
    const { machine, session, table } = shared({ files, stream: 'packet', driftPpm });
    session.step(MS);
    const { runNs } = session.engine.stream;
    session.step(runNs + 105 * MS - machine.now);
    const fetched = Math.floor((105 * FRAMES_PER_MS * (1e6 + driftPpm)) / 1e6);
    const passes = Math.floor(fetched / 480);
    expect(table.look().leadFrames).toBe((passes + 2) * 480 - fetched);
    while (!session.step());
    session.finish(1);
  });
});

/** Frames that a timer-driven client keeps in its buffer: all but what FIFO and codec hold. */
function keptFrames(session: PlaySession): number {
  const { buffer, latency } = session.report(1);
  return buffer.actualBytes / 4 - latency.fifoBytes / 4 - codecFrames(session);
}

const codecFrames = (session: PlaySession): number =>
  Math.round(session.report(1).latency.codecDelay100ns * 0.0048);

describe('a glitch', () => {
  it('of an exclusive client counts the moment that the ear hears it', () => {
    const lateWake = 4;
    const playing = exclusive({
      file: recordingOf({}, 24_000),
      bufferMs: 20,
      wakeDelayNs: (wake) => (wake === lateWake ? 15 * MS : 0),
    });
    const { machine, session, table } = playing;
    const runNs = playUntilRun(playing);
    // The last write before the late one is at 40 ms; what it wrote is heard to the end.
    const writtenFrames = 40 * FRAMES_PER_MS + keptFrames(session);
    const { latency } = session.report(1);
    const heldFrames = latency.fifoBytes / 4 + codecFrames(session);
    const nsOf = (frames: number): number => (frames / FRAMES_PER_MS) * MS + HALF_FRAME_NS;
    session.step(runNs + nsOf(writtenFrames) - machine.now);
    expect(table.look()).toMatchObject({ glitches: 0, leadFrames: 0 });
    session.step(runNs + nsOf(writtenFrames + heldFrames) - machine.now);
    expect(table.look()).toMatchObject({ glitches: 0, leadFrames: -heldFrames });
    session.step(runNs + nsOf(writtenFrames + heldFrames + 1) - machine.now);
    expect(table.look()).toMatchObject({ glitches: 1, leadFrames: -heldFrames - 1 });
    while (!session.step());
    expect(table.look().glitches).toBe(1);
    expect(session.finish(1)).toMatchObject({ glitches: 1, leaks: [] });
  });

  it('of the engine counts when the device goes past it, and stays one when the engine comes', () => {
    const files = [recordingOf({}, 24_000), recordingOf({}, 24_000)];
    // Two periods are ahead of the device, and a thread comes 25 ms after it was woken.
    const wakeUpDelay = { kind: 'uniform', leastNs: 25 * MS, mostNs: 25 * MS } as const;
    const { machine, session, table } = shared({ files, stream: 'timer', timing: { wakeUpDelay } });
    let before = table.look();
    let seen = 0;
    while (seen === 0 && machine.now < 500 * MS) {
      session.step(0.02 * MS);
      const row = table.look();
      if (row.glitches > 0) {
        seen = row.glitches;
        expect(before.leadFrames).toBeGreaterThanOrEqual(0);
        expect(row.leadFrames).toBe(-1);
        expect(session.engine.glitches).toHaveLength(0);
      }
      before = row;
    }
    expect(seen).toBe(1);
    while (session.engine.glitches.length === 0) session.step(0.02 * MS);
    expect(table.look().glitches).toBe(1);
    expect(table.look().leadFrames).toBeGreaterThan(0);
    session.step(500 * MS);
    session.finish(1);
  });
});

describe('the sessions', () => {
  it('tell their state, padding, volume and starved frames', () => {
    const files = [recordingOf({}, 9600), recordingOf({ sampleRate: 44_100, bits: 24 }, 44_100)];
    const { session, table } = shared({ files, volume: 0.25, isMuted: true });
    expect(table.look().sessions.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    session.step(105 * MS);
    const [first, second] = table.look().sessions;
    expect(first).toMatchObject({
      state: 'running',
      format: { rateHz: RATE_HZ, validBits: 16 },
      paddingFrames: 960,
      bufferFrames: 960,
      volume: 0.25,
      isMuted: true,
      starvedFrames: 0,
    });
    expect(second).toMatchObject({ state: 'running', format: { rateHz: 44_100, validBits: 24 } });
    expect(second?.paddingFrames).toBe(second?.bufferFrames);
    session.step(200 * MS);
    expect(table.look().sessions.map(({ state }) => state)).toEqual(['ended', 'running']);
    while (!session.step());
    session.finish(1);
  });
});

describe('rates', () => {
  it('are of the virtual time since the last look', () => {
    const { machine, session, table } = shared({
      files: [recordingOf({}, 48_000)],
      stream: 'event',
    });
    session.step(105 * MS);
    table.look();
    const before = machine.interruptsDelivered;
    session.step(200 * MS);
    const row = table.look();
    // One at the end of each packet of 10 ms.
    expect(machine.interruptsDelivered - before).toBe(20);
    expect(row.interruptsPerSecond).toBeCloseTo(100, 9);
    expect(row.dpcsPerSecond).toBeCloseTo(100, 9);
    expect(table.look()).toMatchObject({ interruptsPerSecond: 0, dpcsPerSecond: 0 });
    while (!session.step());
    session.finish(1);
  });
});

describe('looking', () => {
  it.each(KINDS)(
    'changes nothing: the trace is that of a machine nobody watches (%s)',
    (stream) => {
      const traceOf = (isWatched: boolean): string => {
        let lines = '';
        const trace = {
          rows: 8192,
          sink: (text: string): void => {
            lines += text;
          },
        };
        const { session, table } = shared({ files: [recordingOf({}, 9600)], stream, trace });
        for (let step = 0; step < 300; step++) {
          session.step(MS);
          if (isWatched) table.look();
        }
        session.finish(1);
        return lines;
      };
      const watched = traceOf(true);
      expect(watched.length).toBeGreaterThan(1000);
      expect(watched === traceOf(false)).toBe(true);
    },
  );

  it('costs a machine with a meter and no delays nothing either: it does what others do', () => {
    const traceOf = (timing: object | null): string => {
      let lines = '';
      const trace = {
        rows: 8192,
        sink: (text: string): void => {
          lines += text;
        },
      };
      const files = [recordingOf({}, 9600)];
      const config = { device: hda, files, trace, ...(timing === null ? {} : { timing }) };
      const machine = bootForPlay(config);
      if (timing !== null) DpcMeter.attach(machine.kernel, () => machine.now);
      const session = new SharedPlay(config, machine);
      while (!session.step());
      session.finish(1);
      return lines;
    };
    expect(traceOf({}) === traceOf(null)).toBe(true);
  });
});
