/**
 * The order in which an adapter brings up a wave subdevice that comes with a plug: subdevice,
 * connection to the topology filter, and only then does the jack tell that it is connected; on the
 * way down the jack tells last, too. Who asks in between finds a jack that leads nowhere. Source:
 * "Dynamic Subdevice Registration and Unregistration".
 */
import type { FilterDescription } from '../standards/ks/descriptors.ts';
import { KSFILTER_NODE, KSMULTIPLE_ITEM } from '../standards/ks/requests.ts';
import { KSJACK_DESCRIPTION } from '../standards/ks/topology-controls.ts';
import type { Findings } from './findings.ts';
import type { ConnectionEnd } from './physical-connections.ts';

interface JackTold {
  isConnected: boolean;
  wasConnected: boolean;
}

export class JackOrder {
  readonly #findings: Findings;
  /** What the jack of each pin told last, and whether it told of a plug before. */
  readonly #told = new WeakMap<object, Map<number, JackTold>>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** A client asked the jack of a pin. */
  told(port: object, pinId: number, isConnected: boolean): void {
    const pins = this.#told.get(port) ?? new Map<number, JackTold>();
    this.#told.set(port, pins);
    const before = pins.get(pinId);
    const wasConnected = before?.isConnected === true || before?.wasConnected === true;
    pins.set(pinId, { isConnected, wasConnected });
  }

  /** The port is registered no more: what its jacks told is over. */
  forget(port: object): void {
    this.#told.delete(port);
  }

  /** An adapter that runs made a connection. */
  joined(...ends: readonly ConnectionEnd[]): void {
    const isEarly = ({ isConnected }: JackTold): boolean => isConnected;
    this.#report(ends, isEarly, 'IsConnected before the connection behind it was registered');
  }

  /** An adapter that runs took a connection back; a jack that never had a plug has no part in it. */
  parted(...ends: readonly ConnectionEnd[]): void {
    const isEarly = ({ isConnected, wasConnected }: JackTold): boolean =>
      wasConnected && !isConnected;
    this.#report(ends, isEarly, 'the plug gone before the connection behind it was taken back');
  }

  #report(
    ends: readonly ConnectionEnd[],
    isEarly: (told: JackTold) => boolean,
    text: string,
  ): void {
    for (const end of ends) {
      if (!('port' in end)) continue;
      for (const [pinId, told] of this.#told.get(end.port) ?? []) {
        const isBehind = isWired(end.port.description, end.pin, pinId);
        if (isBehind && isEarly(told)) {
          this.#findings.report(`the jack of pin ${pinId} told ${text}`);
        }
        if (isBehind) told.wasConnected = false;
      }
    }
  }
}

/** Whether an answer of KSPROPERTY_JACK_DESCRIPTION has a jack with a plug in it. */
export function isAnyConnected(answer: DataView): boolean {
  if (answer.byteLength < KSMULTIPLE_ITEM.size) return false;
  const { Count } = KSMULTIPLE_ITEM.read(answer, 0);
  for (let index = 0; index < Count; index++) {
    const at = KSMULTIPLE_ITEM.size + index * KSJACK_DESCRIPTION.size;
    if (at + KSJACK_DESCRIPTION.size > answer.byteLength) return false;
    if (KSJACK_DESCRIPTION.read(answer, at).IsConnected !== 0) return true;
  }
  return false;
}

/** Whether sound goes between two pins of the filter, in either direction. */
function isWired({ connections }: FilterDescription, from: number, to: number): boolean {
  const place = (node: number, pin: number): string =>
    node === KSFILTER_NODE ? `pin ${pin}` : `node ${node}`;
  const reached = new Set([`pin ${from}`]);
  for (let before = 0; before !== reached.size; ) {
    before = reached.size;
    for (const { fromNode, fromNodePin, toNode, toNodePin } of connections) {
      const [near, far] = [place(fromNode, fromNodePin), place(toNode, toNodePin)];
      if (reached.has(near)) reached.add(far);
      else if (reached.has(far)) reached.add(near);
    }
  }
  return reached.has(`pin ${to}`);
}
