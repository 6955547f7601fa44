// Keys on pages with hits: j and k move between them, n and p turn pages, or go to the next hit and the one before.
// They can be turned off on the help page.

import { recall, remember } from "./memory.js";

const takesText = (element) => element.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");

const move = (step) => {
  const hits = [...document.querySelectorAll(".hit h3 a")];
  const at = hits.findIndex((hit) => hit.closest(".hit").contains(document.activeElement));
  const next = at < 0 ? hits[step > 0 ? 0 : hits.length - 1] : hits[at + step];
  next?.focus();
  next?.closest(".hit").scrollIntoView({ block: "nearest" });
};

const actions = {
  j: () => move(1),
  k: () => move(-1),
  n: () => document.querySelector("main [rel=next]")?.click(),
  p: () => document.querySelector("main [rel=prev]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!Object.hasOwn(actions, key) || takesText(target) || recall("keys") === "off") return;
  if (document.querySelector(".under-sheet")) return;
  event.preventDefault();
  actions[key]();
});

const choice = document.querySelector("[data-keys]");
if (choice) {
  choice.checked = recall("keys") !== "off";
  choice.addEventListener("change", () => remember("keys", choice.checked ? "on" : "off"));
}
