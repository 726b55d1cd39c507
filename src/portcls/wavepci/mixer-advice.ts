/**
 * What a WavePci filter that mixes in hardware looks like: a sink pin that may be open several
 * times leads to a SUM; one that DirectSound accelerates has its nodes in a certain order, and
 * stands before its 3D sister. Windows finds no such node, or the wrong one, and mixes itself.
 * Source: "Pin Factories", "DirectSound Node-Ordering Requirements", "Supporting a Mixture of 2D
 * and 3D Pins".
 */
import type { Guid } from '../../base/guid.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSNODETYPE_3D_EFFECTS,
  KSNODETYPE_SRC,
  KSNODETYPE_SUPERMIX,
} from '../../standards/ks/guids.ts';
import { KSNODETYPE_SUM } from '../../standards/ks/mixer-controls.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import { KSNODETYPE_VOLUME } from '../../standards/ks/topology-controls.ts';
import {
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type PcPinDescriptor,
} from '../ddi/descriptors.ts';

/** Steps of a DirectSound pin; those without a node may be left out. */
const STEPS = ['volume', '3D', 'supermix', 'pan volume', 'SRC', 'SUM'] as const;
type Step = (typeof STEPS)[number];
const OPTIONAL: readonly Step[] = ['3D'];

/** Every fault in words; empty where there is none. */
export function mixerAdvice(descriptor: PcFilterDescriptor): string[] {
  const advice: string[] = [];
  let first3d = -1;
  for (const [pinId, pin] of descriptor.pins.entries()) {
    if (!isMixed(pin)) continue;
    const steps = stepsBehind(descriptor, pinId);
    if (!steps.includes('SUM')) {
      advice.push(`pin ${pinId} may be open several times, and no SUM is behind it`);
    } else if (isDirectSound(pin)) {
      const fault = orderFault(steps);
      if (fault !== null) advice.push(`pin ${pinId} of DirectSound ${fault}`);
      const is3d = steps.includes('3D');
      if (is3d && first3d < 0) first3d = pinId;
      if (!is3d && first3d >= 0) {
        advice.push(`pin ${pinId}, which is 2D, is listed behind the 3D pin ${first3d}`);
      }
    }
  }
  return advice;
}

const isMixed = ({ communication, dataFlow, maxGlobalInstanceCount }: PcPinDescriptor): boolean =>
  communication === KSPIN_COMMUNICATION.SINK &&
  dataFlow === KSPIN_DATAFLOW.IN &&
  maxGlobalInstanceCount > 1;

const isDirectSound = ({ dataRanges }: PcPinDescriptor): boolean =>
  dataRanges.some(({ specifier }) => specifier === KSDATAFORMAT_SPECIFIER_DSOUND);

/** The steps that sound of a pin takes up to its SUM; nodes of other kinds may stand between. */
function stepsBehind({ connections, nodes }: PcFilterDescriptor, pinId: number): Step[] {
  const steps: Step[] = [];
  const seen = new Set<number>();
  let next = connections.find(
    ({ fromNode, fromNodePin }) => fromNode === PCFILTER_NODE && fromNodePin === pinId,
  );
  while (next !== undefined && next.toNode !== PCFILTER_NODE && !seen.has(next.toNode)) {
    const node = next.toNode;
    seen.add(node);
    const type = nodes[node]?.type;
    const step = type === undefined ? null : stepOf(type, steps);
    if (step !== null) steps.push(step);
    if (step === 'SUM') break;
    next = connections.find(({ fromNode }) => fromNode === node);
  }
  return steps;
}

/** A volume in front of the supermix sets the level, one behind it the place between speakers. */
function stepOf(type: Guid, before: readonly Step[]): Step | null {
  if (type === KSNODETYPE_VOLUME) return before.includes('supermix') ? 'pan volume' : 'volume';
  if (type === KSNODETYPE_3D_EFFECTS) return '3D';
  if (type === KSNODETYPE_SUPERMIX) return 'supermix';
  if (type === KSNODETYPE_SRC) return 'SRC';
  return type === KSNODETYPE_SUM ? 'SUM' : null;
}

function orderFault(steps: readonly Step[]): string | null {
  const missing = STEPS.find((step) => !OPTIONAL.includes(step) && !steps.includes(step));
  if (missing !== undefined) return `has no ${missing} node where one belongs`;
  const early = steps.find((step, at) => {
    const before = steps[at - 1];
    return before !== undefined && STEPS.indexOf(before) > STEPS.indexOf(step);
  });
  return early === undefined ? null : `has its ${early} node too late`;
}
