/** The AC'97 device taken away, or its resources, under streams that run; on each of its ports. */
import { describe, expect } from 'vitest';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { type Ac97PortName, makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller, type DeviceSlot } from '../../src/hardware/index.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';

const MS = 1_000_000;
const STEREO_48 = formatOf({});

/** A machine with a render stream under way on the port. */
function playing(lab: Lab, port: Ac97PortName) {
  const machine = lab.boot({
    device: (slot: DeviceSlot) => new Ac97Controller(slot),
    driver: makeAc97Driver({ port }),
  });
  const sound = noise(STEREO_48, 4_800);
  let close: () => void;
  if (port === 'wavert') {
    const render = machine.openRender({ bufferMs: 100 });
    render.write(sound);
    render.setState(KSSTATE.RUN);
    close = () => render.close();
  } else {
    const filter = machine.openFilter(KSCATEGORY_AUDIO);
    const pin = StreamPin.open(filter, 0, STEREO_48);
    for (const state of [KSSTATE.ACQUIRE, KSSTATE.PAUSE]) pin.check('state', pin.setState(state));
    const packet = pin.packet(sound.length);
    packet.write(sound.length);
    pin.check('state', pin.setState(KSSTATE.RUN));
    close = () => {
      pin.close();
      expect(packet.isSent).toBe(false);
      filter.close();
    };
  }
  machine.runFor(5 * MS);
  return { machine, close };
}

describe.each<Ac97PortName>(['wavert', 'wavepci', 'wavecyclic'])('on a %s port', (port) => {
  scenario('a device that is pulled out leaves nothing when its stream closes', (lab) => {
    const { close, machine } = playing(lab, port);
    const { kernel, node } = machine.machine;
    expect(kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    machine.runFor(20 * MS);
    close();
    kernel.pnp.remove(node);
    machine.runFor(MS);
  });
});

scenario('a device on a WaveRT port starts again after a rebalance [PCL-REM-002]', (lab) => {
  const { close, machine } = playing(lab, 'wavert');
  const { kernel, node } = machine.machine;
  expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
  expect(kernel.pnp.stop(node)).toBe(STATUS_SUCCESS);
  machine.runFor(20 * MS);
  close();
  expect(kernel.pnp.startDevice(node)).toBe(STATUS_SUCCESS);
  const render = machine.openRender({ bufferMs: 20 });
  render.setState(KSSTATE.RUN);
  machine.runFor(5 * MS);
  render.pin.readPosition();
  expect(render.pin.writeOffset).toBe(240 * 4);
  render.close();
});

describe.each<Ac97PortName>(['wavepci', 'wavecyclic'])('on a %s port', (port) => {
  scenario('no rebalance is agreed to, and the stream goes on [PCL-REM-002]', (lab) => {
    const { close, machine } = playing(lab, port);
    const { kernel, node } = machine.machine;
    expect(kernel.pnp.queryStop(node)).not.toBe(STATUS_SUCCESS);
    const before = machine.device.speaker.heardFrames;
    machine.runFor(10 * MS);
    expect(machine.device.speaker.heardFrames - before).toBe(480);
    close();
  });
});
