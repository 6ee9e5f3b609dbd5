"use strict";
// One side of the comparison: which video it shows, or why it shows none.
(() => {
  const page = window.DdsrPage;

  const why = (clip, side) => {
    if (!clip) return "no clip";
    if (side === "hr") return clip.has_reference ? "the reference was not exported" : "no reference: only the LR clip exists";
    if (side === "lr") return "the LR clip was not exported";
    const cells = page.lookup(page.lookup(page.board.cells, clip.id), side) || {};
    const failed = Object.values(cells).find((cell) => cell && cell.reason);
    return page.method(side).reason || (failed && failed.reason) || "its video was not exported";
  };

  page.sides = (clip) => {
    const methods = Object.keys(page.board.methods || {});
    return ["lr", "hr", ...methods].map((id) => {
      const shown = Boolean(page.media(clip, id));
      return { value: id, text: shown ? page.methodTitle(id) : `${page.methodTitle(id)} – no video` };
    });
  };

  page.side = (letter) => {
    const video = page.byId(`video-${letter}`);
    const note = page.byId(`missing-${letter}`);
    const title = page.byId(`tag-${letter}`);

    const say = (words) => {
      note.textContent = words;
      note.hidden = !words;
      video.hidden = Boolean(words);
    };

    video.addEventListener("error", () => video.getAttribute("src") && say(`${title.textContent}: this browser cannot show ${decodeURIComponent(video.getAttribute("src"))}`));

    const load = (clip, side) => {
      title.textContent = `${letter.toUpperCase()}  ${page.methodTitle(side)}`;
      video.setAttribute("aria-label", `${letter.toUpperCase()}: ${page.methodTitle(side)}`);
      video.classList.toggle("is-lr", side === "lr");
      const path = page.media(clip, side);
      say(path ? "" : `${page.methodTitle(side)}: ${why(clip, side)}`);
      const address = path ? page.mediaUrl(path) : null;
      if (video.getAttribute("src") === address) return;
      if (address) video.setAttribute("src", address);
      else video.removeAttribute("src");
      video.load();
    };

    return { video, load, isShown: () => Boolean(video.getAttribute("src")) && !video.hidden };
  };
})();
