/**
 * KSSTATE over real hardware, on both backends: nothing moves before RUN, PAUSE stands, STOP starts
 * afresh. To the frame, and page by page, it is in hda-state-frames.test.ts.
 */
import { expect } from 'vitest';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, noise, pinTable, scenario, type TestRender } from '../../src/testing/index.ts';
import { type Backend, describeBackends, earOf } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { MS } from '../support/hda-machine.ts';
import { heardRuns } from '../support/heard-runs.ts';

const FRAME_BYTES = 4;
const FRAMES_PER_MS = 48;

/** Play and write position in frames. */
function positionOf({ pin }: TestRender): { play: number; write: number } {
  expect(pin.readPosition()).toBe(STATUS_SUCCESS);
  return { play: pin.playOffset / FRAME_BYTES, write: pin.writeOffset / FRAME_BYTES };
}

/** A stream over 200 ms of noise, on either backend. */
function stream(lab: Lab, backend: Backend) {
  const machine = backend.boot(lab);
  const ear = earOf(machine);
  const render = machine.openRender({ bufferMs: 200 });
  render.write(noise(render.format, 200 * FRAMES_PER_MS));
  const { stepNs, leadBytes } = hdaFacts(backend);
  /** Holds a position against the time since RUN, within what the backend may be ahead or behind. */
  const expectAt = ({ write }: { write: number }, ranMs: number): void => {
    const { fifoBytes } = render.latency;
    expect(write).toBeGreaterThanOrEqual(Math.floor((ranMs - stepNs / MS) * FRAMES_PER_MS));
    expect(write).toBeLessThanOrEqual(
      ranMs * FRAMES_PER_MS + (leadBytes + fifoBytes) / FRAME_BYTES,
    );
  };
  /** Lets all that is behind DMA come out, and gives what was heard as runs of the sound. */
  const runsHeard = () => {
    backend.hearOut(machine);
    return heardRuns(ear.heard(), render.submitted);
  };
  return { machine, ear, render, expectAt, runsHeard };
}

describeBackends('the state of a stream', 'hda', (backend) => {
  const { cutNs, earDelayFrames, heldFrames, leadBytes, resumes } = hdaFacts(backend);
  const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
  const ZERO = { play: 0, write: 0 };
  /** Frames that are heard of a run that long, at least. */
  const leastHeard = (ranMs: number): number =>
    Math.floor((ranMs - cutNs / MS) * FRAMES_PER_MS) - earDelayFrames(48_000);

  scenario(
    'moves nothing before RUN, whatever the steps to it [WRT-STA-008 WRT-STA-010 WRT-STA-011 WRT-POS-008]',
    (lab) => {
      const { expectAt, machine, render, runsHeard } = stream(lab, backend);
      for (const state of [STOP, ACQUIRE, PAUSE, ACQUIRE, STOP, PAUSE]) {
        expect(render.setState(state)).toBe(STATUS_SUCCESS);
        machine.runFor(20 * MS);
        backend.hearOut(machine);
        expect(positionOf(render)).toEqual(ZERO);
        expect(machine.device.speaker.heardFrames).toBe(0);
      }
      render.setState(RUN);
      machine.runFor(50 * MS);
      expectAt(positionOf(render), 50);
      const [run, ...others] = runsHeard();
      expect(others).toEqual([]);
      expect(run).toMatchObject({ at: earDelayFrames(48_000), from: 0 });
      expect(run?.to).toBeGreaterThan(50 * FRAMES_PER_MS - earDelayFrames(48_000) - 1);
      render.close();
    },
  );

  for (const [runMs, pauseMs] of [
    [25, 10],
    [33.3, 250],
    [99, 25],
  ] as const) {
    scenario(
      `PAUSE after ${runMs} ms, for ${pauseMs} ms, stands where it is, and RUN goes on [WRT-STA-006 WRT-STA-012 VER-STATE-009]`,
      (lab) => {
        const { expectAt, machine, render, runsHeard } = stream(lab, backend);
        expect(render.setState(RUN)).toBe(STATUS_SUCCESS);
        machine.runFor(runMs * MS);
        expect(render.setState(PAUSE)).toBe(STATUS_SUCCESS);
        const paused = positionOf(render);
        expectAt(paused, runMs);
        const heardAtPause = machine.device.speaker.heardFrames;
        for (let look = 0; look < 5; look++) {
          machine.runFor((pauseMs * MS) / 5);
          expect(positionOf(render)).toEqual(paused);
        }
        const heardInPause = machine.device.speaker.heardFrames - heardAtPause;
        expect(heardInPause).toBeLessThanOrEqual(heldFrames);
        render.setState(RUN);
        const again = positionOf(render);
        expect(again.play).toBe(resumes ? paused.play : 0);
        machine.runFor(30 * MS);
        expectAt(positionOf(render), (resumes ? runMs : 0) + 30);
        const [before, after, ...others] = runsHeard();
        expect(others).toEqual([]);
        expect(before?.from).toBe(0);
        const beforeTo = before?.to ?? 0;
        expect(beforeTo).toBeLessThanOrEqual(paused.write);
        expect(beforeTo).toBeGreaterThanOrEqual(leastHeard(runMs));
        expect(after?.from).toBe(resumes ? beforeTo : 0);
        expect((after?.to ?? 0) - (after?.from ?? 0)).toBeGreaterThan(29 * FRAMES_PER_MS);
        render.close();
      },
    );
  }

  scenario(
    'STOP sets the position to 0, and the next RUN plays from the start of the buffer [WRT-STA-013 WRT-BUF-037 VER-STATE-010]',
    (lab) => {
      const { ear, expectAt, machine, render } = stream(lab, backend);
      const rounds = [27, 60, 99.9];
      for (const runMs of rounds) {
        render.setState(PAUSE);
        expect(positionOf(render)).toEqual(ZERO);
        render.setState(RUN);
        machine.runFor(runMs * MS);
        expectAt(positionOf(render), runMs);
        expect(render.setState(STOP)).toBe(STATUS_SUCCESS);
        expect(positionOf(render)).toEqual(ZERO);
        machine.runFor(20 * MS);
        expect(positionOf(render)).toEqual(ZERO);
      }
      render.close();
      // QEMU's file is whole when it ends.
      expect(machine.shutDown()).toEqual([]);
      const runs = heardRuns(ear.heard(), render.submitted);
      expect(runs.map(({ from }) => from)).toEqual([0, 0, 0]);
      runs.forEach(({ to }, index) => {
        const ranMs = rounds[index] ?? 0;
        expect(to).toBeLessThanOrEqual(ranMs * FRAMES_PER_MS + leadBytes / FRAME_BYTES);
        expect(to).toBeGreaterThanOrEqual(leastHeard(ranMs));
      });
    },
  );

  pinTable(
    'the steps of a render pin, and what is refused on the way [WRT-STA-003 WRT-STA-005 WRT-STA-016 WRT-BUF-038]',
    `
    at ms  request                    status                  pin      position
     0     get STATE                  SUCCESS                 STOP     0
     0     set STATE RUN              INVALID_DEVICE_STATE    PAUSE    0       // no buffer yet
     0     set STATE STOP             SUCCESS                 STOP     0
     0     get RTAUDIO.BUFFER 38400   SUCCESS                 STOP     0
     0     get RTAUDIO.BUFFER 38400   INVALID_DEVICE_REQUEST  STOP     0       // it has one
     0     get RTAUDIO.HWLATENCY 12 B  SUCCESS                STOP     0
     1     set STATE ACQUIRE          SUCCESS                 ACQUIRE  0
     5     set STATE PAUSE            SUCCESS                 PAUSE    0
    10     set STATE RUN              SUCCESS                 RUN      0
    10     set STATE RUN              SUCCESS                 RUN      0       // no step
    20     get AUDIO.POSITION 15 B    BUFFER_TOO_SMALL        RUN      -
    31     set STATE PAUSE            SUCCESS                 PAUSE    -
    90     set STATE RUN              SUCCESS                 RUN      -
    95     set STATE ACQUIRE          SUCCESS                 ACQUIRE  -
    99     set STATE STOP             SUCCESS                 STOP     0
   119     set STATE PAUSE            SUCCESS                 PAUSE    0
   120     set STATE RUN              SUCCESS                 RUN      0
   125     -                          -                       RUN      -
   125     set STATE STOP             SUCCESS                 STOP     0
`,
    (lab) => {
      const machine = backend.boot(lab);
      machine.expectFinding(/RUN before the cyclic buffer/);
      machine.expectFinding(/second cyclic buffer/);
      return machine;
    },
  );
});
