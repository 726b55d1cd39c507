/**
 * The crosscheck of our AC'97 controller with another: every probe on both, each on a device fresh
 * from power-on, then scenarios of streams with a driver.
 */
import type { DeviceKind } from '../machine/devices.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import { ac97EngineProbes } from './ac97-engine-probes.ts';
import { Ac97Host } from './ac97-host.ts';
import { ac97RegisterProbes } from './ac97-probes.ts';
import { ac97StreamAspects } from './ac97-stream-aspects.ts';
import { Ac97StreamTrail } from './ac97-stream-trail.ts';
import type { CrosscheckPlan } from './crosscheck.ts';
import type { Profile } from './deviation.ts';
import { DeviceBench } from './device-bench.ts';
import type { WavePort } from './driver-port.ts';
import { judge } from './finding.ts';
import type { Probe } from './probe.ts';
import type { StreamScenario } from './stream-scenario.ts';
import { namesOf, streamSteps } from './stream-steps.ts';

export interface Ac97CrosscheckConfig {
  readonly ours: DeviceKind;
  readonly theirs: DeviceKind;
  readonly profile: Profile;
  /** Each of them streams, through the port that it uses. */
  readonly drivers: readonly DriverModule[];
}

const SOUND_MS = 150;

/** Silence, which is all that QEMU hears. */
const recording = { records: true, rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS } as const;

/**
 * Rates and drives, over other pages every time. On a WaveRT pin a client has to keep more than
 * 1024 frames ahead of a card that takes as many at once; a WavePci port lends it what it has, and
 * a WaveCyclic port has a buffer of the driver's choice, of which 1024 frames have to be a small part.
 */
const scenarios: Readonly<Record<WavePort, readonly StreamScenario[]>> = {
  wavert: [
    { stream: 'timer', rateHz: 44_100, bufferMs: 80, soundMs: SOUND_MS, seed: 1 },
    { stream: 'event', rateHz: 44_100, bufferMs: 80, soundMs: SOUND_MS, seed: 2 },
    { stream: 'timer', rateHz: 8_000, bufferMs: 400, soundMs: SOUND_MS, seed: 3 },
    { stream: 'event', rateHz: 11_025, bufferMs: 300, soundMs: SOUND_MS, seed: 4 },
    { stream: 'timer', rateHz: 22_050, bufferMs: 150, soundMs: SOUND_MS, seed: 5 },
    { stream: 'event', rateHz: 32_000, bufferMs: 100, soundMs: SOUND_MS, seed: 6 },
    { stream: 'timer', rateHz: 48_000, bufferMs: 60, soundMs: SOUND_MS, seed: 7 },
    { stream: 'event', rateHz: 48_000, bufferMs: 60, soundMs: SOUND_MS, seed: 8 },
    { stream: 'event', ...recording, seed: 9 },
  ],
  wavepci: [
    { rateHz: 48_000, bufferMs: 20, soundMs: SOUND_MS, seed: 1 },
    { rateHz: 48_000, bufferMs: 60, soundMs: SOUND_MS, seed: 2 },
    { rateHz: 44_100, bufferMs: 40, soundMs: SOUND_MS, seed: 3 },
    { rateHz: 8_000, bufferMs: 100, soundMs: SOUND_MS, seed: 4 },
    { rateHz: 22_050, bufferMs: 50, soundMs: SOUND_MS, seed: 5 },
    { ...recording, seed: 6 },
  ],
  wavecyclic: [
    { rateHz: 48_000, bufferMs: 60, soundMs: SOUND_MS, seed: 1 },
    { rateHz: 44_100, bufferMs: 40, soundMs: SOUND_MS, seed: 2 },
    { rateHz: 32_000, bufferMs: 80, soundMs: SOUND_MS, seed: 3 },
    { ...recording, seed: 4 },
  ],
};

export const ac97Scenarios = (port: WavePort): readonly StreamScenario[] => scenarios[port];

const probes: readonly Probe<Ac97Host>[] = [...ac97RegisterProbes, ...ac97EngineProbes];

/** What there is to compare. */
export function planAc97Crosscheck(config: Ac97CrosscheckConfig): CrosscheckPlan {
  const { drivers, ours, profile, theirs } = config;
  return {
    ours: ours.description,
    theirs: theirs.description,
    driver: namesOf(drivers),
    profile,
    steps: [
      ...probes.map((probe) => ({
        name: probe.id,
        run: () => {
          const { asks, clause, expected, id } = probe;
          const row = { id, scenario: 'registers', asks, clause, expected };
          const answers = { ours: answerOf(probe, ours), theirs: answerOf(probe, theirs) };
          return [judge({ ...row, ...answers }, profile)];
        },
      })),
      ...streamSteps({
        ...config,
        scenariosOf: ac97Scenarios,
        aspects: ac97StreamAspects,
        makeTrail: (records) => new Ac97StreamTrail(records),
      }),
    ],
  };
}

/** What a device answers to one question, out of reset. */
function answerOf(probe: Probe<Ac97Host>, kind: DeviceKind): string {
  const bench = new DeviceBench(kind);
  try {
    const host = new Ac97Host(bench);
    host.reset();
    return probe.run(host);
  } finally {
    bench.end();
  }
}
