/**
 * Drivers that do one thing wrong each, in the whole suite. Each row tells which cases fail, and so
 * that all others pass: a case that failed for somebody else's fault, or that let its own fault
 * through, would break a row. Both directions are bent alike.
 */
import { describe, expect, it } from 'vitest';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { DriverModule } from '../../src/portcls/ddi/index.ts';
import { Alarm } from '../../src/sim/clock.ts';
import * as notifications from './bad-actors/notification-actors.ts';
import * as packets from './bad-actors/packet-actors.ts';
import * as positions from './bad-actors/position-actors.ts';
import * as streams from './bad-actors/stream-actors.ts';
import { idsWith, runSuite } from './suite.ts';

type Row = readonly [driver: DriverModule, fails: string, warns?: string];

const CLOCK = 'C-ACT-02 C-ACT-07 C-EXA-01 C-EXA-02';
const rows: readonly Row[] = [
  [positions.constantOffset, 'C-EXA-02'],
  // A client that follows the position takes a step back for a pass of the buffer.
  [
    positions.jumping,
    `C-ACT-02 C-ACT-03 C-ACT-07 C-ACT-08 C-EXA-01 C-EXA-02 C-POS-02 C-POS-03 C-POS-04 C-POS-05 C-WVP-06`,
    'C-POS-07',
  ],
  [positions.grainy, 'C-ACT-02 C-ACT-03 C-ACT-07 C-EXA-01 C-EXA-02 C-POS-03 C-POS-05 C-WVP-06'],
  [
    positions.frozen,
    `${CLOCK} C-LNX-01 C-POS-02 C-POS-08 C-WAV-01 C-WAV-04 C-WAV-05 C-WAV-06 C-WVP-06`,
  ],
  [positions.sinceRun, 'C-EXA-03'],
  [positions.fastClock, `${CLOCK} C-WVP-06`, 'C-POS-07'],
  [positions.keptAtStop, 'C-WAV-03'],
  [positions.movesInPause, 'C-WAV-02'],
  [notifications.missing, 'C-NTF-01 C-NTF-03 C-PKT-04'],
  [notifications.doubled, 'C-NTF-01 C-NTF-03 C-PKT-04'],
  [notifications.whilePaused, 'C-NTF-02'],
  [packets.fromOne, 'C-PKT-01 C-PKT-02 C-PKT-04 C-PKT-05'],
  [packets.waitsForClient, 'C-PKT-03'],
  [packets.takesLate, 'C-WVP-05'],
  [packets.presentsEarly, 'C-PKT-06'],
  [packets.stampsLate, 'C-PKT-07'],
  [streams.smallBuffer, 'C-EXA-07'],
  [streams.earlyDma, 'C-EXA-06 C-NTF-02'],
  [streams.wrongLatency, 'C-EXA-05'],
  [streams.emptyClaim, 'C-ACT-01 C-WAV-06'],
  [streams.waitsForPosition, 'C-WVP-03'],
  [streams.slowPosition, 'C-POS-01'],
  [streams.leaky, 'C-WVP-01 C-WVP-02'],
  [streams.byChance, 'C-WVP-07'],
];

describe('a driver that is wrong in one thing fails the cases about it, and no other:', () => {
  it.each(rows.map(([driver, ...row]) => [driver.name, driver, ...row] as const))(
    '%s',
    (_name, driver, fails, warns = '') => {
      const results = runSuite((slot) => new HdaController(slot), driver);
      expect(idsWith('fail', results)).toBe(fails);
      expect(idsWith('warning', results)).toBe(warns);
    },
  );
});

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
