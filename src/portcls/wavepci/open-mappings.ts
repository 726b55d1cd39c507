/**
 * The mappings that a miniport has, in the order in which it got them, and by the tags that it gave
 * them. They come back oldest first; a whole packet's can be taken out of the midst. Records are
 * used again, and so are the places of tags: handing out a mapping under a tag that was used before
 * allocates nothing, and takes the same time however many are out.
 */
import type { MappedPacket } from './mapped-packet.ts';

/** Tags that nothing is open under and that keep their places: more than a miniport's ring has. */
const KEPT_TAGS = 1024;

/** A tag that a miniport has used, and the oldest mapping that is open under it. */
class TagPlace {
  oldest: OpenMapping | null = null;
}

export class OpenMapping {
  tag: unknown = null;
  /** What stands for the tag in the trace: itself if it is a number, or how many were before it. */
  number = 0;
  packet: MappedPacket | null = null;
  bytes = 0;
  /** RevokeMappings is being called for it. */
  isRevoking = false;
  place: TagPlace | null = null;
  /** The next younger one under the same tag, which is a fault of the miniport. */
  namesake: OpenMapping | null = null;
  next: OpenMapping | null = null;
  previous: OpenMapping | null = null;
}

export class OpenMappings {
  #first: OpenMapping | null = null;
  #last: OpenMapping | null = null;
  #spare: OpenMapping | null = null;
  #count = 0;
  #added = 0;
  readonly #places = new Map<unknown, TagPlace>();

  get count(): number {
    return this.#count;
  }

  get oldest(): OpenMapping | null {
    return this.#first;
  }

  get newest(): OpenMapping | null {
    return this.#last;
  }

  /** Tags that are known: those of open mappings, and some that were used before. */
  get placeCount(): number {
    return this.#places.size;
  }

  /** The oldest mapping under a tag, or null. */
  find(tag: unknown): OpenMapping | null {
    return this.#places.get(tag)?.oldest ?? null;
  }

  /** Whether another mapping is open under the same tag. */
  add(tag: unknown, packet: MappedPacket, bytes: number): boolean {
    const mapping = this.#spare ?? new OpenMapping();
    this.#spare = mapping === this.#spare ? mapping.next : null;
    mapping.tag = tag;
    mapping.number = typeof tag === 'number' ? tag : this.#added;
    this.#added++;
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
    return this.#name(tag, mapping);
  }

  remove(mapping: OpenMapping): void {
    if (mapping.previous === null) this.#first = mapping.next;
    else mapping.previous.next = mapping.next;
    if (mapping.next === null) this.#last = mapping.previous;
    else mapping.next.previous = mapping.previous;
    if (mapping.packet !== null) mapping.packet.openMappings--;
    this.#count--;
    this.#unname(mapping);
    mapping.tag = null;
    mapping.packet = null;
    mapping.previous = null;
    mapping.next = this.#spare;
    this.#spare = mapping;
  }

  /** Whether another mapping is open under the tag. */
  #name(tag: unknown, mapping: OpenMapping): boolean {
    const place = this.#places.get(tag) ?? this.#newPlace(tag);
    mapping.place = place;
    let before = place.oldest;
    if (before === null) {
      place.oldest = mapping;
      return false;
    }
    while (before.namesake !== null) before = before.namesake;
    before.namesake = mapping;
    return true;
  }

  #unname(mapping: OpenMapping): void {
    const { namesake, place } = mapping;
    mapping.place = null;
    mapping.namesake = null;
    if (place === null) return;
    if (place.oldest === mapping) {
      place.oldest = namesake;
      return;
    }
    let before = place.oldest;
    while (before !== null && before.namesake !== mapping) before = before.namesake;
    if (before !== null) before.namesake = namesake;
  }

  #newPlace(tag: unknown): TagPlace {
    const places = this.#places;
    if (places.size > this.#count + KEPT_TAGS) {
      for (const [free, { oldest }] of places) if (oldest === null) places.delete(free);
    }
    const place = new TagPlace();
    places.set(tag, place);
    return place;
  }
}
