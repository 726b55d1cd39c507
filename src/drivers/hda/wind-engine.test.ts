/**
 * A stream that wakes: on a controller whose clock is fast or slow, and on one whose engines stand
 * still while no converter listens to them, and so cannot be wound to where they were, which is not
 * waited for longer than it takes to see that.
 */
import { describe, expect } from 'vitest';
import { HdaController } from '../../hardware/index.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../kernel/ddi/index.ts';
import {
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
} from '../../standards/hda/index.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import { type Lab, scenario } from '../../testing/index.ts';
import { MS, positionOf, tampered } from './hda-lab.test-support.ts';
import { hdaDriver } from './index.ts';

/** SDnLPIB of the first output engine, the fifth of all. */
const OUTPUT_LPIB = HDA_STREAM_BASE + 4 * HDA_STREAM_STRIDE + HDA_STREAM_REGISTERS.LPIB.offset;
const RAN_MS = 60;

/** Plays, pauses, sleeps, and wakes; how long the waking took, and where the stream is. */
function wake(lab: Lab, standsStill: boolean) {
  let isAwake = true;
  const read = (value: number): number => (isAwake || !standsStill ? value : 0);
  const machine = lab.boot(tampered({ readsAt: new Map([[OUTPUT_LPIB, read]]) }));
  // No driver can keep a place that its hardware does not.
  if (standsStill) machine.expectFinding(/GetPosition: 11400 and 11520, then 0 and 0, in PAUSE/);
  const { kernel, node } = machine.machine;
  const render = machine.openRender({ bufferMs: 100 });
  render.setState(KSSTATE.RUN);
  machine.runFor(RAN_MS * MS);
  render.setState(KSSTATE.PAUSE);
  const before = positionOf(render);
  kernel.power.setDeviceState(node, PowerDeviceD3);
  isAwake = false;
  const asleepNs = machine.machine.now;
  kernel.power.setDeviceState(node, PowerDeviceD0);
  const wakingMs = (machine.machine.now - asleepNs) / MS;
  const after = positionOf(render);
  render.close();
  return { before, after, wakingMs };
}

describe('a stream that wakes', () => {
  scenario('is wound to where it was, in the time that the sound takes [WRT-PWR-003]', (lab) => {
    const { after, before, wakingMs } = wake(lab, false);
    expect(before).toEqual([RAN_MS * 48 - 30, RAN_MS * 48]);
    expect(after).toEqual(before);
    expect(wakingMs).toBeGreaterThan(RAN_MS - 1);
    expect(wakingMs).toBeLessThan(RAN_MS + 5);
  });

  for (const driftPpm of [-200, 0, 100, 1000]) {
    scenario(
      `is where it was on a clock that is ${driftPpm} ppm fast, also short of the end of its ` +
        'buffer [WRT-PWR-003]',
      (lab) => {
        for (const ranMs of [900, 4900, 4999.7]) {
          const machine = lab.boot({
            device: (slot) => new HdaController(slot, { driftPpm }),
            driver: hdaDriver,
          });
          const { kernel, node } = machine.machine;
          const render = machine.openRender({ bufferMs: 5000 });
          render.setState(KSSTATE.RUN);
          machine.runFor(ranMs * MS);
          render.setState(KSSTATE.PAUSE);
          const before = positionOf(render);
          kernel.power.setDeviceState(node, PowerDeviceD3);
          kernel.power.setDeviceState(node, PowerDeviceD0);
          expect(positionOf(render)).toEqual(before);
          render.close();
        }
      },
    );
  }

  scenario('and cannot be wound is at 0, and no later', (lab) => {
    const { after, wakingMs } = wake(lab, true);
    expect(after).toEqual([0, 0]);
    expect(wakingMs).toBeLessThan(RAN_MS + 5);
  });
});
