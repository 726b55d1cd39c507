/**
 * A wave subdevice that comes and goes with the plug in its jack, while the topology filter stays:
 * our HD Audio driver with its wave filter held back until the scenario registers it. In the
 * documented order the endpoint is there to play on; in another one PortCls notes it. Source:
 * "Dynamic Subdevice Registration and Unregistration".
 */
import { describe, expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import {
  IID_IUnregisterPhysicalConnection,
  IID_IUnregisterSubdevice,
  type IUnknown,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  type LabMachine,
  noise,
  scenario,
} from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import { eRender } from '../../src/wasapi/index.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, Player } from '../support/wasapi-client.ts';

const STEREO = formatOf({});
const PERIOD = 480;
const DELAY = PERIOD + fifoFrames(48_000) + CODEC_FRAMES;

type Step = 'wave' | 'connection' | 'jack';

/** The driver's steps when a plug comes or goes, to be taken in any order. */
class JackedMachine {
  readonly lab: LabMachine<HdaController>;
  readonly audio: AudioLab<HdaController>;
  readonly #wdk: () => Wdk;
  readonly #held: Held;

  constructor(lab: LabMachine<HdaController>, wdk: () => Wdk, held: Held) {
    this.lab = lab;
    this.#wdk = wdk;
    this.#held = held;
    this.audio = new AudioLab(lab);
  }

  /** The driver's steps at once, and a moment in which applications see what there is. */
  plug(...steps: readonly Step[]): void {
    const { wave, connections } = this.#held;
    const { PcRegisterPhysicalConnection, PcRegisterSubdevice } = this.#wdk();
    const [device, name, port] = defined(wave, 'wave subdevice');
    for (const step of steps) {
      if (step === 'jack') this.lab.device.speaker.jackPresent = true;
      if (step === 'wave') expect(PcRegisterSubdevice(device, name, port)).toBe(STATUS_SUCCESS);
      if (step !== 'connection') continue;
      for (const ends of connections) {
        expect(PcRegisterPhysicalConnection(...ends)).toBe(STATUS_SUCCESS);
      }
    }
    this.lab.runFor(MS);
  }

  unplug(...steps: readonly Step[]): void {
    const { wave, connections } = this.#held;
    const [device, , port] = defined(wave, 'wave subdevice');
    const subdevices = defined(port.queryInterface(IID_IUnregisterSubdevice), 'service');
    const joints = defined(port.queryInterface(IID_IUnregisterPhysicalConnection), 'service');
    for (const step of steps) {
      if (step === 'jack') this.lab.device.speaker.jackPresent = false;
      if (step === 'wave') {
        expect(subdevices.unregisterSubdevice(device, port)).toBe(STATUS_SUCCESS);
      }
      if (step !== 'connection') continue;
      for (const ends of connections) {
        expect(joints.unregisterPhysicalConnection(...ends)).toBe(STATUS_SUCCESS);
      }
    }
    subdevices.release();
    joints.release();
    this.lab.runFor(MS);
  }

  /** What an application sees of the speaker. */
  get state(): string {
    const isJack = (isRender: boolean, link: string): boolean =>
      isRender && link.endsWith('\\Topology');
    const { endpoints } = this.audio.engine;
    const endpoint = endpoints.find(({ bridgeLink, isRender }) => isJack(isRender, bridgeLink));
    return defined(endpoint, 'render endpoint').state;
  }

  get filters(): string[] {
    const links = this.lab.machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO);
    return links.map((link) => link.split('\\').at(-1) ?? '').sort();
  }

  end(): void {
    this.#held.wave?.[2].release();
    this.audio.end();
  }
}

interface Held {
  wave: Parameters<Wdk['PcRegisterSubdevice']> | null;
  readonly connections: Parameters<Wdk['PcRegisterPhysicalConnection']>[];
}

/** A machine that starts without a plug, and without the wave filter. */
function bootUnplugged(lab: Lab): JackedMachine {
  const held: Held = { wave: null, connections: [] };
  let wdk: Wdk | null = null;
  const driver = bentHdaDriver({
    wdk: (real) => {
      wdk = real;
      return {
        PcRegisterSubdevice: (device, name, port: IUnknown) => {
          if (name !== 'Wave') return real.PcRegisterSubdevice(device, name, port);
          port.addRef();
          held.wave = [device, name, port];
          return STATUS_SUCCESS;
        },
        PcRegisterPhysicalConnection: (...ends) => {
          // The way from the line in is none of this jack's.
          if (ends[1] === held.wave?.[2]) held.connections.push(ends);
          return STATUS_SUCCESS;
        },
      };
    },
  });
  const device = (slot: DeviceSlot): HdaController =>
    new HdaController(slot, { jackPresent: false, lineInPresent: false });
  const machine = lab.boot({ device, driver });
  return new JackedMachine(machine, () => defined(wdk, 'imports'), held);
}

/** What the codec holds of an earlier stream, silence, is heard first. */
function expectHeard({ audio, lab }: JackedMachine, heldFrames = 0): void {
  const ear = new EarRecorder();
  lab.device.speaker.sink = ear;
  const sound = noise(STEREO, 2400);
  const player = new Player(audio, eRender, { format: STEREO, sound });
  player.start();
  lab.runFor(100 * MS);
  expect(player.isDone).toBe(true);
  expect(ear.heard()).toMatchFrames(sound, { delayFrames: heldFrames + DELAY });
  player.release();
}

const UP = ['wave', 'connection', 'jack'] as const;
const DOWN = ['connection', 'wave', 'jack'] as const;

describe('in the documented order', () => {
  scenario('a plug brings its filter, which plays, and takes it along [PCL-SUB-013]', (lab) => {
    const machine = bootUnplugged(lab);
    expect([machine.state, machine.filters]).toEqual(['unplugged', ['Topology']]);
    machine.plug(...UP);
    expect([machine.state, machine.filters]).toEqual(['active', ['Topology', 'Wave']]);
    expectHeard(machine);
    machine.unplug(...DOWN);
    expect([machine.state, machine.filters]).toEqual(['unplugged', ['Topology']]);
    machine.plug(...UP);
    expectHeard(machine, 2 * CODEC_FRAMES);
    machine.unplug(...DOWN);
    expect(machine.lab.findings).toEqual([]);
    machine.end();
  });

  scenario('the jack tells last: until then nobody plays [PCL-SUB-013]', (lab) => {
    const machine = bootUnplugged(lab);
    machine.plug('wave', 'connection');
    expect(machine.state).toBe('unplugged');
    machine.plug('jack');
    expect(machine.state).toBe('active');
    machine.end();
  });
});

scenario('a driver may take its time between the steps [PCL-SUB-013]', (lab) => {
  const machine = bootUnplugged(lab);
  for (const step of UP) {
    expect(machine.state).toBe('unplugged');
    machine.plug(step);
  }
  expect(machine.state).toBe('active');
  expectHeard(machine);
  for (const step of DOWN) machine.unplug(step);
  expect(machine.state).toBe('unplugged');
  machine.end();
});

scenario('a jack that never had a plug has no part in another one’s filter', (lab) => {
  const machine = bootUnplugged(lab);
  machine.plug('wave', 'connection');
  machine.unplug('connection', 'wave');
  expect(machine.lab.findings).toEqual([]);
  machine.end();
});

describe('out of order', () => {
  scenario('a jack that tells before its filter is connected is noted [PCL-SUB-013]', (lab) => {
    for (const order of [
      [['jack'], ['wave', 'connection']],
      [['wave', 'jack'], ['connection']],
    ] as const) {
      const machine = bootUnplugged(lab);
      for (const steps of order) machine.plug(...steps);
      machine.lab.expectFinding(/^the jack of pin 1 told IsConnected before the connection behind/);
      machine.end();
    }
  });

  scenario('a jack that tells the plug gone first is noted [PCL-SUB-013]', (lab) => {
    const machine = bootUnplugged(lab);
    machine.plug(...UP);
    machine.unplug('jack');
    machine.unplug('connection', 'wave');
    machine.lab.expectFinding(/^the jack of pin 1 told the plug gone before the connection behind/);
    machine.end();
  });

  scenario('a filter that goes before its connection is noted [PCL-SUB-013]', (lab) => {
    const machine = bootUnplugged(lab);
    machine.plug(...UP);
    machine.unplug('wave');
    expect(machine.state).toBe('unplugged');
    machine.lab.expectFinding(/Wave was unregistered before its 1 physical connections/);
    machine.end();
  });
});
