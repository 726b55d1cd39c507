/** The last word on a run: clean, or what is wrong with it, the worst first. */
import type { PlayReport } from '../machine/play-report.ts';
import type { RecordReport } from '../machine/record-report.ts';
import type { SharedPlayReport } from '../machine/shared-play-report.ts';
import { counted, thousands } from './quantities.ts';

/** Of a stream that was played or recorded. */
export type StreamReport = PlayReport | SharedPlayReport | RecordReport;

export const isRecording = (report: StreamReport): report is RecordReport =>
  'recordedFrames' in report;

/** `clean`, or the faults in a few words. */
export function verdictOf(report: StreamReport): string {
  const faults = [
    ...soundFaults(report),
    ...(report.findings.length === 0 ? [] : [counted(report.findings.length, 'broken rule')]),
    ...(report.leaks.length === 0 ? [] : [`${counted(report.leaks.length, 'thing')} left behind`]),
  ];
  return faults.length === 0 ? 'clean' : faults.join('; ');
}

function soundFaults(report: StreamReport): string[] {
  const words = isRecording(report)
    ? { arrived: report.recordedFrames, sent: 'wanted', done: 'recorded' }
    : { arrived: report.heardFrames, sent: 'sent', done: 'heard' };
  if (report.delayFrames === null) return [`nothing of what was ${words.sent} was ${words.done}`];
  const faults: string[] = [];
  const [first] = report.glitchList;
  if (first !== undefined) {
    const count = counted(report.glitches, 'glitch', 'glitches');
    faults.push(`${count}, the first at frame ${thousands(first.atFrame)} (${first.cause})`);
  }
  if (report.bitExact === false && first === undefined) {
    faults.push(
      `the stream did not come to its end: ${thousands(words.arrived)} of ` +
        `${counted(report.frames, `${words.sent} frame`)} were ${words.done}`,
    );
  }
  return faults;
}
