/**
 * The steps of a crosscheck that stream: for each driver the scenarios of its port, on both devices,
 * and what differs.
 */
import type { DeviceKind } from '../machine/devices.ts';
import { StreamKindRefusedError } from '../machine/stream-kind.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { CrosscheckStep } from './crosscheck.ts';
import type { Profile } from './deviation.ts';
import type { DeviceLog } from './device-log.ts';
import { type WavePort, wavePortOf } from './driver-port.ts';
import { type CrosscheckRow, judge } from './finding.ts';
import { yesNo } from './probe.ts';
import { compareRuns, type StreamAspect, type StreamRun } from './stream-rows.ts';
import { runScenario, type StreamScenario, scenarioName } from './stream-scenario.ts';

export interface StreamSteps<Trail> {
  readonly ours: DeviceKind;
  readonly theirs: DeviceKind;
  readonly profile: Profile;
  readonly drivers: readonly DriverModule[];
  readonly scenariosOf: (port: WavePort) => readonly StreamScenario[];
  readonly aspects: readonly StreamAspect<Trail>[];
  readonly makeTrail: (records: boolean) => Trail;
}

/** @throws StartError when a driver does not start, NoEndpointError */
export function streamSteps<Trail extends { readonly log: DeviceLog }>(
  config: StreamSteps<Trail>,
): CrosscheckStep[] {
  const { drivers, ours, scenariosOf } = config;
  return drivers.flatMap((driver) => {
    const port = wavePortOf(ours, driver);
    return scenariosOf(port).map((scenario) => {
      const named = drivers.length > 1 ? { ...scenario, port } : scenario;
      return { name: scenarioName(named), run: () => runOnBoth(config, named, driver) };
    });
  });
}

function runOnBoth<Trail extends { readonly log: DeviceLog }>(
  { aspects, makeTrail, ours, profile, theirs }: StreamSteps<Trail>,
  scenario: StreamScenario,
  driver: DriverModule,
): CrosscheckRow[] {
  const runOn = (kind: DeviceKind): StreamRun<Trail> | null => {
    const trail = makeTrail(scenario.records === true);
    try {
      return { evidence: runScenario(scenario, kind, driver, trail.log), trail };
    } catch (error) {
      if (error instanceof StreamKindRefusedError) return null;
      throw error;
    }
  };
  const mine = runOn(ours);
  const other = runOn(theirs);
  if (mine !== null && other !== null) return compareRuns(aspects, mine, other, profile);
  return [compareOffers(scenario, mine !== null, other !== null, profile)];
}

/** A driver need not have streams of every kind, but by the same hardware it has the same. */
function compareOffers(
  scenario: StreamScenario,
  ours: boolean,
  theirs: boolean,
  profile: Profile,
): CrosscheckRow {
  const row = {
    id: 'offered',
    scenario: scenarioName(scenario),
    asks: 'whether the driver has streams of the kind',
    clause: 'KSPROPSETID_RtAudio',
    expected: yesNo(ours),
  };
  return judge({ ...row, ours: yesNo(ours), theirs: yesNo(theirs) }, profile);
}

/** What the drivers are called, each name once. */
export const namesOf = (drivers: readonly DriverModule[]): string =>
  [...new Set(drivers.map(({ name }) => name))].join(', ');
