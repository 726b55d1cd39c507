/** WavePci streams through sleep, and without their device: paused, resumed, stopped, cut off. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/ddi/index.ts';
import {
  IID_IPowerNotify,
  type InterfaceId,
  type IPowerNotify,
} from '../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_INVALID_DEVICE_STATE, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import type { BusMasterOptions } from '../support/bus-master-driver.ts';
import { type BusMasterMachine, bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';
import { BusMasterStream } from '../support/bus-master-stream.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const MS_FRAMES = 48;

/** A stream that saves its engine's queue when the device loses its power, and brings it back. */
class SavingStream extends BusMasterStream implements IPowerNotify {
  #saved: { address: number; bytes: number; done: number; interrupts: boolean }[] = [];
  #saw = 0;
  #done = 0;

  powerChangeNotify(state: number): void {
    this.called(`PowerChangeNotify ${state}`);
    const { engine } = this;
    if (state === PowerDeviceD3) {
      this.#saved = [...engine.queue];
      this.#saw = engine.position;
      this.#done = engine.doneCount;
    } else if (state === PowerDeviceD0) {
      engine.queue.push(...this.#saved.splice(0));
      engine.doneCount = this.#done;
    }
  }

  /** Bytes played before the device slept. */
  get savedPosition(): number {
    return this.#saw;
  }
}

const SAVING: BusMasterOptions = {
  further: [IID_IPowerNotify as InterfaceId<unknown>],
  makeStream: (...args) => new SavingStream(...args),
  interrupts: 'each',
  position: (stream) => (stream as SavingStream).savedPosition + stream.engine.position,
};

const setPower = (machine: BusMasterMachine, state: 1 | 4): void => {
  const status = machine.kernel.power.setDeviceState(machine.lab.machine.node, state);
  expect(status).toBe(STATUS_SUCCESS);
};

scenario(
  'a stream with mappings open sleeps in D3 and goes on where it was ' +
    '[WPC-PWR-001 WPC-PWR-003 WPC-ST-007]',
  (lab) => {
    const machine = bootBusMaster(lab, SAVING);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const sound = noise(STEREO_48, 30 * MS_FRAMES);
    const third = sound.length / 3;
    const packets = [0, 1, 2].map((n) =>
      machine.write(pin, sound.subarray(n * third, (n + 1) * third)),
    );
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(15));
    machine.takeCalls();
    setPower(machine, PowerDeviceD3);
    expect(machine.takeCalls()).toEqual(['SetState PAUSE', 'PowerChangeNotify 4']);
    machine.lab.runFor(ms(100));
    expect(packets.map((packet) => machine.fate(packet))).toEqual([
      'SUCCESS',
      'pending',
      'pending',
    ]);
    setPower(machine, PowerDeviceD0);
    expect(machine.takeCalls()).toEqual(['PowerChangeNotify 1', 'SetState RUN']);
    machine.lab.runFor(ms(20));
    expect(packets.map((packet) => machine.fate(packet))).toEqual([
      'SUCCESS',
      'SUCCESS',
      'SUCCESS',
    ]);
    const heard = machine.ear.heard().bytes;
    expect(heard.subarray(0, 15 * 192)).toEqual(sound.subarray(0, 15 * 192));
    // A frame that lay in the FIFO went with the power.
    const rest = sound.subarray(15 * 192 + 4);
    expect(heard.subarray(15 * 192, 15 * 192 + rest.length)).toEqual(rest);
  },
);

scenario('a pin is opened on a device that was woken for it [WPC-NS-011]', (lab) => {
  const machine = bootBusMaster(lab, SAVING);
  setPower(machine, PowerDeviceD3);
  const { node } = machine.lab.machine;
  let stateAtOpen = 0;
  machine.lab.machine.portClass.guard.attach({
    entered: (slot) => {
      if (slot.windowsName === 'NewStream') stateAtOpen = node.powerState;
    },
    left: () => undefined,
  });
  machine.openPin();
  expect(stateAtOpen).toBe(PowerDeviceD0);
});

scenario('a packet wakes a device that fell asleep', (lab) => {
  const machine = bootBusMaster(lab, SAVING);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  setPower(machine, PowerDeviceD3);
  const packet = machine.write(pin, noise(STEREO_48, 48));
  expect(machine.lab.machine.node.powerState).toBe(PowerDeviceD0);
  expect(machine.fate(packet)).toBe('pending');
});

scenario(
  'pulled out in RUN, a stream stops, its packets come back, and no more are taken ' +
    '[WPC-RV-001 WPC-ST-004]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packets = [1, 2, 3].map((seed) => machine.write(pin, noise(STEREO_48, 480, seed)));
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(12));
    machine.takeCalls();
    const { node } = machine.lab.machine;
    expect(machine.kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    expect(packets.map((packet) => machine.fate(packet))).toEqual([
      'SUCCESS',
      'CANCELLED',
      'CANCELLED',
    ]);
    const states = machine.takeCalls().filter((call) => call.startsWith('SetState'));
    expect(states).toEqual(['SetState PAUSE', 'SetState ACQUIRE', 'SetState STOP']);
    packets[0]?.write(100);
    expect(packets[0]?.request.status).toBe(STATUS_INVALID_DEVICE_STATE);
    // The client, who does not know yet, may lead it down.
    for (const state of [PAUSE, ACQUIRE, STOP]) expect(pin.setState(state)).toBe(STATUS_SUCCESS);
    expect(pin.readPosition()).toBe(STATUS_INVALID_DEVICE_STATE);
    machine.lab.runFor(ms(30));
    machine.kernel.pnp.remove(node);
    pin.close();
    expect(machine.takeCalls().at(-1)).toBe('~stream');
  },
);
