/**
 * By what a client is driven: its own timer, the events of a stream with notification, or these
 * together with packet numbers.
 */
export type StreamKind = 'timer' | 'event' | 'packet';
