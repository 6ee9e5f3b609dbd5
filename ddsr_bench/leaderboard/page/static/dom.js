"use strict";
// Making elements. Text only ever becomes a text node: names of methods and clips are not ours to trust.
window.DdsrPage = {};
(() => {
  const page = window.DdsrPage;
  const SVG = "http://www.w3.org/2000/svg";

  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  };

  page.el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  page.svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  page.byId = (id) => document.getElementById(id);
  page.hidden = (text) => page.el("span", { class: "hidden" }, text);

  // A link where the address is one of the web; anything else (javascript:, data:) stays text.
  page.link = (address, text) => {
    const safe = /^https?:\/\//i.test(String(address || ""));
    return safe ? page.el("a", { href: address, rel: "noopener noreferrer" }, text || address) : text || address || "";
  };

  page.options = (select, items, chosen) => {
    const made = items.map((item) => page.el("option", { value: item.value, disabled: item.disabled }, item.text));
    select.replaceChildren(...made);
    select.value = chosen;
  };
})();
