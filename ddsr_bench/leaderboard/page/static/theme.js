"use strict";
// Light or dark: the system's choice until the reader makes one. Loaded in the head, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try {
      return window.localStorage.getItem("ddsr-theme");
    } catch {
      return null; // some browsers keep no storage for file://
    }
  };

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  const show = () => {
    const button = document.getElementById("theme");
    if (!button) return;
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Change to ${isDark() ? "light" : "dark"} colours`);
    button.setAttribute("aria-pressed", String(isDark()));
  };

  const turn = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      window.localStorage.setItem("ddsr-theme", root.dataset.theme);
    } catch {
      // The choice lasts for this visit.
    }
    show();
  };

  const kept = stored();
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", turn);
    show();
  });
})();
