/**
 * The AC'97 driver on a WaveRT port: sound, positions, notification, power, and odd memory, on our
 * model and on QEMU's device.
 */
import { expect, it } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { framesIn, timeOfFrame } from '../../src/base/frame-time.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/power/power-codes.ts';
import { FormatRefusedError } from '../../src/machine/choose-endpoint.ts';
import { deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_NO_MATCH } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, noise, scenario, type TestRender } from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import { bootAc97, CAPTURE_PIN, FIFO_FRAMES, RENDER_PIN } from '../support/ac97-machine.ts';
import {
  type Backend,
  type BackendExtras,
  describeBackends,
  earOf,
  soundOf,
} from '../support/backends.ts';
import { heardRuns } from '../support/heard-runs.ts';
import { recordingOf } from '../support/recording.ts';

const RATE_HZ = 48_000;
const KINDS: readonly StreamKind[] = ['timer', 'event'];

const boot = (lab: Lab, backend: Backend, extras?: BackendExtras) =>
  bootAc97(lab, backend, 'wavert', extras);

/** Where the engine fetches and the DAC plays, in frames. */
function positionOf({ pin }: TestRender): { fetched: number; played: number } {
  pin.check('POSITION', pin.readPosition());
  return { fetched: pin.writeOffset / 4, played: pin.playOffset / 4 };
}

describeBackends('a WaveRT stream', 'ac97', (backend) => {
  const { kind, tellsItsDelay } = backend;
  const device = { ...kind, driver: backend.driverOf('wavert') };

  for (const stream of KINDS) {
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
    ])(`by ${stream} plays at %i Hz over %i ms, bit for bit [WRT-OVR-005]`, (sampleRate, asked) => {
      const bufferMs = backend.bufferMs(asked, sampleRate);
      const seconds = Math.max(backend.patience, (1.3 * bufferMs) / 1_000);
      const file = recordingOf({ sampleRate }, Math.round(sampleRate * seconds) + 13);
      const play = new PlaySession({ file, device, bufferMs, stream, position: 'property' });
      while (!play.step());
      const played = play.finish(1);
      expect(played).toMatchObject({ bitExact: true, glitches: 0, findings: [], leaks: [] });
      expect(played.heardFrames).toBe(file.frames);
      expect(played.delayFrames === played.latency.totalFrames).toBe(tellsItsDelay);
    });
  }

  it('is refused in formats other than 16 bits up to 48 kHz', () => {
    const open = (options: Parameters<typeof recordingOf>[0]) => () =>
      new PlaySession({ file: recordingOf(options, 100), device });
    expect(open({ bits: 24 })).toThrow(FormatRefusedError);
    expect(open({ sampleRate: 96_000 })).toThrow(FormatRefusedError);
    expect(open({ sampleRate: 7_999 })).toThrow(FormatRefusedError);
  });

  scenario('is refused in mono, which a data range cannot say', (lab) => {
    const filter = boot(lab, backend).openFilter();
    for (const pin of [RENDER_PIN, CAPTURE_PIN]) {
      expect(filter.tryOpenPin(pin, formatOf({ channels: 1 })).status).toBe(STATUS_NO_MATCH);
    }
    filter.close();
  });
});

it('AC97 is a device that a machine can be told to have', () => {
  expect(deviceKind('ac97')?.description).toContain("AC'97");
});

describeBackends('a WaveRT stream that runs', 'ac97', (backend) => {
  const facts = ac97Facts(backend);
  const { delayFrames } = facts;

  scenario('interrupts twice in each lap of its list, to keep it open', (lab) => {
    const machine = boot(lab, backend);
    const ear = earOf(machine);
    const render = machine.openRender({ bufferMs: 10 });
    const sound = noise(render.format, 480);
    render.write(sound);
    render.setState(KSSTATE.RUN);
    const before = machine.machine.interruptsDelivered;
    // One page: one piece, 32 times in the list.
    machine.runFor(ms(1_600) + 1);
    expect(machine.machine.interruptsDelivered - before).toBe(10);
    const heard = soundOf(ear.heard());
    expect(heard.length).toBeGreaterThan(4 * framesIn(ms(1_500), RATE_HZ));
    expect(heard.findIndex((byte, at) => byte !== sound[at % sound.length])).toBe(-1);
    render.close();
  });

  scenario(
    'tells where it fetches and plays, to the frame, lap after lap [WRT-POS-004 WRT-POS-005]',
    (lab) => {
      const machine = boot(lab, backend);
      const render = machine.openRender({ bufferMs: 10 });
      render.setState(KSSTATE.RUN);
      const start = machine.machine.now;
      let frames = 0;
      for (const step of [0, 4, 5, 7, 8, 470, 3, 1_777, 48, 9_601]) {
        frames += step;
        const elapsedNs = timeOfFrame(frames, RATE_HZ);
        machine.runFor(start + elapsedNs - machine.machine.now);
        const fetched = facts.fetchedFrames(elapsedNs, RATE_HZ);
        const played = Math.max(0, fetched - FIFO_FRAMES);
        expect(positionOf(render)).toEqual({ fetched: fetched % 480, played: played % 480 });
      }
      render.setState(KSSTATE.STOP);
      expect(positionOf(render)).toEqual({ fetched: 0, played: 0 });
      render.close();
    },
  );

  scenario(
    'halts when nobody serves it for a whole list, and goes on when somebody does',
    (lab) => {
      const machine = boot(lab, backend);
      const render = machine.openRender({ bufferMs: 10 });
      const sound = noise(render.format, 480);
      render.write(sound);
      const ear = earOf(machine);
      render.setState(KSSTATE.RUN);
      const { clock, irql } = machine.machine.kernel;
      const old = irql.raise(12);
      // 32 pieces of 10 ms are allowed; behind them comes nothing.
      clock.advanceTo(ms(400) + machine.machine.now);
      irql.lower(old);
      machine.runFor(ms(100));
      const runs = heardRuns(ear.heard(), sound);
      const listed = Array.from({ length: 32 }, (_, lap) => {
        return { at: 480 * lap + delayFrames, from: 0, to: 480 };
      });
      expect(runs.slice(0, 32)).toEqual(listed);
      const [again, ...more] = runs.slice(32);
      expect([again?.from, again?.to]).toEqual([0, 480]);
      // The FIFO was empty, and is filled at once.
      const lateFrames = (again?.at ?? 0) - framesIn(ms(400), RATE_HZ);
      expect(lateFrames).toBeGreaterThanOrEqual(0);
      expect(lateFrames).toBeLessThanOrEqual(facts.mostLateFrames);
      expect(more.length).toBeGreaterThan(4);
      render.close();
    },
  );

  scenario('keeps its place in a pause, and loses no more than the hardware skips', (lab) => {
    const machine = boot(lab, backend);
    const ear = earOf(machine);
    const render = machine.openRender({ bufferMs: 100 });
    const sound = noise(render.format, 4_800);
    render.write(sound);
    render.setState(KSSTATE.RUN);
    machine.runFor(ms(20));
    const fetched = facts.fetchedFrames(ms(20), RATE_HZ);
    render.setState(KSSTATE.PAUSE);
    for (const pausedNs of [0, ms(40)]) {
      machine.runFor(pausedNs);
      expect(positionOf(render)).toEqual({ fetched, played: fetched - FIFO_FRAMES });
    }
    render.setState(KSSTATE.RUN);
    const { fetched: went } = positionOf(render);
    if (facts.resumesInPlace) expect(went).toBe(fetched);
    else expect(went).toBeGreaterThan(fetched);
    expect(went).toBeLessThan(2_048 + fetched);
    machine.runFor(timeOfFrame(4_800 - went + FIFO_FRAMES, RATE_HZ) + ms(1));
    backend.hearOut(machine);
    const next = facts.hearsPauses ? framesIn(ms(60), RATE_HZ) : fetched;
    expect(heardRuns(ear.heard(), sound).slice(0, 2)).toEqual([
      { at: delayFrames, from: 0, to: fetched },
      { at: next + delayFrames, from: went, to: 4_800 },
    ]);
    render.close();
  });

  scenario('goes on from where it was when power was taken and comes back', (lab) => {
    const machine = boot(lab, backend);
    const ear = earOf(machine);
    const render = machine.openRender({ bufferMs: 100 });
    const sound = noise(render.format, 4_800);
    render.write(sound);
    render.setState(KSSTATE.RUN);
    machine.runFor(ms(12));
    const { kernel, node } = machine.machine;
    kernel.power.setDeviceState(node, PowerDeviceD3);
    machine.runFor(ms(10));
    kernel.power.setDeviceState(node, PowerDeviceD0);
    machine.runFor(ms(120));
    const [first, second] = heardRuns(ear.heard(), sound);
    const to = facts.heardFrames(ms(12), RATE_HZ);
    expect(first).toEqual({ at: delayFrames, from: 0, to });
    const from = facts.fetchedFrames(ms(12), RATE_HZ) - FIFO_FRAMES;
    expect([second?.from, second?.to]).toEqual([from, 4_800]);
    // Coming up takes a moment, and D3 lasted 10 ms; QEMU's file has neither.
    if (facts.hearsPauses) expect(second?.at).toBeGreaterThan(to + delayFrames + 480);
    render.close();
  });

  scenario('lies below 4 GiB, where DMA reaches [WRT-MDL-008]', (lab) => {
    const ranges = [
      { base: 0x100_0000, bytes: 8 << 20 },
      { base: 0x1_0000_0000, bytes: 32 << 20 },
    ];
    const machine = boot(lab, backend, { ranges });
    const render = machine.openRender({ bufferMs: 300 });
    const sound = noise(render.format, 14_400);
    render.write(sound);
    const ear = earOf(machine);
    render.setState(KSSTATE.RUN);
    machine.runFor(ms(250));
    const heard = soundOf(ear.heard());
    expect(heard).toEqual(sound.subarray(0, heard.length));
    expect(heard.length).toBeGreaterThan(4 * framesIn(ms(220), RATE_HZ));
    render.close();
  });
});
