/** What was played through the engine: everything that `play --json` prints for shared mode. */
import type { PlayReport, ReportedFormat } from './play-report.ts';

export interface SharedPlayReport extends Omit<PlayReport, 'bitExact' | 'mode'> {
  readonly mode: 'shared';
  /** Null where the engine changes the sound: a mix, another format, another level. */
  readonly bitExact: boolean | null;
  /** One for each file, in the order in which they were named. */
  readonly sessions: readonly {
    readonly format: ReportedFormat;
    readonly frames: number;
    /** Frames that the engine asked for before the client had written them. */
    readonly starvedFrames: number;
    /** The engine converts this session to the device's format. */
    readonly isConverted: boolean;
  }[];
}
