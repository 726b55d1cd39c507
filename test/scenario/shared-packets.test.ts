/**
 * Files played and recorded through the engine by AC'97 drivers whose pins take stream packets:
 * the same sessions as over WaveRT, reported in the same words.
 */
import { describe, expect, it } from 'vitest';
import { type DeviceKind, deviceKind } from '../../src/machine/devices.ts';
import { bootForPlay, PlaySession } from '../../src/machine/play-session.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import { SharedPlay, type SharedPlayConfig } from '../../src/machine/shared-play.ts';
import { SharedRecord } from '../../src/machine/shared-record.ts';
import { StreamKindRefusedError } from '../../src/machine/stream-kind.ts';
import { StreamTable } from '../../src/machine/stream-table.ts';
import { DpcMeter } from '../../src/machine/top-dpc-meter.ts';
import { watchShared } from '../../src/machine/top-streams.ts';
import { recordingOf } from '../support/recording.ts';

const device = deviceKind('ac97') as DeviceKind;
const PORTS = ['wavepci', 'wavecyclic'] as const;
const portOf = (name: string) => {
  const driver = device.ports?.get(name);
  if (driver === undefined) throw new Error(`no driver for ${name}`);
  return { device, driver };
};

function playAll(port: string, config: Omit<SharedPlayConfig, 'device'>) {
  const session = new SharedPlay({ ...portOf(port), ...config });
  while (!session.step());
  return session.finish(1);
}

function recordAll(port: string, sampleRate: number, frames: number) {
  const spoken = recordingOf({ sampleRate }, 2 * frames);
  const session = new SharedRecord({ ...portOf(port), spoken, frames });
  while (!session.step());
  return session.finish(1);
}

describe.each(PORTS)('shared mode over %s', (port) => {
  it.each([48_000, 44_100, 8_000])('plays a file of %i Hz bit for bit', (sampleRate) => {
    const file = recordingOf({ sampleRate }, Math.round(sampleRate * 0.4) + 11);
    const report = playAll(port, { files: [file] });
    expect(report).toMatchObject({
      mode: 'shared',
      stream: 'irp',
      bitExact: true,
      glitches: 0,
      frames: file.frames,
      heardFrames: file.frames,
      periodFrames: sampleRate / 100,
      findings: [],
      leaks: [],
    });
    // Three packets of a period, and of the sound in them two periods are ahead of a pass.
    expect(report.buffer.actualBytes).toBe((3 * 4 * sampleRate) / 100);
    expect(report.latency.clientBytes).toBe((2 * 4 * sampleRate) / 100);
  });

  it('mixes several files', () => {
    const files = [recordingOf({}, 24_000), recordingOf({ sampleRate: 44_100 }, 22_050)];
    const report = playAll(port, { files, volume: 0.25 });
    expect(report).toMatchObject({ bitExact: null, glitches: 0, findings: [], leaks: [] });
    expect(report.sessions.map(({ isConverted }) => isConverted)).toEqual([false, true]);
    expect(report.heardFrames).toBeGreaterThanOrEqual(24_000);
  });

  it.each([48_000, 32_000])('records at %i Hz bit for bit', (sampleRate) => {
    const report = recordAll(port, sampleRate, sampleRate / 2);
    expect(report).toMatchObject({
      mode: 'shared',
      stream: 'irp',
      bitExact: true,
      glitches: 0,
      recordedFrames: sampleRate / 2,
      lostFrames: 0,
      findings: [],
      leaks: [],
    });
  });

  it('is watched like any other stream', () => {
    const config = { ...portOf(port), files: [recordingOf({}, 4_800)], timing: {} };
    const machine = bootForPlay(config);
    const meter = DpcMeter.attach(machine.kernel, () => machine.now);
    const session = new SharedPlay(config, machine);
    const table = new StreamTable(machine, watchShared(session, config.files), meter);
    expect(table.look()).toMatchObject({ state: 'STOP', drive: 'irp', leadFrames: null });
    session.step(25_000_000);
    const { leadFrames, state } = table.look();
    expect(state).toBe('RUN');
    expect(leadFrames).toBeGreaterThan(2 * 480);
    expect(leadFrames).toBeLessThanOrEqual(3 * 480 + 16);
    while (!session.step());
    expect(session.finish(1)).toMatchObject({ bitExact: true, leaks: [] });
    expect(table.look().state).toBe('closed');
  });

  it('refuses to be driven by anything else, in both modes and directions', () => {
    const file = recordingOf({}, 480);
    const config = { ...portOf(port), stream: 'event' } as const;
    const attempts = [
      () => new SharedPlay({ ...config, files: [file] }),
      () => new PlaySession({ ...config, file }),
      () => new SharedRecord({ ...config, spoken: file, frames: 480 }),
      () => new RecordSession({ ...config, spoken: file, frames: 480 }),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(StreamKindRefusedError);
      expect(attempt).toThrow(
        /takes stream packets and has no cyclic buffer.*by event; leave out --stream/,
      );
    }
  });
});

it('the same device over WaveRT is told apart, and driven as it is asked to [WRT-ENU-003]', () => {
  const file = recordingOf({}, 4_800);
  const report = playAll('wavert', { files: [file], stream: 'event' });
  expect(report).toMatchObject({ stream: 'event', bitExact: true, glitches: 0, leaks: [] });
});
