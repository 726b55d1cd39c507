/**
 * Packets of random sizes at random bytes, in memory that DMA reaches and memory that it does not:
 * what is heard is what was sent and not cancelled, in order, and what is recorded was spoken.
 */
import { describe, expect } from 'vitest';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller, type DeviceSlot } from '../../src/hardware/index.ts';
import { Random } from '../../src/sim/random.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  Mouth,
  noise,
  scenario,
} from '../../src/testing/index.ts';

const MS = 1_000_000;
const FIFO_FRAMES = 16;
const STEREO_48 = formatOf({});
const SEEDS = Array.from({ length: 16 }, (_, seed) => seed + 1);

function open(lab: Lab, seed: number, pinId: number) {
  const machine = lab.boot({
    seed,
    device: (slot: DeviceSlot) => new Ac97Controller(slot),
    driver: makeAc97Driver({ port: 'wavepci' }),
  });
  const random = new Random(seed);
  const below = (limit: number): number => random.next() % limit;
  const filter = machine.openFilter(KSCATEGORY_AUDIO);
  const pin = StreamPin.open(filter, pinId, STEREO_48);
  const { ram } = machine.machine.kernel;
  const size = (): number => 1 + below([3, 40, 5_000, 40_000][below(4)] ?? 1);
  const states = (...to: readonly KSSTATE[]): void => {
    for (const state of to) pin.check(`state ${state}`, pin.setState(state));
  };
  const close = (): void => {
    pin.close();
    filter.close();
  };
  return { machine, below, pin, ram, size, states, close };
}

/** All parts in order. The last bytes wait for the rest of their frame. */
function wholeFrames(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.slice(0, bytes - (bytes % 4));
}

/** Matchers of arrays are slow for so many bytes. */
const firstDifference = (bytes: Uint8Array, expected: Uint8Array): number =>
  bytes.findIndex((byte, at) => byte !== expected[at]);

/** Sizes of a run's packets: a long one first, so that what is cancelled is not heard yet. */
const FIRST_BYTES = 48_000;
const PACKETS = 14;

describe('random packets', () => {
  for (const seed of SEEDS) {
    // Where packets end within frames, taking one back leaves its neighbours in pieces.
    const isCancelling = seed % 2 === 0;
    const title = isCancelling ? 'are played but for those that are cancelled' : 'are played';
    scenario(`${title}, seed ${seed} [WPC-HW-004 WPC-HW-005]`, (lab) => {
      const { below, close, machine, pin, ram, size, states } = open(lab, seed, 0);
      const sound = noise(STEREO_48, 120_000, seed);
      const packets: StreamPacket[] = [];
      const parts: Uint8Array[] = [];
      states(KSSTATE.ACQUIRE, KSSTATE.PAUSE);
      for (let at = 0; packets.length < PACKETS; ) {
        const asked = packets.length === 0 ? FIRST_BYTES : size();
        const bytes = isCancelling ? 4 * Math.ceil(asked / 4) : asked;
        const packet = pin.packet(bytes, null, below(4_096));
        ram.bytes.set(sound.subarray(at, at + bytes), packet.dataAt);
        packet.write(bytes);
        packets.push(packet);
        parts.push(sound.subarray(at, at + bytes));
        at += bytes;
      }
      const ear = new EarRecorder();
      machine.device.speaker.sink = ear;
      states(KSSTATE.RUN);
      machine.runFor(below(20) * MS);
      const kept = parts.filter((_, index) => {
        const isCancelled = isCancelling && index > 1 && below(3) === 0;
        if (isCancelled) packets[index]?.cancel();
        return !isCancelled;
      });
      machine.runFor(2_000 * MS);
      const expected = wholeFrames(kept);
      const first = FIFO_FRAMES * 4;
      const heard = ear.heard().bytes.slice(first, first + expected.length);
      expect(heard.length).toBe(expected.length);
      expect(firstDifference(heard, expected)).toBe(-1);
      expect(packets.some(({ isSent }) => isSent)).toBe(false);
      close();
    });

    scenario(`are recorded into, seed ${seed} [WPC-HW-004 WPC-HW-005]`, (lab) => {
      const { below, close, machine, pin, ram, size, states } = open(lab, seed, 2);
      const spoken = noise(STEREO_48, 80_000, seed);
      machine.device.lineIn.source = new Mouth(spoken);
      states(KSSTATE.ACQUIRE, KSSTATE.PAUSE);
      const parts: Uint8Array[] = [];
      // What a packet holds when it comes back is what its client sees.
      const take = ({ dataAt, roomBytes }: StreamPacket): void => {
        parts.push(ram.bytes.slice(dataAt, dataAt + roomBytes));
      };
      for (let packet = 1; packet < PACKETS; packet++) {
        pin.packet(size(), take, below(4_096)).read();
      }
      // Room for the rest of the last frame.
      pin.packet(4_000).read();
      states(KSSTATE.RUN);
      machine.runFor(1_500 * MS);
      expect(parts).toHaveLength(PACKETS - 1);
      expect(firstDifference(wholeFrames(parts), spoken)).toBe(-1);
      states(KSSTATE.PAUSE, KSSTATE.ACQUIRE, KSSTATE.STOP);
      close();
    });
  }
});
