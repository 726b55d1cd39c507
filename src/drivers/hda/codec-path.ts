/**
 * Ways through a codec's graph: from an output converter to a pin that somebody can hear, and from
 * a pin that somebody can speak into to an input converter. The search goes against the signal,
 * from the sink to the source, because connection lists name what a widget takes its input from.
 */
import {
  DEFAULT_DEVICE,
  PIN_CAPABILITY,
  PORT_CONNECTIVITY,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/index.ts';
import type { CodecGraph, CodecWidget } from './codec-graph.ts';

export interface PathStep {
  readonly widget: CodecWidget;
  /** Place in `widget.connections` of the step before; -1 for the source. */
  readonly input: number;
}

/** A way through the codec, in the direction of the signal. */
export interface CodecPath {
  readonly converter: CodecWidget;
  readonly pin: CodecWidget;
  readonly steps: readonly PathStep[];
  /** Frames that a sample spends on the way, HDA 1.0a 7.3.4.6. */
  readonly delayFrames: number;
}

/** Output devices in the order in which they are preferred. */
const OUTPUT_DEVICES: readonly number[] = [
  DEFAULT_DEVICE.SPEAKER,
  DEFAULT_DEVICE.LINE_OUT,
  DEFAULT_DEVICE.HEADPHONE,
];
const DEVICE_NAMES = new Map<number, string>([
  [DEFAULT_DEVICE.LINE_OUT, 'line out'],
  [DEFAULT_DEVICE.SPEAKER, 'speaker'],
  [DEFAULT_DEVICE.HEADPHONE, 'headphone'],
  [DEFAULT_DEVICE.SPDIF_OUT, 'S/PDIF out'],
  [DEFAULT_DEVICE.LINE_IN, 'line in'],
  [DEFAULT_DEVICE.MICROPHONE, 'microphone'],
]);
const TYPE_NAMES = new Map<number, string>([
  [WIDGET_TYPE.AUDIO_OUTPUT, 'DAC'],
  [WIDGET_TYPE.AUDIO_INPUT, 'ADC'],
  [WIDGET_TYPE.AUDIO_MIXER, 'mixer'],
  [WIDGET_TYPE.AUDIO_SELECTOR, 'selector'],
  [WIDGET_TYPE.PIN_COMPLEX, 'pin'],
]);

/**
 * The path to the best output pin that has one: speaker before line out before headphone, then
 * the lower association and sequence. Null when no pin is connected to a converter.
 */
export function findOutputPath(graph: CodecGraph): CodecPath | null {
  const pins = [...graph.widgets.values()].filter(isOutputPin);
  pins.sort((left, right) => rank(left) - rank(right) || left.node - right.node);
  for (const pin of pins) {
    const steps = trace(graph, pin, isAnalogOutput, new Set());
    const converter = steps?.[0]?.widget;
    if (steps !== null && converter !== undefined) return makePath(converter, pin, steps);
  }
  return null;
}

/** The path from a line in or microphone to the first input converter that has one, or null. */
export function findInputPath(graph: CodecGraph): CodecPath | null {
  for (const converter of graph.widgets.values()) {
    const isDigital = (converter.flags & WIDGET.DIGITAL) !== 0;
    if (converter.type !== WIDGET_TYPE.AUDIO_INPUT || isDigital) continue;
    const steps = trace(graph, converter, isInputPin, new Set());
    const pin = steps?.[0]?.widget;
    if (steps !== null && pin !== undefined) return makePath(converter, pin, steps);
  }
  return null;
}

/** The path in a few words: `DAC 2 -> mixer 5 -> pin 3 (speaker)`. */
export function describePath(path: CodecPath): string {
  return path.steps.map(({ widget }) => describeWidget(widget)).join(' -> ');
}

function describeWidget(widget: CodecWidget): string {
  const name = `${TYPE_NAMES.get(widget.type) ?? 'widget'} ${widget.node}`;
  const device = widget.config === null ? undefined : DEVICE_NAMES.get(widget.config.device);
  return device === undefined ? name : `${name} (${device})`;
}

/** Steps from a source to `widget`, depth first through mixers and selectors; null for none. */
function trace(
  graph: CodecGraph,
  widget: CodecWidget,
  isSource: (candidate: CodecWidget) => boolean,
  visited: Set<number>,
): readonly PathStep[] | null {
  visited.add(widget.node);
  for (const [input, node] of widget.connections.entries()) {
    const next = graph.widgets.get(node);
    if (next === undefined || visited.has(node)) continue;
    const step = { widget, input };
    if (isSource(next)) return [{ widget: next, input: -1 }, step];
    const passes =
      next.type === WIDGET_TYPE.AUDIO_MIXER || next.type === WIDGET_TYPE.AUDIO_SELECTOR;
    const before = passes ? trace(graph, next, isSource, visited) : null;
    if (before !== null) return [...before, step];
  }
  return null;
}

function makePath(converter: CodecWidget, pin: CodecWidget, steps: readonly PathStep[]): CodecPath {
  const delayFrames = steps.reduce((frames, { widget }) => frames + widget.delayFrames, 0);
  return { converter, pin, steps, delayFrames };
}

function isAnalogOutput(widget: CodecWidget): boolean {
  return widget.type === WIDGET_TYPE.AUDIO_OUTPUT && (widget.flags & WIDGET.DIGITAL) === 0;
}

function isOutputPin(widget: CodecWidget): boolean {
  return isWired(widget, PIN_CAPABILITY.OUTPUT) && OUTPUT_DEVICES.includes(deviceOf(widget));
}

function isInputPin(widget: CodecWidget): boolean {
  const device = deviceOf(widget);
  const isInput = device === DEFAULT_DEVICE.LINE_IN || device === DEFAULT_DEVICE.MICROPHONE;
  return isInput && isWired(widget, PIN_CAPABILITY.INPUT);
}

/** 7.3.3.31: a pin that the board left unconnected leads nowhere, whatever it can. */
function isWired(widget: CodecWidget, capability: number): boolean {
  const connectivity = widget.config?.connectivity ?? PORT_CONNECTIVITY.NONE;
  return (
    connectivity !== PORT_CONNECTIVITY.NONE && (widget.pinCapabilities & capability) === capability
  );
}

function deviceOf(widget: CodecWidget): number {
  return widget.config?.device ?? -1;
}

/** Device first, then association (1 to 15), then sequence (0 to 15). */
function rank(pin: CodecWidget): number {
  const { association = 0, sequence = 0 } = pin.config ?? {};
  return (OUTPUT_DEVICES.indexOf(deviceOf(pin)) << 8) | (association << 4) | sequence;
}
