import { describe, expect, it } from 'vitest';
import {
  DEFAULT_DEVICE,
  PIN_CAPABILITY,
  PORT_CONNECTIVITY,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/index.ts';
import { describePath, findInputPath, findOutputPath } from './codec-path.ts';
import {
  adc,
  dac,
  graphOf,
  type MadeUpNode,
  mixer,
  pin,
  selector,
  widget,
} from './made-up-codec.test-support.ts';

const { SPEAKER, LINE_OUT, HEADPHONE, SPDIF_OUT, LINE_IN, MICROPHONE } = DEFAULT_DEVICE;

/** Widgets count from node 2. */
function output(...widgets: MadeUpNode[]): string | null {
  const path = findOutputPath(graphOf(widgets));
  return path === null ? null : describePath(path);
}

function input(...widgets: MadeUpNode[]): string | null {
  const path = findInputPath(graphOf(widgets));
  return path === null ? null : describePath(path);
}

describe('the output path of a codec', () => {
  it('prints itself from converter to pin', () => {
    expect(output(dac(), pin(SPEAKER, { from: [2] }))).toBe('DAC 2 -> pin 3 (speaker)');
    expect(output(dac(), mixer([2]), selector([3]), pin(LINE_OUT, { from: [4] }))).toBe(
      'DAC 2 -> mixer 3 -> selector 4 -> pin 5 (line out)',
    );
  });

  it('goes to a speaker before a line out before a headphone', () => {
    const pins = [HEADPHONE, LINE_OUT, SPEAKER].map((device) => pin(device, { from: [2] }));
    expect(output(dac(), ...pins)).toBe('DAC 2 -> pin 5 (speaker)');
    expect(output(dac(), ...pins.slice(0, 2))).toBe('DAC 2 -> pin 4 (line out)');
    expect(output(dac(), ...pins.slice(0, 1))).toBe('DAC 2 -> pin 3 (headphone)');
  });

  it('takes the lower association among pins of one kind', () => {
    const far = pin(LINE_OUT, { from: [2], association: 3 });
    const near = pin(LINE_OUT, { from: [2], association: 2 });
    expect(output(dac(), far, near)).toBe('DAC 2 -> pin 4 (line out)');
    expect(output(dac(), near, near)).toBe('DAC 2 -> pin 3 (line out)');
  });

  it('passes over pins that are unwired, cannot drive, or lead to no converter', () => {
    const unwired = pin(SPEAKER, { from: [2], connectivity: PORT_CONNECTIVITY.NONE });
    const deaf = pin(SPEAKER, { from: [2], capabilities: PIN_CAPABILITY.INPUT });
    const loose = pin(SPEAKER);
    const astray = pin(SPEAKER, { from: [99] });
    const good = pin(HEADPHONE, { from: [2] });
    expect(output(dac(), unwired, deaf, loose, astray, good)).toBe('DAC 2 -> pin 7 (headphone)');
    expect(output(dac(), unwired, deaf, loose, astray)).toBeNull();
  });

  it('does not go through digital converters, pins or unknown widgets', () => {
    const digital = dac({ flags: WIDGET.DIGITAL });
    expect(output(digital, pin(SPEAKER, { from: [2] }))).toBeNull();
    expect(output(dac(), pin(SPDIF_OUT, { from: [2] }))).toBeNull();
    expect(output(dac(), pin(LINE_IN, { from: [2] }), pin(SPEAKER, { from: [3] }))).toBeNull();
    const vendor = widget(WIDGET_TYPE.VENDOR_DEFINED, { from: [2] });
    expect(output(dac(), vendor, pin(SPEAKER, { from: [3] }))).toBeNull();
  });

  it('finds its way out of dead ends and circles', () => {
    const circle = [mixer([3, 4]), mixer([2, 5]), dac()];
    expect(output(...circle.slice(0, 2), mixer([2, 3]), pin(SPEAKER, { from: [4] }))).toBeNull();
    expect(output(mixer([3]), mixer([2, 4]), dac(), pin(SPEAKER, { from: [2] }))).toBe(
      'DAC 4 -> mixer 3 -> mixer 2 -> pin 5 (speaker)',
    );
  });

  it('knows for each step which of its inputs is used, and how long the way takes', () => {
    const widgets = [
      dac({ delayFrames: 12 }),
      pin(LINE_IN),
      mixer([3, 2], { delayFrames: 1 }),
      pin(SPEAKER, { from: [3, 3, 4], delayFrames: 2 }),
    ];
    const path = findOutputPath(graphOf(widgets));
    expect(path?.steps.map(({ widget: { node }, input }) => [node, input])).toEqual([
      [2, -1],
      [4, 1],
      [5, 2],
    ]);
    expect(path?.delayFrames).toBe(15);
    expect(path?.converter.node).toBe(2);
    expect(path?.pin.node).toBe(5);
  });
});

describe('the input path of a codec', () => {
  it('goes from a line in or a microphone to a converter', () => {
    expect(input(adc([3]), pin(LINE_IN))).toBe('pin 3 (line in) -> ADC 2');
    expect(input(adc([3]), selector([4, 5]), pin(SPEAKER), pin(MICROPHONE))).toBe(
      'pin 5 (microphone) -> selector 3 -> ADC 2',
    );
  });

  it('is none without an input pin, and passes over digital converters', () => {
    expect(input(adc([3]), pin(SPEAKER))).toBeNull();
    expect(input(adc([3], { flags: WIDGET.DIGITAL }), pin(LINE_IN))).toBeNull();
    expect(input(adc([4], { flags: WIDGET.DIGITAL }), adc([4]), pin(LINE_IN))).toBe(
      'pin 4 (line in) -> ADC 3',
    );
  });
});
