/**
 * A node of a codec that a command can address, HDA 1.0a 7.1 and 7.3: its parameters, what it is
 * connected to, and its power state. The kinds of widget add their own verbs; a verb that a node
 * does not know answers 0.
 */
import { PARAMETER, POWER_STATES } from '../../standards/hda/parameters.ts';
import { POWER_STATE, VERB } from '../../standards/hda/verbs.ts';

export interface WidgetDescription {
  readonly node: number;
  readonly parameters: ReadonlyMap<number, number>;
  /** Nodes that this one takes its input from. */
  readonly connections: readonly number[];
}

const ENTRIES_PER_RESPONSE = 4;

export class Widget {
  readonly node: number;
  readonly #parameters: ReadonlyMap<number, number>;
  readonly #connections: readonly number[];
  readonly #group: Widget | null;
  #powerState: number = POWER_STATE.D0;
  #wereSettingsReset = true;

  /** @param group the function group that the node belongs to; null for that group itself */
  constructor(description: WidgetDescription, group: Widget | null) {
    this.node = description.node;
    this.#parameters = description.parameters;
    this.#connections = description.connections;
    this.#group = group;
  }

  /** A parameter's value; 0 for one that the node does not have. */
  parameter(id: number): number {
    if (id === PARAMETER.CONNECTION_LIST_LENGTH) return this.#connections.length;
    return this.#parameters.get(id) ?? 0;
  }

  /** Whether the node and its function group are in D0. */
  get isPowered(): boolean {
    return this.#actualPowerState === POWER_STATE.D0;
  }

  /** Executes one verb; the response. */
  command(verb: number, payload: number): number {
    switch (verb) {
      case VERB.GET_PARAMETER:
        return this.parameter(payload) >>> 0;
      case VERB.GET_CONNECTION_LIST:
        return this.#connectionList(payload);
      case VERB.GET_POWER_STATE:
        return this.#powerReport();
      case VERB.SET_POWER_STATE:
        this.#setPowerState(payload & POWER_STATE.MASK);
        return 0;
      default:
        return 0;
    }
  }

  /** Settings back to their defaults. */
  reset(): void {
    this.#powerState = POWER_STATE.D0;
    this.#wereSettingsReset = true;
  }

  /** A node is never more awake than its group. */
  get #actualPowerState(): number {
    const group = this.#group;
    if (group === null) return this.#powerState;
    return Math.max(this.#powerState, group.#powerState);
  }

  /** 7.3.3.3: four entries from the one asked for on, one byte each, the first in the low byte. */
  #connectionList(first: number): number {
    let response = 0;
    for (let entry = 0; entry < ENTRIES_PER_RESPONSE; entry++) {
      response |= (this.#connections[first + entry] ?? 0) << (8 * entry);
    }
    return response >>> 0;
  }

  /** 7.3.3.10: what was set, what is, and once after a reset that settings were lost. */
  #powerReport(): number {
    if (this.parameter(PARAMETER.POWER_STATES) === 0) return 0;
    const report = this.#powerState | (this.#actualPowerState << 4);
    const settings = this.#wereSettingsReset ? POWER_STATE.SETTINGS_RESET : 0;
    this.#wereSettingsReset = false;
    return report | settings;
  }

  /** A state that the node does not list leaves it where it is. */
  #setPowerState(state: number): void {
    const supported = this.parameter(PARAMETER.POWER_STATES) & ~POWER_STATES.EXTENDED;
    if (((supported >>> state) & 1) === 1) this.#powerState = state;
  }
}
