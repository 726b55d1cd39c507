/**
 * The AC'97 driver while its device sleeps: controls that are turned meanwhile write no register,
 * tell what they were turned to, and are heard when the device is back. PortCls wakes a device for
 * a client's request; what reaches the driver in D3 all the same is made here by hand. Source:
 * IAdapterPowerManagement::PowerChangeState.
 */
import { describe, expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller, type DeviceSlot } from '../../src/hardware/index.ts';
import {
  PowerDeviceD0,
  PowerDeviceD3,
  PowerSystemSleeping3,
} from '../../src/kernel/power/power-codes.ts';
import {
  PCPROPERTY_ITEM_FLAG_GET,
  PCPROPERTY_ITEM_FLAG_SET,
  type PcPropertyRequest,
} from '../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { ALL_CHANNELS_ID, LEVELS_PER_DB } from '../../src/standards/ks/topology-controls.ts';
import { type NtStatus, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, type LabMachine, noise, scenario } from '../../src/testing/index.ts';
import { FIFO_FRAMES, MS, PacketBench, RENDER_PIN, STEREO_48 } from '../support/ac97-machine.ts';

const { ACQUIRE, PAUSE, RUN } = KSSTATE;
const [MASTER_VOLUME, MASTER_MUTE] = [2, 3];
const PACKET_FRAMES = 480;

type Ac97Lab = LabMachine<Ac97Controller>;

const boot = (lab: Lab): Ac97Lab =>
  lab.boot({
    device: (slot: DeviceSlot) => new Ac97Controller(slot),
    driver: makeAc97Driver({ port: 'wavepci' }),
  });

function setPower({ machine }: Ac97Lab, state: 1 | 4): void {
  expect(machine.kernel.power.setDeviceState(machine.node, state)).toBe(STATUS_SUCCESS);
}

/** Calls the handler of a node's first property, as PortCls would; the value that is left. */
function ask({ client, machine }: Ac97Lab, node: number, verb: number, value = 0): number {
  const device = defined(machine.node.pdo.attachedDevice, 'functional device');
  const port = machine.portClass.adapterOf(device).portNamed('Topology');
  const miniport = defined(port?.miniportUnknown, 'miniport');
  const item = defined(
    port?.descriptor.nodes[node]?.automationTable?.properties?.[0],
    'property item',
  );
  const { process, ram } = client;
  const at = process.alloc(8);
  ram.view.setUint32(at, verb === PCPROPERTY_ITEM_FLAG_SET ? ALL_CHANNELS_ID : 0, true);
  const valueAt = process.alloc(4);
  ram.view.setInt32(valueAt, value, true);
  const request: Omit<PcPropertyRequest, 'irp'> = {
    majorTarget: miniport,
    minorTarget: null,
    node,
    propertyItem: item,
    verb,
    instanceSize: 8,
    instance: at,
    valueSize: 4,
    value: valueAt,
  };
  const status: NtStatus = defined(item.handler, 'handler')(request as PcPropertyRequest);
  expect(status).toBe(STATUS_SUCCESS);
  const left = ram.view.getInt32(valueAt, true);
  process.free(at);
  process.free(valueAt);
  return left;
}

const turn = (machine: Ac97Lab, node: number, value: number): number =>
  ask(machine, node, PCPROPERTY_ITEM_FLAG_SET, value);
const told = (machine: Ac97Lab, node: number): number =>
  ask(machine, node, PCPROPERTY_ITEM_FLAG_GET);

/** Plays a packet of noise; what was sent and what was heard of it. */
function play(machine: Ac97Lab): { sound: Int16Array; heard: Int16Array } {
  const bench = new PacketBench(machine, RENDER_PIN);
  bench.states(ACQUIRE, PAUSE);
  const sound = noise(STEREO_48, PACKET_FRAMES);
  bench.write(sound);
  bench.listen();
  bench.states(RUN);
  bench.runTo(10 * MS);
  const heard = bench.ear.heard().bytes.slice(FIFO_FRAMES * 4, PACKET_FRAMES * 4);
  bench.close();
  return {
    sound: new Int16Array(sound.slice(0, heard.length).buffer),
    heard: new Int16Array(heard.buffer),
  };
}

describe('a device that sleeps', () => {
  scenario('gets a volume that was set meanwhile when it wakes [WPC-PWR-002]', (lab) => {
    const machine = boot(lab);
    setPower(machine, PowerDeviceD3);
    turn(machine, MASTER_VOLUME, -6 * LEVELS_PER_DB);
    expect(told(machine, MASTER_VOLUME)).toBe(-6 * LEVELS_PER_DB);
    expect(machine.findings).toEqual([]);
    setPower(machine, PowerDeviceD0);
    const { heard, sound } = play(machine);
    expect(heard.length).toBe(2 * (PACKET_FRAMES - FIFO_FRAMES));
    const expected = Array.from(sound, (sample) => Math.round(sample * 10 ** (-6 / 20)));
    expect(Array.from(heard)).toEqual(expected);
  });

  scenario('is muted from its first frame on [WPC-PWR-002]', (lab) => {
    const machine = boot(lab);
    setPower(machine, PowerDeviceD3);
    turn(machine, MASTER_MUTE, 1);
    turn(machine, MASTER_VOLUME, -12 * LEVELS_PER_DB);
    turn(machine, MASTER_VOLUME, 0);
    expect(told(machine, MASTER_MUTE)).toBe(1);
    setPower(machine, PowerDeviceD0);
    const { heard } = play(machine);
    expect(heard.length).toBe(2 * (PACKET_FRAMES - FIFO_FRAMES));
    expect(heard.some((sample) => sample !== 0)).toBe(false);
    turn(machine, MASTER_MUTE, 0);
    const later = play(machine);
    expect(later.heard).toEqual(later.sound);
  });

  scenario('is left alone by a stream that ends, and plays the next one [WPC-PWR-002]', (lab) => {
    const machine = boot(lab);
    const { kernel } = machine.machine;
    const bench = new PacketBench(machine, RENDER_PIN);
    bench.states(ACQUIRE, PAUSE);
    bench.write(noise(STEREO_48, PACKET_FRAMES));
    bench.states(RUN);
    bench.runTo(3 * MS);
    kernel.power.sleep(PowerSystemSleeping3);
    bench.close();
    expect(machine.findings).toEqual([]);
    kernel.power.wake();
    const { heard, sound } = play(machine);
    expect(heard).toEqual(sound);
  });
});
