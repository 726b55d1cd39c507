/** What is used of the package asciichart, which has no types of its own. */
declare module 'asciichart' {
  interface PlotConfig {
    readonly height?: number;
    readonly min?: number;
    readonly max?: number;
    readonly colors?: readonly string[];
    readonly format?: (value: number) => string;
  }
  const asciichart: {
    plot(series: readonly (readonly number[])[], config?: PlotConfig): string;
    readonly blue: string;
    readonly yellow: string;
    readonly green: string;
    readonly magenta: string;
    readonly reset: string;
  };
  export default asciichart;
}
