/**
 * The mappings that a miniport has, in the order in which it got them. Each has the tag that the
 * miniport gave it. They come back oldest first; a whole packet's can be taken out of the midst.
 * Records are used again, so that handing out a mapping allocates nothing.
 */
import type { MappedPacket } from './mapped-packet.ts';

export class OpenMapping {
  tag: unknown = null;
  packet: MappedPacket | null = null;
  bytes = 0;
  /** RevokeMappings is being called for it. */
  isRevoking = false;
  next: OpenMapping | null = null;
  previous: OpenMapping | null = null;
}

export class OpenMappings {
  #first: OpenMapping | null = null;
  #last: OpenMapping | null = null;
  #spare: OpenMapping | null = null;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get oldest(): OpenMapping | null {
    return this.#first;
  }

  get newest(): OpenMapping | null {
    return this.#last;
  }

  find(tag: unknown): OpenMapping | null {
    let at = this.#first;
    while (at !== null && at.tag !== tag) at = at.next;
    return at;
  }

  add(tag: unknown, packet: MappedPacket, bytes: number): void {
    const mapping = this.#spare ?? new OpenMapping();
    this.#spare = mapping === this.#spare ? mapping.next : null;
    mapping.tag = tag;
    mapping.packet = packet;
    mapping.bytes = bytes;
    mapping.isRevoking = false;
    mapping.next = null;
    mapping.previous = this.#last;
    if (this.#last === null) this.#first = mapping;
    else this.#last.next = mapping;
    this.#last = mapping;
    this.#count++;
    packet.openMappings++;
  }

  remove(mapping: OpenMapping): void {
    if (mapping.previous === null) this.#first = mapping.next;
    else mapping.previous.next = mapping.next;
    if (mapping.next === null) this.#last = mapping.previous;
    else mapping.next.previous = mapping.previous;
    if (mapping.packet !== null) mapping.packet.openMappings--;
    this.#count--;
    mapping.tag = null;
    mapping.packet = null;
    mapping.previous = null;
    mapping.next = this.#spare;
    this.#spare = mapping;
  }
}
