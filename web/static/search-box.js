// Shortcuts of the search box ("/" and Ctrl+K), and a form that leaves empty fields out of the address and remembers
// the order of hits for the next query. The form works without this script.

import { recall, remember } from "./memory.js";

const form = document.querySelector("[data-search]");
const box = form?.querySelector("input[data-suggest]");

const takesText = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input:not([type=checkbox]), select, textarea"));

// "/" is a shortcut outside of text fields, Ctrl+K (⌘K) everywhere.
const isShortcut = (event) => {
  if (event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "k" && !event.shiftKey;
  return event.key === "/" && !takesText(event.target) && recall("keys") !== "off";
};

document.addEventListener("keydown", (event) => {
  // An input method that composes receives all keys.
  if (!box || event.isComposing || event.keyCode === 229 || !isShortcut(event)) return;
  event.preventDefault();
  box.focus();
  box.select();
});

document.addEventListener("click", (event) => {
  const order = event.target.closest?.("[data-sort]");
  if (order) remember("sort", order.dataset.sort);
});

form?.addEventListener("formdata", ({ formData }) => {
  const empty = [...formData].filter(([, value]) => value === "");
  for (const [name] of empty) formData.delete(name);
  const sort = recall("sort");
  const isNewQuery = box.value.trim() && box.value !== box.defaultValue;
  if (isNewQuery && !formData.has("sort") && ["newest", "oldest"].includes(sort)) formData.set("sort", sort);
});
