"use strict";
// The card of a method: where it comes from, what it was trained on, how it did.
(() => {
  const page = window.DdsrPage;
  const { el } = page;
  const STATUS = { ran: "ran on every clip", partly: "ran on some clips", missing: "did not run", failed: "failed" };

  const shift = (pair) => (Array.isArray(pair) ? `${pair.map((value) => page.signed(value.toFixed(3).replace("-", "\u2212"))).join(", ")} px against bicubic` : null);

  const facts = (card) => [
    ["Paper", card.paper && page.link(card.paper)],
    ["Code", card.url && page.link(card.url)],
    ["Year", card.year],
    ["Kind", card.kind],
    ["Scales", (card.scales || []).map((scale) => `×${scale}`).join(", ")],
    ["Trained on", (card.trained_on || []).join(", ") || (card.kind === "classical" ? "nothing" : "not stated")],
    ["Licence", card.licence],
    ["Version", card.version],
    ["Weights", card.weights_sha256 ? el("code", {}, `sha256 ${card.weights_sha256}`) : "none"],
    ["Phase shift", shift(card.phase_shift)],
    ["Note", card.note],
  ];

  const result = (track, id) => {
    const own = page.rows(track.id, track.primary).find((row) => row.method === id);
    const value = own ? [el("b", {}, page.write(track.primary, own.mean)), ` (${page.interval(track.primary, own)}), rank ${own.rank}`] : el("span", { class: "reason" }, page.reason(id, track.primary));
    return [el("dt", {}, `${page.trackTitle(track)}, ${page.metricTitle(track.primary)}`), el("dd", {}, value)];
  };

  const results = (id) => [
    el("h3", {}, "Results"),
    el("dl", { class: "pairs" }, (page.board.tracks || []).flatMap((track) => result(track, id))),
  ];

  const hasMedia = (id) => (page.board.clips || []).some((clip) => page.media(clip, id));

  const watch = (id, side) => {
    const act = () => {
      page.set({ [side]: id });
      page.byId("card").close();
      page.byId("compare").scrollIntoView();
      page.byId("compare").focus({ preventScroll: true });
    };
    return el("button", { type: "button", class: `side-${side}`, onclick: act }, `Show as ${side.toUpperCase()}`);
  };

  const fill = (id) => {
    const card = page.method(id);
    const given = facts(card).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const status = STATUS[card.status] || card.status || "status unknown";
    const close = el("button", { type: "button", class: "quiet-button", "aria-label": "Close", onclick: () => page.byId("card").close() }, "Close");
    page.byId("card").replaceChildren(
      el("div", { class: "card-head" }, el("h2", { id: "card-title" }, page.methodTitle(id)), close),
      el("p", { class: card.reason ? "reason" : "note" }, card.reason ? `${status}: ${page.bare(id, card.reason)}` : status),
      el("dl", { class: "pairs" }, given.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat()),
      ...(card.status === "missing" ? [] : results(id)),
      hasMedia(id) ? el("p", { class: "card-acts" }, watch(id, "a"), watch(id, "b")) : "",
    );
  };

  page.startCard = () => {
    const dialog = page.byId("card");
    dialog.addEventListener("close", () => page.set({ method: "" }));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    page.on(["method"], ({ method }) => {
      if (!method || !Object.hasOwn(page.board.methods || {}, method)) return;
      fill(method);
      if (!dialog.open) dialog.showModal();
    });
  };
})();
