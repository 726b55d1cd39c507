/**
 * Whom a property of a node is asked of: the pin where the node exists once for each open pin, the
 * filter where there is one of it. Up to a SUM or MUX sound is that of one sink pin; from there on
 * it is everybody's, until it is split over source pins again. Source: "Audio Property Requests",
 * "Filter, Pin, and Node Properties".
 */
import { KSNODETYPE_MUX, KSNODETYPE_SUM } from '../standards/ks/mixer-controls.ts';
import { KSFILTER_NODE, KSPIN_COMMUNICATION } from '../standards/ks/requests.ts';
import type { FilterFacts } from './endpoints.ts';

/** `filter`, or the number of the pin of which an instance is to be asked. */
export type NodeTarget = 'filter' | number;

type NodeFacts = Pick<FilterFacts, 'connections' | 'nodes' | 'pins'>;

export function nodeTarget(facts: NodeFacts, node: number): NodeTarget {
  const before = isJoin(facts, node) ? [] : pinsReached(facts, node, 'against the data');
  const after = pinsReached(facts, node, 'with the data');
  return [...before, ...after].find((pinId) => hasInstances(facts, pinId)) ?? 'filter';
}

const isJoin = ({ nodes }: NodeFacts, node: number): boolean =>
  nodes[node] === KSNODETYPE_SUM || nodes[node] === KSNODETYPE_MUX;

/** A pin that is open once at most has its nodes once, and the filter has them. */
function hasInstances({ pins }: NodeFacts, pinId: number): boolean {
  const pin = pins[pinId];
  if (pin === undefined || pin.possibleInstances <= 1) return false;
  const { communication } = pin;
  return communication === KSPIN_COMMUNICATION.SINK || communication === KSPIN_COMMUNICATION.BOTH;
}

/** The pins that sound comes from or goes to; a join on the way ends the search there. */
function pinsReached(
  facts: NodeFacts,
  start: number,
  direction: 'against the data' | 'with the data',
): number[] {
  const pins: number[] = [];
  const seen = new Set([start]);
  const waiting = [start];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const { fromNode, fromNodePin, toNode, toNodePin } of facts.connections) {
      const [near, far, farPin] =
        direction === 'with the data'
          ? [fromNode, toNode, toNodePin]
          : [toNode, fromNode, fromNodePin];
      if (near !== node) continue;
      if (far === KSFILTER_NODE) pins.push(farPin);
      else if (!isJoin(facts, far) && !seen.has(far)) waiting.push(far);
      seen.add(far);
    }
  }
  return pins;
}
