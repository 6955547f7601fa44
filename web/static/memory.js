// What this browser remembers between pages; nothing, where storage is forbidden.

export const recall = (name) => {
  try {
    return localStorage.getItem(`xunwen.${name}`);
  } catch {
    return null;
  }
};

export const remember = (name, value) => {
  try {
    localStorage.setItem(`xunwen.${name}`, value);
  } catch {
    // It is not remembered.
  }
};
