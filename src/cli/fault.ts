/**
 * What an error that ended a run means: whose fault it is, the exit code and the words. An error
 * that is none of these is a mistake of Waveport's own, and is left to surface with its stack.
 */
import { resolve } from 'node:path';
import { KsError } from '../client/ks-object.ts';
import { SmallBufferError } from '../client/open-stream.ts';
import { BugCheck } from '../kernel/bug-check.ts';
import { FormatRefusedError, NoEndpointError } from '../machine/choose-endpoint.ts';
import { EndpointNameError } from '../machine/endpoint-choice.ts';
import { StartError } from '../machine/machine.ts';
import { StreamKindRefusedError } from '../machine/stream-kind.ts';
import { WasapiError } from '../machine/wasapi-result.ts';
import { QemuError } from '../qemu/index.ts';
import { WavError } from '../wav/wav-error.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { describeThrown, moduleUrl } from './driver-module.ts';
import {
  DriverLoadError,
  EXIT_FAULT,
  EXIT_INTERRUPTED,
  EXIT_USAGE,
  FileError,
  Interrupted,
  UsageError,
} from './outcome.ts';

export interface Fault {
  readonly exitCode: number;
  readonly message: string;
  readonly bugCheck: BugCheck | null;
  /** The format of a sound was refused, and in this file if there are several. */
  readonly format: { readonly file: WavFile | null } | null;
}

/** The driver that ran; `path` is its module's, where the command line named one. */
export interface RunningDriver {
  readonly name: string;
  readonly path?: string | undefined;
}

/** Null when the error is a mistake of ours. `driver` is null when none ran. */
export function faultOf(error: unknown, driver: RunningDriver | null): Fault | null {
  if (error instanceof Interrupted) return fault(EXIT_INTERRUPTED, 'stopped by Ctrl-C');
  if (error instanceof FormatRefusedError) {
    return { ...fault(EXIT_USAGE, error.message), format: { file: error.file } };
  }
  if (
    error instanceof UsageError ||
    error instanceof FileError ||
    error instanceof WavError ||
    error instanceof QemuError ||
    error instanceof StreamKindRefusedError ||
    error instanceof EndpointNameError
  ) {
    return fault(EXIT_USAGE, error.message);
  }
  // These name the driver themselves.
  if (error instanceof DriverLoadError || error instanceof StartError) {
    return fault(EXIT_FAULT, error.message);
  }
  if (driver === null) return null;
  if (error instanceof BugCheck) {
    return fault(EXIT_FAULT, `driver ${driver.name}: bug check ${error.message}`, error);
  }
  const isRefusal =
    error instanceof KsError ||
    error instanceof SmallBufferError ||
    error instanceof WasapiError ||
    error instanceof NoEndpointError;
  if (isRefusal) return fault(EXIT_FAULT, `driver ${driver.name}: ${error.message}`);
  if (driver.path === undefined) return null;
  return fault(EXIT_FAULT, describeException(error, driver.name, driver.path));
}

function fault(exitCode: number, message: string, bugCheck: BugCheck | null = null): Fault {
  return { exitCode, message, bugCheck, format: null };
}

/** An exception that came out of a driver, or that its odd answers led to. */
function describeException(error: unknown, name: string, path: string): string {
  const line = error instanceof Error ? lineIn(error.stack ?? '', path) : null;
  const place = line === null ? '' : `, at line ${line} of ${path}`;
  return `driver ${name} threw an exception (${describeThrown(error)})${place}`;
}

/** Where the stack last was in the module; null when it never was. */
function lineIn(stack: string, path: string): string | null {
  // ES modules stand in a stack by URL, what a loader made of them by path.
  for (const place of [moduleUrl(path), resolve(path)]) {
    const at = stack.indexOf(`${place}:`);
    const line = at < 0 ? null : /^\d+/.exec(stack.slice(at + place.length + 1));
    if (line !== null) return line[0];
  }
  return null;
}
