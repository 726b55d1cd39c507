/** By what a stream is driven, in the words of the command line and in those of the engine. */
import type { FilterFacts } from '../client/endpoints.ts';
import type { PinDrive, StreamDrive } from '../engine/engine-pin.ts';
import { hasCyclicBuffer } from '../engine/open-engine-pin.ts';

/**
 * By what a client is driven: its own timer, the events of a stream with notification, or these
 * together with packet numbers.
 */
export type StreamKind = 'timer' | 'event' | 'packet';

/** The endpoint's pin takes stream packets, and leaves no choice of what drives it. */
export class StreamKindRefusedError extends Error {}

/** @throws StreamKindRefusedError when a kind was asked for that pins of the filter do not have */
export function checkStreamKind(kind: StreamKind | undefined, filter: FilterFacts): void {
  if (kind === undefined || hasCyclicBuffer(filter)) return;
  throw new StreamKindRefusedError(
    `filter ${filter.name} takes stream packets and has no cyclic buffer, so no stream of it is ` +
      `driven by ${kind}; leave out --stream`,
  );
}

/**
 * The audio engine drives a pin by the best that it can have up to the kind that was asked for.
 * @throws StreamKindRefusedError when that is less
 */
export function checkEngineDrive(
  kind: StreamKind | undefined,
  drive: PinDrive,
  filter: FilterFacts,
): void {
  const given = streamKindOf(drive);
  if (kind === undefined || given === 'irp' || given === kind) return;
  throw new StreamKindRefusedError(
    `the audio engine cannot drive this stream of filter ${filter.name} by ${kind}, but by ` +
      `${given}; leave out --stream, or give --stream ${given}`,
  );
}

/** The driver has no streams of the kind. @throws StreamKindRefusedError */
export function refuseStreamKind(
  kind: StreamKind,
  filter: FilterFacts,
  why: string,
  offered: readonly StreamKind[],
): never {
  throw new StreamKindRefusedError(
    `filter ${filter.name} has no stream that is driven by ${kind} (${why}); ` +
      `give ${offered.map((each) => `--stream ${each}`).join(' or ')}`,
  );
}

/** @throws StreamKindRefusedError when pins of the filter have no position to be asked for */
export function checkPositionSource(
  position: 'property' | 'register' | undefined,
  filter: FilterFacts,
): void {
  if (position === undefined || hasCyclicBuffer(filter)) return;
  throw new StreamKindRefusedError(
    `filter ${filter.name} takes stream packets, and a client learns from those that come back ` +
      'how far the device is, not from a position; leave out --position, which is for WaveRT',
  );
}

const drives = { timer: 'timer', event: 'events', packet: 'packets' } as const;

export const driveOf = (kind: StreamKind): StreamDrive => drives[kind];

/** The same of a pin that was opened; `irp` is one that takes stream packets and has no choice. */
export type PinStreamKind = StreamKind | 'irp';

const kinds = { timer: 'timer', events: 'event', packets: 'packet', irps: 'irp' } as const;

export const streamKindOf = <Drive extends PinDrive>(drive: Drive): (typeof kinds)[Drive] =>
  kinds[drive];
