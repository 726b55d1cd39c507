/**
 * What a stream may write: the sound that was heard or recorded, and the trace (`--trace`). Both
 * files are complete however the run ends, be it with a bug check or Ctrl-C. The trace is not
 * touched when the run never began, nor the sound before there is one: until then a file of that
 * name stays as it was.
 */
import { writeSync } from 'node:fs';
import type { HeardFrames } from '../client/sound-ledger.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { encodeWavHeader } from '../wav/wav-header.ts';
import { WavWriter } from '../wav/wav-writer.ts';
import { whyRefused } from './disk-errors.ts';
import { FileError } from './outcome.ts';
import { OutputFile, type TakenFile } from './output-file.ts';
import { type OpenSink, sinkInto } from './wav-files.ts';

export interface OutputNames {
  readonly out?: string;
  readonly trace?: string;
}

export class StreamOutputs {
  readonly sound: SoundFile | null;
  readonly trace: TraceFile | null;

  /**
   * Claims the files; nothing is written yet. `format` is the sound's, unless the stream that
   * makes it says otherwise.
   * @throws UsageError when a file of `taken` would be written over, FileError
   */
  constructor({ out, trace }: OutputNames, taken: readonly TakenFile[], format: PcmFormat) {
    this.sound = out === undefined ? null : new SoundFile(out, taken, format);
    const alsoTaken =
      out === undefined ? taken : [...taken, { role: 'the file of the sound', path: out }];
    try {
      this.trace = trace === undefined ? null : new TraceFile(trace, alsoTaken);
    } catch (error) {
      this.sound?.close();
      throw error;
    }
  }

  /** From here on there is a run to trace. @throws FileError */
  begin(): void {
    this.trace?.begin();
  }

  /** The stream came to its end: both files are what it made, be it nothing. @throws FileError */
  finish(): void {
    this.sound?.finish();
  }

  /** The run was stopped: a sound that had begun is completed. @throws FileError */
  cutShort(): void {
    if (this.sound?.isBegun === true) this.sound.finish();
  }

  close(): void {
    this.sound?.close();
    this.trace?.close();
  }
}

/** What was heard or recorded, as a WAV file. */
export class SoundFile implements HeardFrames {
  readonly #file: OutputFile;
  readonly #sink: OpenSink;
  #format: PcmFormat;
  #writer: WavWriter | null = null;

  constructor(path: string, taken: readonly TakenFile[], format: PcmFormat) {
    this.#file = new OutputFile(path, taken, true);
    this.#sink = sinkInto(this.#file.file, path);
    this.#format = format;
  }

  /** The stream that makes the sound has this format. */
  take(format: PcmFormat): this {
    this.#format = format;
    return this;
  }

  /** Whole frames that the file holds, or will when it is finished. */
  get frames(): number {
    return this.#writer?.frames ?? 0;
  }

  /** Something was written. */
  get isBegun(): boolean {
    return this.#writer !== null;
  }

  #begin(): WavWriter {
    this.#file.begin();
    this.#writer ??= new WavWriter(this.#sink, this.#format);
    return this.#writer;
  }

  write(bytes: Uint8Array, offset: number, byteLength: number): void {
    const writer = this.#writer ?? this.#begin();
    writer.write(bytes, offset, byteLength);
  }

  finish(): void {
    const writer = this.#begin();
    writer.finish();
    // A run that was stopped in the midst of a write may have left a part of it behind the end.
    const dataBytes = writer.frames * frameBytes(this.#format);
    this.#file.cut(encodeWavHeader(this.#format, null).length + dataBytes + (dataBytes % 2));
  }

  close(): void {
    this.#file.close();
  }
}

/** The trace as text. Lines that come before `begin` wait for it. */
export class TraceFile {
  readonly #file: OutputFile;
  readonly #waiting: string[] = [];
  #isBegun = false;

  constructor(path: string, taken: readonly TakenFile[]) {
    this.#file = new OutputFile(path, taken, false);
  }

  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#file.begin();
    for (const lines of this.#waiting.splice(0)) this.write(lines);
  }

  write(lines: string): void {
    if (!this.#isBegun) {
      this.#waiting.push(lines);
      return;
    }
    try {
      const bytes = Buffer.from(lines);
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file.file, bytes, done);
    } catch (error) {
      throw new FileError(`cannot write ${this.#file.path}: ${whyRefused(error)}`);
    }
  }

  close(): void {
    this.#file.close();
  }
}
