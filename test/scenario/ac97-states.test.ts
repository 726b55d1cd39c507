/**
 * The states of an AC'97 render stream on each port of the driver, and what is heard after each, on
 * our model and on QEMU's device.
 */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { Random } from '../../src/sim/random.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import { bootAc97, FIFO_FRAMES, STEREO_48 } from '../support/ac97-machine.ts';
import { AC97_PORTS, openPort, SOUND_FRAMES } from '../support/ac97-ports.ts';
import { describeBackends } from '../support/backends.ts';
import { heardRuns } from '../support/heard-runs.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const RATE_HZ = 48_000;
const SOUND_BYTES = 4 * SOUND_FRAMES;
/** The longest time between two pauses, and what goes in it at most. */
const MOST_RUN_MS = 25;
const MOST_RUN_FRAMES = 2_400;

for (const port of AC97_PORTS) {
  describeBackends(`a stream on a ${port} port`, 'ac97', (backend) => {
    const facts = ac97Facts(backend);

    scenario(
      'is heard in RUN alone, keeps its place until STOP, and begins anew after it ' +
        '[WPC-ST-003 WPC-ST-004 WPC-ST-005 WPC-POS-006]',
      (lab) => {
        const stream = openPort(bootAc97(lab, backend, port), port);
        const sound = noise(STEREO_48, 2 * SOUND_FRAMES);
        expect(stream.playedFrames()).toBe(0);
        for (const state of [ACQUIRE, PAUSE]) {
          stream.states(state);
          if (state === ACQUIRE) stream.send(sound.subarray(0, SOUND_BYTES));
          stream.machine.runFor(ms(10));
          expect(stream.playedFrames()).toBe(0);
        }
        expect(heardRuns(stream.ear.heard(), sound)).toEqual([]);
        stream.states(RUN);
        stream.runTo(ms(30));
        const fetched = facts.fetchedFrames(ms(30), RATE_HZ);
        for (const state of [PAUSE, ACQUIRE]) {
          stream.states(state);
          expect(stream.playedFrames()).toBe(fetched - FIFO_FRAMES);
          stream.machine.runFor(ms(20));
          expect(stream.playedFrames()).toBe(fetched - FIFO_FRAMES);
        }
        stream.states(STOP);
        expect([stream.playedFrames(), stream.underWay]).toEqual([0, 0]);
        stream.states(ACQUIRE);
        stream.send(sound.subarray(SOUND_BYTES));
        stream.states(PAUSE, RUN);
        stream.runTo(ms(99));
        stream.close();
        stream.machine.device.powerOff();
        const [first, second] = heardRuns(stream.ear.heard(), sound);
        expect([first?.from, first?.to]).toEqual([0, fetched]);
        expect(second?.from).toBe(SOUND_FRAMES);
        const heardFrames = facts.heardFrames(ms(99), RATE_HZ) - facts.heldFrames;
        expect(second?.to).toBe(SOUND_FRAMES + heardFrames);
      },
    );

    scenario('that is closed in RUN ends there, and the next one is whole', (lab) => {
      const machine = bootAc97(lab, backend, port);
      const sound = noise(STEREO_48, 2 * SOUND_FRAMES);
      const first = openPort(machine, port);
      first.states(ACQUIRE, PAUSE);
      first.send(sound.subarray(0, SOUND_BYTES));
      first.states(RUN);
      first.runTo(ms(30));
      const fetched = facts.fetchedFrames(ms(30), RATE_HZ);
      first.close();
      expect(first.underWay).toBe(0);
      machine.runFor(ms(30));
      const next = openPort(machine, port, first.ear);
      next.states(ACQUIRE, PAUSE);
      next.send(sound.subarray(SOUND_BYTES));
      next.states(RUN);
      next.runTo(ms(101));
      backend.hearOut(machine);
      const [heard, whole] = heardRuns(first.ear.heard(), sound);
      const { from, to } = heard ?? {};
      expect([from, to]).toEqual([0, fetched - facts.forgottenFrames]);
      expect([whole?.from, whole?.to]).toEqual([SOUND_FRAMES, 2 * SOUND_FRAMES]);
      next.close();
    });

    for (let seed = 1; seed <= Math.ceil(facts.randomStreams / 4); seed++) {
      scenario(
        `that pauses at random is heard in order, seed ${seed} [WPC-ST-006 WPC-POS-004]`,
        (lab) => {
          const random = new Random(seed);
          const stream = openPort(bootAc97(lab, backend, port, { seed }), port);
          const sound = noise(STEREO_48, SOUND_FRAMES, seed);
          stream.states(ACQUIRE, PAUSE);
          stream.send(sound);
          for (let played = 0; played < SOUND_FRAMES - MOST_RUN_FRAMES; ) {
            stream.states(RUN);
            stream.runTo(ms(1 + random.below(MOST_RUN_MS)));
            stream.states(PAUSE);
            const now = stream.playedFrames();
            expect(now).toBeGreaterThanOrEqual(played);
            stream.machine.runFor(ms(random.below(40)));
            expect(stream.playedFrames()).toBe(now);
            played = now;
          }
          stream.states(RUN);
          stream.runTo(ms(100));
          stream.states(PAUSE, ACQUIRE, STOP);
          stream.close();
          stream.machine.device.powerOff();
          const runs = heardRuns(stream.ear.heard(), sound);
          // A cyclic buffer begins again behind that.
          const last = runs.findIndex(({ to }) => to === SOUND_FRAMES);
          expect(last).toBeGreaterThan(0);
          const ends = [0, ...runs.slice(0, last).map(({ to }) => to)];
          for (const [index, end] of ends.entries()) {
            const from = runs[index]?.from ?? 0;
            if (facts.resumesInPlace || index === 0) expect(from).toBe(end);
            else expect(from).toBeGreaterThanOrEqual(end);
          }
        },
      );
    }
  });
}
