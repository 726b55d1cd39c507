/**
 * A codec on the link, HDA 1.0a 7: executes commands on its nodes, plays and records through its
 * two converters, and sends a response of its own when a jack changes. A function group reset
 * has to come twice in a row to reset the settings, as 7.3.3.33 asks of codecs with extended power
 * states.
 */
import type { Clock } from '../../sim/clock.ts';
import { HDA_CONTROLLER_REGISTERS } from '../../standards/hda/controller-registers.ts';
import { PARAMETER } from '../../standards/hda/parameters.ts';
import { commandNode, commandPayload, commandVerb, VERB } from '../../standards/hda/verbs.ts';
import { decodeWidgetCapabilities } from '../../standards/hda/widget-capabilities.ts';
import type { LineIn } from '../endpoint/line-in.ts';
import type { Speaker } from '../endpoint/speaker.ts';
import { Amplifier } from './amplifier.ts';
import {
  ADC_AMP,
  adcNode,
  CODEC_SUBSYSTEM_ID,
  DAC_AMP,
  dacNode,
  GROUP_NODE,
  LINE_IN_CONFIG,
  LINE_IN_NODE,
  LINE_OUT_CONFIG,
  LINE_OUT_NODE,
  ROOT_NODE,
} from './codec-nodes.ts';
import { ConverterWidget, type LinkCapacity } from './converter-widget.ts';
import { FunctionGroup } from './function-group.ts';
import { InputConverter } from './input-converter.ts';
import { OutputConverter } from './output-converter.ts';
import { PinWidget } from './pin-widget.ts';
import { Widget } from './widget.ts';

const { OUTSTRMPAY, OUTPAY, INSTRMPAY, INPAY } = HDA_CONTROLLER_REGISTERS;
const OUTPUT_LINK: LinkCapacity = { streamWords: OUTSTRMPAY.reset, lineWords: OUTPAY.reset };
const INPUT_LINK: LinkCapacity = { streamWords: INSTRMPAY.reset, lineWords: INPAY.reset };

export class Codec {
  readonly output: OutputConverter;
  readonly input: InputConverter;
  readonly #nodes: readonly Widget[];
  readonly #lineOutPin: PinWidget;
  readonly #lineInPin: PinWidget;
  #wasGroupReset = false;

  constructor(clock: Clock, speaker: Speaker, lineIn: LineIn) {
    const group = new FunctionGroup(GROUP_NODE, CODEC_SUBSYSTEM_ID);
    const amplifier = new Amplifier(DAC_AMP);
    const dac = new ConverterWidget(dacNode(amplifier.parameter), group, amplifier, OUTPUT_LINK);
    const preamplifier = new Amplifier(ADC_AMP, 'input');
    const adc = new ConverterWidget(
      adcNode(preamplifier.parameter),
      group,
      preamplifier,
      INPUT_LINK,
    );
    const lineOutPin = new PinWidget(LINE_OUT_NODE, group, LINE_OUT_CONFIG, () => {
      return speaker.jackPresent;
    });
    const lineInPin = new PinWidget(LINE_IN_NODE, group, LINE_IN_CONFIG, () => {
      return lineIn.jackPresent;
    });
    this.#lineOutPin = lineOutPin;
    this.#lineInPin = lineInPin;
    this.#nodes = [new Widget(ROOT_NODE, null), group, dac, adc, lineOutPin, lineInPin];
    this.output = new OutputConverter(
      clock,
      dac,
      speaker,
      pathDelayFrames([dac, lineOutPin]),
      () => lineOutPin.isOutputOpen && speaker.jackPresent,
    );
    this.input = new InputConverter(
      clock,
      adc,
      lineIn,
      pathDelayFrames([adc, lineInPin]),
      () => lineInPin.isInputOpen && lineIn.jackPresent,
    );
  }

  /** Executes a command word; the response. A node that is not there answers 0. */
  execute(command: number): number {
    const verb = commandVerb(command);
    const node = this.#nodes[commandNode(command)];
    const isGroupReset = verb === VERB.FUNCTION_RESET && node instanceof FunctionGroup;
    if (isGroupReset && this.#wasGroupReset) this.#resetSettings();
    this.#wasGroupReset = isGroupReset && !this.#wasGroupReset;
    return node === undefined ? 0 : node.command(verb, commandPayload(command));
  }

  /** What the codec says unasked now that a jack changed; null when software wants nothing. */
  jackResponse(jack: 'line out' | 'line in'): number | null {
    const pin = jack === 'line out' ? this.#lineOutPin : this.#lineInPin;
    return pin.unsolicitedResponse;
  }

  /** Link reset. */
  reset(): void {
    this.#wasGroupReset = false;
    this.#resetSettings();
    this.output.reset();
    this.input.reset();
  }

  #resetSettings(): void {
    for (const node of this.#nodes) node.reset();
  }
}

/** Frames that a sample spends in the widgets of a path, 7.3.4.6. */
function pathDelayFrames(path: readonly Widget[]): number {
  return path.reduce((frames, widget) => {
    const word = widget.parameter(PARAMETER.WIDGET_CAPABILITIES);
    return frames + decodeWidgetCapabilities(word).delayFrames;
  }, 0);
}
