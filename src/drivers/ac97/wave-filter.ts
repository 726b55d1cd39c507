/**
 * The description of the wave filter, which is the same under every port but for one category.
 * Source: PCFILTER_DESCRIPTOR, "Exposing Filter Topology".
 *
 *     pin 0 -> DAC -> bridge pin 1 - - (physical) - -> topology filter
 *     pin 2 <- ADC <- bridge pin 3 <- - (physical) - - topology filter
 */
import type { Guid } from '../../base/guid.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type PcPinDescriptor,
} from '../../portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_REALTIME,
  KSCATEGORY_RENDER,
  KSNODETYPE_ADC,
  KSNODETYPE_DAC,
  KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
} from '../../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import { formatProposal } from '../format-proposal.ts';
import { BRIDGE_RANGE, dataRanges, readFormat } from './wave-format.ts';

export const WAVE_PIN = { PLAYBACK: 0, PLAYBACK_BRIDGE: 1, CAPTURE: 2, CAPTURE_BRIDGE: 3 } as const;
const NODE = { DAC: 0, ADC: 1 } as const;
/** Pins of a node, KSNODEPIN_STANDARD_IN and KSNODEPIN_STANDARD_OUT. */
export const NODE_PIN = { IN: 1, OUT: 0 } as const;
/** One engine moves one stream. */
const STREAMS = 1;

/** @param isRealtime whether a WaveRT port shows it */
export function describeWaveFilter(
  wdk: KernelDdi,
  hasVariableRate: boolean,
  isRealtime: boolean,
): PcFilterDescriptor {
  const streaming = (dataFlow: KSPIN_DATAFLOW): PcPinDescriptor => ({
    maxGlobalInstanceCount: STREAMS,
    maxFilterInstanceCount: STREAMS,
    minFilterInstanceCount: 0,
    dataRanges: dataRanges(hasVariableRate),
    dataFlow,
    communication: KSPIN_COMMUNICATION.SINK,
    category: KSCATEGORY_AUDIO,
  });
  const { IN, OUT } = KSPIN_DATAFLOW;
  return {
    version: 0,
    automationTable: {
      properties: [
        formatProposal(wdk, (pin, dataFormat) => {
          const isStreaming = pin === WAVE_PIN.PLAYBACK || pin === WAVE_PIN.CAPTURE;
          return isStreaming && readFormat(wdk, dataFormat, hasVariableRate) !== null;
        }),
      ],
    },
    pins: [streaming(IN), bridgePin(OUT), streaming(OUT), bridgePin(IN)],
    nodes: [{ type: KSNODETYPE_DAC }, { type: KSNODETYPE_ADC }],
    connections: [
      connection(PCFILTER_NODE, WAVE_PIN.PLAYBACK, NODE.DAC, NODE_PIN.IN),
      connection(NODE.DAC, NODE_PIN.OUT, PCFILTER_NODE, WAVE_PIN.PLAYBACK_BRIDGE),
      connection(PCFILTER_NODE, WAVE_PIN.CAPTURE_BRIDGE, NODE.ADC, NODE_PIN.IN),
      connection(NODE.ADC, NODE_PIN.OUT, PCFILTER_NODE, WAVE_PIN.CAPTURE),
    ],
    categories: [
      KSCATEGORY_AUDIO,
      KSCATEGORY_RENDER,
      KSCATEGORY_CAPTURE,
      ...(isRealtime ? [KSCATEGORY_REALTIME] : []),
    ],
  };
}

/** A pin that nobody can open. */
export function bridgePin(
  dataFlow: KSPIN_DATAFLOW,
  category: Guid = KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
): PcPinDescriptor {
  return {
    maxGlobalInstanceCount: 0,
    maxFilterInstanceCount: 0,
    minFilterInstanceCount: 0,
    dataRanges: [BRIDGE_RANGE],
    dataFlow,
    communication: KSPIN_COMMUNICATION.NONE,
    category,
  };
}

export function connection(
  fromNode: number,
  fromNodePin: number,
  toNode: number,
  toNodePin: number,
) {
  return { fromNode, fromNodePin, toNode, toNodePin };
}
