/**
 * The HD Audio driver through sleep, stop and loss of its device, held against the ear: what was
 * heard before, nothing during, and the next frame afterwards. With two directions at once, and in
 * formats that only our model has, on our model; the rest on both backends.
 */
import { describe, expect } from 'vitest';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { PowerDeviceD0, PowerDeviceD3, PowerSystemSleeping3 } from '../../src/kernel/ddi/index.ts';
import { KSCATEGORY_TOPOLOGY } from '../../src/standards/ks/guids.ts';
import { KSSTATE, ksStateName } from '../../src/standards/ks/requests.ts';
import {
  KSEVENT_PINCAPS,
  KSEVENTSETID_PinCapsChange,
} from '../../src/standards/ks/topology-controls.ts';
import { STATUS_INVALID_DEVICE_STATE, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  type Lab,
  type LabMachine,
  noise,
  scenario,
  TestCapture,
  type TestRender,
  type TestRenderOptions,
} from '../../src/testing/index.ts';
import { type Backend, describeBackends, earOf } from '../support/backends.ts';
import { enable } from '../support/filter-events.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { bootHda, MS } from '../support/hda-machine.ts';
import { heardRuns } from '../support/heard-runs.ts';

const BUFFER_MS = 100;
/** Of the topology filter. */
const SPEAKER_PIN = 1;
const LINE_IN_PIN = 2;

interface Playing {
  readonly machine: LabMachine<HdaController>;
  readonly render: TestRender;
  readonly ear: EarRecorder;
  /** Frames of the sound that the ear heard so far, in order; silence is left out. */
  readonly sounded: () => Uint8Array;
}

/** A stream that runs round a buffer full of noise, in which no frame is silence. */
function play(lab: Lab, options: TestRenderOptions = {}): Playing {
  const machine = bootHda(lab);
  const render = machine.openRender({ bufferMs: BUFFER_MS, ...options });
  const frames = render.buffer.actualBytes / render.pin.frameBytes;
  const sound = noise(render.format, frames).map((byte) => byte | 1);
  render.write(sound);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  render.setState(KSSTATE.RUN);
  const sounded = (): Uint8Array => {
    const { bytes, frameBytes } = ear.heard();
    const kept: number[] = [];
    for (let at = 0; at < bytes.length; at += frameBytes) {
      const frame = bytes.subarray(at, at + frameBytes);
      if (frame.some((byte) => byte !== 0)) kept.push(...frame);
    }
    return Uint8Array.from(kept);
  };
  return { machine, render, ear, sounded };
}

/** What goes round, from its beginning. */
function looped(sound: Uint8Array, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => sound[index % sound.length] ?? 0);
}

const forms: readonly TestRenderOptions[] = [
  {},
  { sampleRate: 44_100 },
  { sampleRate: 192_000, bits: 24 },
  { sampleRate: 8_000, channels: 1 },
];

describe('a machine that sleeps and wakes', () => {
  for (const form of forms) {
    const name = JSON.stringify(form);
    scenario(
      `goes on with the next frame: ${name} [WRT-PWR-001 WRT-PWR-003 PCL-PWR-006 PCL-PWR-012]`,
      (lab) => {
        const { machine, render, sounded } = play(lab, form);
        const { power } = machine.machine.kernel;
        machine.runFor(33 * MS);
        expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
        machine.runFor(MS);
        const before = sounded();
        expect(before.length).toBeGreaterThan(0);
        machine.runFor(500 * MS);
        expect(sounded().length).toBe(before.length);
        expect(power.wake()).toBe(STATUS_SUCCESS);
        machine.runFor(150 * MS);
        const all = sounded();
        expect(all.length).toBeGreaterThan(before.length + render.buffer.actualBytes);
        expect(all).toEqual(looped(render.submitted, all.length));
      },
    );
  }

  scenario('keeps the positions of both directions [WRT-POS-008 WRT-PWR-003]', (lab) => {
    const { machine, render } = play(lab);
    const { kernel, node } = machine.machine;
    const capture = TestCapture.open(machine, { bufferMs: BUFFER_MS });
    capture.setState(KSSTATE.RUN);
    machine.runFor(33 * MS);
    const pins = [render.pin, capture.pin];
    const positions = (): number[] =>
      pins.flatMap((pin) => {
        expect(pin.readPosition()).toBe(STATUS_SUCCESS);
        return [pin.playOffset, pin.writeOffset];
      });
    for (const pin of pins) pin.setState(KSSTATE.PAUSE);
    const before = positions();
    expect(Math.min(...before)).toBeGreaterThan(0);
    kernel.power.setDeviceState(node, PowerDeviceD3);
    machine.runFor(100 * MS);
    kernel.power.setDeviceState(node, PowerDeviceD0);
    expect(positions()).toEqual(before);
  });
});

describe('a device without power is not touched', () => {
  const ends: Readonly<Record<string, (playing: Playing) => unknown>> = {
    'pulled out': ({ machine }) => machine.machine.kernel.pnp.surpriseRemoval(machine.machine.node),
    'its client dies': ({ machine }) => machine.client.process.terminate(),
    'its pin is closed': ({ render }) => render.close(),
  };
  for (const state of [KSSTATE.ACQUIRE, KSSTATE.PAUSE, KSSTATE.RUN]) {
    for (const [name, end] of Object.entries(ends)) {
      scenario(`asleep from ${ksStateName(state)}: ${name} [PCL-PWR-007]`, (lab) => {
        const playing = play(lab);
        const { machine, render } = playing;
        const capture = TestCapture.open(machine, { notificationCount: 2 });
        capture.setState(KSSTATE.RUN);
        machine.runFor(5 * MS);
        for (const stream of [render, capture]) stream.setState(state);
        const { power } = machine.machine.kernel;
        power.sleep(PowerSystemSleeping3);
        end(playing);
        if (name !== 'its client dies') capture.close();
        expect(power.wake()).toBe(STATUS_SUCCESS);
        machine.runFor(5 * MS);
      });
    }
  }
});

scenario(
  'a jack that changes in the sleep, or after it, is told of when the device wakes',
  (lab) => {
    const machine = bootHda(lab);
    const { kernel, node } = machine.machine;
    const filter = machine.openFilter(KSCATEGORY_TOPOLOGY);
    const on = (pin: number) =>
      enable(filter, {
        set: KSEVENTSETID_PinCapsChange,
        id: KSEVENT_PINCAPS.JACKINFOCHANGE,
        flags: 0,
        words: [pin, 0],
      });
    const [speaker, lineIn] = [on(SPEAKER_PIN), on(LINE_IN_PIN)];
    const taken = (): boolean[] => {
      machine.runFor(MS);
      return [speaker.take(), lineIn.take()];
    };
    kernel.power.setDeviceState(node, PowerDeviceD3);
    machine.device.speaker.jackPresent = false;
    expect(taken()).toEqual([false, false]);
    kernel.power.setDeviceState(node, PowerDeviceD0);
    expect(taken()).toEqual([true, false]);
    machine.device.lineIn.jackPresent = false;
    expect(taken()).toEqual([false, true]);
    kernel.power.setDeviceState(node, PowerDeviceD3);
    kernel.power.setDeviceState(node, PowerDeviceD0);
    expect(taken()).toEqual([false, false]);
    for (const event of [speaker, lineIn]) event.close();
    filter.close();
  },
);

/** A stream over 400 ms of noise on either backend, and what is heard of it in runs. */
function start(lab: Lab, backend: Backend, sampleRate = 48_000) {
  const machine = backend.boot(lab);
  const render = machine.openRender({ sampleRate, bufferMs: 400 });
  const frames = (400 * sampleRate) / 1000;
  // The second half is for a second stream.
  const sound = noise(render.format, 2 * frames);
  render.write(sound.subarray(0, 4 * frames));
  const ear = earOf(machine);
  expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
  const runs = () => heardRuns(ear.heard(), sound);
  return { machine, render, ear, frames, runs, secondSound: sound.subarray(4 * frames) };
}

describeBackends('a machine that sleeps and wakes', 'hda', (backend) => {
  const { cutNs, earDelayFrames, leadBytes, resumes } = hdaFacts(backend);
  for (const sampleRate of [44_100, 48_000]) {
    scenario(
      `is silent in between and goes on: ${sampleRate} Hz [WRT-PWR-001 WRT-PWR-003 PCL-PWR-006 PCL-PWR-012]`,
      (lab) => {
        const { ear, machine, render, runs } = start(lab, backend, sampleRate);
        const { power } = machine.machine.kernel;
        machine.runFor(63 * MS);
        expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
        machine.runFor(MS);
        const [before, ...none] = runs();
        expect(none).toEqual([]);
        expect(before).toMatchObject({ at: earDelayFrames(sampleRate), from: 0 });
        const beforeTo = before?.to ?? 0;
        const ran = (63 * sampleRate) / 1000;
        expect(beforeTo).toBeGreaterThan(ran - (cutNs * sampleRate) / 1e9 - 64);
        expect(beforeTo).toBeLessThanOrEqual(ran + leadBytes / 4);
        machine.runFor(500 * MS);
        expect(runs()).toEqual([before]);
        expect(power.wake()).toBe(STATUS_SUCCESS);
        machine.runFor(150 * MS);
        backend.hearOut(machine);
        const [same, after, ...others] = runs();
        expect([same, others]).toEqual([before, []]);
        // What comes after the sleep is the next frame, or the first where a pause has no next.
        expect(after?.from).toBe(resumes ? beforeTo : 0);
        expect((after?.to ?? 0) - (after?.from ?? 0)).toBeGreaterThan(0.14 * sampleRate);
        expect(ear.heard().frames).toBeGreaterThan(beforeTo);
        render.close();
      },
    );
  }

  scenario('three times over [WRT-PWR-003]', (lab) => {
    const { machine, render, runs } = start(lab, backend);
    const { power } = machine.machine.kernel;
    for (const runMs of [37, 45, 71]) {
      machine.runFor(runMs * MS);
      power.sleep(PowerSystemSleeping3);
      machine.runFor(10 * MS);
      power.wake();
    }
    machine.runFor(40 * MS);
    backend.hearOut(machine);
    const heard = runs();
    expect(heard).toHaveLength(4);
    heard.forEach(({ from, to }, index) => {
      expect(from).toBe(resumes ? (heard[index - 1]?.to ?? 0) : 0);
      expect(to).toBeGreaterThan(from);
    });
    render.close();
  });
});

describeBackends('a device that goes', 'hda', (backend) => {
  scenario(
    'to be stopped is silent at once, and plays for a new stream [PCL-REM-006 PCL-REM-007]',
    (lab) => {
      const { frames, machine, render, runs, secondSound } = start(lab, backend);
      const { kernel, node } = machine.machine;
      machine.runFor(63 * MS);
      expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
      expect(kernel.pnp.stop(node)).toBe(STATUS_SUCCESS);
      // The handle is open still, and yet nothing of the hardware is held.
      expect(kernel.interrupts.outstanding()).toEqual([]);
      expect(kernel.ioSpace.outstanding()).toEqual([]);
      machine.runFor(MS);
      const before = runs();
      expect(before).toHaveLength(1);
      machine.runFor(100 * MS);
      machine.machine.startDevice();
      machine.runFor(100 * MS);
      expect(runs()).toEqual(before);
      expect(render.setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
      const second = machine.openRender({ bufferMs: 400 });
      second.write(secondSound);
      expect(second.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
      machine.runFor(60 * MS);
      backend.hearOut(machine);
      const [first, fresh, ...others] = runs();
      expect([first?.from, others]).toEqual([0, []]);
      expect(fresh?.from).toBe(frames);
      expect(fresh?.to).toBeGreaterThan(frames + 59 * 48 - 30);
      second.close();
      render.close();
    },
  );

  scenario(
    'without a word is silent at once, with its pin open [PCL-REM-008 WRT-PNP-001]',
    (lab) => {
      const { machine, render, runs } = start(lab, backend);
      const { kernel, node } = machine.machine;
      machine.runFor(63 * MS);
      kernel.pnp.surpriseRemoval(node);
      machine.runFor(MS);
      const before = runs();
      expect(before).toHaveLength(1);
      machine.runFor(100 * MS);
      expect(runs()).toEqual(before);
      const { address, actualBytes } = render.buffer;
      kernel.ram.bytes.fill(0x5a, address, address + actualBytes);
      render.close();
    },
  );

  for (const state of [KSSTATE.ACQUIRE, KSSTATE.PAUSE, KSSTATE.RUN]) {
    for (const end of ['pulled out', 'its client dies', 'its pin is closed'] as const) {
      scenario(
        `to sleep from ${ksStateName(state)} is not touched then: ${end} [PCL-PWR-007]`,
        (lab) => {
          const { machine, render, runs } = start(lab, backend);
          const { kernel, node } = machine.machine;
          machine.runFor(35 * MS);
          render.setState(state);
          kernel.power.sleep(PowerSystemSleeping3);
          const before = runs();
          expect(before).toHaveLength(1);
          if (end === 'pulled out') kernel.pnp.surpriseRemoval(node);
          else if (end === 'its client dies') machine.client.process.terminate();
          else render.close();
          expect(kernel.power.wake()).toBe(STATUS_SUCCESS);
          machine.runFor(50 * MS);
          expect(machine.shutDown()).toEqual([]);
          expect(machine.findings).toEqual([]);
          expect(runs()).toEqual(before);
        },
      );
    }
  }

  scenario('to be stopped asleep, started, and then taken away [PCL-PWR-007]', (lab) => {
    const { frames, machine, render, runs, secondSound } = start(lab, backend);
    const { kernel, node } = machine.machine;
    machine.runFor(35 * MS);
    kernel.power.setDeviceState(node, PowerDeviceD3);
    expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
    expect(kernel.pnp.stop(node)).toBe(STATUS_SUCCESS);
    expect(kernel.ioSpace.outstanding()).toEqual([]);
    machine.machine.startDevice();
    render.close();
    const second = machine.openRender({ bufferMs: 400 });
    second.write(secondSound);
    expect(second.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
    machine.runFor(35 * MS);
    second.close();
    kernel.power.setDeviceState(node, PowerDeviceD3);
    expect(kernel.pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
    expect(kernel.pnp.remove(node)).toBe(STATUS_SUCCESS);
    expect(runs().map(({ from }) => from)).toEqual([0, frames]);
  });
});
