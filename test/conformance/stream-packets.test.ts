/**
 * The suite on pins that take stream packets: our AC'97 driver over WavePci and WaveCyclic passes
 * what applies to them, and drivers that do one thing wrong fail the cases about it.
 */
import { describe, expect, it } from 'vitest';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller } from '../../src/hardware/ac97/ac97-controller.ts';
import type { DriverModule } from '../../src/portcls/ddi/index.ts';
import {
  earlyDma,
  fastPosition,
  grainyPosition,
  shiftedMappings,
  tellsDma,
} from './bad-actors/stream-packet-actors.ts';
import { idsWith, runSuite } from './suite.ts';

const device = (slot: ConstructorParameters<typeof Ac97Controller>[0]) => new Ac97Controller(slot);

describe('our driver', () => {
  it.each(['wavepci', 'wavecyclic'] as const)('passes over %s', (port) => {
    const results = runSuite(device, makeAc97Driver({ port }));
    expect(idsWith('fail', results)).toBe('');
    expect(idsWith('warning', results)).toBe('C-WAV-08');
    const subjects = new Set(results.map(({ subject }) => subject));
    expect([...subjects]).toEqual([
      'render Speaker, stream packets',
      'capture Line Connector, stream packets',
    ]);
  });
});

it('names each case that stream packets have no part in once, with the reason', () => {
  const driver = makeAc97Driver({ port: 'wavepci' });
  const results = runSuite(device, driver, ['C-EXA', 'C-PKT', 'C-WVP-06'], 'render');
  const skipped = results.filter(({ verdict }) => verdict === 'not applicable');
  expect(skipped.map(({ id }) => id)).toEqual(
    'C-EXA-03 C-EXA-04 C-EXA-05 C-EXA-07 C-PKT-01 C-PKT-03 C-PKT-04 C-PKT-05 C-PKT-06 C-WVP-06'.split(
      ' ',
    ),
  );
  for (const { reason } of skipped) expect(reason).toMatch(/a cyclic buffer.*stream packets/);
});

describe('a driver that is wrong in one thing fails the cases about it, and no other:', () => {
  const rows: [DriverModule, string][] = [
    [tellsDma, 'C-EXA-02'],
    [fastPosition, 'C-ACT-02 C-ACT-07 C-EXA-01 C-EXA-02 C-POS-02'],
    [
      grainyPosition,
      'C-ACT-02 C-ACT-03 C-ACT-07 C-EXA-01 C-EXA-02 C-POS-03 C-POS-04 C-POS-05 C-WAV-06',
    ],
    [earlyDma, 'C-EXA-06'],
    [shiftedMappings, 'C-ACT-04 C-EXA-08 C-EXA-09 C-LNX-02 C-LNX-03'],
  ];
  it.each(rows.map(([driver, fails]) => [driver.name, driver, fails] as const))(
    '%s',
    (_name, driver, fails) => {
      const results = runSuite(device, driver, [''], 'render');
      expect(idsWith('fail', results)).toBe(fails);
    },
  );
});
