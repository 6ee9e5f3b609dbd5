"use strict";
// The comparison: clip and sides chosen, two videos on one stage, seen in one of three ways.
(() => {
  const page = window.DdsrPage;

  const facts = (clip) => {
    if (!clip) return "";
    const size = `${clip.width} × ${clip.height}`;
    const parts = [`source ${clip.source}`, clip.group && clip.group !== clip.source && `group ${clip.group}`, size, `×${clip.scale}`, page.plural(clip.frames, "frame"), `${page.tick(clip.fps)} frames/s`, clip.has_reference ? "with reference" : "no reference", ...(clip.tags || [])];
    return parts.filter(Boolean).join(" · ");
  };

  const showChoice = ({ clip: id, a, b }) => {
    const clip = page.clip(id);
    for (const [select, side] of [["side-a", a], ["side-b", b]]) page.options(page.byId(select), page.sides(clip), side);
    page.byId("clip").value = id;
    page.byId("clip-facts").textContent = facts(clip);
    page.byId("loupe-name-a").textContent = `A  ${page.methodTitle(a)}`;
    page.byId("loupe-name-b").textContent = `B  ${page.methodTitle(b)}`;
    if (clip) page.byId("stage").style.setProperty("--ratio", `${clip.width} / ${clip.height}`);
  };

  const showView = (stage, view) => {
    stage.dataset.view = view;
    page.byId("divider").hidden = view !== "wipe";
    page.byId("gain-label").hidden = view !== "difference";
    for (const radio of document.getElementsByName("view")) radio.checked = radio.value === view;
  };

  const startChoice = () => {
    const ids = (page.board.clips || []).map((clip) => clip.id);
    page.options(page.byId("clip"), ids.map((id) => ({ value: id, text: id })), page.state.clip);
    const walk = (by) => page.set({ clip: ids[(ids.indexOf(page.state.clip) + by + ids.length) % ids.length], frame: 0 });
    page.byId("clip").addEventListener("change", (event) => page.set({ clip: event.target.value, frame: 0 }));
    page.byId("clip-back").addEventListener("click", () => walk(-1));
    page.byId("clip-next").addEventListener("click", () => walk(1));
    for (const side of ["a", "b"]) page.byId(`side-${side}`).addEventListener("change", (event) => page.set({ [side]: event.target.value }));
    page.byId("swap").addEventListener("click", () => page.set({ a: page.state.b, b: page.state.a }));
    for (const radio of document.getElementsByName("view")) radio.addEventListener("change", () => page.set({ view: radio.value }));
  };

  const startLooks = (stage, a, b) => {
    const gain = page.byId("gain");
    const setGain = () => stage.style.setProperty("--gain", gain.value);
    gain.addEventListener("input", setGain);
    setGain();
    const actual = () => {
      const wide = Math.max(a.video.videoWidth, b.video.videoWidth) / (window.devicePixelRatio || 1);
      stage.classList.toggle("actual", page.byId("pixels").checked);
      stage.style.setProperty("--actual", `${wide || 1}px`);
    };
    page.byId("pixels").addEventListener("input", actual);
    for (const { video } of [a, b]) video.addEventListener("loadedmetadata", actual);
  };

  page.startPlayer = () => {
    const stage = page.byId("stage");
    const [a, b] = [page.side("a"), page.side("b")];
    const paint = page.startLoupe(stage, a, b);
    const pair = page.pair(a, b, (frame, playing) => {
      page.showFrame(pair);
      paint();
      page.set({ frame }, playing);
    });
    page.startDivider(stage);
    page.startControls(pair);
    page.startKeys();
    startChoice();
    startLooks(stage, a, b);
    page.seek = pair.seek;
    page.on(["view"], ({ view }) => showView(stage, view));
    page.on(["view"], paint);
    page.on(["clip", "a", "b"], (state) => {
      showChoice(state);
      pair.load(page.clip(state.clip), state.a, state.b, state.frame);
    });
  };
})();
