// Improve the search form, which works without this: "/" and Ctrl+K go to the box, and empty fields stay out of the
// address.

const form = document.querySelector("[data-search]");
const box = form?.querySelector("input[data-suggest]");

const takesText = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input:not([type=checkbox]), select, textarea"));

// A slash is text where text is typed; Ctrl+K (⌘K) is a shortcut everywhere.
const leadsToTheBox = (event) => {
  if (event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "k" && !event.shiftKey;
  return event.key === "/" && !takesText(event.target);
};

document.addEventListener("keydown", (event) => {
  // While an input method composes, every key is its own.
  if (!box || event.isComposing || event.keyCode === 229 || !leadsToTheBox(event)) return;
  event.preventDefault();
  box.focus();
  box.select();
});

form?.addEventListener("formdata", (event) => {
  const empty = [...event.formData].filter(([, value]) => value === "");
  for (const [name] of empty) event.formData.delete(name);
});
