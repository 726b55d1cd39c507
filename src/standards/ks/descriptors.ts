/** What a filter tells about itself in kernel streaming's terms: ranges, pins, nodes, connections. */
import type { Guid } from '../../base/guid.ts';
import type { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from './requests.ts';

/** A KSDATARANGE, with the members of KSDATARANGE_AUDIO where it is one. */
export interface DataRange {
  readonly majorFormat: Guid;
  readonly subFormat: Guid;
  readonly specifier: Guid;
  readonly audio?: {
    /** 0xFFFFFFFF: no limit. */
    readonly maximumChannels: number;
    readonly minimumBitsPerSample: number;
    readonly maximumBitsPerSample: number;
    /** In Hz. */
    readonly minimumSampleFrequency: number;
    readonly maximumSampleFrequency: number;
  };
}

/** KSIDENTIFIER of a pin interface or medium. */
export interface PinIdentifier {
  readonly set: Guid;
  readonly id: number;
}

/** KSPIN_DESCRIPTOR with the instance limits of its factory. */
export interface PinFactory {
  /** At most this many open at once: 0 never, 0xFFFFFFFF without limit. */
  readonly maxGlobalInstanceCount: number;
  readonly maxFilterInstanceCount: number;
  readonly minFilterInstanceCount: number;
  readonly interfaces: readonly PinIdentifier[];
  readonly mediums: readonly PinIdentifier[];
  readonly dataRanges: readonly DataRange[];
  readonly dataFlow: KSPIN_DATAFLOW;
  readonly communication: KSPIN_COMMUNICATION;
  readonly category: Guid | null;
  readonly name: Guid | null;
}

export interface FilterNode {
  readonly type: Guid;
  readonly name: Guid | null;
}

/** KSTOPOLOGY_CONNECTION; 0xFFFFFFFF as a node stands for a pin of the filter. */
export interface TopologyConnection {
  readonly fromNode: number;
  readonly fromNodePin: number;
  readonly toNode: number;
  readonly toNodePin: number;
}

/** A filter's own description of itself; pin and node ids are places in the arrays. */
export interface FilterDescription {
  readonly pins: readonly PinFactory[];
  readonly nodes: readonly FilterNode[];
  readonly connections: readonly TopologyConnection[];
  readonly categories: readonly Guid[];
}
