/**
 * Codecs that nobody built, for tests: nodes as a table of parameters, answered as a codec answers
 * verbs. Node 0 is the root, node 1 the audio function group.
 */
import {
  AUDIO_FUNCTION_GROUP,
  DEFAULT_DEVICE,
  encodeConfigDefault,
  encodeNodeCount,
  encodeWidgetCapabilities,
  PARAMETER,
  PIN_CAPABILITY,
  PORT_CONNECTIVITY,
  VERB,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/index.ts';
import type { SendVerb } from './codec-commands.ts';
import { type CodecGraph, readCodecGraph } from './codec-graph.ts';

export interface MadeUpNode {
  readonly parameters: ReadonlyMap<number, number>;
  /** The words of the connection list, as the verb returns them. */
  readonly list?: readonly number[];
  readonly config?: number;
}

export const GROUP = 1;
export const FIRST_WIDGET = 2;

interface WidgetOptions {
  readonly from?: readonly number[];
  readonly flags?: number;
  readonly channels?: number;
  readonly delayFrames?: number;
  readonly parameters?: readonly (readonly [number, number])[];
}

export function widget(type: number, options: WidgetOptions = {}): MadeUpNode {
  const { from = [], flags = 0, channels = 2, delayFrames = 0, parameters = [] } = options;
  const listed = from.length > 0 ? WIDGET.CONNECTION_LIST : 0;
  const list: number[] = [];
  from.forEach((node, index) => {
    list[index >> 2] = (list[index >> 2] ?? 0) | (node << (8 * (index & 3)));
  });
  return {
    parameters: new Map([
      [
        PARAMETER.WIDGET_CAPABILITIES,
        encodeWidgetCapabilities({ type, channels, delayFrames, flags: flags | listed }),
      ],
      [PARAMETER.CONNECTION_LIST_LENGTH, from.length],
      ...parameters,
    ]),
    list,
  };
}

export const dac = (options: WidgetOptions = {}): MadeUpNode =>
  widget(WIDGET_TYPE.AUDIO_OUTPUT, options);
export const adc = (from: readonly number[], options: WidgetOptions = {}): MadeUpNode =>
  widget(WIDGET_TYPE.AUDIO_INPUT, { ...options, from });
export const mixer = (from: readonly number[], options: WidgetOptions = {}): MadeUpNode =>
  widget(WIDGET_TYPE.AUDIO_MIXER, { ...options, from });
export const selector = (from: readonly number[], options: WidgetOptions = {}): MadeUpNode =>
  widget(WIDGET_TYPE.AUDIO_SELECTOR, { ...options, from });

interface PinOptions extends WidgetOptions {
  readonly connectivity?: number;
  readonly association?: number;
  readonly capabilities?: number;
}

export function pin(device: number, options: PinOptions = {}): MadeUpNode {
  const isInput = device === DEFAULT_DEVICE.LINE_IN || device === DEFAULT_DEVICE.MICROPHONE;
  const capability = isInput ? PIN_CAPABILITY.INPUT : PIN_CAPABILITY.OUTPUT;
  const { connectivity = PORT_CONNECTIVITY.JACK, association = 1 } = options;
  const parameters = [[PARAMETER.PIN_CAPABILITIES, options.capabilities ?? capability]] as const;
  return {
    ...widget(WIDGET_TYPE.PIN_COMPLEX, { ...options, parameters }),
    config: encodeConfigDefault({
      connectivity,
      location: 0,
      device,
      connection: 0,
      color: 0,
      misc: 0,
      association,
      sequence: 0,
    }),
  };
}

/** Answers as a codec with these widgets, the first of which is node 2. */
export function answers(
  widgets: readonly MadeUpNode[],
  group: readonly (readonly [number, number])[] = [],
): SendVerb {
  const root: MadeUpNode = {
    parameters: new Map([
      [PARAMETER.VENDOR_ID, 0x1234_5678],
      [PARAMETER.NODE_COUNT, encodeNodeCount(GROUP, 1)],
    ]),
  };
  const groupNode: MadeUpNode = {
    parameters: new Map([
      [PARAMETER.NODE_COUNT, encodeNodeCount(FIRST_WIDGET, widgets.length)],
      [PARAMETER.FUNCTION_GROUP_TYPE, AUDIO_FUNCTION_GROUP],
      ...group,
    ]),
  };
  const nodes = [root, groupNode, ...widgets];
  return (node, verb, payload) => {
    const asked = nodes[node];
    if (verb === VERB.GET_PARAMETER) return asked?.parameters.get(payload) ?? 0;
    if (verb === VERB.GET_CONFIG_DEFAULT) return asked?.config ?? 0;
    if (verb !== VERB.GET_CONNECTION_LIST) return 0;
    const length = asked?.parameters.get(PARAMETER.CONNECTION_LIST_LENGTH) ?? 0;
    return asked?.list?.[payload / (length >= 0x80 ? 2 : 4)] ?? 0;
  };
}

/** The graph of a codec with these widgets. */
export function graphOf(widgets: readonly MadeUpNode[]): CodecGraph {
  const graph = readCodecGraph(0, answers(widgets));
  if (graph === null) throw new Error('a made-up codec did not answer');
  return graph;
}
