/** The life of a WaveCyclic stream: states, packets, formats, sleep and loss of its device. */
import { expect } from 'vitest';
import type { StreamPin } from '../../src/client/stream-pin.ts';
import { PowerSystemSleeping3 } from '../../src/kernel/ddi/index.ts';
import { KSPROPSETID_Connection } from '../../src/standards/ks/guids.ts';
import { KSPROPERTY_CONNECTION, KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import {
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { formatOf, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  bootCyclic,
  FIFO_FRAMES,
  firstDifference,
  INTERVAL_BYTES,
  PacketWriter,
  STEREO_48,
} from '../support/cyclic-machine.ts';

const TYPECHANGED = 0x8;
const FLUSHONPAUSE = 0x80;
const LOOPEDDATA = 0x8000_0000;

scenario('a stream is taken through every state, and released with what came with it', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const { channel, group } = machine.stream.parts;
  const { calls } = machine.driver;
  const told = (): string[] => calls.splice(0).filter((call) => !call.startsWith('Silence'));
  expect(told()).toEqual(['Init', 'NewStream 0 render pool 0', 'SetNotificationFreq 10']);
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
  const begun = ['SetNotificationFreq 10', 'SetState ACQUIRE', 'SetState PAUSE', 'SetState RUN'];
  expect(told()).toEqual(begun);
  pin.close();
  expect(told()).toEqual(['SetState PAUSE', 'SetState ACQUIRE', 'SetState STOP', '~stream']);
  for (const unknown of [channel, group]) expect(() => unknown?.addRef()).toThrow('after its last');
  machine.lab.isAbandoned = true;
});

scenario('a stream that refuses RUN stays in PAUSE, and plays when it does not', (lab) => {
  let isWilling = false;
  const machine = bootCyclic(lab, {
    setState: (state) =>
      state === KSSTATE.RUN && !isWilling ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS,
  });
  const pin = machine.openRender();
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_UNSUCCESSFUL);
  expect(pin.getState()).toBe(KSSTATE.PAUSE);
  isWilling = true;
  const sound = noise(STEREO_48, 4_800);
  const writer = new PacketWriter(pin, sound);
  writer.start();
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
  machine.runFor(120);
  machine.lab.device.settle();
  expect(machine.ear.heard()).toMatchFrames(sound, { delayFrames: FIFO_FRAMES });
  pin.setState(KSSTATE.STOP);
  pin.close();
  writer.free();
});

scenario('packets are taken from ACQUIRE on, and in one direction', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const packet = pin.packet(INTERVAL_BYTES);
  packet.write(INTERVAL_BYTES);
  expect(packet.request.status).toBe(STATUS_INVALID_DEVICE_STATE);
  pin.setState(KSSTATE.ACQUIRE);
  packet.read();
  expect(packet.request.status).not.toBe(STATUS_SUCCESS);
  packet.write(INTERVAL_BYTES);
  // There is room for it, so it is copied and comes back at once.
  expect([packet.isSent, packet.request.status]).toEqual([false, STATUS_SUCCESS]);
  expect(packet.request.information).toBe(INTERVAL_BYTES);
  packet.write(0);
  expect([packet.isSent, packet.request.status]).toEqual([false, STATUS_SUCCESS]);
  pin.close();
  packet.free();
});

scenario('a loop takes one packet, and other pins no loop', (lab) => {
  const machine = bootCyclic(lab);
  const loop = machine.openRender(STEREO_48, true);
  const packets = [loop.packet(4_000), loop.packet(4_000)];
  const [first, second] = packets;
  loop.setState(KSSTATE.PAUSE);
  first?.write(0, LOOPEDDATA);
  expect(first?.request.status).toBe(STATUS_INVALID_PARAMETER);
  first?.write(4_000, LOOPEDDATA);
  second?.write(4_000, LOOPEDDATA);
  expect([first?.isSent, second?.request.status]).toEqual([true, STATUS_INVALID_DEVICE_REQUEST]);
  expect(first?.cancel()).toBe(true);
  expect([first?.isSent, first?.request.status]).toEqual([false, STATUS_CANCELLED]);
  loop.close();
  const pin = machine.openRender();
  const plain = pin.packet(400);
  machine.lab.expectFinding(/marked a packet LOOPEDDATA on a pin that does not loop/);
  pin.setState(KSSTATE.PAUSE);
  plain.write(400, LOOPEDDATA);
  expect(plain.isSent).toBe(false);
  pin.close();
  for (const packet of [...packets, plain]) packet.free();
});

scenario('a cancelled packet is heard no further, and the next one follows', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const sound = noise(STEREO_48, 4_800);
  const parts = [sound.subarray(0, 4_000), sound.subarray(4_000, 12_000), sound.subarray(12_000)];
  const packets = parts.map((part) => {
    const packet = pin.packet(part.length);
    pin.home.ram.bytes.set(part, packet.dataAt);
    return packet;
  });
  pin.setState(KSSTATE.PAUSE);
  for (const packet of packets) packet.write(packet.roomBytes);
  // 40 ms are copied: the first, and 3,680 bytes of the second.
  const [first, second, third] = packets;
  expect([first?.isSent, second?.isSent, third?.isSent]).toEqual([false, true, true]);
  second?.cancel();
  expect(second?.request.status).toBe(STATUS_CANCELLED);
  pin.setState(KSSTATE.RUN);
  machine.runFor(120);
  const heard = machine.heard().subarray(FIFO_FRAMES * 4);
  const expected = Uint8Array.from([...sound.subarray(0, 7_680), ...sound.subarray(12_000)]);
  expect(firstDifference(heard.subarray(0, expected.length), expected)).toBe(-1);
  pin.setState(KSSTATE.STOP);
  pin.close();
  for (const packet of packets) packet.free();
});

scenario('packets that are not to outlive a pause are dropped by it', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const packets = [pin.packet(20_000), pin.packet(20_000)];
  const [kept, dropped] = packets;
  pin.setState(KSSTATE.RUN);
  kept?.write(20_000);
  dropped?.write(20_000, FLUSHONPAUSE);
  machine.runFor(10);
  pin.setState(KSSTATE.PAUSE);
  expect([kept?.isSent, dropped?.request.status]).toEqual([true, STATUS_CANCELLED]);
  pin.setState(KSSTATE.STOP);
  expect(kept?.request.status).toBe(STATUS_CANCELLED);
  pin.close();
  for (const packet of packets) packet.free();
});

scenario('a pin that is closed gives its packets back', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const packet = pin.packet(40_000);
  pin.setState(KSSTATE.RUN);
  packet.write(40_000);
  machine.runFor(20);
  pin.close();
  expect([packet.isSent, packet.request.status]).toEqual([false, STATUS_CANCELLED]);
  packet.free();
});

function changeFormat(pin: StreamPin, format: PcmFormat): number {
  writeWaveDataFormat(pin.view, pin.valueAt, format);
  const bytes = waveDataFormatBytes(format);
  return pin.set(KSPROPSETID_Connection, KSPROPERTY_CONNECTION.DATAFORMAT, bytes);
}

scenario('the format changes in STOP, and with it interval and buffer', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const mono = formatOf({ sampleRate: 44_100, channels: 1 });
  expect(pin.setState(KSSTATE.ACQUIRE)).toBe(STATUS_SUCCESS);
  expect(changeFormat(pin, mono)).toBe(STATUS_INVALID_DEVICE_STATE);
  pin.setState(KSSTATE.STOP);
  expect(changeFormat(pin, mono)).toBe(STATUS_SUCCESS);
  const sound = noise(mono, 4_410);
  const writer = new PacketWriter(pin, sound, 882);
  pin.setState(KSSTATE.PAUSE);
  expect(machine.stream.parts.channel.bufferSize()).toBe(19_200 - (19_200 % 882));
  writer.start();
  pin.setState(KSSTATE.RUN);
  machine.runFor(120);
  machine.lab.device.settle();
  expect(machine.ear.heard()).toMatchFrames(sound, { delayFrames: FIFO_FRAMES });
  pin.setState(KSSTATE.STOP);
  pin.close();
  writer.free();
});

scenario('a packet that brings a format is refused above STOP, as the property is', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const bytes = waveDataFormatBytes(STEREO_48);
  const packet = pin.packet(bytes);
  writeWaveDataFormat(pin.view, packet.dataAt, STEREO_48);
  pin.setState(KSSTATE.PAUSE);
  packet.write(bytes, TYPECHANGED);
  expect(packet.request.status).toBe(STATUS_INVALID_DEVICE_STATE);
  pin.close();
  packet.free();
});

scenario('a machine that sleeps goes on where it stopped', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const sound = noise(STEREO_48, 9_600).map((byte) => byte | 1);
  const writer = new PacketWriter(pin, sound);
  pin.setState(KSSTATE.PAUSE);
  writer.start();
  pin.setState(KSSTATE.RUN);
  machine.runFor(70);
  const { power } = machine.kernel;
  expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
  machine.runFor(500);
  expect(power.wake()).toBe(STATUS_SUCCESS);
  machine.runFor(200);
  const heard = machine.heard();
  const sounding = heard.filter((_byte, at) => (heard[at - (at % 4)] ?? 0) !== 0);
  expect(firstDifference(sounding, sound)).toBe(-1);
  pin.setState(KSSTATE.STOP);
  pin.close();
  writer.free();
});

scenario('pulled out in RUN the packets come back, and nothing is left', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const writer = new PacketWriter(pin, noise(STEREO_48, 48_000));
  pin.setState(KSSTATE.PAUSE);
  writer.start();
  pin.setState(KSSTATE.RUN);
  machine.runFor(100);
  machine.driver.calls.length = 0;
  const { pnp } = machine.kernel;
  expect(pnp.surpriseRemoval(machine.lab.machine.node)).toBe(STATUS_SUCCESS);
  expect(writer.packets.some((packet) => packet.isSent)).toBe(false);
  expect(new Set(writer.returned.slice(-6))).toEqual(new Set([STATUS_CANCELLED]));
  expect(machine.driver.calls).toEqual([
    'SetState PAUSE',
    'SetState ACQUIRE',
    'SetState STOP',
    '~miniport',
  ]);
  expect(pin.setState(KSSTATE.STOP)).toBe(STATUS_SUCCESS);
  writer.packets[0]?.write(4);
  expect(writer.packets[0]?.request.status).toBe(STATUS_INVALID_DEVICE_STATE);
  pin.close();
  expect(machine.driver.calls.at(-1)).toBe('~stream');
  writer.free();
});
