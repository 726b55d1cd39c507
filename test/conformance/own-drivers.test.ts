/** Our own drivers in the whole suite, on each kind of hardware that there is. */
import { expect, it } from 'vitest';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { simpleDmaDriver } from '../../src/drivers/simple-dma/index.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { SimpleDmaDevice } from '../../src/hardware/simple-dma/simple-dma-device.ts';
import { twoStreams } from './bad-actors/stream-actors.ts';
import { idsWith, runSuite } from './suite.ts';

it('passes the HD Audio driver in both directions: timer [WRT-STA-011 WRT-STA-012 WRT-STA-013 WRT-POS-002 WRT-POS-003 WRT-POS-005 WRT-POS-008 WRT-BUF-016 WRT-BUF-023 WRT-LAT-009], after sleep [WRT-PWR-003], notifications [WRT-NTF-008 WRT-NTF-019], packets [WRT-STA-014 WRT-PKT-006 WRT-PKT-007 WRT-PKT-008 WRT-PKT-010 WRT-PKT-012 WRT-PKT-015 WRT-PKT-017 WRT-PKT-018 WRT-PKT-019 WRT-PKT-020 WRT-PKT-022 WRT-PKT-025]', () => {
  const results = runSuite((slot) => new HdaController(slot), hdaDriver);
  expect(idsWith('fail', results)).toBe('');
  expect(idsWith('warning', results)).toBe('');
  // A pin that one stream can open at a time, and packets that outlast any machine.
  expect(idsWith('not applicable', results)).toBe('C-WAV-07 C-WVP-06');
  const subjects = new Set(results.map(({ subject }) => subject));
  expect([...subjects]).toEqual([
    'render Speaker, timer',
    'render Speaker, notification',
    'render Speaker, packets',
    'capture Line Connector, timer',
    'capture Line Connector, notification',
    'capture Line Connector, packets',
  ]);
});

it('passes the simple DMA driver on hardware that cannot loop, gather or notify at packets [WRT-PWR-003]', () => {
  const results = runSuite((slot) => new SimpleDmaDevice(slot), simpleDmaDriver);
  expect(idsWith('fail', results)).toBe('');
  expect(idsWith('warning', results)).toBe('C-WAV-08');
  const notified = results.filter(({ subject }) => subject.endsWith(', notification'));
  expect(new Set(notified.map(({ verdict }) => verdict))).toEqual(new Set(['not applicable']));
});

it('passes two streams of one pin in two processing modes where the pin allows them', () => {
  const results = runSuite((slot) => new HdaController(slot), twoStreams, ['C-WAV-07']);
  expect(results.map(({ measured, verdict }) => `${verdict}: ${measured}`)).toEqual([
    'pass: 2 of 2 streams in 2 modes',
    'pass: 2 of 2 streams in 2 modes',
  ]);
});

it('passes the simple DMA driver on hardware that can do all of it [WRT-PWR-003]', () => {
  const results = runSuite(
    (slot) => new SimpleDmaDevice(slot, { loops: true, gathers: true, notifies: 'threshold' }),
    simpleDmaDriver,
  );
  expect(idsWith('fail', results)).toBe('');
  expect(idsWith('warning', results)).toBe('');
  const ids = results.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
  expect(ids).toContain('C-NTF-01');
});
