/** What a recorded stream was: everything that `record --json` prints, but for the nested calls. */
import type { PlayReport } from './play-report.ts';

export interface RecordReport
  extends Omit<PlayReport, 'mode' | 'fileFormat' | 'heardFrames' | 'delayFrames'> {
  readonly mode: 'exclusive' | 'shared';
  /** Frames taken out of the buffer, from the first spoken one on. */
  readonly recordedFrames: number;
  /** Frames that the line in was asked for; the last of them are still on their way. */
  readonly spokenFrames: number;
  /** Frames that the device had no room for, or that were overwritten before they were read. */
  readonly lostFrames: number;
  /** Frames before the first spoken one: what the codec held when the stream started. */
  readonly delayFrames: number | null;
}
