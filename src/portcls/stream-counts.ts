/** What a pin that takes stream packets has counted since it was opened, for reports. */

export interface StreamCounts {
  /** Packets that came to their end. */
  readonly completed: number;
  readonly cancelled: number;
  /** How often the device ran out of packets, or their sound, before the end of the stream. */
  readonly starvations: number;
  /** Null where the miniport gets no mappings. */
  readonly mappings: MappingCounts | null;
}

export interface MappingCounts {
  readonly handedOut: number;
  readonly released: number;
  readonly revoked: number;
  /** Of one mapping; 0 when none was handed out. */
  readonly bytesMin: number;
  readonly bytesMax: number;
  /** Mappings that the miniport had at once. */
  readonly outstandingMax: number;
}
