/**
 * The simple DMA driver through sleep and loss of its power: nothing of a part without power is
 * touched, whatever becomes of its streams, and a stream that stopped meanwhile begins anew.
 */
import { describe, expect } from 'vitest';
import { PowerDeviceD0, PowerDeviceD3, PowerSystemSleeping3 } from '../../src/kernel/ddi/index.ts';
import { KSSTATE, ksStateName } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario, TestCapture } from '../../src/testing/index.ts';
import { bootSimple, CAPTURE_PIN, MS } from '../support/simple-dma-machine.ts';

/** A stream each way, both in `state`. */
function streams(lab: Lab, loops: boolean, state: KSSTATE) {
  const machine = bootSimple(lab, { loops });
  const render = machine.openRender({ bufferMs: 20 });
  const capture = TestCapture.open(machine, { bufferMs: 20, pin: CAPTURE_PIN });
  render.setState(state);
  capture.setState(state);
  machine.runFor(5 * MS);
  return { capture, machine, render };
}

type Streams = ReturnType<typeof streams>;

describe('a device without power is not touched', () => {
  const ends: Readonly<Record<string, (all: Streams) => unknown>> = {
    'pulled out': ({ machine }) => machine.machine.kernel.pnp.surpriseRemoval(machine.machine.node),
    'its client dies': ({ machine }) => machine.client.process.terminate(),
    'its pin is closed': ({ render }) => render.close(),
  };
  for (const loops of [true, false]) {
    for (const state of [KSSTATE.ACQUIRE, KSSTATE.PAUSE, KSSTATE.RUN]) {
      for (const [name, end] of Object.entries(ends)) {
        const part = loops ? 'looping' : 'armed anew';
        scenario(`${part}, asleep from ${ksStateName(state)}: ${name} [PCL-PWR-007]`, (lab) => {
          const all = streams(lab, loops, state);
          const { power } = all.machine.machine.kernel;
          power.sleep(PowerSystemSleeping3);
          end(all);
          expect(power.wake()).toBe(STATUS_SUCCESS);
          all.machine.runFor(5 * MS);
        });
      }
    }
  }

  scenario('when it is taken away [PCL-PWR-007]', (lab) => {
    const machine = bootSimple(lab);
    const { kernel, node } = machine.machine;
    kernel.power.setDeviceState(node, PowerDeviceD3);
    expect(kernel.pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
    expect(kernel.pnp.remove(node)).toBe(STATUS_SUCCESS);
  });
});

describe('both directions', () => {
  for (const state of [KSSTATE.PAUSE, KSSTATE.RUN]) {
    const entries = 'WRT-POS-008 WRT-PWR-003';
    scenario(`go on from where they were, in ${ksStateName(state)} [${entries}]`, (lab) => {
      const all = streams(lab, true, KSSTATE.RUN);
      const { kernel, node } = all.machine.machine;
      const pins = [all.render.pin, all.capture.pin];
      const positions = (): number[] =>
        pins.flatMap((pin) => {
          expect(pin.readPosition()).toBe(STATUS_SUCCESS);
          return [pin.playOffset, pin.writeOffset];
        });
      for (const pin of pins) pin.setState(state);
      const before = positions();
      expect(Math.min(...before)).toBeGreaterThan(0);
      kernel.power.setDeviceState(node, PowerDeviceD3);
      all.machine.runFor(100 * MS);
      kernel.power.setDeviceState(node, PowerDeviceD0);
      // Playing goes on with the frame at the converter, and recording with the frame in memory.
      const [played = 0, , , stored = 0] = before;
      const after = positions();
      if (state === KSSTATE.PAUSE) expect(after).toEqual(before);
      else expect([after[0], after[3]]).toEqual([played, stored]);
      for (const pin of pins) pin.setState(KSSTATE.RUN);
      // The FIFO fills first.
      all.machine.runFor(5 * MS);
      const later = positions();
      expect([(later[0] ?? 0) > played, (later[3] ?? 0) > stored]).toEqual([true, true]);
      for (const pin of pins) pin.setState(KSSTATE.STOP);
      expect(positions()).toEqual([0, 0, 0, 0]);
    });
  }
});
