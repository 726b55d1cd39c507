/**
 * Two runs of one scenario, on our model of a device and on another, held against each other in
 * one aspect after the other: those that every device has, and those of a kind of device.
 */
import type { Profile } from './deviation.ts';
import { type CrosscheckRow, judge } from './finding.ts';
import { yesNo } from './probe.ts';
import { type StreamEvidence, type StreamScenario, scenarioName } from './stream-scenario.ts';

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
  /** Of which scenarios it is asked; of all if absent. */
  readonly applies?: (scenario: StreamScenario) => boolean;
  readonly of: (run: StreamRun<Trail>) => string;
}

export const isPlaying = ({ records }: StreamScenario): boolean => records !== true;
export const isRecording = ({ records }: StreamScenario): boolean => records === true;

/** Aspects of any stream. */
export const commonAspects: readonly StreamAspect<unknown>[] = [
  {
    id: 'heard',
    clause: 'wave streams',
    asks: 'whether every frame was heard as it was sent',
    expected: 'yes',
    applies: isPlaying,
    of: ({ evidence }) => yesNo(evidence.isBitExact),
  },
  {
    id: 'recorded',
    clause: 'wave streams',
    asks: 'whether the silence in front of the line in replaced what lay in the buffers',
    expected: 'yes',
    applies: isRecording,
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
    // A pin that takes stream packets tells nobody what the hardware holds.
    applies: ({ records, stream }) => records !== true && stream !== undefined,
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
  const { scenario: played } = ours.evidence;
  const scenario = scenarioName(played);
  const asked = [...commonAspects, ...aspects].filter(({ applies }) => applies?.(played) !== false);
  return asked.map(({ asks, clause, expected, id, of }) => {
    const mine = of(ours);
    const row = { id, scenario, asks, clause, ours: mine, theirs: of(theirs) };
    return judge({ ...row, expected: expected ?? mine }, profile);
  });
}
