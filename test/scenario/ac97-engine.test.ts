/**
 * Applications at an AC'97 endpoint: sharing it over a WavePci port, where three packets of the
 * engine's period are under way, and alone over either port that takes packets; on our model and on
 * QEMU's device.
 */
import { expect, it } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import { ms } from '../../src/base/brand.ts';
import type { Ac97PortName } from '../../src/drivers/ac97/index.ts';
import { PowerSystemSleeping3 } from '../../src/kernel/ddi/index.ts';
import { SharedPlay, type SharedPlayConfig } from '../../src/machine/shared-play.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, noise, scenario } from '../../src/testing/index.ts';
import { AUDCLNT_SHAREMODE_EXCLUSIVE, eRender } from '../../src/wasapi/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import { bootAc97, STEREO_48 } from '../support/ac97-machine.ts';
import { type Backend, describeBackends, earOf } from '../support/backends.ts';
import { heardRuns } from '../support/heard-runs.ts';
import { recordingOf } from '../support/recording.ts';
import { AudioLab, Player } from '../support/wasapi-client.ts';

const CLEAN = { mode: 'shared', stream: 'irp', glitches: 0, findings: [], leaks: [] };
const HUNDRED_NS_PER_MS = 10_000;
const SHARED_PERIOD_FRAMES = 480;

/** An application over the engine, and the runs of its sound that were heard when all is off. */
function open(lab: Lab, backend: Backend, port: Ac97PortName) {
  const machine = bootAc97(lab, backend, port);
  const ear = earOf(machine);
  const audio = new AudioLab(machine);
  const heardAtEnd = (player: Player, sound: Uint8Array) => {
    player.release();
    audio.end();
    machine.device.powerOff();
    return heardRuns(ear.heard(), sound);
  };
  return { audio, heardAtEnd, machine };
}

describeBackends('the engine over a WavePci port', 'ac97', (backend) => {
  const facts = ac97Facts(backend);
  const play = (config: Omit<SharedPlayConfig, 'device'>) => {
    const driver = backend.driverOf('wavepci');
    const session = new SharedPlay({ device: backend.kind, driver, ...config });
    while (!session.step());
    return session.finish(1);
  };

  it.each([48_000, 44_100, 32_000])('plays a file of %i Hz bit for bit', (sampleRate) => {
    const file = recordingOf({ sampleRate }, Math.round(0.4 * backend.patience * sampleRate) + 11);
    const { frames } = file;
    const report = play({ files: [file] });
    expect(report).toMatchObject({ ...CLEAN, bitExact: true, frames, heardFrames: frames });
  });

  it('mixes several files', () => {
    const files = [recordingOf({}, 9_600), recordingOf({ sampleRate: 44_100 }, 4_410)];
    const report = play({ files, volume: 0.25 });
    expect(report).toMatchObject({ ...CLEAN, bitExact: null });
    expect(report.sessions.map(({ isConverted }) => isConverted)).toEqual([false, true]);
    expect(report.heardFrames).toBeGreaterThanOrEqual(9_600);
  });

  scenario('goes on with the next frame when the machine has slept', (lab) => {
    const { audio, heardAtEnd, machine } = open(lab, backend, 'wavepci');
    const { power } = machine.machine.kernel;
    const sound = noise(STEREO_48, 12_000);
    // Behind it comes silence, so that a card that holds frames back gives the last of them out.
    const sent = new Uint8Array(sound.length + 4 * 3_000);
    sent.set(sound);
    const player = new Player(audio, eRender, { format: STEREO_48, sound: sent });
    const engine = defined(audio.engine.endpoints[0]?.renderEngine ?? undefined, 'engine');
    player.start();
    for (const runMs of [53, 71]) {
      machine.runFor(ms(runMs));
      expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
      machine.runFor(303_456_700);
      expect(power.wake()).toBe(STATUS_SUCCESS);
    }
    machine.runFor(ms(400));
    expect(player.isDone).toBe(true);
    expect(engine.glitches).toEqual([]);
    const runs = heardAtEnd(player, sound);
    expect(runs).toHaveLength(3);
    const [first, second, third] = runs;
    // Two periods are ahead of the application's first frame.
    expect([first?.at, first?.from]).toEqual([2 * SHARED_PERIOD_FRAMES + facts.delayFrames, 0]);
    expect(second?.from).toBe((first?.to ?? 0) + facts.lostInSleep);
    expect(third?.from).toBe((second?.to ?? 0) + facts.lostInSleep);
    expect(third?.to).toBe(12_000);
  });
});

for (const port of ['wavepci', 'wavecyclic'] as const) {
  describeBackends(`an exclusive client over a ${port} port`, 'ac97', (backend) => {
    const { delayFrames, leastExclusiveMs } = ac97Facts(backend);

    scenario('is heard bit for bit behind one buffer of silence', (lab) => {
      const { audio, heardAtEnd, machine } = open(lab, backend, port);
      const sound = noise(STEREO_48, 9_611);
      const duration = leastExclusiveMs * HUNDRED_NS_PER_MS;
      const player = new Player(audio, eRender, {
        format: STEREO_48,
        sound,
        shareMode: AUDCLNT_SHAREMODE_EXCLUSIVE,
        bufferDuration: duration,
        periodicity: duration,
      });
      player.start();
      machine.runFor(ms(400));
      expect(player.isDone).toBe(true);
      const at = player.bufferFrames + delayFrames;
      expect(heardAtEnd(player, sound)).toEqual([{ at, from: 0, to: 9_611 }]);
    });
  });
}
