/**
 * What a codec says of itself, HDA 1.0a 7.1 and 7.3.4: root, function groups, widgets with their
 * connections and capabilities, read by verbs into plain data. Nothing here decides; a codec that
 * leaves one question unanswered gives no graph at all.
 */
import {
  AUDIO_FUNCTION_GROUP,
  type ConfigDefault,
  decodeConfigDefault,
  decodeWidgetCapabilities,
  PARAMETER,
  STRIPE,
  VERB,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/index.ts';
import type { SendVerb } from './codec-commands.ts';

export interface CodecWidget {
  readonly node: number;
  /** One of WIDGET_TYPE. */
  readonly type: number;
  readonly channels: number;
  readonly delayFrames: number;
  /** Bits of WIDGET. */
  readonly flags: number;
  /** The nodes it takes input from; a place in this list is a connection index. */
  readonly connections: readonly number[];
  /** PCM support and stream formats of a converter; 0 for any other widget. */
  readonly pcmSupport: number;
  readonly streamFormats: number;
  /** Over how many data lines a converter takes a stream: bits as STRIPE names them. */
  readonly stripes: number;
  /** Amplifier capabilities; 0 where it has no such amplifier. */
  readonly inputAmp: number;
  readonly outputAmp: number;
  /** Of a pin complex; 0 and null for any other widget. */
  readonly pinCapabilities: number;
  readonly config: ConfigDefault | null;
}

/** An audio function group with its widgets. */
export interface CodecGraph {
  /** The codec's address on the link. */
  readonly address: number;
  readonly vendorId: number;
  readonly groupNode: number;
  readonly widgets: ReadonlyMap<number, CodecWidget>;
}

/** Two codes that no vendor has: what an empty link answers. */
const NO_VENDOR = [0, 0xffff_ffff];
const ALL_STRIPES = STRIPE.ONE_LINE | STRIPE.TWO_LINES | STRIPE.FOUR_LINES;
/** 7.3.4.11: the list's entries are 16 bits wide, and how many there are. */
const LONG_FORM = 0x80;
const LIST_LENGTH = 0x7f;

/** Reads the first audio function group; null when there is none or the codec falls silent. */
export function readCodecGraph(address: number, send: SendVerb): CodecGraph | null {
  const reader = new CodecReader(send);
  const vendorId = reader.parameter(0, PARAMETER.VENDOR_ID);
  if (NO_VENDOR.includes(vendorId)) return null;
  for (const groupNode of reader.children(0)) {
    const type = reader.parameter(groupNode, PARAMETER.FUNCTION_GROUP_TYPE) & 0xff;
    if (type !== AUDIO_FUNCTION_GROUP) continue;
    const widgets = new Map<number, CodecWidget>();
    for (const node of reader.children(groupNode)) {
      widgets.set(node, reader.widget(node, groupNode));
    }
    return reader.isAnswering ? { address, vendorId, groupNode, widgets } : null;
  }
  return null;
}

class CodecReader {
  readonly #send: SendVerb;
  /** False from the first question on that got no answer. */
  isAnswering = true;

  constructor(send: SendVerb) {
    this.#send = send;
  }

  parameter(node: number, id: number): number {
    return this.#ask(node, VERB.GET_PARAMETER, id);
  }

  /** 7.3.4.3: the nodes right below a node. */
  children(node: number): readonly number[] {
    const word = this.parameter(node, PARAMETER.NODE_COUNT);
    const first = (word >>> 16) & 0xff;
    return Array.from({ length: word & 0xff }, (_, index) => first + index);
  }

  widget(node: number, group: number): CodecWidget {
    const capabilities = decodeWidgetCapabilities(
      this.parameter(node, PARAMETER.WIDGET_CAPABILITIES),
    );
    const { type, channels, delayFrames, flags } = capabilities;
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const isConverter = type === WIDGET_TYPE.AUDIO_OUTPUT || type === WIDGET_TYPE.AUDIO_INPUT;
    const isPin = type === WIDGET_TYPE.PIN_COMPLEX;
    const formatNode = has(WIDGET.FORMAT_OVERRIDE) ? node : group;
    const ampNode = has(WIDGET.AMP_OVERRIDE) ? node : group;
    return {
      node,
      type,
      channels,
      delayFrames,
      flags,
      connections: has(WIDGET.CONNECTION_LIST) ? this.#connections(node) : [],
      pcmSupport: isConverter ? this.#format(formatNode, group, PARAMETER.PCM_SUPPORT) : 0,
      streamFormats: isConverter ? this.#format(formatNode, group, PARAMETER.STREAM_FORMATS) : 0,
      stripes: has(WIDGET.STRIPE) ? this.#stripes(node) : STRIPE.ONE_LINE,
      inputAmp: has(WIDGET.INPUT_AMP) ? this.parameter(ampNode, PARAMETER.INPUT_AMP) : 0,
      outputAmp: has(WIDGET.OUTPUT_AMP) ? this.parameter(ampNode, PARAMETER.OUTPUT_AMP) : 0,
      pinCapabilities: isPin ? this.parameter(node, PARAMETER.PIN_CAPABILITIES) : 0,
      config: isPin ? decodeConfigDefault(this.#ask(node, VERB.GET_CONFIG_DEFAULT, 0)) : null,
    };
  }

  /** 7.3.4.7: a widget that answers 0 has the group's formats after all. */
  #format(node: number, group: number, id: number): number {
    const own = this.parameter(node, id);
    return own === 0 && node !== group ? this.parameter(group, id) : own;
  }

  /** 7.3.3.32. One line is what every widget can take. */
  #stripes(node: number): number {
    const word = this.#ask(node, VERB.GET_STRIPE, 0);
    return ((word >>> STRIPE.CAPABILITY_SHIFT) & ALL_STRIPES) | STRIPE.ONE_LINE;
  }

  /**
   * 7.1.2: entries of 8 or 16 bits, four or two to a response. An entry with its top bit set ends
   * a range that the entry before it began.
   */
  #connections(node: number): readonly number[] {
    const word = this.parameter(node, PARAMETER.CONNECTION_LIST_LENGTH);
    const entryBits = (word & LONG_FORM) !== 0 ? 16 : 8;
    const perResponse = 32 / entryBits;
    const rangeBit = 1 << (entryBits - 1);
    const nodes: number[] = [];
    let response = 0;
    for (let entry = 0; entry < (word & LIST_LENGTH); entry++) {
      const place = entry % perResponse;
      if (place === 0) response = this.#ask(node, VERB.GET_CONNECTION_LIST, entry);
      const bits = (response >>> (entryBits * place)) & (2 * rangeBit - 1);
      const last = bits & (rangeBit - 1);
      const previous = nodes.at(-1);
      const isRange = (bits & rangeBit) !== 0 && previous !== undefined;
      for (let next = isRange ? previous + 1 : last; next <= last; next++) nodes.push(next);
    }
    return nodes;
  }

  #ask(node: number, verb: number, payload: number): number {
    if (!this.isAnswering) return 0;
    const response = this.#send(node, verb, payload);
    this.isAnswering = response !== null;
    return response ?? 0;
  }
}
