/**
 * The modelled codec's graph as data: root, audio function group, an 8-channel output converter
 * behind a rear line out, and a stereo input converter fed by a rear line in; both jacks tell
 * whether a plug is in them.
 *
 *     stream -> DAC 2 (12 frames, amplifier) -> pin 4 (2 frames, EAPD, jack) -> ear
 *     stream <- ADC 3 (12 frames, amplifier) <- pin 5 (2 frames, jack)       <- mouth
 */
import {
  AUDIO_FUNCTION_GROUP,
  encodeNodeCount,
  encodePcmSupport,
  PARAMETER,
  POWER_STATES,
  STREAM_FORMATS,
} from '../../standards/hda/parameters.ts';
import {
  CONNECTION_TYPE,
  DEFAULT_DEVICE,
  encodeConfigDefault,
  JACK_COLOR,
  LOCATION,
  PIN_CAPABILITY,
  PORT_CONNECTIVITY,
} from '../../standards/hda/pin.ts';
import {
  encodeWidgetCapabilities,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/widget-capabilities.ts';
import type { WidgetDescription } from './widget.ts';

export const HDA_NODE = { ROOT: 0, GROUP: 1, DAC: 2, ADC: 3, LINE_OUT: 4, LINE_IN: 5 } as const;

/** Not a company's number: the model is nobody's silicon. */
export const CODEC_VENDOR_ID = 0x5750_0001;
export const CODEC_REVISION = 0x0010_0100;
export const CODEC_SUBSYSTEM_ID = 0x5750_0100;

const CONVERTER_DELAY_FRAMES = 12;
const PIN_DELAY_FRAMES = 2;
const CONVERTER_CHANNELS = 8;
const CAPTURE_CHANNELS = 2;

/** 1 dB a step from -74 dB to 0 dB, and mute. */
export const DAC_AMP = { canMute: true, stepQuarterDb: 4, steps: 74, offset: 74 } as const;

/** The same in front of the input converter. */
export const ADC_AMP = DAC_AMP;

const PCM_SUPPORT = encodePcmSupport(
  [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000],
  [16, 20, 24, 32],
);
const FORMATS = STREAM_FORMATS.PCM | STREAM_FORMATS.FLOAT32;
const POWER = (POWER_STATES.D0 | POWER_STATES.D3 | POWER_STATES.EXTENDED) >>> 0;

const describe = (
  node: number,
  parameters: readonly (readonly [number, number])[],
  connections: readonly number[] = [],
): WidgetDescription => ({ node, parameters: new Map(parameters), connections });

const widget = (type: number, channels: number, delayFrames: number, flags: number): number =>
  encodeWidgetCapabilities({ type, channels, delayFrames, flags });

export const ROOT_NODE = describe(HDA_NODE.ROOT, [
  [PARAMETER.VENDOR_ID, CODEC_VENDOR_ID],
  [PARAMETER.REVISION_ID, CODEC_REVISION],
  [PARAMETER.NODE_COUNT, encodeNodeCount(HDA_NODE.GROUP, 1)],
]);

/** The group's delays (7.3.4.5) are those of its longest paths, input in 11:8, output in 3:0. */
const PATH_DELAY_FRAMES = CONVERTER_DELAY_FRAMES + PIN_DELAY_FRAMES;

export const GROUP_NODE = describe(HDA_NODE.GROUP, [
  [PARAMETER.NODE_COUNT, encodeNodeCount(HDA_NODE.DAC, 4)],
  [PARAMETER.FUNCTION_GROUP_TYPE, AUDIO_FUNCTION_GROUP],
  [PARAMETER.AUDIO_GROUP_CAPABILITIES, (PATH_DELAY_FRAMES << 8) | PATH_DELAY_FRAMES],
  [PARAMETER.PCM_SUPPORT, PCM_SUPPORT],
  [PARAMETER.STREAM_FORMATS, FORMATS],
  [PARAMETER.POWER_STATES, POWER],
]);

const CONVERTER_FLAGS = WIDGET.FORMAT_OVERRIDE | WIDGET.POWER_CONTROL;
const DAC_FLAGS = WIDGET.STRIPE | WIDGET.OUTPUT_AMP | WIDGET.AMP_OVERRIDE;

/** @param outputAmp the packed capabilities of the amplifier in the converter */
export const dacNode = (outputAmp: number): WidgetDescription =>
  describe(HDA_NODE.DAC, [
    [
      PARAMETER.WIDGET_CAPABILITIES,
      widget(
        WIDGET_TYPE.AUDIO_OUTPUT,
        CONVERTER_CHANNELS,
        CONVERTER_DELAY_FRAMES,
        CONVERTER_FLAGS | DAC_FLAGS,
      ),
    ],
    [PARAMETER.PCM_SUPPORT, PCM_SUPPORT],
    [PARAMETER.STREAM_FORMATS, FORMATS],
    [PARAMETER.OUTPUT_AMP, outputAmp],
    [PARAMETER.POWER_STATES, POWER],
  ]);

const ADC_FLAGS = WIDGET.CONNECTION_LIST | WIDGET.INPUT_AMP | WIDGET.AMP_OVERRIDE;

/** @param inputAmp the packed capabilities of the amplifier in the converter */
export const adcNode = (inputAmp: number): WidgetDescription =>
  describe(
    HDA_NODE.ADC,
    [
      [
        PARAMETER.WIDGET_CAPABILITIES,
        widget(
          WIDGET_TYPE.AUDIO_INPUT,
          CAPTURE_CHANNELS,
          CONVERTER_DELAY_FRAMES,
          CONVERTER_FLAGS | ADC_FLAGS,
        ),
      ],
      [PARAMETER.PCM_SUPPORT, PCM_SUPPORT],
      [PARAMETER.STREAM_FORMATS, FORMATS],
      [PARAMETER.INPUT_AMP, inputAmp],
      [PARAMETER.POWER_STATES, POWER],
    ],
    [HDA_NODE.LINE_IN],
  );

export const LINE_OUT_NODE = describe(
  HDA_NODE.LINE_OUT,
  [
    [
      PARAMETER.WIDGET_CAPABILITIES,
      widget(
        WIDGET_TYPE.PIN_COMPLEX,
        CONVERTER_CHANNELS,
        PIN_DELAY_FRAMES,
        WIDGET.POWER_CONTROL | WIDGET.UNSOLICITED | WIDGET.CONNECTION_LIST,
      ),
    ],
    [
      PARAMETER.PIN_CAPABILITIES,
      PIN_CAPABILITY.OUTPUT | PIN_CAPABILITY.PRESENCE_DETECT | PIN_CAPABILITY.EAPD,
    ],
    [PARAMETER.POWER_STATES, POWER],
  ],
  [HDA_NODE.DAC],
);

export const LINE_IN_NODE = describe(HDA_NODE.LINE_IN, [
  [
    PARAMETER.WIDGET_CAPABILITIES,
    widget(
      WIDGET_TYPE.PIN_COMPLEX,
      CAPTURE_CHANNELS,
      PIN_DELAY_FRAMES,
      WIDGET.POWER_CONTROL | WIDGET.UNSOLICITED,
    ),
  ],
  [PARAMETER.PIN_CAPABILITIES, PIN_CAPABILITY.INPUT | PIN_CAPABILITY.PRESENCE_DETECT],
  [PARAMETER.POWER_STATES, POWER],
]);

export const LINE_OUT_CONFIG = encodeConfigDefault({
  connectivity: PORT_CONNECTIVITY.JACK,
  location: LOCATION.REAR,
  device: DEFAULT_DEVICE.LINE_OUT,
  connection: CONNECTION_TYPE.EIGHTH_INCH,
  color: JACK_COLOR.GREEN,
  misc: 0,
  association: 1,
  sequence: 0,
});

export const LINE_IN_CONFIG = encodeConfigDefault({
  connectivity: PORT_CONNECTIVITY.JACK,
  location: LOCATION.REAR,
  device: DEFAULT_DEVICE.LINE_IN,
  connection: CONNECTION_TYPE.EIGHTH_INCH,
  color: JACK_COLOR.BLUE,
  misc: 0,
  association: 2,
  sequence: 0,
});
