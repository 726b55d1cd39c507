/**
 * Latency over buffer size as an SVG: for each direction and kind of stream a line for what the
 * formula predicts and points for what was measured. Drawn by echarts without a DOM.
 */
import {
  LineChart,
  type LineSeriesOption,
  ScatterChart,
  type ScatterSeriesOption,
} from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { LatencyRow } from '../machine/latency-row.ts';
import type { LatencyFacts } from './latency-report.ts';
import { seriesOf } from './latency-series.ts';
import { kilohertz } from './quantities.ts';

use([LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 960;
const HEIGHT = 640;
const LARGEST_SYMBOL = 16;
/** Told apart by people who see colours differently too. */
const COLORS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#000000',
  '#999',
];
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'];

/** The SVG's text. */
export function latencyChart({ device, driver, format, rows }: LatencyFacts): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    const axis = { type: 'log', logBase: 2, nameLocation: 'middle' } as const;
    const lines = [...seriesOf(rows)].flatMap(([name, each], index) => bothOf(name, each, index));
    chart.setOption({
      animation: false,
      title: {
        text: 'Stream latency over buffer size',
        subtext: `${device}, driver ${driver}, ${kilohertz(format.rateHz)}; lines: predicted, points: measured`,
        left: 'center',
      },
      legend: { bottom: 0, itemGap: 24 },
      grid: { top: 70, bottom: 110, left: 70, right: 30 },
      xAxis: { ...axis, name: 'buffer in ms', nameGap: 30 },
      yAxis: { ...axis, name: 'latency in ms', nameGap: 40 },
      series: lines,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function bothOf(
  name: string,
  rows: readonly LatencyRow[],
  index: number,
): [LineSeriesOption, ScatterSeriesOption] {
  const color = COLORS[index % COLORS.length] ?? '#000';
  const symbol = SYMBOLS[index % SYMBOLS.length] ?? 'circle';
  // Where lines lie on each other, the later one lets the earlier one be seen.
  const lineStyle = { width: 2, type: index % 2 === 0 ? 'solid' : 'dashed' } as const;
  return [
    {
      type: 'line',
      name,
      color,
      lineStyle,
      showSymbol: false,
      data: rows.map(({ bufferMs, predicted }) => [bufferMs, predicted.mostMs]),
    },
    {
      type: 'scatter',
      name,
      color,
      symbol,
      symbolSize: LARGEST_SYMBOL - index,
      itemStyle: { color: 'transparent', borderColor: color, borderWidth: 2 },
      data: rows.flatMap(({ bufferMs, measured: { mostMs } }) =>
        Number.isFinite(mostMs) ? [[bufferMs, mostMs]] : [],
      ),
    },
  ];
}
