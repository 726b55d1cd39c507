/**
 * The format proposal of the wave filter, which says for itself what can be asked of it: the port
 * would name the accesses, and no type of the value. Source: "Basic Support Queries for Audio
 * Properties".
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCPROPERTY_ITEM_FLAG_BASICSUPPORT,
  PCPROPERTY_ITEM_FLAG_SET,
  type PcPropertyItem,
} from '../../portcls/ddi/index.ts';
import { VARIANT_TYPE } from '../../standards/ks/topology-controls.ts';
import { formatProposal } from '../format-proposal.ts';
import { answerBasicSupport } from './basic-support.ts';
import { readPlayableFormat, type StreamCapabilities } from './stream-format.ts';

const ACCESS_FLAGS = PCPROPERTY_ITEM_FLAG_SET | PCPROPERTY_ITEM_FLAG_BASICSUPPORT;

/** `capabilitiesOf` gives null for a pin that is no streaming pin. */
export function waveFormatProposal(
  wdk: KernelDdi,
  capabilitiesOf: (pin: number) => StreamCapabilities | null,
): PcPropertyItem {
  const type = VARIANT_TYPE.VT_ILLEGAL;
  const support = { accessFlags: ACCESS_FLAGS, type, channels: 0, range: null };
  const proposal = formatProposal(wdk, (pin, dataFormat) => {
    const capabilities = capabilitiesOf(pin);
    return capabilities !== null && readPlayableFormat(wdk, dataFormat, capabilities) !== null;
  });
  return {
    ...proposal,
    flags: ACCESS_FLAGS,
    handler: (request) =>
      (request.verb & PCPROPERTY_ITEM_FLAG_BASICSUPPORT) !== 0
        ? answerBasicSupport(wdk, request, support)
        : proposal.handler(request),
  };
}
