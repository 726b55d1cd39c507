import { describe, expect, it } from 'vitest';
import {
  decodeAmpCapabilities,
  encodeAmpCapabilities,
  encodeNodeCount,
  encodePcmSupport,
  isPcmSupported,
} from './parameters.ts';
import { decodeConfigDefault, encodeConfigDefault } from './pin.ts';
import {
  commandCodec,
  commandNode,
  commandPayload,
  commandVerb,
  encodeCommand,
  VERB,
} from './verbs.ts';
import {
  decodeWidgetCapabilities,
  encodeWidgetCapabilities,
  WIDGET,
} from './widget-capabilities.ts';

describe('a command word', () => {
  it.each([
    [0, 1, VERB.GET_PARAMETER, 0x0a, 0x001f_000a],
    [2, 3, VERB.SET_STREAM_CHANNEL, 0x10, 0x2037_0610],
    [0, 2, VERB.SET_FORMAT, 0x4011, 0x0022_4011],
    [15, 2, VERB.SET_AMP, 0xb04a, 0xf023_b04a],
    [0, 2, VERB.GET_AMP, 0xa000, 0x002b_a000],
    [0, 2, VERB.GET_FORMAT, 0, 0x002a_0000],
    [0, 2, VERB.SET_STRIPE, 1, 0x0027_2401],
    [0, 1, VERB.FUNCTION_RESET, 0, 0x0017_ff00],
  ])('to codec %i, node %i, verb %i with %i is %i', (codec, node, verb, payload, word) => {
    expect(encodeCommand(codec, node, verb, payload)).toBe(word);
    expect(commandCodec(word)).toBe(codec);
    expect(commandNode(word)).toBe(node);
    expect(commandVerb(word)).toBe(verb);
    expect(commandPayload(word)).toBe(payload);
  });
});

describe('codec parameters', () => {
  it('pack rates and sizes of PCM', () => {
    const word = encodePcmSupport([44_100, 48_000, 192_000], [16, 24]);
    expect(word).toBe(0x000a_0460);
    expect(isPcmSupported(word, 48_000, 16)).toBe(true);
    expect(isPcmSupported(word, 48_000, 20)).toBe(false);
    expect(isPcmSupported(word, 96_000, 16)).toBe(false);
    expect(isPcmSupported(word, 47_999, 16)).toBe(false);
    expect(() => encodePcmSupport([12_000], [])).toThrow(/rate 12000/);
  });

  it('pack amplifiers, node counts, widgets and configuration defaults', () => {
    const amp = { canMute: true, stepQuarterDb: 4, steps: 74, offset: 74 };
    expect(encodeAmpCapabilities(amp)).toBe(0x8003_4a4a);
    expect(decodeAmpCapabilities(0x8003_4a4a)).toEqual(amp);
    expect(encodeNodeCount(2, 4)).toBe(0x0002_0004);
    const widget = { type: 4, channels: 8, delayFrames: 15, flags: WIDGET.UNSOLICITED };
    expect(encodeWidgetCapabilities(widget)).toBe(0x004f_6081);
    expect(decodeWidgetCapabilities(0x004f_6081)).toEqual(widget);
    const config = decodeConfigDefault(0x9281_3f2e);
    expect(config).toEqual({
      connectivity: 2,
      location: 0x12,
      device: 8,
      connection: 1,
      color: 3,
      misc: 15,
      association: 2,
      sequence: 14,
    });
    expect(encodeConfigDefault(config)).toBe(0x9281_3f2e);
  });
});
