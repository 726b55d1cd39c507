/**
 * Random clients of the WaveCyclic port, by seed: packets of all sizes, late and early, cancelled
 * and paused. Every frame carries its number, so that the ear can tell what it hears.
 */
import { expect } from 'vitest';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { Random } from '../../src/sim/random.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { bootCyclic, INTERVAL_BYTES } from '../support/cyclic-machine.ts';

const FRAME = 4;
const STREAMS = 30;
const STEPS = 60;
const MOST_FRAMES = 3_000;

interface Sent {
  readonly packet: StreamPacket;
  readonly firstId: number;
  readonly frames: number;
  ends: number;
  status: number;
}

/** One client, and what became of its frames. */
function runClient(lab: Lab, seed: number): void {
  const random = new Random(seed);
  const upTo = (limit: number): number => random.below(limit);
  const buffers = [2, 3, 5, 10, 37].map((intervals) => intervals * INTERVAL_BYTES + upTo(100));
  const machine = bootCyclic(lab, { bufferBytes: buffers[upTo(buffers.length)] ?? 0 });
  const pin = machine.openRender();
  const sent: Sent[] = [];
  let nextId = 1;
  const send = (): void => {
    const frames = 1 + upTo(upTo(4) === 0 ? MOST_FRAMES : 600);
    const packet = pin.packet(frames * FRAME, () => {
      entry.ends++;
      entry.status = packet.request.status;
    });
    const entry: Sent = { packet, firstId: nextId, frames, ends: 0, status: -1 };
    for (let frame = 0; frame < frames; frame++) {
      pin.view.setUint32(packet.dataAt + frame * FRAME, nextId++, true);
    }
    sent.push(entry);
    packet.write(frames * FRAME);
  };
  const cancel = (): void => {
    const underWay = sent.filter((entry) => entry.packet.isSent);
    underWay[upTo(Math.max(1, underWay.length))]?.packet.cancel();
  };
  pin.setState(KSSTATE.PAUSE);
  for (let step = 0; step < STEPS; step++) {
    const choice = upTo(16);
    if (choice < 8) send();
    else if (choice === 8) cancel();
    else if (choice === 9) pin.setState(upTo(2) === 0 ? KSSTATE.ACQUIRE : KSSTATE.PAUSE);
    else pin.setState(KSSTATE.RUN);
    machine.runFor(upTo(12_000) / 1000);
  }
  pin.setState(KSSTATE.RUN);
  for (let ms = 0; sent.some((entry) => entry.packet.isSent) && ms < 20_000; ms += 50) {
    machine.runFor(50);
  }
  machine.runFor(100);
  checkHeard(machine.heard(), sent);
  expect(sent.map((entry) => entry.ends)).toEqual(sent.map(() => 1));
  pin.readPosition();
  expect(pin.playOffset).toBe(pin.writeOffset);
  pin.close();
  machine.filter.close();
  for (const { packet } of sent) packet.free();
}

/** In order, none twice, all of what came back as played, and of a cancelled packet its start. */
function checkHeard(heard: Uint8Array, sent: readonly Sent[]): void {
  const view = new DataView(heard.buffer, heard.byteOffset, heard.length);
  const ids: number[] = [];
  for (let at = 0; at + FRAME <= heard.length; at += FRAME) {
    const id = view.getUint32(at, true);
    if (id !== 0) ids.push(id);
  }
  let at = 0;
  for (const { firstId, frames, status } of sent) {
    let count = 0;
    while (count < frames && ids[at] === firstId + count) {
      at++;
      count++;
    }
    if (status === STATUS_SUCCESS) expect(count).toBe(frames);
    else expect(status).toBe(STATUS_CANCELLED);
  }
  expect(at).toBe(ids.length);
}

for (let first = 1; first <= STREAMS; first += 10) {
  scenario(`random clients ${first} to ${first + 9} are heard as they sent`, (lab) => {
    for (let seed = first; seed < first + 10; seed++) {
      try {
        runClient(lab, seed);
      } catch (error) {
        throw new Error(`client ${seed}`, { cause: error });
      }
    }
  });
}
