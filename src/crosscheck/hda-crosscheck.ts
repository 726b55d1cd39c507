/**
 * The crosscheck of our HD Audio controller with another: every probe on both, each on a device
 * fresh from power-on, then scenarios of streams with a driver.
 */
import type { DeviceKind } from '../machine/devices.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { CrosscheckPlan } from './crosscheck.ts';
import type { Profile } from './deviation.ts';
import { DeviceBench } from './device-bench.ts';
import type { WavePort } from './driver-port.ts';
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
import type { StreamScenario } from './stream-scenario.ts';
import { namesOf, streamSteps } from './stream-steps.ts';

/** One of the two that are compared, with the way of sound through its codec. */
export interface HdaSubject {
  readonly kind: DeviceKind;
  readonly nodes: OutputNodes;
}

export interface HdaCrosscheckConfig {
  readonly ours: HdaSubject;
  readonly theirs: HdaSubject;
  readonly profile: Profile;
  /** Each of them streams, through the port that it uses. */
  readonly drivers: readonly DriverModule[];
}

const SOUND_MS = 150;

/** Each rate and each drive, over other pages every time; at last silence is recorded. */
const cyclicScenarios: readonly StreamScenario[] = [
  { stream: 'timer', rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS, seed: 1 },
  { stream: 'event', rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS, seed: 2 },
  { stream: 'packet', rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS, seed: 3 },
  { stream: 'timer', rateHz: 16_000, bufferMs: 100, soundMs: SOUND_MS, seed: 4 },
  { stream: 'event', rateHz: 22_050, bufferMs: 80, soundMs: SOUND_MS, seed: 5 },
  { stream: 'timer', rateHz: 32_000, bufferMs: 60, soundMs: SOUND_MS, seed: 6 },
  { stream: 'packet', rateHz: 44_100, bufferMs: 30, soundMs: SOUND_MS, seed: 7 },
  { stream: 'timer', rateHz: 96_000, bufferMs: 50, soundMs: SOUND_MS, seed: 8 },
  { stream: 'event', records: true, rateHz: 48_000, bufferMs: 40, soundMs: SOUND_MS, seed: 9 },
];

/** Of a driver whose pins take stream packets. */
const packetScenarios: readonly StreamScenario[] = [
  { rateHz: 48_000, bufferMs: 60, soundMs: SOUND_MS, seed: 1 },
  { rateHz: 44_100, bufferMs: 80, soundMs: SOUND_MS, seed: 2 },
  { rateHz: 96_000, bufferMs: 50, soundMs: SOUND_MS, seed: 3 },
];

export const hdaScenarios = (port: WavePort): readonly StreamScenario[] =>
  port === 'wavert' ? cyclicScenarios : packetScenarios;

const probes: readonly Probe<HdaHost>[] = [
  ...hdaControllerProbes,
  ...hdaRingProbes,
  ...hdaStreamProbes,
  ...hdaInterruptProbes,
  ...hdaCodecProbes,
];

/** What there is to compare. */
export function planHdaCrosscheck(config: HdaCrosscheckConfig): CrosscheckPlan {
  const { drivers, ours, profile, theirs } = config;
  return {
    ours: ours.kind.description,
    theirs: theirs.kind.description,
    driver: namesOf(drivers),
    profile,
    steps: [
      ...probes.map((probe) => ({
        name: probe.id,
        run: () => [compareProbe(probe, ours, theirs, profile)],
      })),
      ...streamSteps({
        ours: ours.kind,
        theirs: theirs.kind,
        profile,
        drivers,
        scenariosOf: hdaScenarios,
        aspects: hdaStreamAspects,
        makeTrail: (records) => new HdaStreamTrail(records),
      }),
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
