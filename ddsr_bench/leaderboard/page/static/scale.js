"use strict";
// Axes: from values to pixels, and ticks at round numbers.
(() => {
  const page = window.DdsrPage;

  const roundStep = (span, count) => {
    const rough = span / Math.max(1, count);
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * ([1, 2, 5, 10].find((step) => step * power >= rough) || 10);
  };

  const linearTicks = (low, high, count) => {
    const step = roundStep(high - low || 1, count);
    const ticks = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) ticks.push(Number((k * step).toPrecision(12)));
    return ticks;
  };

  const logTicks = (low, high, count) => {
    const ticks = [];
    const decades = Math.log10(high / low);
    const parts = decades > count / 2 ? [1] : decades > 1 ? [1, 3] : [1, 2, 5];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
      for (const part of parts) {
        const tick = part * 10 ** power;
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(Number(tick.toPrecision(6)));
      }
    }
    return ticks;
  };

  // Both give a function with `.ticks(count)`; `pixels` may run backwards, for axes that point down or left.
  page.linear = (values, pixels, margin = 0.06) => {
    let [low, high] = [Math.min(...values), Math.max(...values)];
    const pad = (high - low || Math.abs(high) || 1) * margin;
    [low, high] = [low - pad, high + pad];
    const to = (value) => pixels[0] + ((value - low) / (high - low)) * (pixels[1] - pixels[0]);
    return Object.assign(to, { ticks: (count) => linearTicks(low, high, count) });
  };

  page.log = (values, pixels) => {
    const [low, high] = [Math.min(...values) / 1.4, Math.max(...values) * 1.4];
    const part = (value) => Math.log(value / low) / Math.log(high / low);
    return Object.assign((value) => pixels[0] + part(value) * (pixels[1] - pixels[0]), { ticks: (count) => logTicks(low, high, count) });
  };
})();
