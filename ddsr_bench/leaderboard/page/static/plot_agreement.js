"use strict";
// How far metrics agree on the order of the methods: their rank correlation, a square for each pair.
(() => {
  const page = window.DdsrPage;
  const { svg } = page;

  const square = (value, x, y, size, names) => {
    const known = page.isNumber(value);
    const words = known ? value.toFixed(2).replace("1.00", "1").replace("0.", ".").replace("-", "\u2212") : "–";
    return svg(
      "g", {},
      svg("rect", { class: known && value < 0 ? "disagree" : "agree", x, y, width: size - 2, height: size - 2, rx: 2, "fill-opacity": known ? (0.6 * Math.abs(value)).toFixed(3) : 0 }),
      size >= 28 ? page.text(x + size / 2 - 1, y + size / 2 + 3, words, { "text-anchor": "middle", class: "in-square" }) : null,
      svg("title", {}, `${names[0]} and ${names[1]}: ${words}`),
    );
  };

  page.drawAgreement = ({ metrics, rho }) => (width) => {
    const titles = metrics.map((id) => page.metricTitle(id));
    const letters = Math.min(18, Math.max(...titles.map((title) => title.length)));
    const edge = 7 * letters + 10;
    const names = titles.map((title) => page.cut(title, letters));
    // The last column's slanted name leans out to the right.
    const lean = 0.72 * page.labelWidth(names[names.length - 1]);
    const size = Math.max(14, Math.min(44, Math.floor((width - edge - lean) / metrics.length)));
    const top = edge * 0.72 + 8;
    const at = (place) => edge + place * size;
    return page.canvas(
      width, Math.ceil(top + size * metrics.length + 4), "Rank correlation between metrics",
      names.map((name, k) => page.text(edge - 8, top + k * size + size / 2 + 3, name, { "text-anchor": "end", class: "name" })),
      names.map((name, k) => page.text(at(k) + size / 2, top - 6, name, { class: "name", transform: `rotate(-45 ${at(k) + size / 2} ${top - 6})` })),
      metrics.flatMap((_, i) => metrics.map((__, j) => square((rho[i] || [])[j], at(j), top + i * size, size, [titles[i], titles[j]]))),
    );
  };
})();
