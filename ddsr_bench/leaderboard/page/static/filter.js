"use strict";
// Which methods the reader wants to see.
(() => {
  const page = window.DdsrPage;
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  page.matches = (texts, asked) => {
    const all = texts.filter(Boolean).join(" ").toLowerCase();
    return words(asked).every((word) => all.includes(word));
  };

  const about = (id) => {
    const card = page.method(id);
    return [id, card.title, card.kind, card.licence, card.year, card.status, ...(card.trained_on || [])];
  };

  page.methodFilter = () => {
    const [text, scale, ran] = [page.byId("filter").value, page.byId("scale").value, page.byId("ran").checked];
    return (id, hasResult) =>
      page.matches(about(id), text) &&
      (!scale || (page.method(id).scales || []).map(String).includes(scale)) &&
      (!ran || hasResult);
  };

  page.startFilter = (changed) => {
    const scales = new Set(Object.values(page.board.methods || {}).flatMap((card) => card.scales || []));
    const items = [...scales].sort((one, other) => one - other).map((scale) => ({ value: String(scale), text: `×${scale}` }));
    page.options(page.byId("scale"), [{ value: "", text: "all" }, ...items], "");
    for (const id of ["filter", "scale", "ran"]) page.byId(id).addEventListener("input", changed);
    page.byId("filters").addEventListener("submit", (event) => event.preventDefault());
  };
})();
