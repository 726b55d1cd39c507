/**
 * Packets of random sizes at random bytes, in memory that DMA reaches and memory that it does not:
 * what is heard is what was sent and not cancelled, in order, and what is recorded was spoken. On
 * our model and on QEMU's device, which hears silence.
 */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { timeOfFrame } from '../../src/base/frame-time.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { Random } from '../../src/sim/random.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { type Lab, Mouth, noise, scenario } from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import {
  bootAc97,
  CAPTURE_PIN,
  PacketBench,
  RENDER_PIN,
  STEREO_48,
} from '../support/ac97-machine.ts';
import { type Backend, describeBackends, soundOf } from '../support/backends.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const RATE_HZ = 48_000;
/** The last offset in a page; the facts may place a packet one byte behind. */
const OFFSETS = 4_095;

function open(lab: Lab, backend: Backend, seed: number, pinId: number) {
  const bench = new PacketBench(bootAc97(lab, backend, 'wavepci', { seed }), pinId);
  const random = new Random(seed);
  const below = (limit: number): number => random.next() % limit;
  const size = (): number => 1 + below([3, 40, 5_000, 40_000][below(4)] ?? 1);
  bench.states(ACQUIRE, PAUSE);
  return { bench, below, size };
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

describeBackends('random packets', 'ac97', (backend) => {
  const facts = ac97Facts(backend);

  for (let seed = 1; seed <= facts.randomStreams; seed++) {
    // Where packets end within frames, taking one back leaves its neighbours in pieces.
    const isCancelling = seed % 2 === 0;
    const title = isCancelling ? 'are played but for those that are cancelled' : 'are played';
    scenario(`${title}, seed ${seed} [WPC-HW-004 WPC-HW-005]`, (lab) => {
      const { bench, below, size } = open(lab, backend, seed, RENDER_PIN);
      const sound = noise(STEREO_48, 120_000, seed);
      const packets: StreamPacket[] = [];
      const parts: Uint8Array[] = [];
      for (let at = 0; packets.length < PACKETS; ) {
        const asked = packets.length === 0 ? FIRST_BYTES : size();
        const bytes = isCancelling ? 4 * Math.ceil(asked / 4) : asked;
        const part = sound.subarray(at, at + bytes);
        packets.push(bench.write(part, facts.placeFor(below(OFFSETS), at)));
        parts.push(part);
        at += bytes;
      }
      bench.listen();
      bench.states(RUN);
      bench.runTo(ms(below(20)));
      const kept = parts.filter((_, index) => {
        const isCancelled = isCancelling && index > 1 && below(3) === 0;
        if (isCancelled) packets[index]?.cancel();
        return !isCancelled;
      });
      const expected = wholeFrames(kept);
      bench.runTo(timeOfFrame(expected.length / 4, RATE_HZ) + ms(1));
      backend.hearOut(bench.machine);
      const heard = bench.ear.heard();
      expect(heard.leadingSilence).toBe(facts.delayFrames);
      const first = soundOf(heard).subarray(0, expected.length);
      expect(first.length).toBe(expected.length);
      expect(firstDifference(first, expected)).toBe(-1);
      expect(packets.some(({ isSent }) => isSent)).toBe(false);
      bench.close();
    });

    scenario(`are recorded into, seed ${seed} [WPC-HW-004 WPC-HW-005]`, (lab) => {
      const { bench, below, size } = open(lab, backend, seed, CAPTURE_PIN);
      const spoken = noise(STEREO_48, 80_000, seed);
      bench.machine.device.lineIn.source = new Mouth(spoken);
      const parts: Uint8Array[] = [];
      // What a packet holds when it comes back is what its client sees.
      const take = (packet: StreamPacket): void => {
        parts.push(bench.bytesOf(packet));
      };
      let bytes = 0;
      for (let packet = 1; packet < PACKETS; packet++) {
        const wanted = size();
        bench.read(wanted, facts.placeFor(below(OFFSETS), bytes), take);
        bytes += wanted;
      }
      // Room for the rest of the last frame, and no more is waited for.
      bench.read(4_000);
      bench.states(RUN);
      bench.runTo(timeOfFrame(Math.ceil(bytes / 4), RATE_HZ) + ms(2));
      expect(parts).toHaveLength(PACKETS - 1);
      expect(firstDifference(wholeFrames(parts), facts.recorded(spoken))).toBe(-1);
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });
  }
});
