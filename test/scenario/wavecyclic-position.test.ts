/** KSPROPERTY_AUDIO_POSITION on WaveCyclic pins: what the stream tells, put into client's bytes. */
import { expect } from 'vitest';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_NOT_SUPPORTED, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { Mouth, noise, scenario } from '../../src/testing/index.ts';
import {
  bootCyclic,
  FIFO_FRAMES,
  INTERVAL_BYTES,
  PacketReader,
  PacketWriter,
  STEREO_48,
} from '../support/cyclic-machine.ts';

const FRAME = 4;
const FIFO_BYTES = FIFO_FRAMES * FRAME;
const BUFFER_BYTES = 19_200;

scenario('the play offset is the byte at the ear, round after round [PCL-WCY-005]', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const sound = noise(STEREO_48, 24_000);
  const writer = new PacketWriter(pin, sound);
  pin.setState(KSSTATE.PAUSE);
  writer.start();
  pin.setState(KSSTATE.RUN);
  const offsets: number[] = [];
  let wrapped = 0;
  for (let step = 0; step < 60; step++) {
    machine.runFor(7.1);
    const heard = machine.heard().length;
    expect(pin.readPosition()).toBe(STATUS_SUCCESS);
    expect(pin.playOffset).toBe(Math.max(0, heard - FIFO_BYTES));
    expect(pin.writeOffset).toBe(machine.kernel.memory.copies.bytes);
    offsets.push(pin.playOffset % BUFFER_BYTES);
    if (offsets.length > 1 && (offsets.at(-1) ?? 0) < (offsets.at(-2) ?? 0)) wrapped++;
  }
  expect(wrapped).toBeGreaterThan(2);
  pin.setState(KSSTATE.STOP);
  pin.close();
  writer.free();
});

scenario('GetPosition may be asked at DISPATCH_LEVEL, and is: by the port', (lab) => {
  const machine = bootCyclic(lab);
  const levels = new Set<number>();
  machine.lab.machine.portClass.guard.attach({
    entered: ({ windowsName }) => {
      if (windowsName === 'GetPosition') levels.add(machine.kernel.irql.current);
    },
    left: () => undefined,
  });
  const pin = machine.openRender();
  pin.setState(KSSTATE.RUN);
  machine.runFor(50);
  expect([...levels]).toEqual([2]);
  pin.close();
});

scenario('a position outside the buffer is noted once, and moves nothing [PCL-WCY-005]', (lab) => {
  let bent = false;
  const machine = bootCyclic(lab, { position: (offset) => (bent ? BUFFER_BYTES + 4 : offset) });
  const pin = machine.openRender();
  pin.setState(KSSTATE.RUN);
  machine.runFor(30);
  machine.lab.expectFinding(/^GetPosition: 19204 in a buffer of 19200$/);
  bent = true;
  machine.runFor(100);
  expect(machine.lab.findings.length).toBe(1);
  pin.close();
});

scenario('a position that goes back is noted, and the client sees none of it', (lab) => {
  let back = 0;
  const machine = bootCyclic(lab, { position: (offset) => Math.max(0, offset - back) });
  const pin = machine.openRender();
  const writer = new PacketWriter(pin, noise(STEREO_48, 12_000));
  pin.setState(KSSTATE.PAUSE);
  writer.start();
  pin.setState(KSSTATE.RUN);
  machine.runFor(50);
  pin.readPosition();
  const before = pin.playOffset;
  back = 100;
  machine.lab.expectFinding(/^GetPosition: \d+, and then \d+$/);
  pin.readPosition();
  expect(pin.playOffset).toBe(before);
  back = 0;
  machine.runFor(5);
  pin.readPosition();
  expect(pin.playOffset).toBe(before + 5 * 192);
  pin.setState(KSSTATE.STOP);
  pin.close();
  writer.free();
});

scenario('the position stands in PAUSE, goes on in RUN, and is 0 from STOP on', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const writer = new PacketWriter(pin, noise(STEREO_48, 12_000));
  const read = (): [number, number] => {
    expect(pin.readPosition()).toBe(STATUS_SUCCESS);
    return [pin.playOffset, pin.writeOffset];
  };
  expect(read()).toEqual([0, 0]);
  pin.setState(KSSTATE.PAUSE);
  writer.start();
  expect(read()).toEqual([0, 4 * INTERVAL_BYTES]);
  pin.setState(KSSTATE.RUN);
  machine.runFor(33);
  pin.setState(KSSTATE.PAUSE);
  const standing = read();
  expect(standing[0]).toBe(33 * 192 - FIFO_BYTES);
  machine.runFor(50);
  expect(read()).toEqual(standing);
  pin.setState(KSSTATE.RUN);
  machine.runFor(10);
  expect(read()[0]).toBe(standing[0] + 10 * 192);
  pin.setState(KSSTATE.STOP);
  expect(read()).toEqual([0, 0]);
  pin.setState(KSSTATE.PAUSE);
  expect(read()).toEqual([0, 0]);
  pin.close();
  writer.free();
});

scenario('a client that is late loses no byte of its position', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const first = new PacketWriter(pin, noise(STEREO_48, 1_000, 1));
  const second = new PacketWriter(pin, noise(STEREO_48, 1_000, 2));
  pin.setState(KSSTATE.PAUSE);
  first.start();
  pin.setState(KSSTATE.RUN);
  machine.runFor(100);
  pin.readPosition();
  expect([pin.playOffset, pin.writeOffset]).toEqual([4_000, 4_000]);
  second.start();
  pin.readPosition();
  // The new sound lies behind a pause, which is no part of the stream.
  expect([pin.playOffset, pin.writeOffset]).toEqual([4_000, 8_000]);
  machine.runFor(10);
  pin.readPosition();
  expect(pin.playOffset).toBe(4_000 + 10 * 192 - 128 * FRAME);
  machine.runFor(100);
  pin.readPosition();
  expect([pin.playOffset, pin.writeOffset]).toEqual([8_000, 8_000]);
  pin.setState(KSSTATE.STOP);
  pin.close();
  for (const writer of [first, second]) writer.free();
});

scenario('a pause that is ahead is no part of the position either', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const first = new PacketWriter(pin, noise(STEREO_48, 1_000, 1));
  const second = new PacketWriter(pin, noise(STEREO_48, 1_000, 2));
  pin.setState(KSSTATE.PAUSE);
  first.start();
  pin.setState(KSSTATE.RUN);
  // The converter is 40 frames before the end of the first part, which is no time for a second.
  const frames = (count: number): number => count / 48;
  machine.runFor(frames(1_000 + FIFO_FRAMES - 40));
  second.start();
  machine.runFor(frames(10));
  pin.readPosition();
  expect(Math.abs(pin.playOffset - (1_000 - 30) * FRAME)).toBeLessThanOrEqual(FRAME);
  pin.setState(KSSTATE.STOP);
  pin.close();
  for (const writer of [first, second]) writer.free();
});

scenario('the position is right, however thin the sound comes', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const packet = pin.packet(FRAME);
  pin.home.ram.bytes.fill(0x55, packet.dataAt, packet.dataAt + FRAME);
  pin.setState(KSSTATE.RUN);
  machine.runFor(50);
  for (let step = 0; step < 300; step++) {
    // One frame, and the time of five.
    if (!packet.isSent) packet.write(FRAME);
    machine.runFor(5 / 48);
    pin.readPosition();
    const sounded = machine.heard().filter((byte) => byte === 0x55).length;
    expect(Math.abs(pin.playOffset - sounded)).toBeLessThanOrEqual(FRAME);
  }
  machine.runFor(20);
  pin.readPosition();
  expect([pin.playOffset, pin.writeOffset]).toEqual([300 * FRAME, 300 * FRAME]);
  pin.setState(KSSTATE.STOP);
  pin.close();
  packet.free();
});

scenario('the offsets of a loop lie in its buffer', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender(STEREO_48, true);
  const loopBytes = 5_000;
  const packet = pin.packet(loopBytes);
  pin.setState(KSSTATE.PAUSE);
  packet.write(loopBytes, 0x8000_0000);
  pin.setState(KSSTATE.RUN);
  for (let step = 1; step < 30; step++) {
    machine.runFor(9.5);
    pin.readPosition();
    const heard = machine.heard().length - FIFO_BYTES;
    expect(pin.playOffset).toBe(heard % loopBytes);
    expect(pin.writeOffset).toBe(machine.kernel.memory.copies.bytes % loopBytes);
  }
  pin.setState(KSSTATE.STOP);
  pin.close();
  packet.free();
});

scenario('of a capture stream the offsets are what was spoken, and what was copied', (lab) => {
  const machine = bootCyclic(lab);
  machine.lab.device.lineIn.source = new Mouth(noise(STEREO_48, 24_000));
  const pin = machine.openCapture();
  const reader = new PacketReader(pin);
  pin.setState(KSSTATE.PAUSE);
  reader.start();
  pin.setState(KSSTATE.RUN);
  for (let step = 1; step < 40; step++) {
    machine.runFor(6.3);
    expect(pin.readPosition()).toBe(STATUS_SUCCESS);
    machine.lab.device.settle();
    expect(pin.playOffset).toBe(machine.lab.device.lineIn.spokenFrames * FRAME);
    expect(pin.writeOffset).toBe(machine.kernel.memory.copies.bytes);
    expect(pin.writeOffset).toBeLessThanOrEqual(pin.playOffset);
  }
  reader.stop();
  pin.close();
  reader.free();
});

scenario('nobody can set the position of a stream', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  expect(pin.setPosition(0)).toBe(STATUS_NOT_SUPPORTED);
  pin.close();
});
