// Shortcuts of the search box ("/" and Ctrl+K), and a form that leaves empty fields out of the address. The form
// works without this script.

const form = document.querySelector("[data-search]");
const box = form?.querySelector("input[data-suggest]");

const takesText = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input:not([type=checkbox]), select, textarea"));

// "/" is a shortcut outside of text fields, Ctrl+K (⌘K) everywhere.
const isShortcut = (event) => {
  if (event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "k" && !event.shiftKey;
  return event.key === "/" && !takesText(event.target);
};

document.addEventListener("keydown", (event) => {
  // An input method that composes receives all keys.
  if (!box || event.isComposing || event.keyCode === 229 || !isShortcut(event)) return;
  event.preventDefault();
  box.focus();
  box.select();
});

form?.addEventListener("formdata", (event) => {
  const empty = [...event.formData].filter(([, value]) => value === "");
  for (const [name] of empty) event.formData.delete(name);
});
