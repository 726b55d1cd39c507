/**
 * The endpoint builder: it is told of every interface that arrives or goes under KSCATEGORY_AUDIO,
 * enumerates the filters anew, walks them, and keeps the list of endpoints with their states. Its
 * thread does that behind the driver's back, when the driver has finished what it was at.
 * Source: "Audio Endpoint Builder Algorithm".
 */
import { enumerateFilters, type FilterFacts } from '../client/endpoints.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { NotificationEntry } from '../kernel/pnp/device-interfaces.ts';
import { KSCATEGORY_AUDIO } from '../standards/ks/guids.ts';
import { AudioEndpoint, type EndpointState } from './audio-endpoint.ts';
import { defaultDeviceFormat } from './device-format.ts';
import { type WalkedEndpoint, walkEndpoints } from './endpoint-walk.ts';
import { readJackState } from './jack-state.ts';
import { JackWatch } from './jack-watch.ts';
import { readPacketLimits } from './packet-limits.ts';

const BUILDER_PRIORITY = 10;

export class EndpointBuilder {
  readonly #kernel: Kernel;
  readonly #home: ClientHome;
  readonly #eventHandle: number;
  /** Set when interfaces arrive or go, and by drivers when a plug does. */
  readonly #event: Kevent;
  readonly #watches = new Map<AudioEndpoint, JackWatch>();
  readonly #entry: NotificationEntry;
  readonly #endpoints = new Map<string, AudioEndpoint>();
  #filters: readonly FilterFacts[] = [];
  #isStale = true;
  #isOver = false;

  constructor(kernel: Kernel, home: ClientHome) {
    this.#kernel = kernel;
    this.#home = home;
    this.#eventHandle = home.process.createEvent('synchronization');
    this.#event = home.process.event(this.#eventHandle) as Kevent;
    this.#entry = kernel.interfaces.registerNotification(KSCATEGORY_AUDIO, true, () => {
      this.#isStale = true;
      this.#event.set();
    });
    kernel.dispatcher.createThread('endpoint builder', BUILDER_PRIORITY, () => this.#run());
  }

  /** All endpoints ever found, in the order they came, with their present states. */
  get endpoints(): readonly AudioEndpoint[] {
    if (this.#isStale) this.#build();
    return [...this.#endpoints.values()];
  }

  /** The filters of the last enumeration. */
  get filters(): readonly FilterFacts[] {
    return this.#filters;
  }

  /** Asks every jack anew: a plug that came or went changes the state of its endpoint. */
  refreshJacks(): void {
    for (const endpoint of this.endpoints) {
      if (endpoint.state !== 'not present') this.#enter(endpoint, this.#stateOf(endpoint));
    }
  }

  end(): void {
    this.#isOver = true;
    this.#kernel.interfaces.unregisterNotification(this.#entry);
    for (const endpoint of this.#endpoints.values()) this.#enter(endpoint, 'not present');
    this.#event.set();
  }

  *#run(): ThreadGenerator {
    while (!this.#isOver) {
      yield this.#kernel.waitFor(this.#event, null);
      if (this.#isOver) return;
      if (this.#isStale || this.#awaitsHost) this.#build();
      else this.refreshJacks();
    }
  }

  /**
   * A plug may bring the filter behind its jack: that arrived before, but the connection to it
   * came without notice.
   */
  get #awaitsHost(): boolean {
    const awaits = ({ host, state }: AudioEndpoint): boolean =>
      host === null && state === 'unplugged';
    return [...this.#endpoints.values()].some(awaits);
  }

  #build(): void {
    this.#isStale = false;
    this.#filters = this.#enumerate();
    const seen = new Set<AudioEndpoint>();
    for (const walked of walkEndpoints(this.#filters)) seen.add(this.#adopt(walked));
    for (const endpoint of this.#endpoints.values()) {
      if (!seen.has(endpoint)) this.#enter(endpoint, 'not present');
    }
  }

  /** A filter that goes while it is asked will be reported by a removal of its own. */
  #enumerate(): readonly FilterFacts[] {
    try {
      return enumerateFilters(this.#home, this.#kernel.interfaces);
    } catch (error) {
      if (!(error instanceof KsError)) throw error;
      return [];
    }
  }

  /** PKEY_DeviceInterface_FriendlyName: the device's name, which Windows puts behind the endpoint's. */
  #adapterOf({ name, symbolicLink }: FilterFacts): string {
    const { interfaces, pnp } = this.#kernel;
    const found = interfaces.find(symbolicLink);
    const node = found === null ? null : pnp.nodeOf(found.device);
    return node?.description.friendlyName ?? node?.description.description ?? name;
  }

  #adopt(walked: WalkedEndpoint): AudioEndpoint {
    const fresh = new AudioEndpoint(walked, 'not present', this.#adapterOf(walked.bridgeFilter));
    const known = this.#endpoints.get(fresh.id);
    const endpoint = known ?? fresh;
    if (known === undefined) this.#endpoints.set(fresh.id, fresh);
    endpoint.host = walked.host;
    const link = walked.host?.filter.symbolicLink;
    endpoint.packetLimits =
      link === undefined ? null : readPacketLimits(this.#kernel.interfaces, link);
    if (walked.host !== null && endpoint.deviceFormat === null) {
      endpoint.deviceFormat = defaultDeviceFormat(this.#home, walked.host);
    }
    this.#enter(endpoint, this.#stateOf(endpoint));
    return endpoint;
  }

  #stateOf(endpoint: AudioEndpoint): EndpointState {
    const jack = readJackState(this.#home, endpoint.bridgeLink, endpoint.bridgePinId);
    if (endpoint.host === null) return jack === 'unknown' ? 'not present' : 'unplugged';
    return jack === 'unplugged' ? 'unplugged' : 'active';
  }

  #enter(endpoint: AudioEndpoint, state: EndpointState): void {
    endpoint.state = state;
    if (state !== 'active') endpoint.closeStreams();
    const watch = this.#watches.get(endpoint);
    if (state === 'not present') {
      watch?.end();
      this.#watches.delete(endpoint);
    } else if (watch === undefined) {
      this.#watch(endpoint);
    }
  }

  #watch(endpoint: AudioEndpoint): void {
    const { bridgeLink, bridgePinId } = endpoint;
    const watch = JackWatch.start(this.#home, bridgeLink, bridgePinId, this.#eventHandle);
    if (watch !== null) this.#watches.set(endpoint, watch);
  }
}
