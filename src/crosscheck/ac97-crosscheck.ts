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
import { judge } from './finding.ts';
import type { Probe } from './probe.ts';
import { compareRuns, type StreamRun } from './stream-rows.ts';
import { playScenario, type StreamScenario, scenarioName } from './stream-scenario.ts';

export interface Ac97CrosscheckConfig {
  readonly ours: DeviceKind;
  readonly theirs: DeviceKind;
  readonly profile: Profile;
  readonly driver: DriverModule;
}

const SOUND_MS = 150;

/**
 * Rates and drives, over other pages every time. A client has to keep more than 1024 frames ahead
 * of a card that takes as many at once. At 48 kHz QEMU's volumes would be heard.
 */
export const ac97Scenarios: readonly StreamScenario[] = [
  { stream: 'timer', rateHz: 44_100, bufferMs: 80, soundMs: SOUND_MS, seed: 1 },
  { stream: 'event', rateHz: 44_100, bufferMs: 80, soundMs: SOUND_MS, seed: 2 },
  { stream: 'timer', rateHz: 8_000, bufferMs: 400, soundMs: SOUND_MS, seed: 3 },
  { stream: 'event', rateHz: 11_025, bufferMs: 300, soundMs: SOUND_MS, seed: 4 },
  { stream: 'timer', rateHz: 22_050, bufferMs: 150, soundMs: SOUND_MS, seed: 5 },
  { stream: 'event', rateHz: 32_000, bufferMs: 100, soundMs: SOUND_MS, seed: 6 },
];

const probes: readonly Probe<Ac97Host>[] = [...ac97RegisterProbes, ...ac97EngineProbes];

/** What there is to compare. */
export function planAc97Crosscheck(config: Ac97CrosscheckConfig): CrosscheckPlan {
  const { driver, ours, profile, theirs } = config;
  return {
    ours: ours.description,
    theirs: theirs.description,
    driver: driver.name,
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
      ...ac97Scenarios.map((scenario) => ({
        name: scenarioName(scenario),
        run: () => {
          const mine = runAc97(scenario, ours, driver);
          const other = runAc97(scenario, theirs, driver);
          return compareRuns(ac97StreamAspects, mine, other, profile);
        },
      })),
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

/** A scenario on one device. */
function runAc97(
  scenario: StreamScenario,
  kind: DeviceKind,
  driver: DriverModule,
): StreamRun<Ac97StreamTrail> {
  const trail = new Ac97StreamTrail();
  return { evidence: playScenario(scenario, kind, driver, trail.log), trail };
}
