/** How far ahead the WaveCyclic port writes, and what is heard when the client is late. */
import { expect } from 'vitest';
import type { StreamPin } from '../../src/client/stream-pin.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { Mouth, noise, scenario } from '../../src/testing/index.ts';
import {
  bootCyclic,
  type CyclicMachine,
  FIFO_FRAMES,
  firstDifference,
  INTERVAL_BYTES,
  PacketWriter,
  STEREO_48,
} from '../support/cyclic-machine.ts';

const FRAME = 4;
const AHEAD_BYTES = 4 * INTERVAL_BYTES;
const FIFO_BYTES = FIFO_FRAMES * FRAME;

function run(pin: StreamPin, ...writers: readonly PacketWriter[]): void {
  pin.setState(KSSTATE.PAUSE);
  for (const writer of writers) writer.start();
  pin.setState(KSSTATE.RUN);
}

/** Bytes between what was copied to the cyclic buffer and what is at the converter. */
function bytesAhead(pin: StreamPin): number {
  pin.readPosition();
  return pin.writeOffset - pin.playOffset;
}

/** The whole frames that are not silence. */
function sounding(bytes: Uint8Array): Uint8Array {
  const kept: number[] = [];
  for (let at = 0; at + FRAME <= bytes.length; at += FRAME) {
    const frame = bytes.subarray(at, at + FRAME);
    if (frame.some((byte) => byte !== 0)) kept.push(...frame);
  }
  return Uint8Array.from(kept);
}

function finish(machine: CyclicMachine, pin: StreamPin, ...writers: PacketWriter[]): void {
  pin.setState(KSSTATE.STOP);
  pin.close();
  for (const writer of writers) writer.free();
  machine.filter.close();
}

scenario('the port writes 40 ms ahead, and no more [PCL-WCY-006]', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const writer = new PacketWriter(pin, noise(STEREO_48, 48_000), INTERVAL_BYTES, 10);
  run(pin, writer);
  expect(bytesAhead(pin)).toBe(AHEAD_BYTES);
  for (let step = 0; step < 40; step++) {
    machine.runFor(3.7);
    const { passed } = { passed: machine.heard().length };
    // Between two notifications 10 ms may have been played that were not made up for.
    const { writeOffset } = positionOf(machine);
    const ahead = writeOffset - (passed - FIFO_BYTES);
    expect(ahead).toBeLessThanOrEqual(AHEAD_BYTES);
    expect(ahead).toBeGreaterThanOrEqual(AHEAD_BYTES - INTERVAL_BYTES - FIFO_BYTES);
  }
  finish(machine, pin, writer);
});

/** What the port has copied, without asking it: its copies into the common buffer. */
const positionOf = (machine: CyclicMachine) => ({
  writeOffset: machine.kernel.memory.copies.bytes,
});

scenario('a stream begins with the little that there is [PCL-WCY-006]', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const sound = noise(STEREO_48, 240);
  const writer = new PacketWriter(pin, sound);
  run(pin, writer);
  machine.runFor(60);
  const heard = machine.heard();
  expect(firstDifference(heard.subarray(FIFO_BYTES, FIFO_BYTES + sound.length), sound)).toBe(-1);
  finish(machine, pin, writer);
});

scenario(
  'a device that overtakes the sound plays silence, and no old sound [PCL-WCY-006]',
  (lab) => {
    const machine = bootCyclic(lab);
    const pin = machine.openRender();
    // 125 ms of sound fill the buffer of 100 ms once and more; then the client has nothing.
    const sound = noise(STEREO_48, 6_000);
    const writer = new PacketWriter(pin, sound);
    run(pin, writer);
    machine.runFor(600);
    const heard = machine.heard();
    const end = FIFO_BYTES + sound.length;
    expect(firstDifference(heard.subarray(FIFO_BYTES, end), sound)).toBe(-1);
    expect(heard.subarray(end).findIndex((byte) => byte !== 0)).toBe(-1);
    // It writes silence a little way ahead, not into the whole buffer again and again.
    const silenced = machine.driver.calls
      .filter((call) => call.startsWith('Silence '))
      .map((call) => Number(call.slice('Silence '.length)));
    expect(Math.max(...silenced.slice(1))).toBeLessThanOrEqual(AHEAD_BYTES);
    finish(machine, pin, writer);
  },
);

scenario('sound that comes in time overwrites the silence behind the last [PCL-WCY-006]', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  // The first part, 130 ms, goes round the buffer; the second comes 13 ms before its end is heard.
  const sound = noise(STEREO_48, 9_600);
  const firstBytes = 13 * INTERVAL_BYTES;
  const first = new PacketWriter(pin, sound.subarray(0, firstBytes));
  const rest = new PacketWriter(pin, sound.subarray(firstBytes));
  run(pin, first);
  const silenced = (): number =>
    machine.driver.calls.filter((call) => call.startsWith('Silence ')).length;
  const before = silenced();
  machine.runFor(117);
  expect(silenced()).toBeGreaterThan(before);
  rest.start();
  machine.runFor(150);
  const heard = machine.heard();
  expect(firstDifference(heard.subarray(FIFO_BYTES, FIFO_BYTES + sound.length), sound)).toBe(-1);
  finish(machine, pin, first, rest);
});

scenario('sound that comes too late is heard whole, after a pause', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const sound = noise(STEREO_48, 4_800);
  const first = new PacketWriter(pin, sound.subarray(0, 4_800));
  const second = new PacketWriter(pin, sound.subarray(4_800, 9_600));
  const third = new PacketWriter(pin, sound.subarray(9_600));
  run(pin, first);
  // The first 25 ms end a few frames before the second part comes: the device has fetched those.
  machine.runFor(24.9);
  second.start();
  machine.runFor(83);
  third.start();
  machine.runFor(100);
  expect(firstDifference(sounding(machine.heard()), sound)).toBe(-1);
  expect(machine.lab.machine.trace.tail(1000).join('\n')).toContain('cyclic starved');
  finish(machine, pin, first, second, third);
});

scenario('a late client that was cut off within a frame goes on in that frame', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const sound = noise(STEREO_48, 2_000).map((byte) => byte | 1);
  const first = new PacketWriter(pin, sound.subarray(0, 1_002));
  const second = new PacketWriter(pin, sound.subarray(1_002));
  run(pin, first);
  machine.runFor(60);
  second.start();
  machine.runFor(80);
  const heard = sounding(machine.heard());
  // Frame 250 is heard in two halves; before and behind it every sample is in its channel.
  expect(firstDifference(heard.subarray(0, 1_000), sound.subarray(0, 1_000))).toBe(-1);
  expect(firstDifference(heard.subarray(1_008), sound.subarray(1_004))).toBe(-1);
  finish(machine, pin, first, second);
});

scenario('sound that follows lost notifications is not joined to old sound', (lab) => {
  let isDeaf = false;
  const machine = bootCyclic(lab, { isDeaf: () => isDeaf });
  const pin = machine.openRender();
  const old = noise(STEREO_48, 9_600, 1).map((byte) => byte | 1);
  const first = new PacketWriter(pin, old);
  const fresh = noise(STEREO_48, 960, 2).map((byte) => byte | 1);
  const second = new PacketWriter(pin, fresh);
  run(pin, first);
  machine.runFor(230);
  isDeaf = true;
  // Nobody tells the port, so nobody silences: 50 ms later the device goes over old sound again.
  machine.runFor(52);
  expect(machine.heard().at(-1)).not.toBe(0);
  const before = machine.heard().length;
  second.start();
  machine.runFor(20);
  const heard = machine.heard();
  // What was fetched is heard, then silence up to the new sound.
  const gap = heard.subarray(before + FIFO_BYTES, before + 128 * FRAME);
  expect(gap.some((byte) => byte !== 0)).toBe(false);
  const from = before + 128 * FRAME;
  expect(
    firstDifference(
      heard.subarray(from, from + fresh.length / 2),
      fresh.subarray(0, fresh.length / 2),
    ),
  ).toBe(-1);
  finish(machine, pin, first, second);
});

scenario('what a reader is too late for is lost, and the next packet tells', (lab) => {
  const machine = bootCyclic(lab);
  const spoken = noise(STEREO_48, 48_000, 9);
  machine.lab.device.lineIn.source = new Mouth(spoken);
  const pin = machine.openCapture();
  const packets = [pin.packet(INTERVAL_BYTES), pin.packet(INTERVAL_BYTES)];
  const [early, late] = packets;
  if (early === undefined || late === undefined) throw new Error('no packets');
  const options = (packet: typeof early): number => packet.options & 0x4;
  pin.setState(KSSTATE.PAUSE);
  early.read();
  pin.setState(KSSTATE.RUN);
  machine.runFor(50);
  expect([early.isSent, options(early)]).toEqual([false, 0]);
  machine.runFor(300);
  late.read();
  machine.runFor(30);
  expect([late.isSent, options(late)]).toEqual([false, 0x4]);
  const bytes = pin.home.ram.bytes.slice(late.dataAt, late.dataAt + INTERVAL_BYTES);
  // It is sound of the last 100 ms before the packet came, without a break.
  const text = (part: Uint8Array): string => part.join(' ');
  const at = text(spoken).indexOf(text(bytes));
  expect(at).toBeGreaterThan(0);
  const byteAt = text(spoken).slice(0, at).split(' ').length - 1;
  expect(byteAt).toBeGreaterThan((350 - 100) * 192);
  expect(byteAt).toBeLessThan((350 - 100 + 20) * 192);
  pin.setState(KSSTATE.STOP);
  pin.close();
  for (const packet of packets) packet.free();
});
