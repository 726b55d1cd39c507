/** The last word on a run: clean, or what is wrong with it, the worst first. */
import type { PlayReport } from '../machine/play-report.ts';
import { counted, thousands } from './quantities.ts';

/** `clean`, or the faults in a few words. */
export function verdictOf(report: PlayReport): string {
  const faults = [
    ...soundFaults(report),
    ...(report.findings.length === 0 ? [] : [counted(report.findings.length, 'broken rule')]),
    ...(report.leaks.length === 0 ? [] : [`${counted(report.leaks.length, 'thing')} left behind`]),
  ];
  return faults.length === 0 ? 'clean' : faults.join('; ');
}

function soundFaults(report: PlayReport): string[] {
  if (report.delayFrames === null) return ['nothing of what was sent was heard'];
  const faults: string[] = [];
  const [first] = report.glitchList;
  if (first !== undefined) {
    const count = counted(report.glitches, 'glitch', 'glitches');
    faults.push(`${count}, the first at frame ${thousands(first.atFrame)} (${first.cause})`);
  }
  if (!report.bitExact && first === undefined) {
    faults.push(
      `the stream did not come to its end: ${thousands(report.heardFrames)} of ` +
        `${counted(report.frames, 'sent frame')} were heard`,
    );
  }
  return faults;
}
