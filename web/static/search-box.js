// Improve the search form, which works without this: "/" goes to the box, and empty fields stay out of the address.

const form = document.querySelector("[data-search]");
const box = form?.querySelector("input[type=search]");

const takesText = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input:not([type=checkbox]), select, textarea"));

document.addEventListener("keydown", (event) => {
  // While an input method composes, every key is its own.
  if (event.key !== "/" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!box || takesText(event.target)) return;
  event.preventDefault();
  box.focus();
  box.select();
});

form?.addEventListener("formdata", (event) => {
  const empty = [...event.formData].filter(([, value]) => value === "");
  for (const [name] of empty) event.formData.delete(name);
});
