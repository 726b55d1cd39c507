/**
 * The crosscheck of our HD Audio controller with another: every probe on both, each on a device
 * fresh from power-on, then scenarios of streams with a driver.
 */
import type { DeviceKind } from '../machine/devices.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { CrosscheckPlan } from './crosscheck.ts';
import type { Profile } from './deviation.ts';
import { DeviceBench } from './device-bench.ts';
import { type CrosscheckRow, judge } from './finding.ts';
import { hdaCodecProbes } from './hda-codec-probes.ts';
import { hdaControllerProbes } from './hda-controller-probes.ts';
import { HdaHost, type OutputNodes } from './hda-host.ts';
import { hdaInterruptProbes } from './hda-interrupt-probes.ts';
import { hdaRingProbes } from './hda-ring-probes.ts';
import { hdaStreamAspects } from './hda-stream-aspects.ts';
import { hdaStreamProbes } from './hda-stream-probes.ts';
import { HdaStreamTrail } from './hda-stream-trail.ts';
import type { Probe } from './probe.ts';
import { compareRuns, type StreamRun } from './stream-rows.ts';
import { playScenario, type StreamScenario, scenarioName } from './stream-scenario.ts';

/** One of the two that are compared, with the way of sound through its codec. */
export interface HdaSubject {
  readonly kind: DeviceKind;
  readonly nodes: OutputNodes;
}

export interface HdaCrosscheckConfig {
  readonly ours: HdaSubject;
  readonly theirs: HdaSubject;
  readonly profile: Profile;
  readonly driver: DriverModule;
}

const SOUND_MS = 150;

/** Each rate and each drive, over other pages every time. */
export const hdaScenarios: readonly StreamScenario[] = [
  { stream: 'timer', rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS, seed: 1 },
  { stream: 'event', rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS, seed: 2 },
  { stream: 'packet', rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS, seed: 3 },
  { stream: 'timer', rateHz: 16_000, bufferMs: 100, soundMs: SOUND_MS, seed: 4 },
  { stream: 'event', rateHz: 22_050, bufferMs: 80, soundMs: SOUND_MS, seed: 5 },
  { stream: 'timer', rateHz: 32_000, bufferMs: 60, soundMs: SOUND_MS, seed: 6 },
  { stream: 'packet', rateHz: 44_100, bufferMs: 30, soundMs: SOUND_MS, seed: 7 },
  { stream: 'timer', rateHz: 96_000, bufferMs: 50, soundMs: SOUND_MS, seed: 8 },
];

const probes: readonly Probe<HdaHost>[] = [
  ...hdaControllerProbes,
  ...hdaRingProbes,
  ...hdaStreamProbes,
  ...hdaInterruptProbes,
  ...hdaCodecProbes,
];

/** What there is to compare. */
export function planHdaCrosscheck(config: HdaCrosscheckConfig): CrosscheckPlan {
  const { driver, ours, profile, theirs } = config;
  return {
    ours: ours.kind.description,
    theirs: theirs.kind.description,
    driver: driver.name,
    profile,
    steps: [
      ...probes.map((probe) => ({
        name: probe.id,
        run: () => [compareProbe(probe, ours, theirs, profile)],
      })),
      ...hdaScenarios.map((scenario) => ({
        name: scenarioName(scenario),
        run: () => {
          const mine = runHda(scenario, ours.kind, driver);
          const other = runHda(scenario, theirs.kind, driver);
          return compareRuns(hdaStreamAspects, mine, other, profile);
        },
      })),
    ],
  };
}

function compareProbe(
  probe: Probe<HdaHost>,
  ours: HdaSubject,
  theirs: HdaSubject,
  profile: Profile,
): CrosscheckRow {
  const { asks, clause, expected, id } = probe;
  const [mine = '', other = ''] = [ours, theirs].map((subject) => answerOf(probe, subject));
  const row = { id, scenario: 'registers', asks, clause, expected, ours: mine, theirs: other };
  return judge(row, profile);
}

/** What a device answers to one question, out of reset. */
function answerOf(probe: Probe<HdaHost>, { kind, nodes }: HdaSubject): string {
  const bench = new DeviceBench(kind);
  try {
    const host = new HdaHost(bench, nodes);
    host.reset();
    return probe.run(host);
  } finally {
    bench.end();
  }
}

/** A scenario on one device. */
function runHda(
  scenario: StreamScenario,
  kind: DeviceKind,
  driver: DriverModule,
): StreamRun<HdaStreamTrail> {
  const trail = new HdaStreamTrail();
  return { evidence: playScenario(scenario, kind, driver, trail.log), trail };
}
