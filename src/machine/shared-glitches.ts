/**
 * What was wrong with a sound that went through the engine, as the sent frames tell where: passes
 * that came too late (the engine counts them in frames of the device's stream), frames that a
 * session did not have when a pass came to take them, and frame periods in which the device had
 * nothing to play. Each holds up all that follows, so they are put in order by the frames that
 * stood before each.
 */
import type { EarGap } from '../client/ear-gaps.ts';
import type { EngineGlitch } from '../engine/engine-glitch.ts';
import type { SessionGap } from '../engine/render-session.ts';
import type { PlayReport } from './play-report.ts';

export type ReportedGlitch = PlayReport['glitchList'][number];

export interface SharedFaults {
  /** By frames of the device's stream, of which the first `leadFrames` are no pass's. */
  readonly latePasses: readonly EngineGlitch[];
  readonly leadFrames: number;
  /** By frames of the mix, late passes not counted. */
  readonly gaps: readonly (SessionGap & Pick<ReportedGlitch, 'cause'>)[];
  /** By frames that left the device's memory, late passes counted. */
  readonly earGaps: readonly EarGap[];
  readonly causeOf: (gap: EarGap) => ReportedGlitch['cause'];
}

/** By frames of the mix. */
interface Fault {
  readonly mixFrame: number;
  frames: number;
  readonly cause: ReportedGlitch['cause'];
}

/** All faults before frame `endFrame` of the sound, in order; two at one frame are one. */
export function sharedGlitches(faults: SharedFaults, endFrame: number): ReportedGlitch[] {
  const missing = unionOf(faults.gaps);
  const all = [...lateFaults(faults), ...missing, ...silentFaults(faults)];
  all.sort((one, other) => one.mixFrame - other.mixFrame);
  const list: ReportedGlitch[] = [];
  let mostFrames = 0;
  let next = 0;
  let missingBefore = 0;
  for (const { cause, frames, mixFrame } of all) {
    let gap = missing[next];
    while (gap !== undefined && gap.mixFrame + gap.frames <= mixFrame) {
      missingBefore += gap.frames;
      gap = missing[++next];
    }
    const intoGap = Math.max(0, mixFrame - (gap?.mixFrame ?? mixFrame));
    const atFrame = mixFrame - missingBefore - intoGap;
    if (atFrame < 0 || atFrame >= endFrame) continue;
    const last = list.at(-1);
    const isSame = last?.atFrame === atFrame;
    const isMore = !isSame || frames > mostFrames;
    mostFrames = isMore ? frames : mostFrames;
    const whole = { atFrame, frames, cause };
    if (last === undefined || !isSame) list.push(whole);
    else list[list.length - 1] = { ...(isMore ? whole : last), frames: last.frames + frames };
  }
  return list;
}

function lateFaults({ latePasses, leadFrames }: SharedFaults): Fault[] {
  let notOfMix = leadFrames;
  return latePasses.map(({ atFrame, cause = 'engine late', frames }) => {
    const mixFrame = atFrame - notOfMix;
    notOfMix += frames;
    return { mixFrame, frames, cause };
  });
}

/** Gaps and late passes come in the order of the device's frames. */
function silentFaults({ causeOf, earGaps, latePasses, leadFrames }: SharedFaults): Fault[] {
  let notOfMix = leadFrames;
  let next = 0;
  return earGaps.map((gap) => {
    let late = latePasses[next];
    while (late !== undefined && late.atFrame + late.frames <= gap.atFrame) {
      notOfMix += late.frames;
      late = latePasses[++next];
    }
    const intoLate = Math.max(0, gap.atFrame - (late?.atFrame ?? gap.atFrame));
    return { mixFrame: gap.atFrame - notOfMix - intoLate, frames: gap.frames, cause: causeOf(gap) };
  });
}

/** Where at least one session had nothing: sessions that lack the same frames lack them once. */
function unionOf(gaps: SharedFaults['gaps']): Fault[] {
  const sorted = [...gaps].sort((one, other) => one.atFrame - other.atFrame);
  const union: Fault[] = [];
  for (const { atFrame, cause, frames } of sorted) {
    const last = union.at(-1);
    const isApart = last === undefined || atFrame > last.mixFrame + last.frames;
    if (isApart) union.push({ mixFrame: atFrame, frames, cause });
    else last.frames = Math.max(last.frames, atFrame + frames - last.mixFrame);
  }
  return union;
}
