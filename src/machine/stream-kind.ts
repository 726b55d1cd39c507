/** By what a stream is driven, in the words of the command line and in those of the engine. */
import type { StreamDrive } from '../engine/stream-pin.ts';

/**
 * By what a client is driven: its own timer, the events of a stream with notification, or these
 * together with packet numbers.
 */
export type StreamKind = 'timer' | 'event' | 'packet';

const drives = { timer: 'timer', event: 'events', packet: 'packets' } as const;

export const driveOf = (kind: StreamKind): StreamDrive => drives[kind];

export const streamKindOf = (drive: StreamDrive): StreamKind =>
  drive === 'packets' ? 'packet' : drive === 'events' ? 'event' : 'timer';
