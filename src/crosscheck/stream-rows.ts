/**
 * Two runs of one scenario, on our model of a device and on another, held against each other in
 * one aspect after the other: those that every device has, and those of a kind of device.
 */
import type { Profile } from './deviation.ts';
import { type CrosscheckRow, judge } from './finding.ts';
import { yesNo } from './probe.ts';
import { type StreamEvidence, scenarioName } from './stream-scenario.ts';

/** Evidence, with what a device's own registers and memory told meanwhile. */
export interface StreamRun<Trail> {
  readonly evidence: StreamEvidence;
  readonly trail: Trail;
}

export interface StreamAspect<Trail> {
  readonly id: string;
  readonly clause: string;
  readonly asks: string;
  /** What it has to be; what it is on our side if absent. */
  readonly expected?: string;
  readonly of: (run: StreamRun<Trail>) => string;
}

/** Aspects of any stream. */
export const commonAspects: readonly StreamAspect<unknown>[] = [
  {
    id: 'heard',
    clause: 'wave streams',
    asks: 'whether every frame was heard as it was sent',
    expected: 'yes',
    of: ({ evidence }) => yesNo(evidence.isBitExact),
  },
  {
    id: 'complaints',
    clause: 'Driver Verifier',
    asks: 'broken rules, and things that were left behind',
    expected: 'none',
    of: ({ evidence }) => evidence.complaints.join('; ') || 'none',
  },
  {
    id: 'ear-delay',
    clause: 'KSRTAUDIO_HWLATENCY',
    asks: 'whether the first frame is heard when FIFO, chipset and codec say',
    expected: 'yes',
    of: ({ evidence }) => yesNo(evidence.delayFrames === evidence.promisedFrames),
  },
];

/** All rows of one scenario. */
export function compareRuns<Trail>(
  aspects: readonly StreamAspect<Trail>[],
  ours: StreamRun<Trail>,
  theirs: StreamRun<Trail>,
  profile: Profile,
): CrosscheckRow[] {
  const scenario = scenarioName(ours.evidence.scenario);
  return [...commonAspects, ...aspects].map(({ asks, clause, expected, id, of }) => {
    const mine = of(ours);
    const row = { id, scenario, asks, clause, ours: mine, theirs: of(theirs) };
    return judge({ ...row, expected: expected ?? mine }, profile);
  });
}
