/** A client's sound on hardware of every kind, and who keeps that hardware going. */
import { describe, expect } from 'vitest';
import type { SimpleDmaDriverOptions } from '../../src/drivers/simple-dma/index.ts';
import type { SimpleDmaTraits } from '../../src/hardware/index.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import {
  bootSimple,
  engineRegister,
  MS,
  Playback,
  Recording,
} from '../support/simple-dma-machine.ts';

type Kind = readonly [string, Partial<SimpleDmaTraits>, SimpleDmaDriverOptions];

const kinds: readonly Kind[] = [
  ['loops and gathers', { loops: true, gathers: true, notifies: 'threshold' }, {}],
  ['loops, gathers and cannot interrupt', { loops: true, gathers: true, notifies: 'never' }, {}],
  ['loops in one run of pages', { loops: true, gathers: false }, {}],
  ['cannot loop, gathers, and is armed by its interrupt', { gathers: true }, {}],
  ['cannot loop, gathers, and is armed by a thread', { gathers: true }, { rearm: 'thread' }],
  ['can neither loop nor gather, and is armed by its interrupt', {}, {}],
  ['can neither loop nor gather, and is armed by a thread', {}, { rearm: 'thread' }],
  ['cannot loop, gather or interrupt', { notifies: 'never', fifoFrames: 128 }, {}],
  [
    'cannot loop or interrupt but gathers',
    { gathers: true, notifies: 'never', fifoFrames: 128 },
    {},
  ],
];

const formats = [
  formatOf({ sampleRate: 48_000 }),
  formatOf({ sampleRate: 44_100, bits: 24 }),
  formatOf({ sampleRate: 11_025, channels: 1 }),
];

describe('a device that', () => {
  for (const [name, traits, options] of kinds) {
    scenario(`${name} plays every frame in its place [WRT-OVR-005]`, (lab) => {
      const machine = bootSimple(lab, traits, options);
      for (const format of formats) {
        const playback = new Playback(machine, { format, soundMs: 250 });
        const { client, ledger } = playback;
        machine.runFor(200 * MS);
        expect(engineRegister(machine, 0, 'LOST')).toBe(0);
        expect(engineRegister(machine, 0, 'LNK')).toBeGreaterThan(10 * playback.bufferFrames);
        playback.playOut();
        expect(ledger).toMatchObject({ glitches: [], isBitExact: true });
        expect(ledger.delayFrames).toBe(client.leadFrames + machine.device.traits.fifoFrames);
      }
    });

    scenario(`${name} records every frame in its place [WRT-OVR-005]`, (lab) => {
      const machine = bootSimple(lab, traits, options);
      const recording = new Recording(machine, formatOf({ sampleRate: 44_100 })).run();
      recording.readUntil(250 * MS);
      const frames = 11_025 - machine.device.traits.fifoFrames / 2;
      expect(recording.read.length).toBe(frames * recording.frameBytes);
      expect(recording.read).toEqual(recording.spoken(0, frames));
      recording.close();
    });
  }
});
