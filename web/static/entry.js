// Buttons that copy the link or the citation of an entry, or share it. They are hidden where scripts do not run.

const tools = document.querySelector("[data-tools]");
const status = tools?.querySelector("[role=status]");

// Without the Clipboard API, as on a page without TLS, a selected field is copied.
const copyText = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
  tools.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("not copied");
};

tools?.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  try {
    if ("copy" in button.dataset) {
      await copyText(button.dataset.copy);
      status.textContent = tools.dataset.copied;
      button.focus();
    } else {
      await navigator.share({ title: document.title, url: button.dataset.share });
    }
  } catch (error) {
    // Nothing is wrong where the reader closed the dialog.
    if (error.name !== "AbortError") status.textContent = tools.dataset.failed;
  }
});

const share = tools?.querySelector("[data-share]");
if (share && navigator.share) share.hidden = false;
