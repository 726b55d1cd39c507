/**
 * Rendering on two implementations of the same hardware, by the same drivers and clients: every
 * faithful rate, kind of stream and port, through the engine and past it.
 */
import { expect, it } from 'vitest';
import { PlaySession } from '../../src/machine/play-session.ts';
import { SharedPlay } from '../../src/machine/shared-play.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { type Backend, describeBackends } from '../support/backends.ts';
import { recordingOf } from '../support/recording.ts';

const HDA_KINDS: readonly StreamKind[] = ['timer', 'event', 'packet'];
const AC97_PORTS = ['wavepci', 'wavecyclic', 'wavert'] as const;
const SHORTEST_SOUNDS = [1, 2, 479, 4_801];
const CLEAN = { bitExact: true, glitches: 0, findings: [], leaks: [] };

const BUFFER_FRAMES = 960;
const bufferMsOf = (backend: Backend, rateHz: number): number =>
  backend.bufferMs(Math.ceil((1000 * BUFFER_FRAMES) / rateHz), rateHz);

describeBackends('a WaveRT stream', 'hda', (backend) => {
  const { kind, ratesHz, tellsItsDelay } = backend;

  it.each(HDA_KINDS.flatMap((stream) => ratesHz.map((rateHz) => [stream, rateHz] as const)))(
    'by %s at %i Hz is heard as it was sent',
    (stream, sampleRate) => {
      const file = recordingOf({ sampleRate }, Math.round(sampleRate / 5) + 13);
      const bufferMs = bufferMsOf(backend, sampleRate);
      const session = new PlaySession({ file, device: kind, bufferMs, stream });
      while (!session.step());
      const report = session.finish(1);
      expect(report).toMatchObject({ ...CLEAN, heardFrames: file.frames });
      expect(report.delayFrames === report.latency.totalFrames).toBe(tellsItsDelay);
    },
  );

  it.each(HDA_KINDS)('by %s whose client comes late is heard to, and goes on', (stream) => {
    const bufferMs = bufferMsOf(backend, 48_000);
    const wakeDelayNs = (wake: number): number => (wake === 3 ? 3 * bufferMs * 1_000_000 : 0);
    const file = recordingOf({}, 48_000);
    const session = new PlaySession({ file, device: kind, bufferMs, stream, wakeDelayNs });
    while (!session.step());
    const report = session.finish(1);
    expect(report).toMatchObject({ bitExact: false, findings: [], leaks: [] });
    expect(report.glitches).toBeGreaterThan(0);
    // What was lost is heard late or not at all, and the rest is there.
    expect(report.heardFrames).toBeGreaterThanOrEqual(file.frames);
  });

  it.each(SHORTEST_SOUNDS)('of %i frames comes to its end', (frames) => {
    const file = recordingOf({}, frames);
    const session = new PlaySession({ file, device: kind, bufferMs: bufferMsOf(backend, 48_000) });
    while (!session.step());
    expect(session.finish(1)).toMatchObject({ ...CLEAN, heardFrames: frames });
  });

  it.each(backend.engineKinds)('is mixed by the engine, by %s', (stream) => {
    const one = new SharedPlay({ files: [recordingOf({}, 9_601)], device: kind, stream });
    while (!one.step());
    expect(one.finish(1)).toMatchObject({ ...CLEAN, mode: 'shared', stream });
    const files = [recordingOf({}, 9_601), recordingOf({ sampleRate: 44_100, channels: 1 }, 4_000)];
    const mix = new SharedPlay({ files, device: kind, stream, volume: 0.4 });
    while (!mix.step());
    expect(mix.finish(1)).toMatchObject({ ...CLEAN, bitExact: null, heardFrames: 9_601 });
  });
});

describeBackends('a stream of each port', 'ac97', (backend) => {
  const { kind, ratesHz } = backend;
  const cases = AC97_PORTS.flatMap((port) => {
    // WaveCyclic's buffer is the driver's choice: 1024 frames have to be a small part of it.
    const rates = port === 'wavecyclic' ? ratesHz.filter((rate) => rate >= 32_000) : ratesHz;
    return rates.map((rateHz) => [port, rateHz] as const);
  });

  it.each(cases)('through %s at %i Hz is heard as it was sent', (port, sampleRate) => {
    const driver = kind.ports?.get(port);
    if (driver === undefined) throw new Error(`no driver for ${port}`);
    const file = recordingOf({ sampleRate }, Math.round(sampleRate / 5) + 13);
    const bufferMs = bufferMsOf(backend, sampleRate);
    const session = new PlaySession({ file, device: kind, driver, bufferMs });
    while (!session.step());
    expect(session.finish(1)).toMatchObject({ ...CLEAN, heardFrames: file.frames });
  });

  it.each(AC97_PORTS)('through %s whose client comes late has a gap, and goes on', (port) => {
    const driver = kind.ports?.get(port);
    if (driver === undefined) throw new Error(`no driver for ${port}`);
    const bufferMs = bufferMsOf(backend, 48_000);
    const wakeDelayNs = (wake: number): number => (wake === 3 ? 4 * bufferMs * 1_000_000 : 0);
    const file = recordingOf({}, 48_000);
    const session = new PlaySession({ file, device: kind, driver, bufferMs, wakeDelayNs });
    while (!session.step());
    const report = session.finish(1);
    expect(report).toMatchObject({ bitExact: false, findings: [], leaks: [] });
    expect(report.glitches).toBeGreaterThan(0);
    if (port !== 'wavert') expect(report.starvations).toBeGreaterThan(0);
  });

  it('is played by the engine over stream packets', () => {
    const session = new SharedPlay({ files: [recordingOf({}, 9_601)], device: kind });
    while (!session.step());
    expect(session.finish(1)).toMatchObject({ ...CLEAN, mode: 'shared', stream: 'irp' });
  });
});
