/**
 * The physical connections of an adapter: which pin leads to which, on its own filters or on one
 * that another driver owns and that is named by its symbolic link. Source:
 * PcRegisterPhysicalConnection and its ToExternal and FromExternal forms,
 * IUnregisterPhysicalConnection.
 */
import type { PortObject } from './port-object.ts';

export interface PortEnd {
  readonly port: PortObject;
  readonly pin: number;
}

/** A pin of another driver's filter. */
export interface ExternalEnd {
  readonly symbolicLink: string;
  readonly pin: number;
}

export type ConnectionEnd = PortEnd | ExternalEnd;

interface Connection {
  readonly from: ConnectionEnd;
  readonly to: ConnectionEnd;
}

export class PhysicalConnections {
  readonly #list: Connection[] = [];

  add(from: ConnectionEnd, to: ConnectionEnd): void {
    this.#list.push({ from, to });
  }

  /** False when there is no connection between just these ends. */
  remove(from: ConnectionEnd, to: ConnectionEnd): boolean {
    const index = this.#list.findIndex((each) => isSame(each.from, from) && isSame(each.to, to));
    if (index < 0) return false;
    this.#list.splice(index, 1);
    return true;
  }

  /** The other end of a pin's connection; null when it has none. */
  otherEnd(port: PortObject, pin: number): ConnectionEnd | null {
    const own = { port, pin };
    for (const { from, to } of this.#list) {
      if (isSame(from, own)) return to;
      if (isSame(to, own)) return from;
    }
    return null;
  }

  /** Forgets what ends at a port, and tells how many connections that were. */
  removeAllOf(port: PortObject): number {
    const endsAt = (end: ConnectionEnd): boolean => 'port' in end && end.port === port;
    const kept = this.#list.filter(({ from, to }) => !endsAt(from) && !endsAt(to));
    const removed = this.#list.length - kept.length;
    this.#list.splice(0, this.#list.length, ...kept);
    return removed;
  }

  clear(): void {
    this.#list.length = 0;
  }
}

function isSame(left: ConnectionEnd, right: ConnectionEnd): boolean {
  if (left.pin !== right.pin) return false;
  if ('port' in left) return 'port' in right && left.port === right.port;
  return 'symbolicLink' in right && sameLink(left.symbolicLink, right.symbolicLink);
}

/** Links compare without regard to case. */
const sameLink = (left: string, right: string): boolean =>
  left.toUpperCase() === right.toUpperCase();
