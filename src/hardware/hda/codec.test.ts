import { describe, expect, it } from 'vitest';
import { encodeCommand, VERB } from '../../standards/hda/verbs.ts';
import { HDA_NODE } from './codec-nodes.ts';
import { HdaBench } from './hda.test-support.ts';

const UNITY = 0x4a;
const { ROOT, GROUP, DAC, ADC, LINE_OUT, LINE_IN } = HDA_NODE;

describe('the codec answers verbs', () => {
  it.each([
    [ROOT, 0x00, 0x5750_0001],
    [ROOT, 0x02, 0x0010_0100],
    [ROOT, 0x04, 0x0001_0001],
    [GROUP, 0x04, 0x0002_0004],
    [GROUP, 0x05, 0x01],
    [GROUP, 0x08, 0x0e0e],
    [GROUP, 0x0f, 0x8000_0009],
    [GROUP, 0x11, 0],
    [DAC, 0x09, 0x000c_643d],
    [DAC, 0x0a, 0x001e_07ff],
    [DAC, 0x0b, 0x3],
    [DAC, 0x12, 0x8003_4a4a],
    [DAC, 0x0e, 0],
    [ADC, 0x09, 0x001c_051b],
    [ADC, 0x0d, 0x8003_4a4a],
    [ADC, 0x0e, 1],
    [LINE_OUT, 0x09, 0x0042_6581],
    [LINE_OUT, 0x0c, 0x0001_0014],
    [LINE_IN, 0x09, 0x0042_0481],
    [LINE_IN, 0x0c, 0x24],
  ])('node %i parameter %i is %i', (node, parameter, value) => {
    expect(new HdaBench().boot().verb(node, VERB.GET_PARAMETER, parameter)).toBe(value);
  });

  it.each([
    ['connection list of the line out', LINE_OUT, VERB.GET_CONNECTION_LIST, DAC],
    ['connection list of the converter', ADC, VERB.GET_CONNECTION_LIST, LINE_IN],
    ['connection select', ADC, VERB.GET_CONNECTION_SELECT, 0],
    ['line out configuration', LINE_OUT, VERB.GET_CONFIG_DEFAULT, 0x0101_4010],
    ['line in configuration', LINE_IN, VERB.GET_CONFIG_DEFAULT, 0x0181_3020],
    ['digital control that is not there', DAC, VERB.GET_DIGITAL_CONTROL, 0],
    ['beep that is not there', GROUP, VERB.GET_BEEP, 0],
    ['EAPD, on by default', LINE_OUT, VERB.GET_EAPD, 2],
    ['EAPD that is not there', LINE_IN, VERB.GET_EAPD, 0],
    ['presence of the jack', LINE_OUT, VERB.GET_PIN_SENSE, 0x8000_0000],
    ['presence of the other jack', LINE_IN, VERB.GET_PIN_SENSE, 0x8000_0000],
    ['subsystem', GROUP, VERB.GET_SUBSYSTEM_ID, 0x5750_0100],
    ['channel count', DAC, VERB.GET_CHANNEL_COUNT, 7],
    ['stripes over one and two lines', DAC, VERB.GET_STRIPE, 0x0030_0000],
    ['stripes that are not there', ADC, VERB.GET_STRIPE, 0],
    ['a verb nobody knows', DAC, 0xfee, 0],
    ['a node that is not there', 9, VERB.GET_PARAMETER, 0],
    ['an indirect node', 0x82, VERB.GET_PARAMETER, 0],
  ])('%s', (_, node, verb, value) => {
    expect(new HdaBench().boot().verb(node, verb)).toBe(value);
  });

  it.each([
    ['format', DAC, VERB.SET_FORMAT, 0x4011, VERB.GET_FORMAT, 0x4011],
    ['stream and channel', ADC, VERB.SET_STREAM_CHANNEL, 0x52, VERB.GET_STREAM_CHANNEL, 0x52],
    ['pin control of an output', LINE_OUT, VERB.SET_PIN_CONTROL, 0xff, VERB.GET_PIN_CONTROL, 0x40],
    ['pin control of an input', LINE_IN, VERB.SET_PIN_CONTROL, 0xff, VERB.GET_PIN_CONTROL, 0x20],
    ['EAPD', LINE_OUT, VERB.SET_EAPD, 0, VERB.GET_EAPD, 0],
    ['unsolicited', LINE_OUT, VERB.SET_UNSOLICITED, 0xff, VERB.GET_UNSOLICITED, 0xbf],
    [
      'unsolicited of the other jack',
      LINE_IN,
      VERB.SET_UNSOLICITED,
      0x85,
      VERB.GET_UNSOLICITED,
      0x85,
    ],
    ['unsolicited without a cause', DAC, VERB.SET_UNSOLICITED, 0xff, VERB.GET_UNSOLICITED, 0],
    ['channel count', DAC, VERB.SET_CHANNEL_COUNT, 1, VERB.GET_CHANNEL_COUNT, 1],
    ['stripe control', DAC, VERB.SET_STRIPE, 1, VERB.GET_STRIPE, 0x0030_0001],
    ['stripes over four lines', DAC, VERB.SET_STRIPE, 2, VERB.GET_STRIPE, 0x0030_0000],
    ['stripes of the reserved code', DAC, VERB.SET_STRIPE, 3, VERB.GET_STRIPE, 0x0030_0000],
    ['stripes of an input', ADC, VERB.SET_STRIPE, 1, VERB.GET_STRIPE, 0],
    ['execute pin sense', LINE_OUT, VERB.EXECUTE_PIN_SENSE, 0, VERB.GET_PIN_SENSE, 0x8000_0000],
  ])(
    '%s is set and read back, and a double function reset undoes it',
    (_, node, set, payload, get, value) => {
      const bench = new HdaBench().boot();
      const initial = bench.verb(node, get);
      expect(bench.verb(node, set, payload)).toBe(0);
      expect(bench.verb(node, get)).toBe(value);
      bench.verb(GROUP, VERB.FUNCTION_RESET);
      expect(bench.verb(node, get)).toBe(value);
      bench.verb(GROUP, VERB.FUNCTION_RESET);
      bench.verb(GROUP, VERB.FUNCTION_RESET);
      expect(bench.verb(node, get)).toBe(initial);
    },
  );

  it('sets configuration and subsystem by bytes, which outlive every reset', () => {
    const bench = new HdaBench().boot();
    for (const place of [0, 1, 2, 3]) {
      bench.verb(LINE_OUT, VERB.SET_CONFIG_DEFAULT_0 + place, 0x91 + place);
      bench.verb(GROUP, VERB.SET_SUBSYSTEM_ID_0 + place, 0xa1 + place);
    }
    bench.write(0x08, 4, 0);
    bench.boot();
    expect(bench.verb(LINE_OUT, VERB.GET_CONFIG_DEFAULT)).toBe(0x9493_9291);
    expect(bench.verb(GROUP, VERB.GET_SUBSYSTEM_ID)).toBe(0xa4a3_a2a1);
  });

  it('reports power as set and as reached, and once after a reset that settings are gone', () => {
    const bench = new HdaBench().boot();
    const get = (node: number): number => bench.verb(node, VERB.GET_POWER_STATE);
    expect([get(GROUP), get(GROUP), get(DAC), get(DAC)]).toEqual([0x400, 0, 0x400, 0]);
    bench.verb(GROUP, VERB.SET_POWER_STATE, 3);
    expect([get(GROUP), get(DAC)]).toEqual([0x33, 0x30]);
    bench.verb(GROUP, VERB.SET_POWER_STATE, 1);
    expect(get(GROUP)).toBe(0x33);
    bench.verb(GROUP, VERB.SET_POWER_STATE, 0);
    expect(get(DAC)).toBe(0);
    expect(get(ROOT)).toBe(0);
  });

  it('keeps amplifier settings by side, clamps gain and ignores the input amplifier', () => {
    const bench = new HdaBench().boot();
    const left = (): number => bench.verb(DAC, VERB.GET_AMP, 0xa000);
    const right = (): number => bench.verb(DAC, VERB.GET_AMP, 0x8000);
    expect([left(), right()]).toEqual([UNITY, UNITY]);
    bench.verb(DAC, VERB.SET_AMP, 0xa000 | 0x80 | 0x10);
    bench.verb(DAC, VERB.SET_AMP, 0x9000 | 0x7f);
    expect([left(), right()]).toEqual([0x90, UNITY]);
    bench.verb(DAC, VERB.SET_AMP, 0x7000);
    expect([left(), right()]).toEqual([0x90, UNITY]);
    expect(bench.verb(DAC, VERB.GET_AMP, 0x2000)).toBe(0);
    expect(bench.verb(ADC, VERB.GET_AMP, 0xa000)).toBe(0);
  });

  it('keeps the settings of the input amplifier, of which there is one', () => {
    const bench = new HdaBench().boot();
    const sides = (): number[] => [0x2000, 0].map((side) => bench.verb(ADC, VERB.GET_AMP, side));
    expect(sides()).toEqual([UNITY, UNITY]);
    bench.verb(ADC, VERB.SET_AMP, 0x6000 | 0x80 | 0x10);
    bench.verb(ADC, VERB.SET_AMP, 0x5000 | 0x20);
    expect(sides()).toEqual([0x90, 0x20]);
    bench.verb(ADC, VERB.SET_AMP, 0x7100);
    bench.verb(ADC, VERB.SET_AMP, 0xb000);
    expect(sides()).toEqual([0x90, 0x20]);
    expect(bench.verb(ADC, VERB.GET_AMP, 0x2001)).toBe(0);
  });

  it('shows every command with its response in the trace', () => {
    const bench = new HdaBench().boot();
    bench.verb(ROOT, VERB.GET_PARAMETER, 0);
    const command = encodeCommand(0, ROOT, VERB.GET_PARAMETER, 0).toString(16).padStart(8, '0');
    const row = `hda-verb command=0x${command} response=0x57500001 answered=1`;
    expect(bench.trace.tail().some((line) => line.endsWith(row))).toBe(true);
  });
});
