/** The AC'97 driver on a WaveRT port: sound, positions, notification, power, and odd memory. */
import { describe, expect, it } from 'vitest';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller, type DeviceSlot } from '../../src/hardware/index.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/power/power-codes.ts';
import { FormatRefusedError } from '../../src/machine/choose-endpoint.ts';
import { type DeviceKind, deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_NO_MATCH } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  Mouth,
  noise,
  scenario,
  TestCapture,
} from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import { recordingOf } from '../support/recording.ts';

const MS = 1_000_000;
const FIFO_FRAMES = 16;
const driver = makeAc97Driver({ port: 'wavert' });
const kind: DeviceKind = {
  name: 'ac97',
  description: '',
  canDrift: false,
  create: (slot) => new Ac97Controller(slot),
  driver,
};
const machineConfig = { device: (slot: DeviceSlot) => new Ac97Controller(slot), driver };
const boot = (lab: Lab) => lab.boot(machineConfig);

describe.each<StreamKind>(['timer', 'event'])('a %s-driven stream', (stream) => {
  it.each([
    [8_000, 100],
    [11_025, 4],
    [16_000, 37],
    [22_050, 10],
    [32_000, 2],
    [44_100, 20],
    [48_000, 20],
    // More pages than the engine has descriptors.
    [48_000, 700],
  ])('plays and records at %i Hz over %i ms, bit for bit [WRT-OVR-005]', (sampleRate, bufferMs) => {
    const file = recordingOf({ sampleRate }, sampleRate + 13);
    const play = new PlaySession({ file, device: kind, bufferMs, stream, position: 'property' });
    while (!play.step());
    const played = play.finish(1);
    expect(played).toMatchObject({ bitExact: true, glitches: 0, findings: [], leaks: [] });
    expect(played.delayFrames).toBe(played.latency.totalFrames);
    const frames = sampleRate - 100;
    const record = new RecordSession({ spoken: file, frames, device: kind, bufferMs, stream });
    while (!record.step());
    const recorded = record.finish(1);
    expect(recorded).toMatchObject({ bitExact: true, lostFrames: 0, findings: [], leaks: [] });
  });
});

it('is a device that a machine can be told to have', () => {
  expect(deviceKind('ac97')?.description).toContain("AC'97");
});

describe('the formats', () => {
  it('are 16 bits in stereo up to 48 kHz', () => {
    const open = (options: Parameters<typeof recordingOf>[0]) => () =>
      new PlaySession({ file: recordingOf(options, 100), device: kind });
    expect(open({ bits: 24 })).toThrow(FormatRefusedError);
    expect(open({ sampleRate: 96_000 })).toThrow(FormatRefusedError);
    expect(open({ sampleRate: 7_999 })).toThrow(FormatRefusedError);
  });

  scenario('leave mono out, which a data range cannot say', (lab) => {
    const filter = boot(lab).openFilter();
    for (const pin of [0, 2]) {
      expect(filter.tryOpenPin(pin, formatOf({ channels: 1 })).status).toBe(STATUS_NO_MATCH);
    }
    filter.close();
  });
});

describe('a stream that runs', () => {
  scenario('interrupts twice in each lap of its list, to keep it open', (lab) => {
    const machine = boot(lab);
    const render = machine.openRender({ bufferMs: 10 });
    render.setState(KSSTATE.RUN);
    const before = machine.machine.interruptsDelivered;
    // One page: one piece, 32 times in the list.
    machine.runFor(1_600 * MS + 1);
    expect(machine.machine.interruptsDelivered - before).toBe(10);
    expect(machine.machine.trace.tail(1_000).join()).not.toContain('ac97-halt');
    render.close();
  });

  scenario(
    'tells where it fetches and plays, to the frame, lap after lap [WRT-POS-004 WRT-POS-005]',
    (lab) => {
      const machine = boot(lab);
      const render = machine.openRender({ bufferMs: 10 });
      render.setState(KSSTATE.RUN);
      let frames = 0;
      for (const step of [0, 4, 5, 7, 8, 470, 3, 1_777, 48, 9_601]) {
        machine.runFor(Math.ceil((step * MS) / 48));
        frames += step;
        expect(render.pin.readPosition()).toBe(0);
        const played = Math.max(0, frames - FIFO_FRAMES);
        expect([render.pin.writeOffset, render.pin.playOffset]).toEqual([
          (frames % 480) * 4,
          (played % 480) * 4,
        ]);
      }
      render.setState(KSSTATE.STOP);
      render.pin.readPosition();
      expect([render.pin.writeOffset, render.pin.playOffset]).toEqual([0, 0]);
      render.close();
    },
  );

  scenario(
    'halts when nobody serves it for a whole list, and goes on when somebody does',
    (lab) => {
      const machine = boot(lab);
      const ear = new EarRecorder();
      const render = machine.openRender({ bufferMs: 1 });
      const sound = noise(render.format, 48);
      render.write(sound);
      machine.device.speaker.sink = ear;
      render.setState(KSSTATE.RUN);
      const { irql } = machine.machine.kernel;
      const old = irql.raise(12);
      // 32 pieces of 1 ms are allowed; behind them comes silence.
      machine.machine.kernel.clock.advanceTo(machine.machine.now + 40 * MS);
      irql.lower(old);
      machine.runFor(10 * MS);
      const heard = ear.heard().bytes;
      const lap = (index: number) => heard.slice((index * 48 + FIFO_FRAMES) * 4).slice(0, 48 * 4);
      for (const index of [0, 15, 31]) expect(lap(index)).toEqual(sound);
      const silent = heard.slice((32 * 48 + FIFO_FRAMES) * 4, 40 * 48 * 4);
      expect(silent.some((byte) => byte !== 0)).toBe(false);
      // The FIFO was empty, and is filled at once.
      expect(heard.slice(40 * 48 * 4).slice(0, 4 * 48)).toEqual(sound);
      render.close();
    },
  );

  scenario('loses nothing in a pause, and plays what the FIFO held', (lab) => {
    const machine = boot(lab);
    const ear = new EarRecorder();
    const render = machine.openRender({ bufferMs: 40 });
    const sound = noise(render.format, 1_920);
    render.write(sound);
    machine.device.speaker.sink = ear;
    render.setState(KSSTATE.RUN);
    machine.runFor(10 * MS);
    render.setState(KSSTATE.PAUSE);
    machine.runFor(10 * MS);
    render.setState(KSSTATE.RUN);
    machine.runFor(10 * MS);
    const heard = ear.heard().bytes;
    const part = (from: number, to: number) => heard.slice(from * 4, to * 4);
    expect(part(FIFO_FRAMES, 480 + FIFO_FRAMES)).toEqual(sound.slice(0, 480 * 4));
    expect(part(480 + FIFO_FRAMES, 960 + FIFO_FRAMES).some((byte) => byte !== 0)).toBe(false);
    expect(part(960 + FIFO_FRAMES, 1_440)).toEqual(sound.slice(480 * 4, (960 - FIFO_FRAMES) * 4));
    render.close();
  });
});

describe('power', () => {
  scenario('taken in the midst of a stream costs time and no sound', (lab) => {
    const machine = boot(lab);
    const ear = new EarRecorder();
    const render = machine.openRender({ bufferMs: 40 });
    const sound = noise(render.format, 1_920);
    render.write(sound);
    machine.device.speaker.sink = ear;
    render.setState(KSSTATE.RUN);
    machine.runFor(12 * MS);
    const { power } = machine.machine.kernel;
    const before = ear.heard().frames;
    power.setDeviceState(machine.machine.node, PowerDeviceD3);
    machine.runFor(10 * MS);
    power.setDeviceState(machine.machine.node, PowerDeviceD0);
    machine.runFor(10 * MS);
    const heard = ear.heard().bytes;
    expect(before).toBe(576);
    const after = heard.slice(before * 4);
    const first = after.findIndex((byte) => byte !== 0);
    const frame = Math.floor(first / 4);
    const rest = after.slice(frame * 4);
    const from = (576 - FIFO_FRAMES) * 4;
    expect(rest).toEqual(sound.slice(from, from + rest.length));
    expect(rest.length).toBeGreaterThan(400 * 4);
    render.close();
  });
});

describe('memory', () => {
  scenario('for a buffer lies below 4 GiB, where DMA reaches [WRT-MDL-008]', (lab) => {
    const machine = lab.boot({
      ...machineConfig,
      ranges: [
        { base: 0x100_0000, bytes: 8 << 20 },
        { base: 0x1_0000_0000, bytes: 32 << 20 },
      ],
    });
    const render = machine.openRender({ bufferMs: 300 });
    const sound = noise(render.format, 14_400);
    render.write(sound);
    const ear = new EarRecorder();
    machine.device.speaker.sink = ear;
    render.setState(KSSTATE.RUN);
    machine.runFor(250 * MS);
    const heard = ear.heard().bytes.slice(FIFO_FRAMES * 4);
    expect(heard).toEqual(sound.slice(0, heard.length));
    expect(heard.length).toBe((12_000 - FIFO_FRAMES) * 4);
    render.close();
  });
});

scenario('a capture stream stores frames half a FIFO after they were spoken', (lab) => {
  const machine = boot(lab);
  const stream = TestCapture.open(machine, { bufferMs: 40 });
  const mouth = new Mouth(noise(stream.format, 4_800));
  machine.device.lineIn.source = mouth;
  stream.setState(KSSTATE.RUN);
  machine.runFor(20 * MS);
  stream.read();
  expect(stream.captured.length).toBe((960 - FIFO_FRAMES / 2) * 4);
  expect(stream.captured).toEqual(mouth.spoken.slice(0, stream.captured.length));
  stream.close();
});
