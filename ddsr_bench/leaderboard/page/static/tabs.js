"use strict";
// A list of tabs over one panel: click, or arrows, Home and End.
(() => {
  const page = window.DdsrPage;
  const MOVES = { ArrowRight: 1, ArrowLeft: -1 };

  page.tabs = (list, panel, items, choose) => {
    const ids = items.map((item) => item.id);
    const buttons = items.map((item, place) =>
      page.el("button", { type: "button", role: "tab", id: `tab-${place}`, "aria-controls": panel.id, onclick: () => choose(item.id) }, item.title),
    );
    list.replaceChildren(...buttons);

    list.addEventListener("keydown", (event) => {
      const here = buttons.indexOf(document.activeElement);
      let next = here;
      if (event.key in MOVES) next = (here + MOVES[event.key] + ids.length) % ids.length;
      else if (event.key === "Home") next = 0;
      else if (event.key === "End") next = ids.length - 1;
      else return;
      event.preventDefault();
      choose(ids[next]);
      buttons[next].focus();
    });

    return (chosen) => {
      buttons.forEach((button, place) => {
        const on = ids[place] === chosen;
        button.setAttribute("aria-selected", String(on));
        button.tabIndex = on ? 0 : -1;
        if (on) panel.setAttribute("aria-labelledby", button.id);
      });
    };
  };
})();
