/** Hardware that is wrong under a driver that is right: the suite tells that too. */
import { describe, expect, it } from 'vitest';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { Alarm } from '../../src/sim/clock.ts';
import { idsWith, runSuite } from './suite.ts';

/** An HD Audio controller that loses one frame of the stream that runs after 300 ms. */
function losesFrame(slot: DeviceSlot): HdaController {
  const device = new HdaController(slot);
  const lose = (): void => {
    for (const stream of [FIRST_INPUT, FIRST_OUTPUT]) {
      try {
        device.injectFifoError(stream);
      } catch {
        // It does not run: the case is about the other direction.
      }
    }
  };
  new Alarm(slot.clock, 'a frame is lost', lose).set(300_000_000);
  return device;
}

const FIRST_INPUT = 0;
const FIRST_OUTPUT = 4;

describe('hardware that is wrong under a driver that is right', () => {
  it('fails the cases about clocks when its own is a thousandth fast', () => {
    const results = runSuite((slot) => new HdaController(slot, { driftPpm: 1000 }), hdaDriver, [
      'C-POS',
      'C-ACT-02',
      'C-EXA-01',
      'C-NTF-01',
    ]);
    expect(idsWith('fail', results)).toBe('C-ACT-02 C-EXA-01 C-NTF-01');
  });

  it('fails the cases about sound when it loses one frame', () => {
    const results = runSuite(losesFrame, hdaDriver, ['C-LNX-02', 'C-ACT-04', 'C-POS-02']);
    expect(idsWith('fail', results)).toBe('C-ACT-04 C-LNX-02');
    const passed = results.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
    expect(new Set(passed)).toEqual(new Set(['C-POS-02']));
  });

  it('fails the case about jacks in the direction whose plug is out', () => {
    const results = runSuite((slot) => new HdaController(slot, { jackPresent: false }), hdaDriver, [
      'C-WAV-09',
    ]);
    expect(results.map(({ subject, verdict }) => [subject, verdict])).toEqual([
      ['render Speaker, timer', 'fail'],
      ['capture Line Connector, timer', 'pass'],
    ]);
  });
});
