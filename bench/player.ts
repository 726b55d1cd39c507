/**
 * One recording through one machine, in half seconds of virtual time, with one of the ears that
 * are measured. Whatever the ear can check is checked after the last step: a fast run that plays
 * something else is no result.
 */
import { nativeMatcher } from '../src/cli/native-match.ts';
import { type OpenSink, openSink } from '../src/cli/wav-files.ts';
import type { AudioDevice } from '../src/machine/devices.ts';
import type { Machine } from '../src/machine/machine.ts';
import { isClean } from '../src/machine/play-report.ts';
import { PlaySession } from '../src/machine/play-session.ts';
import type { WavFile } from '../src/wav/wav-reader.ts';
import { WavWriter } from '../src/wav/wav-writer.ts';
import { HDA } from './bare-stream.ts';
import { BUFFER_MS } from './recording.ts';

export interface Player {
  readonly machine: Machine<AudioDevice>;
  /** True when the recording is played out. */
  step(): boolean;
  /** Ends the run. @throws Error when it was not clean */
  finish(): void;
  /** What is checked when the clock has stopped. @throws Error when something else was played */
  verify?(): void;
}

/** Every frame heard is held against the frame that was sent. */
export function playAndCompare(file: WavFile): Player {
  return compare(file, 'register');
}

/** As `playAndCompare`, by a client that sends a request for each position. */
export function playByProperty(file: WavFile): Player {
  return compare(file, 'property');
}

function compare(file: WavFile, position: 'register' | 'property'): Player {
  const match = nativeMatcher();
  const session = new PlaySession({ file, device: HDA, bufferMs: BUFFER_MS, position, match });
  return {
    machine: session.machine,
    step: () => session.step(),
    finish: () => checkEnd(session),
  };
}

/** Every frame heard is compared, and written to a WAV file. */
export function playToFile(file: WavFile, path: string): Player {
  const sink: OpenSink = openSink(path);
  let writer: WavWriter | null = null;
  const session = new PlaySession({
    file,
    device: HDA,
    bufferMs: BUFFER_MS,
    match: nativeMatcher(),
    heard: (format) => {
      writer = new WavWriter(sink, format);
      return writer;
    },
  });
  return {
    machine: session.machine,
    step: () => session.step(),
    finish: () => {
      (writer as WavWriter | null)?.finish();
      sink.close();
      checkEnd(session);
    },
  };
}

/** Ends a session. @throws Error when it was not clean */
export function checkEnd(session: PlaySession): void {
  const report = session.finish(0);
  if (isClean(report)) return;
  const { bitExact, glitches, findings, leaks } = report;
  throw new Error(
    `the run was not clean: ${JSON.stringify({ bitExact, glitches, findings, leaks })}`,
  );
}
