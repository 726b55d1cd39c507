/** Notification over hardware: offered only where the part interrupts at packets, and exact. */
import { describe, expect } from 'vitest';
import type { SimpleDmaTraits } from '../../src/hardware/index.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, noise, scenario } from '../../src/testing/index.ts';
import { firstMismatch } from '../../src/testing/matchers.ts';
import { bootSimple, CAPTURE_PIN, MS, RENDER_PIN } from '../support/simple-dma-machine.ts';

const FIFO = 64;
const kinds: readonly [string, Partial<SimpleDmaTraits>, 'interrupt' | 'thread'][] = [
  ['loops', { loops: true, gathers: true }, 'interrupt'],
  ['cannot loop and is armed by its interrupt', {}, 'interrupt'],
  ['cannot loop and is armed by a thread', { gathers: true }, 'thread'],
];

describe('a part that interrupts at a threshold', () => {
  for (const [name, traits, rearm] of kinds) {
    scenario(
      `and ${name} wakes its client as each packet is fetched, and only then [WRT-NTF-002 WRT-NTF-008 WRT-NTF-017 WRT-NTF-019]`,
      (lab) => {
        const machine = bootSimple(lab, { ...traits, notifies: 'threshold' }, { rearm });
        const { kernel } = machine.machine;
        const filter = machine.openFilter();
        const pin = filter.openPin(RENDER_PIN, formatOf({}));
        expect(pin.queryNotificationSupport()).toBe(true);
        const { buffer } = pin.tryAllocateBufferWithNotification(2 * 480 * 4, 2);
        if (buffer === null) throw new Error('no buffer');
        const { process } = machine.client;
        const handle = process.createEvent('synchronization');
        expect(pin.registerNotificationEvent(handle)).toBe(STATUS_SUCCESS);
        expect(pin.registerNotificationEvent(handle)).toBe(STATUS_UNSUCCESSFUL);
        const event = process.event(handle);
        if (event === null) throw new Error('no event');
        // A client that writes the packet just fetched, which is a whole pass ahead.
        const sound = noise(pin.format, 12 * 480);
        const packet = (index: number) => sound.subarray(index * 1920, (index + 1) * 1920);
        const wakes: number[] = [];
        kernel.ram.bytes.set(sound.subarray(0, 2 * 1920), buffer.address);
        kernel.dispatcher.createThread('client', 24, function* (): ThreadGenerator {
          for (let index = 2; index < 12; index++) {
            yield kernel.waitFor(event, null);
            wakes.push(kernel.clock.now);
            kernel.ram.bytes.set(packet(index), buffer.address + (index % 2) * 1920);
          }
        });
        const ear = new EarRecorder();
        machine.device.speaker.sink = ear;
        pin.setState(KSSTATE.PAUSE);
        machine.runFor(20 * MS);
        expect(wakes).toEqual([]);
        pin.setState(KSSTATE.RUN);
        const runNs = machine.machine.now;
        machine.runFor(100 * MS);
        expect(wakes).toEqual(
          Array.from({ length: 10 }, (_, index) => runNs + (index + 1) * 10 * MS),
        );
        machine.runFor(22 * MS);
        expect(firstMismatch(ear.heard(), sound, FIFO)).toBeNull();
        pin.setState(KSSTATE.STOP);
        expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
        expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_NOT_FOUND);
        pin.close();
        filter.close();
        process.closeHandle(handle);
      },
    );
  }

  scenario('signals at the end alone when asked for one packet [WRT-NTF-008]', (lab) => {
    const machine = bootSimple(lab, { loops: true, notifies: 'threshold' });
    const { irql } = machine.machine.kernel;
    const filter = machine.openFilter();
    for (const pinId of [RENDER_PIN, CAPTURE_PIN]) {
      const pin = filter.openPin(pinId, formatOf({}));
      pin.check('BUFFER', pin.tryAllocateBufferWithNotification(480 * 4, 1).status);
      const { process } = machine.client;
      const handle = process.createEvent('notification');
      pin.check('REGISTER', pin.registerNotificationEvent(handle));
      const event = process.event(handle);
      pin.setState(KSSTATE.RUN);
      // Capture stores a frame when it has been in the FIFO for half of its depth.
      const heldNs = pinId === CAPTURE_PIN ? ((FIFO / 2) * MS) / 48 : 0;
      machine.runFor(9.99 * MS + heldNs);
      expect(event?.isSet).toBe(false);
      machine.runFor(0.02 * MS);
      expect(event?.isSet).toBe(true);
      expect(irql.current).toBe(0);
      pin.setState(KSSTATE.STOP);
      pin.check('UNREGISTER', pin.unregisterNotificationEvent(handle));
      pin.close();
      process.closeHandle(handle);
    }
    filter.close();
  });
});

describe('a part that does not interrupt at packets', () => {
  for (const notifies of ['end', 'never'] as const) {
    scenario(`(${notifies}) offers no notification [WRT-NTF-002 WRT-NTF-014]`, (lab) => {
      const machine = bootSimple(lab, { notifies });
      const filter = machine.openFilter();
      const pin = filter.openPin(RENDER_PIN, formatOf({}));
      expect(pin.queryNotificationSupport()).toBe(false);
      const refused = pin.tryAllocateBufferWithNotification(1920, 2);
      expect(refused).toEqual({ status: STATUS_NOT_SUPPORTED, buffer: null });
      pin.close();
      filter.close();
    });
  }
});
