"use strict";
// Numbers as a reader wants them: as many digits as the column needs, the same for all of it.
(() => {
  const page = window.DdsrPage;
  const STEPS = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

  // Three digits; counts as 1.46 M, measures in their unit as 2,720 MiB.
  const short = (value, isCount) => {
    const step = isCount && STEPS.find(([size]) => Math.abs(value) >= size);
    if (step) return `${(value / step[0]).toPrecision(3)} ${step[1]}`;
    const rounded = Number(value.toPrecision(3));
    return Math.abs(value) >= 1000 || isCount ? rounded.toLocaleString("en") : value.toPrecision(3);
  };

  const decimals = (largest) => {
    if (largest >= 100) return 1;
    if (largest >= 10) return 2;
    if (largest >= 2) return 3;
    // Small measures keep three digits of their largest value.
    return largest > 0 ? Math.max(4, 2 - Math.floor(Math.log10(largest))) : 4;
  };

  // Returns a function that writes every value of one metric with the same number of decimals.
  page.writer = (values, isCost, unit) => {
    const sizes = values.filter(Number.isFinite).map(Math.abs);
    const largest = sizes.length ? Math.max(...sizes) : 1;
    if (isCost || largest >= 1e4) return (value) => short(value, isCost && !unit);
    const places = decimals(largest);
    return (value) => value.toFixed(places).replace("-", "\u2212");
  };

  page.signed = (text) => (text.startsWith("\u2212") ? text : `+${text}`);

  page.pValue = (p) => {
    if (p === null || p === undefined) return "";
    return p < 0.001 ? "< 0.001" : p.toFixed(3);
  };

  page.day = (iso) => String(iso || "").replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC");

  page.plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
})();
